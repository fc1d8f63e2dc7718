"""Rows that name their session, joined: one row per session, one per session and participant.

A session may be stated by a meeting row, by the rows of its participants, or by both; a participant
by several rows, one for each time of joining.
"""

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.clock import seconds_between
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.ranks import foremost
from hit_pipeline.conform.session_rows import STATES
from hit_pipeline.conform.truth import holds
from hit_pipeline.tables.vocabulary import ATTENDANCE

HELD = ("completed", "unknown")
"""States of a session that was held, for all the log says."""
WHO_TUTORED = ("substitute", "actual", "co_tutor", "planned", "supervisor")
"""Roles of tutors; of several tutors of a session the first of these is the one who tutored."""
PROVENANCE = ("_source", "_delivery_id", "_row", "_file")
_SHARED = (
    "session_id_source",
    "program_id",
    "school_id",
    "subject",
    "topic",
    "group_name",
    "local_date",
    "started_at_local",
    "time_zone",
    "started_at_utc",
    "ended_at_utc",
    "planned_seconds",
    "held_seconds",
    "ratio_source",
    "ratio_stated",
)
_OF_SESSION = (
    "program_id",
    "school_id",
    "subject",
    "local_date",
    "started_at_local",
    "started_at_utc",
    "ended_at_utc",
)


def meetings(rows: ir.Table) -> ir.Table:
    """Join rows with a ``session_key`` into one row per session.

    What a meeting row states counts before what participant rows state; of several values the
    smallest is taken, of several states the first of `STATES`.

    Returns:
        ``session_key, session_state, program_unknown``, the columns sessions share and the
        provenance of the meeting row, else of the first participant row.
    """
    keyed = rows.group_by("session_key").aggregate(
        **{name: _stated(rows, name) for name in _SHARED},
        _meeting_state=foremost(rows.session_state, STATES[:-1], rows.is_meeting),
        _row_state=foremost(rows.session_state, STATES, ~rows.is_meeting),
        program_unknown=rows.program_unknown.any(),
        **_first_provenance(rows),
    )
    state = keyed["_meeting_state"].coalesce(keyed["_row_state"], "unknown")
    return _with_provenance(keyed.mutate(session_state=state)).drop("_meeting_state", "_row_state")


def participations(rows: ir.Table, sessions: ir.Table) -> ir.Table:
    """Join rows with a ``session_key`` into one row per session and participant.

    Time, school and program are the session's. Of several rows of one participant the foremost
    state and attendance count; times of joining and leaving are united, so that overlapping stays
    count once, and lengths stated without such times are added up; with a time of leaving missing
    the stay is unknown. A state left unknown is completed when the session was for somebody else.

    Args:
        rows: Rows of sessions and participants.
        sessions: The `meetings` of these rows.
    """
    own = _with_stays(rows.filter(~rows.is_meeting))
    is_open = own.joined_at_local.notnull() & own["_stay"].isnull()
    several_with_times = (own.count() > 1) & own["_stay"].notnull().all()
    joined = own.group_by("session_key", "student_record_id").aggregate(
        session_state=foremost(own.session_state, STATES),
        attendance=foremost(own.attendance, ATTENDANCE),
        status_source=own.status_source.min(),
        planned_seconds=own.planned_seconds.max(),
        held_seconds=own.held_seconds.max(),
        present_seconds=several_with_times.ifelse(None, own.present_seconds.sum()),
        stay_seconds=is_open.any().ifelse(None, own["_stay"].sum()),
        present_share=own.present_share.max(),
        ratio_stated=own.ratio_stated.min(),
        session_id_source=own.session_id_source.min(),
        source_rows=own.count(),
        **_first_provenance(own),
    )
    shared = sessions.select("session_key", *_OF_SESSION, _of_session="session_state")
    found = attach(_with_provenance(joined), shared, ["session_key"], *_OF_SESSION, "_of_session")
    open_but_held = (found.session_state == "unknown") & (found["_of_session"] == "completed")
    state = open_but_held.ifelse("completed", found.session_state)
    return found.mutate(session_state=state).drop("_of_session")


def tutors(rows: ir.Table, sessions: ir.Table) -> ir.Table:
    """Return one row per session, tutor record and role.

    Where the log names no role, the tutor of a session that was held is its actual one, unless a
    substitute is named; otherwise the planned one.

    Args:
        rows: Rows of sessions and participants.
        sessions: The `meetings` of these rows.

    Returns:
        ``session_key, tutor_record_id, role, local_date``.
    """
    stated = rows.filter(rows.tutor_record_id.notnull())
    stated = stated.select("session_key", "tutor_record_id", "tutor_role").distinct()
    found = attach(stated, sessions, ["session_key"], "session_state", "local_date")
    replaced = (found.tutor_role == "substitute").any().over(group_by="session_key")
    held = found.session_state.isin(HELD) & ~holds(replaced)
    role = found.tutor_role.coalesce(held.ifelse("actual", "planned"))
    with_role = found.filter(found.local_date.notnull()).mutate(role=role)
    return with_role.select("session_key", "tutor_record_id", "role", "local_date").distinct()


def who_tutored(tutors: ir.Table) -> ir.Table:
    """Return ``session_key, tutor_record_id`` of the one who tutored, one row per session.

    Of several tutors it is the one whose role comes first in `WHO_TUTORED`; of several with one
    role, the one whose record id is the smallest.
    """
    place = ibis.cases(*((tutors.role == role, at) for at, role in enumerate(WHO_TUTORED)))
    first = ibis.struct({"place": place, "record": tutors.tutor_record_id}).min()
    chosen = tutors.group_by("session_key").aggregate(_first=first)
    return chosen.select("session_key", tutor_record_id=chosen["_first"]["record"])


def _stated(rows: ir.Table, name: str) -> ir.Scalar:
    column = rows[name]
    return column.min(where=rows.is_meeting).coalesce(column.min(where=~rows.is_meeting))


def _with_stays(rows: ir.Table) -> ir.Table:
    """Add ``_stay``: seconds of each row's stay that no earlier stay of the student covers.

    Without a time of leaving, the stay ends after the length stated. Null where a row has no times,
    or leaves before it joins.
    """
    stated = rows.joined_at_local + rows.present_seconds.as_interval("s")
    left = rows.left_at_local.coalesce(stated)
    whole = seconds_between(rows.joined_at_local, left)
    rows = rows.mutate(_whole=whole, _left=whole.notnull().ifelse(left, None))
    earlier = ibis.window(
        group_by=["session_key", "student_record_id"],
        order_by=["joined_at_local", *PROVENANCE],
        rows=(None, -1),
    )
    rows = rows.mutate(_until=rows["_left"].max().over(earlier))
    begin = ibis.greatest(rows.joined_at_local, rows["_until"])
    fresh = seconds_between(begin, rows["_left"]).fill_null(0)
    stay = rows["_whole"].notnull().ifelse(fresh, None)
    return rows.mutate(_stay=stay).drop("_whole", "_left", "_until")


def _first_provenance(rows: ir.Table) -> dict[str, ir.Scalar]:
    """Return an aggregate: where the first row stands, a meeting row before others."""
    place = ibis.struct({"_later": ~rows.is_meeting, **{name: rows[name] for name in PROVENANCE}})
    return {"_first": place.min()}


def _with_provenance(rows: ir.Table) -> ir.Table:
    first = cast("ir.StructValue", rows["_first"])
    return rows.mutate(**{name: first[name] for name in PROVENANCE}).drop("_first")


def present_counts(participations: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Count rostered and present participants, and find the longest presence, per key."""
    return participations.group_by(*keys).aggregate(
        rostered_count=participations.count(),
        present_count=participations.counts_attended.sum(),
        longest_seconds=participations.present_seconds.max(where=participations.counts_attended),
    )
