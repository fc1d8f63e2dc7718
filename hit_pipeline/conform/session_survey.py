"""What the session logs hold as a whole: the facts that decide how their rows are read."""

from dataclasses import dataclass
from zoneinfo import available_timezones

import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.truth import holds
from hit_pipeline.engine import Engine

NOT_HELD = (
    "scheduled",
    "cancelled_provider",
    "cancelled_school",
    "cancelled_student",
    "tutor_no_show",
    "rescheduled",
)
"""States of a session that is to come or was called off."""
_ROWS_OF_A_FILE = 2**40
_NUMBERS = pa.schema(
    [("_delivery_id", pa.string()), ("_file", pa.string()), ("_number", pa.int64())]
)
ABSENT = ("absent_excused", "absent_unexcused", "no_show")


@dataclass(frozen=True)
class Survey:
    """Facts about the logs of all sources, of all years.

    Attributes:
        names_sessions: Whether any row has an id of its meeting or of itself.
        has_rows_alone: Whether any row has neither.
        zones: The time zones that rows state, sorted, as far as they exist.
        logs_misses: Sources whose logs list sessions that were not held or not attended, so that
            what they list is what was scheduled.
        logs_schedule: Sources that state start and end of sessions that were not held: their times
            are those of the schedule.
        files: Source, delivery and file of the rows, sorted.
    """

    names_sessions: bool
    has_rows_alone: bool
    zones: tuple[str, ...]
    logs_misses: frozenset[str]
    logs_schedule: frozenset[str]
    files: tuple[tuple[str, str, str], ...]


def survey(engine: Engine, log: ir.Table) -> Survey:
    """Look at the session logs as a whole.

    Args:
        engine: The engine.
        log: Rows of ``typed_session_log``.
    """
    not_held = holds(log.session_state.isin(NOT_HELD))
    absent = holds(log.attendance.isin(ABSENT))
    local = log.started_at_local.notnull() & log.ended_at_local.notnull()
    instant = log.started_at_utc.notnull() & log.ended_at_utc.notnull()
    named = is_named(log)
    facts = log.group_by("_source", "_delivery_id", "_file", "time_zone").aggregate(
        named=named.any(),
        alone=(~named).any(),
        misses=(not_held | absent).any(),
        schedule=(not_held & (local | instant)).any(),
    )
    rows = engine.collect(facts).to_pylist()
    stated = {row["time_zone"] for row in rows if row["time_zone"] is not None}
    files = {(row["_source"], row["_delivery_id"], row["_file"]) for row in rows}
    return Survey(
        names_sessions=any(row["named"] for row in rows),
        has_rows_alone=any(row["alone"] for row in rows),
        zones=tuple(sorted(stated & available_timezones())),
        logs_misses=frozenset(row["_source"] for row in rows if row["misses"]),
        logs_schedule=frozenset(row["_source"] for row in rows if row["schedule"]),
        files=tuple(sorted(files)),
    )


def is_named(log: ir.Table) -> ir.BooleanValue:
    """Say whether a row has an id of its meeting or of itself."""
    return log.session_id_source.notnull() | log.row_id_source.notnull()


def with_place(rows: ir.Table, found: Survey) -> ir.Table:
    """Add ``_place``: one number for where a row was landed, in the order of file and row."""
    numbers = [
        {"_delivery_id": delivery, "_file": file, "_number": number}
        for number, (_, delivery, file) in enumerate(found.files)
    ]
    numbered = attach(rows, given(numbers, _NUMBERS), ["_delivery_id", "_file"], "_number")
    place = numbered["_number"] * _ROWS_OF_A_FILE + numbered["_row"]
    return numbered.mutate(_place=place).drop("_number")
