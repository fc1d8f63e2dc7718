"""The units session logs are written in: proved, published as `session_unit`, and applied.

The table is built before sessions are; those read it and convert the values of the days on which a
column was written in another unit than its contract states. Most logs have no such day, and then
nothing is added to what is done with their rows.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.session_rows import falls_in_year, in_year, session_rows
from hit_pipeline.conform.session_survey import survey
from hit_pipeline.conform.truth import holds
from hit_pipeline.conform.typed import contract_of
from hit_pipeline.conform.unit_evidence import (
    Votes,
    group_of,
    second_of_day,
    seconds_behind_utc,
    start_votes,
    usual_starts,
    votes,
)
from hit_pipeline.conform.unit_proofs import verdicts
from hit_pipeline.conform.unit_readings import read_as
from hit_pipeline.rules.units import (
    AS_STATED,
    HOURS,
    KIND_OF,
    LENGTHS,
    READINGS,
    START,
    unit_called,
    unit_rules,
)
from hit_pipeline.school_year import monday
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema

_TABLE = TABLES["session_unit"]
_DAY = ["_source", "local_date"]
_DAY_TYPES = (("_source", pa.string()), ("local_date", pa.date32()))
_WHOLE = ibis.literal(1)
_DAY_SECONDS = 86_400
_LOG = "typed_session_log"


@dataclass(frozen=True)
class ProvedUnits:
    """Days on which columns were written in another unit than stated.

    Attributes:
        readings: Source, day and column to the unit, one of `READINGS`.
    """

    readings: dict[tuple[str, date, str], str]

    def of(self, *columns: str) -> dict[tuple[str, date], dict[str, str]]:
        """Return what was proved of some columns: by source and day, column to unit."""
        found: dict[tuple[str, date], dict[str, str]] = {}
        for (source, day, column), reading in sorted(self.readings.items()):
            if column in columns:
                found.setdefault((source, day), {})[column] = reading
        return found


def session_unit(context: BuildContext) -> ir.Table:
    """Return one row per source, column and week of a session log: the unit it is written in.

    A week in which the unit changes from one day to another has a row for each of its days.
    """
    rules, log = unit_rules(), context.typed(_LOG)
    rows = in_year(session_rows(context, log, survey(context.engine, log)), context)
    starts = [one for one in start_votes(context, rows, rules) if _is_asked(one, context.district)]
    found = verdicts([*votes(context, rows, rules), *starts], rules)
    units = {source: _stated(context, source) for source in {one.source for one in found}}
    told = [
        asdict(one)
        | {
            "week_start": monday(one.first_date),
            "unit_stated": unit_called(AS_STATED, units[one.source].get(one.column, ())),
            "unit_proved": unit_called(one.reading, units[one.source].get(one.column, ())),
            "rule_id": rules.id,
            "rule_version": rules.version,
            "school_year": context.year,
        }
        for one in found
    ]
    return context.engine.from_arrow(pa.Table.from_pylist(told, schema=arrow_schema(_TABLE)))


def _is_asked(one: Votes, district: District) -> bool:
    """Say whether a clock may be off on a day: by an hour, only in the week after a change."""
    if one.reading not in HOURS:
        return True
    own = district.sources[one.source].time_zone if one.source in district.sources else None
    zone = ZoneInfo(own or district.district.time_zone)
    noon = datetime.combine(one.local_date, time(12), zone)
    return noon.utcoffset() != (noon - timedelta(days=7)).utcoffset()


def proved_units(context: BuildContext) -> ProvedUnits:
    """Read from the promoted `session_unit` what is written in another unit than stated."""
    table = context.table("session_unit")
    rows = context.engine.collect(table.filter(table.reading != AS_STATED)).to_pylist()
    return ProvedUnits(
        {
            (row["source"], row["first_date"] + timedelta(days=at), row["column"]): row["reading"]
            for row in rows
            for at in range((row["last_date"] - row["first_date"]).days + 1)
        }
    )


def with_proved_units(rows: ir.Table, proved: ProvedUnits, context: BuildContext) -> ir.Table:
    """Convert the values of session rows that are in another unit than stated.

    A number whose unit the contract leaves open becomes the planned length where its unit is
    proved, and is dropped. Minutes in place of a share become the time present. Starts by another
    clock are moved with their ends; those at the usual time of their group stay, and of those an
    hour off only such are moved as come to it.
    """
    found = proved.of(*KIND_OF)
    if not found:
        return rows.drop("planned_number")
    columns = sorted({column for units in found.values() for column in units})
    days = [
        {"_source": source, "local_date": day}
        | {_unit(column): reading for column, reading in units.items()}
        for (source, day), units in found.items()
    ]
    schema = pa.schema([*_DAY_TYPES, *((_unit(column), pa.string()) for column in columns)])
    rows = attach(rows, given(days, schema), _DAY, *map(_unit, columns))
    if START in columns:
        rows = _by_the_clock(rows, context)
    rows = rows.mutate(**{one: _seconds(rows, one) for one in columns if one in LENGTHS})
    if "planned_number" in columns:
        number = _seconds(rows, "planned_number")
        rows = rows.mutate(planned_seconds=rows.planned_seconds.coalesce(number))
    if "present_share" in columns:
        rows = _with_share(rows)
    return rows.drop("planned_number", *map(_unit, columns))


def naming_proof(
    rows: ir.Table, name: str, words: Sequence[str], proved: ProvedUnits, columns: Sequence[str]
) -> ir.Table:
    """Say ``unit_proved`` of rows of the days on which one of some columns was in another unit.

    Args:
        rows: Rows with ``_source, local_date``.
        name: Column that says where a length came from.
        words: The words it may have in place of which it says so.
        proved: What was proved.
        columns: The columns.
    """
    days = [
        {"_source": source, "local_date": day, "_proved": True}
        for source, day in proved.of(*columns)
    ]
    if not days:
        return rows
    schema = pa.schema([*_DAY_TYPES, ("_proved", pa.bool_())])
    rows = attach(rows, given(days, schema), _DAY, "_proved")
    told = holds(rows["_proved"]) & rows[name].isin(words)
    return rows.mutate(**{name: told.ifelse("unit_proved", rows[name])}).drop("_proved")


def _unit(column: str) -> str:
    return f"_unit_{column}"


def _seconds(rows: ir.Table, column: str) -> ir.IntegerValue:
    """Return a column in seconds: of the unit proved, else as it is if it is a length."""
    value, unit = rows[column], rows[_unit(column)]
    read = [
        (unit == one, read_as(one, column, value, _WHOLE).round().cast("int64"))
        for one in READINGS[KIND_OF[column]]
    ]
    stated = value if column in LENGTHS else ibis.null("int64")
    return cast("ir.IntegerValue", ibis.cases(*read, else_=stated))


def _with_share(rows: ir.Table) -> ir.Table:
    unit, share = rows[_unit("present_share")], rows.present_share
    minutes = (unit == "minutes").ifelse(_seconds(rows, "present_share"), None)
    other = (unit == "hundredfold").ifelse(ibis.least(share * 100, 1.0), None)
    return rows.mutate(
        present_seconds=rows.present_seconds.coalesce(minutes),
        present_share=unit.isnull().ifelse(share, other),
    )


def _by_the_clock(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Move starts and ends as the clock proved says; none to another school year."""
    year = in_year(rows, context)
    told = year.select(
        "_source", _group=group_of(year), _start=second_of_day(year.started_at_local)
    )
    alike = told.group_by("_source", "_group", "_start").aggregate(n=told.count())
    usual = context.engine.keep(usual_starts(alike, unit_rules()))
    found = attach(rows.mutate(_group=group_of(rows)), usual, ["_source", "_group"], "usual_start")
    unit, start = found[_unit(START)], second_of_day(found.started_at_local)
    shift = ibis.cases(
        (unit == "utc", -seconds_behind_utc(found)),
        *((unit == reading, ibis.literal(seconds)) for reading, seconds in HOURS.items()),
    )
    comes_to_it = (start + shift - found.usual_start) % _DAY_SECONDS == 0
    is_off = ~holds(start == found.usual_start) & (holds(unit == "utc") | holds(comes_to_it))
    moved = (found.started_at_local + shift.as_interval("s")).date()
    found = found.mutate(_shift=is_off.ifelse(shift, None), _moved=is_off.ifelse(moved, None))
    stays = holds(falls_in_year(found["_moved"], context))
    by = stays.ifelse(found["_shift"], 0).as_interval("s")
    times = ("started_at_local", "started_at_utc", "ended_at_utc")
    return found.mutate(
        **{name: found[name] + by for name in times},
        local_date=stays.ifelse(found["_moved"], found.local_date),
    ).drop("_group", "usual_start", "_shift", "_moved")


def _stated(context: BuildContext, source: str) -> dict[str, tuple[str, ...]]:
    """Return the units a source's contract states, by column of the session log."""
    found: dict[str, dict[str, None]] = {}
    known = source in context.district.sources
    for file in contract_of(context.district, source).files.values() if known else ():
        for feed in file.feeds:
            if feed.table == _LOG:
                for column, target in feed.columns.items():
                    found.setdefault(column, {}).update(dict.fromkeys(target.every_unit))
    return {column: tuple(units) for column, units in found.items()} | {START: ("local time",)}
