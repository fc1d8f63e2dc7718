"""Rows of session logs, made alike: whatever the vendor's shape, each knows its session and time.

A log may have one row per participant, or a row per meeting and one per participant beside it.
Here a participant row takes over what only its meeting states, and rows that cannot become a
session or a participation are found. Rows are joined in `hit_pipeline.conform.session_groups`.
"""

import hashlib
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.clock import with_clock
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.programs import with_program
from hit_pipeline.conform.ranks import foremost
from hit_pipeline.conform.session_survey import NOT_HELD, Survey
from hit_pipeline.conform.truth import holds, may_hold
from hit_pipeline.engine_functions import first_letters
from hit_pipeline.rules.status_effect import ATTENDED, is_possible
from hit_pipeline.settings import District

STATES = (
    "completed",
    "tutor_no_show",
    "cancelled_provider",
    "cancelled_school",
    "rescheduled",
    "cancelled_student",
    "scheduled",
    "unknown",
)
"""Session states; of a session whose rows disagree, the first of these is its state."""
_OF_MEETING = (
    "group_name",
    "program",
    "school_name",
    "subject",
    "topic",
    "planned_seconds",
    "planned_number",
    "held_seconds",
    "ratio_source",
    "ratio_stated",
)
_TIMES = ("started_at_local", "ended_at_local", "started_at_utc", "ended_at_utc", "time_zone")
USED = (
    "_source",
    "_delivery_id",
    "_row",
    "_file",
    "record_level",
    "session_id_source",
    "row_id_source",
    *_OF_MEETING,
    *_TIMES,
    "session_state",
    "status_source",
    "tutor_record_id",
    "tutor_role",
    "student_record_id",
    "attendance",
    "present_seconds",
    "present_share",
    "joined_at_local",
    "left_at_local",
)
"""Columns of the log that bear on sessions; the rest names people and is read by identity."""
_PREFIXES = pa.schema(
    [("_delivery_id", pa.string()), ("_file", pa.string()), ("_prefix", pa.string())]
)


def session_rows(context: BuildContext, log: ir.Table, survey: Survey) -> ir.Table:
    """Return the rows of the session logs that can be conformed, all years.

    The columns are those of ``typed_session_log`` in `USED`, with the times of `with_clock`,
    ``program_id, program_unknown, school_id, is_meeting`` (true for a row about a meeting only),
    ``_id`` (what the source calls the session, null when it does not say) and, never null,
    ``session_state`` and ``attendance``.
    """
    rows = described(log, context.district, survey)
    rows = without(rows, session_problems(rows, survey))
    schools = _school_names(context)
    named = attach(
        rows.mutate(_school_name=rows.school_name.strip().lower()),
        schools,
        ["_school_name"],
        "_school_id",
    )
    return named.mutate(school_id=named["_school_id"].coalesce(named.school_name.strip())).drop(
        "_school_id", "_school_name", "school_name"
    )


def described(log: ir.Table, district: District, survey: Survey) -> ir.Table:
    """Return typed rows with time, program and status worked out; none is left out."""
    rows = log.select(*USED).mutate(
        is_meeting=log.record_level == "meeting",
        _id=own_id(log.session_id_source, log.row_id_source),
        stated_zone=log.time_zone,
    )
    if survey.names_sessions:
        rows = _with_meeting(rows)
    return _with_status(with_clock(with_program(rows, district), district, survey.zones))


def session_problems(rows: ir.Table, survey: Survey) -> list[Problem]:
    """Return the rules a `described` row can break."""
    zone_unknown = rows.stated_zone.notnull() & rows.stated_zone.notin(survey.zones)
    return [
        Problem(
            "session.no_date",
            "started_at_local",
            "nothing dates it: no start, no meeting with a start, no time of joining",
            rows.local_date.isnull(),
        ),
        Problem(
            "session.no_student",
            "student_record_id",
            "is about a participant but names nobody: neither an id nor a name",
            ~rows.is_meeting & rows.student_record_id.isnull(),
        ),
        Problem(
            "session.time_zone_unknown",
            "time_zone",
            "the time zone is not an IANA zone such as America/Chicago",
            zone_unknown if survey.zones else rows.stated_zone.notnull(),
        ),
        Problem(
            "session.status_impossible",
            "attendance",
            "state of the session and attendance exclude each other (status_effect)",
            ~rows.is_meeting & ~is_possible(rows.session_state, rows.attendance),
        ),
    ]


def with_session_key(rows: ir.Table, survey: Survey) -> ir.Table:
    """Add ``session_key``, the same for every row of a session in every delivery.

    It is a digest of source and the vendor's id of the session; where the vendor has none, of
    source, delivery and file, followed by the row, which stays what it was in later deliveries.
    """
    named = named_key(rows["_source"], rows["_id"])
    prefixes = [
        {"_delivery_id": delivery, "_file": file, "_prefix": _prefix(source, delivery, file)}
        for source, delivery, file in survey.files
    ]
    found = attach(rows, given(prefixes, _PREFIXES), ["_delivery_id", "_file"], "_prefix")
    placed = found["_prefix"] + found["_row"].cast("string")
    key = rows["_id"].isnull().ifelse(placed, named) if survey.names_sessions else placed
    return found.mutate(session_key=key).drop("_prefix")


def named_key(source: ir.StringValue, own: ir.StringValue) -> ir.StringValue:
    """Return the ``session_key`` of a session its source has an id for, as of `own_id`."""
    digest = (source + "\x1f" + own).hexdigest("md5")
    return cast("ir.StringValue", ibis.literal("S") + first_letters(digest, 20))


def own_id(session_id: ir.StringValue, row_id: ir.StringValue) -> ir.StringValue:
    """Return what a source calls a session: its id, else that of the row that is one."""
    return cast("ir.StringValue", ("m" + session_id).coalesce("r" + row_id))


def in_year(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Return the rows of the school year being built."""
    return cast("ir.Table", rows.filter(falls_in_year(rows.local_date, context)))


def falls_in_year(day: ir.DateValue, context: BuildContext) -> ir.BooleanValue:
    """Say whether a date is in the school year being built."""
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    return day.between(ibis.literal(first), ibis.literal(last))


def _prefix(source: str, delivery: str, file: str) -> str:
    digest = hashlib.sha256("\x1f".join((source, delivery, file)).encode()).hexdigest()
    return f"S{digest[:16]}-"


def _with_meeting(rows: ir.Table) -> ir.Table:
    """Fill what a participant row does not state from the meeting rows of its session.

    Times are taken over together, and only by a row that has no start of its own.
    """
    meetings = rows.filter(rows.is_meeting & rows["_id"].notnull())
    facts = meetings.group_by("_source", "_id").aggregate(
        _m_session_state=foremost(meetings.session_state, STATES),
        **{f"_m_{name}": meetings[name].min() for name in (*_OF_MEETING, *_TIMES)},
    )
    found = attach(rows, facts, ["_source", "_id"], *(name for name in facts.columns[2:]))
    own_start = found.started_at_local.notnull() | found.started_at_utc.notnull()
    taken = {
        name: found[name].coalesce(found[f"_m_{name}"]) for name in (*_OF_MEETING, "session_state")
    }
    timed = {name: own_start.ifelse(found[name], found[f"_m_{name}"]) for name in _TIMES[:-1]}
    zone = found.time_zone.coalesce(found["_m_time_zone"])
    return found.mutate(**taken, **timed, time_zone=zone).drop(*facts.columns[2:])


def _with_status(rows: ir.Table) -> ir.Table:
    """Work out state and attendance where the log leaves one of them open.

    Nobody is expected at a session that was called off; a student with time in it was present; a
    session somebody attended was completed. What then is still open is unknown.
    """
    off = rows.session_state.isin([state for state in NOT_HELD if state != "scheduled"])
    was_there = (
        holds(rows.present_seconds > 0)
        | holds(rows.present_share > 0)
        | rows.joined_at_local.notnull()
    ) & may_hold(rows.session_state != "scheduled")
    attendance = rows.attendance.coalesce(
        ibis.cases((holds(off), "not_expected"), (was_there, "present"), else_="unknown")
    )
    attended = attendance.isin(ATTENDED) & ~rows.is_meeting
    state = rows.session_state.coalesce(attended.ifelse("completed", "unknown"))
    return rows.mutate(session_state=state, attendance=attendance)


def _school_names(context: BuildContext) -> ir.Table:
    """Return every name or number, in lower case, that means exactly one school."""
    schools = context.table("school")
    names = ibis.union(
        *(
            schools.select(_school_name=schools[name].strip().lower(), _school_id=schools.school_id)
            for name in ("school_id", "school_id_source", "identifier", "name")
        )
    )
    groups = names.filter(names["_school_name"].notnull()).group_by("_school_name")
    counted = groups.aggregate(
        _school_id=names["_school_id"].min(), _ids=names["_school_id"].nunique()
    )
    return cast("ir.Table", counted.filter(counted["_ids"] == 1))
