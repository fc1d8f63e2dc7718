"""Which sessions and participations a rule flags: duplicates, overlaps, implausible ones.

The rules and their meaning are in `hit_pipeline.rules.session_flags`.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform import at_date
from hit_pipeline.conform.assignments import assigned
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.programs import term_days, terms
from hit_pipeline.conform.session_survey import Survey, with_place
from hit_pipeline.conform.truth import holds
from hit_pipeline.rules.session_flags import flag_text

_ABSENT_IN_SIS = ("absent_excused", "absent_unexcused")
_YES, _NO = ibis.literal(value=True), ibis.literal(value=False)


def session_flags(rows: ir.Table, context: BuildContext) -> ir.StringValue:
    """Return the flags of sessions.

    Args:
        rows: Sessions with ``held`` (held for somebody), ``no_school`` and ``tutor_overlap``.
        context: The build.
    """
    return flag_text(
        {
            "session.ends_before_start": rows.ended_at_utc <= rows.started_at_utc,
            "session.future_completed": rows.held & (rows.local_date > context.today),
            "session.no_school_day": rows.held & rows.no_school,
            "session.program_unknown": rows.program_unknown,
            "session.too_long": (rows.planned_seconds > _longest(context))
            | (rows.held_seconds > _longest(context)),
            "session.tutor_overlap": rows.tutor_overlap,
            "session.zero_minutes": rows.held & (rows.held_seconds == 0),
        }
    )


def participation_flags(rows: ir.Table, context: BuildContext) -> ir.StringValue:
    """Return the flags of participations with the columns `with_circumstances` adds."""
    there = rows.counts_attended
    unassigned = rows.has_list & rows.student_key.notnull() & rows.is_assigned.isnull()
    return flag_text(
        {
            "session.absent_in_sis": there & rows.absent_in_sis,
            "session.duplicate": rows.is_duplicate,
            "session.future_completed": there & (rows.local_date > context.today),
            "session.no_school_day": there & rows.no_school,
            "session.not_assigned": there & unassigned,
            "session.not_enrolled": there & rows.is_outside,
            "session.overlap": rows.is_overlap,
            "session.too_long": (rows.planned_seconds > _longest(context))
            | (rows.present_seconds > _longest(context)),
            "session.zero_minutes": there & (rows.present_seconds == 0),
        }
    )


def with_circumstances(rows: ir.Table, context: BuildContext, found: Survey) -> ir.Table:
    """Add to linked participations what other tables say of the student and the day."""
    rows = with_clashes(with_school_day(rows, context), found)
    rows = attach(rows, _absences(context), ["student_key", "local_date"], "absent_in_sis")
    return _with_assignment(_with_enrollment(rows, context), context)


def with_school_day(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``no_school``: true when the session's school has no instruction on its date.

    Without a school, or with one that has no calendar: when no school has any that day. Null where
    no calendar covers the date. A day the calendar calls summer is none of these within a term of
    the program: it was planned to run then.
    """
    days = context.table("calendar_day")
    in_summer = days.day_type == "summer"
    own = days.select("school_id", "local_date", _own=~days.is_instructional, _own_off=in_summer)
    every = days.group_by("local_date").aggregate(
        _every=(~days.is_instructional).all(), _every_off=in_summer.any()
    )
    rows = attach(rows, own, ["school_id", "local_date"], "_own", "_own_off")
    rows = attach(rows, every, ["local_date"], "_every", "_every_off")
    planned = term_days(terms(context.district)).select(
        "program_id", "local_date", _in_term=ibis.literal(value=True)
    )
    rows = attach(rows, planned, ["program_id", "local_date"], "_in_term")
    runs = holds(rows["_in_term"] & rows["_own_off"].coalesce(rows["_every_off"]))
    no_school = rows["_own"].coalesce(rows["_every"]) & ~runs
    scratch = [name for name in rows.columns if name.startswith(("_own", "_every", "_in_term"))]
    return rows.mutate(no_school=no_school).drop(*scratch)


def with_clashes(rows: ir.Table, found: Survey) -> ir.Table:
    """Add ``is_duplicate`` and ``is_overlap`` to participations.

    Looked at are attended sessions whose start is known, per person: the linked student, else the
    person record. A session lasts for the time present, else for the time planned; it overlaps when
    it starts before *any* earlier one has ended. Of two with one start, the later row is flagged.
    """
    placed = with_place(rows, found)
    there = placed.filter(placed.counts_attended & placed.started_at_local.notnull())
    length = there.present_seconds.coalesce(there.planned_seconds, 0)
    stays = there.select(
        "_place",
        _person=there.student_key.coalesce(there.person_record_id),
        _start=there.started_at_utc,
        _end=there.started_at_utc + length.as_interval("s"),
    )
    order = ["_start", "_place"]
    before = ibis.window(group_by="_person", order_by=order, rows=(None, -1))
    last_start = stays["_start"].lag().over(group_by="_person", order_by=order)
    seen = stays.mutate(
        is_duplicate=stays["_start"] == last_start,
        is_overlap=stays["_start"] < stays["_end"].max().over(before),
    )
    flagged = seen.filter(seen.is_duplicate | seen.is_overlap)
    return attach(placed, flagged, ["_place"], "is_duplicate", "is_overlap").drop("_place")


def with_tutor_clashes(sessions: ir.Table, tutors: ir.Table) -> ir.Table:
    """Add ``tutor_overlap`` to sessions: a tutor of it has not ended an earlier one.

    Args:
        sessions: Sessions.
        tutors: ``session_key`` and ``person`` of the tutors of sessions that have an id of their
            own; without an id a session cannot be told from a place in a group.
    """
    held = sessions.filter(sessions.held & sessions.started_at_local.notnull())
    length = held.held_seconds.coalesce(held.planned_seconds, 0)
    stays = held.select(
        "session_key",
        _start=held.started_at_utc,
        _end=held.started_at_utc + length.as_interval("s"),
    )
    pairs = tutors.select("session_key", _person="person").inner_join(stays, "session_key")
    before = ibis.window(group_by="_person", order_by=["_start", "session_key"], rows=(None, -1))
    marked = pairs.mutate(_clash=pairs["_start"] < pairs["_end"].max().over(before))
    clashing = marked.filter(marked["_clash"]).select("session_key").distinct()
    flagged = clashing.mutate(tutor_overlap=_YES)
    return attach(sessions, flagged, ["session_key"], "tutor_overlap")


def _longest(context: BuildContext) -> int:
    return context.district.thresholds.max_session_minutes * 60


def _with_enrollment(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``is_outside``: the student's spells leave the date uncovered, see `at_date`.

    Looked at are the spells at the session's school. All of the student's count where the log names
    no school, or one the student never was enrolled at, for then it is the place the program
    meets; and in summer, when sites are shared. Null for students without any spell.
    """
    known = context.engine.keep(at_date.spells(context))
    if not context.engine.scalar(known.count()):
        return rows.mutate(is_outside=ibis.null("boolean"))
    counted = known.group_by("student_key").aggregate(
        _spells=known.count(), _from=known.covers_from.min(), _to=known.covers_to.max()
    )
    counted = context.engine.keep(counted)
    rows = attach(rows, counted, ["student_key"], "_spells", "_from", "_to")
    outside = ~rows.local_date.between(rows["_from"], rows["_to"])
    several = context.engine.keep(
        known.semi_join(counted.filter(counted["_spells"] > 1), "student_key")
    )
    if context.engine.scalar(several.count()):
        rows = _with_spells(rows, several)
        spans = at_date.summers(context)
        in_summer = ibis.or_(_NO, *(rows.local_date.between(*span) for span in spans))
        by_school = holds(rows["_at_school"]) & ~in_summer
        of_several = by_school.ifelse(rows["_here"].isnull(), rows["_anywhere"].isnull())
        outside = (rows["_spells"] > 1).ifelse(of_several, outside)
    marks = ("_spells", "_from", "_to", "_anywhere", "_here", "_at_school")
    return rows.mutate(is_outside=outside).drop(*(one for one in marks if one in rows.columns))


def _with_spells(rows: ir.Table, several: ir.Table) -> ir.Table:
    """Add of students with several spells ``_anywhere, _here, _at_school``, true or null.

    Most students have one, which covers a day at its school or leaves it uncovered everywhere: that
    needs no join by day.
    """
    day, place = ["student_key", "local_date"], ["student_key", "school_id"]
    days = rows.filter(rows["_spells"] > 1).select(*day).distinct()
    covered = at_date.covering(days, several)
    anywhere = covered.filter(covered.is_main).select(*day, _anywhere=_YES)
    here = covered.select(*day, "school_id").distinct().mutate(_here=_YES)
    at_school = several.select(*place).distinct().mutate(_at_school=_YES)
    rows = attach(rows, anywhere, day, "_anywhere")
    rows = attach(rows, here, [*day, "school_id"], "_here")
    return attach(rows, at_school, place, "_at_school")


def _with_assignment(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``has_list``, true where the program has a list, and ``is_assigned``, true or null.

    A spell without an end lasts until its term ends. What a later year says must not change an
    earlier one, whichever is built first: spells that begin in a later one are not looked at.
    """
    spells = assigned(context)
    listed = spells.filter(
        (spells.school_year <= context.year)
        & (spells.origin != "inferred")
        & spells.status.notin(("declined", "waitlisted"))
    )
    listed = listed.filter(listed.student_key.notnull()).select(
        "student_key", "program_id", "start_date", ends=listed.end_date.coalesce(listed.term_end)
    )
    listed = context.engine.keep(listed)
    if not context.engine.scalar(listed.count()):
        return rows.mutate(has_list=ibis.null("boolean"), is_assigned=ibis.null("boolean"))
    on = ["student_key", "program_id", "local_date"]
    days = rows.filter(rows.student_key.notnull() & rows.program_id.notnull()).select(*on)
    pairs = days.distinct().inner_join(listed, ["student_key", "program_id"])
    inside = pairs.local_date.between(pairs.start_date, pairs.ends)
    covered = pairs.filter(inside).select(*on).distinct().mutate(is_assigned=_YES)
    lists = listed.select("program_id").distinct().mutate(has_list=_YES)
    return attach(attach(rows, covered, on, "is_assigned"), lists, ["program_id"], "has_list")


def _absences(context: BuildContext) -> ir.Table:
    days = context.table("school_attendance")
    linked = days.filter(days.student_key.notnull())
    found = linked.group_by("student_key", "local_date").aggregate(
        absent_in_sis=linked.attendance.isin(_ABSENT_IN_SIS).all()
    )
    return cast("ir.Table", found.filter(found.absent_in_sis))
