"""Which sessions and participations a rule flags: duplicates, overlaps, implausible ones.

The rules and their meaning are in `hit_pipeline.rules.session_flags`.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.session_survey import Survey, with_place
from hit_pipeline.conform.truth import holds
from hit_pipeline.rules.session_flags import flag_text

_ABSENT_IN_SIS = ("absent_excused", "absent_unexcused")
_YES = ibis.literal(value=True)


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
    outside = (rows.local_date < rows.first_entry) | (rows.local_date > rows.last_exit)
    unassigned = (
        rows.has_list
        & rows.student_key.notnull()
        & (
            rows.first_assigned.isnull()
            | (rows.local_date < rows.first_assigned)
            | holds(rows.local_date > rows.last_assigned)
        )
    )
    return flag_text(
        {
            "session.absent_in_sis": there & rows.absent_in_sis,
            "session.duplicate": rows.is_duplicate,
            "session.future_completed": there & (rows.local_date > context.today),
            "session.no_school_day": there & rows.no_school,
            "session.not_assigned": there & unassigned,
            "session.not_enrolled": there & outside,
            "session.overlap": rows.is_overlap,
            "session.too_long": (rows.planned_seconds > _longest(context))
            | (rows.present_seconds > _longest(context)),
            "session.zero_minutes": there & (rows.present_seconds == 0),
        }
    )


def with_circumstances(rows: ir.Table, context: BuildContext, found: Survey) -> ir.Table:
    """Add to linked participations what other tables say of the student and the day."""
    rows = with_clashes(with_school_day(rows, context), found)
    rows = attach(rows, _enrolled(context), ["student_key"], "first_entry", "last_exit")
    rows = attach(rows, _absences(context), ["student_key", "local_date"], "absent_in_sis")
    spans = _assigned(context)
    rows = attach(rows, spans, ["student_key", "program_id"], "first_assigned", "last_assigned")
    lists = spans.select("program_id").distinct().mutate(has_list=_YES)
    return attach(rows, lists, ["program_id"], "has_list")


def with_school_day(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``no_school``: true when the session's school has no instruction on its date.

    Without a school, or with one that has no calendar: when no school has any that day. Null where
    no calendar covers the date.
    """
    days = context.table("calendar_day")
    own = days.select("school_id", "local_date", _own=~days.is_instructional)
    every = days.group_by("local_date").aggregate(_every=(~days.is_instructional).all())
    rows = attach(rows, own, ["school_id", "local_date"], "_own")
    rows = attach(rows, every, ["local_date"], "_every")
    return rows.mutate(no_school=rows["_own"].coalesce(rows["_every"])).drop("_own", "_every")


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


def _until_this_year(context: BuildContext, table: str) -> ir.Table:
    """Return the rows of the year being built and of those before it.

    What a later year says must not change an earlier one, whichever is built first.
    """
    rows = context.table(table, all_years=True)
    return cast("ir.Table", rows.filter(rows.school_year <= context.year))


def _enrolled(context: BuildContext) -> ir.Table:
    """Return first entry and last exit of every student; the exit is null while enrolled."""
    spells = _until_this_year(context, "school_enrollment")
    still = spells.exit_date.isnull().any()
    return spells.group_by("student_key").aggregate(
        first_entry=spells.entry_date.min(),
        last_exit=still.ifelse(None, spells.exit_date.max()),
    )


def _absences(context: BuildContext) -> ir.Table:
    days = context.table("school_attendance")
    linked = days.filter(days.student_key.notnull())
    found = linked.group_by("student_key", "local_date").aggregate(
        absent_in_sis=linked.attendance.isin(_ABSENT_IN_SIS).all()
    )
    return cast("ir.Table", found.filter(found.absent_in_sis))


def _assigned(context: BuildContext) -> ir.Table:
    """Return first and last day of every student's assignments to a program."""
    spells = _until_this_year(context, "program_assignment")
    listed = spells.filter(
        (spells.origin != "inferred") & spells.status.notin(("declined", "waitlisted"))
    )
    runs_on = listed.end_date.isnull().any()
    return listed.group_by("student_key", "program_id").aggregate(
        first_assigned=listed.start_date.min(),
        last_assigned=runs_on.ifelse(None, listed.end_date.max()),
    )
