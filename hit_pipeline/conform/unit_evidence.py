"""What the rows of session logs say of the units they are written in: votes, by source and day.

A row votes with each of its lengths, percents and open numbers: for the unit stated, for another
one, or for none. Rows that are alike are counted once and weighed, so that the rest is done on few.
Votes are whole numbers: the order of rows and deliveries cannot change them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.truth import holds
from hit_pipeline.conform.unit_readings import read_as
from hit_pipeline.rules.units import (
    AMOUNTS,
    AS_STATED,
    HOURS,
    KIND_OF,
    PROOFS,
    READINGS,
    START,
    UnitRules,
)

_GROUP, _BELL = ["_source", "_group"], ["school_id", "_start"]
_DAY = 86_400


@dataclass(frozen=True)
class Votes:
    """What the rows of one source and day say of one column and one unit it may be in instead.

    Attributes:
        source: The source.
        column: The column, as in `KIND_OF`.
        local_date: The day.
        proof: What their values were held against, one of `PROOFS`.
        reading: The other unit, as in `READINGS`.
        rows: Rows with a value above zero, or a start.
        stated: Of them those that fit the unit stated.
        other: Of them those that fit the other unit, and not the one stated.
    """

    source: str
    column: str
    local_date: date
    proof: str
    reading: str
    rows: int
    stated: int
    other: int


def votes(context: BuildContext, rows: ir.Table, rules: UnitRules) -> list[Votes]:
    """Count the votes of session rows on the units of their amounts.

    Args:
        context: The build; its bell periods are read where there are any.
        rows: Rows as `session_rows` makes them, of the days to look at.
        rules: The parameters.
    """
    bells = _bells(context)
    alike = context.engine.keep(_alike(rows, with_start=bells is not None))
    columns = _filled(context, alike)
    if not columns:
        return []
    held = _with_lengths(alike, bells, rules)
    found = _counted(context, ibis.union(*_cast(held, columns, rules)))
    context.engine.drop(alike)
    return found


def start_votes(context: BuildContext, rows: ir.Table, rules: UnitRules) -> list[Votes]:
    """Count the votes of session rows on the clock their starts are by.

    Rows without a group, or with one that has no usual time, have none.

    Args:
        context: The build.
        rows: Rows as `session_rows` makes them, of the days to look at.
        rules: The parameters.
    """
    seconds = second_of_day(rows.started_at_local)
    keys = {
        "_source": rows["_source"],
        "local_date": rows.local_date,
        "_group": group_of(rows),
        "_start": seconds,
        "_behind": seconds_behind_utc(rows),
    }
    known = rows.filter(rows.group_name.notnull() & rows.started_at_local.notnull()).select(**keys)
    alike = context.engine.keep(known.group_by(*keys).aggregate(n=known.count()))
    usual = usual_starts(alike, rules)
    held = attach(alike, usual, _GROUP, "usual_start")
    held = held.filter(held.usual_start.notnull())
    found = _counted(context, ibis.union(*_cast_starts(held)))
    context.engine.drop(alike)
    return found


def usual_starts(alike: ir.Table, rules: UnitRules) -> ir.Table:
    """Return ``_source, _group, usual_start``: seconds of day most rows of a group start at.

    Args:
        alike: ``_source, _group, _start`` and the number of rows in ``n``.
        rules: The parameters.
    """
    return _usual(alike, "_start", rules).rename(usual_start="_usual")


def group_of(rows: ir.Table) -> ir.StringValue:
    """Return what tells one group of a source from another; null where none is named."""
    return cast("ir.StringValue", rows.school_id.fill_null("") + "\x1f" + rows.group_name)


def second_of_day(time: ir.TimestampValue) -> ir.IntegerValue:
    """Return the seconds from midnight to a time."""
    return cast("ir.IntegerValue", time.epoch_seconds().cast("int64") % _DAY)


def seconds_behind_utc(rows: ir.Table) -> ir.IntegerValue:
    """Return by how much the clock of a row's start is behind UTC; negative east of Greenwich."""
    utc = rows.started_at_utc.epoch_seconds().cast("int64")
    return cast("ir.IntegerValue", utc - rows.started_at_local.epoch_seconds().cast("int64"))


def _counted(context: BuildContext, ballots: ir.Table) -> list[Votes]:
    by = ("source", "column", "local_date", "proof", "reading")
    counted = ballots.group_by(*by).aggregate(
        rows=ballots["rows"].sum(),
        stated=ballots["rows"].sum(where=ballots.fits_stated).fill_null(0),
        other=ballots["rows"].sum(where=ballots.fits & ~ballots.fits_stated).fill_null(0),
    )
    return [Votes(**one) for one in context.engine.collect(counted).to_pylist()]


def _cast_starts(rows: ir.Table) -> Iterator[ir.Table]:
    shifts: dict[str, ir.IntegerValue | int] = {"utc": -rows["_behind"], **HOURS}
    for reading in READINGS[KIND_OF[START]]:
        read = (rows["_start"] + shifts[reading] + _DAY) % _DAY
        yield rows.select(
            source="_source",
            column=ibis.literal(START),
            local_date="local_date",
            proof=ibis.literal("group"),
            reading=ibis.literal(reading),
            rows="n",
            fits_stated=rows["_start"] == rows.usual_start,
            fits=holds(read == rows.usual_start),
        )


def _usual(rows: ir.Table, name: str, rules: UnitRules) -> ir.Table:
    """Return ``_source, _group, _usual``: the value most rows of a group have, if enough have it.

    Of several the smallest; rows without a group or a value are passed over.
    """
    known = rows.filter(rows[name].notnull() & rows["_group"].notnull())
    by_value = known.group_by(*_GROUP, name).aggregate(n=known.n.sum())
    most = ibis.struct({"n": by_value.n, "smaller": -by_value[name]}).max()
    found = by_value.group_by(*_GROUP).aggregate(_most=most, _every=by_value.n.sum())
    found = found.filter(found["_most"]["n"] >= rules.usual_share * found["_every"])
    return found.select(*_GROUP, _usual=-found["_most"]["smaller"])


def _alike(rows: ir.Table, *, with_start: bool) -> ir.Table:
    """Return rows that are alike in all that bears on units as one, with their number in ``n``."""
    group = group_of(rows)
    keys = {name: rows[name] for name in ("_source", "local_date", *AMOUNTS)} | {"_group": group}
    if with_start:
        keys |= {
            "school_id": rows.school_id,
            "_start": rows.started_at_local.strftime("%H:%M"),
        }
    told = reduce(or_, (rows[name].notnull() for name in AMOUNTS))
    chosen = rows.filter(told).select(**keys)
    return chosen.group_by(*keys).aggregate(n=chosen.count())


def _bells(context: BuildContext) -> ir.Table | None:
    """Return ``school_id, _start, bell_seconds`` where all schedules agree; None without any."""
    periods = context.table("bell_period")
    if not context.engine.scalar(periods.count()):
        return None
    lengths = periods.group_by("school_id", _start=periods.start_time).aggregate(
        bell_seconds=periods.length_seconds.min(), _lengths=periods.length_seconds.nunique()
    )
    return cast("ir.Table", lengths.filter(lengths["_lengths"] == 1).drop("_lengths"))


def _filled(context: BuildContext, alike: ir.Table) -> list[str]:
    """Return the columns that hold a value above zero anywhere."""
    found = alike.aggregate(**{name: (alike[name] > 0).any() for name in AMOUNTS})
    (row,) = context.engine.collect(found).to_pylist()
    return [name for name in AMOUNTS if row[name]]


def _with_lengths(alike: ir.Table, bells: ir.Table | None, rules: UnitRules) -> ir.Table:
    """Add the lengths values are held against, null where there is none that can be one.

    ``plan`` is that of the row, ``bell_seconds`` of its period, ``usual_seconds`` of its group.
    """
    plan = alike.planned_seconds
    rows = alike.mutate(plan=_possible(plan, rules).ifelse(plan, None))
    usual = _usual(rows, "plan", rules).rename(usual_seconds="_usual")
    rows = attach(rows, usual, _GROUP, "usual_seconds")
    if bells is None:
        return rows.mutate(bell_seconds=ibis.null("int64"))
    rows = attach(rows, bells, _BELL, "bell_seconds")
    bell = rows.bell_seconds
    return rows.mutate(bell_seconds=_possible(bell, rules).ifelse(bell, None))


def _possible(length: ir.Value, rules: UnitRules) -> ir.BooleanValue:
    return holds(length.between(rules.shortest_minutes * 60, rules.longest_minutes * 60))


def _cast(rows: ir.Table, columns: Sequence[str], rules: UnitRules) -> Iterator[ir.Table]:
    """Yield the votes on each column and other unit, rows that are alike as one."""
    for column in columns:
        value, fit, against = rows[column], rules.fit(column), _against(rows, column)
        length = ibis.coalesce(*against.values())
        low, high = fit.low * length, fit.high * length
        proof = ibis.cases(*((one.notnull(), name) for name, one in against.items()))
        if KIND_OF[column] != "share":  # a share is of a length, or of nothing
            low = low.fill_null(rules.shortest_minutes * 60)
            high = high.fill_null(rules.longest_minutes * 60)
            proof = proof.fill_null(PROOFS[-1])
        stated = read_as(AS_STATED, column, value, length).between(low, high)
        for reading in READINGS[KIND_OF[column]]:
            told = rows.select(
                source="_source",
                column=ibis.literal(column),
                local_date="local_date",
                proof=proof,
                reading=ibis.literal(reading),
                rows="n",
                fits_stated=holds(stated),
                fits=holds(read_as(reading, column, value, length).between(low, high)),
                _counts=holds(value > 0) & proof.notnull(),
            )
            yield told.filter(told["_counts"]).drop("_counts")


def _against(rows: ir.Table, column: str) -> dict[str, ir.Value]:
    """Return the lengths the values of a column are held against, the strongest proof first."""
    if column.startswith("planned"):
        return {"bell": rows.bell_seconds, "group": rows.usual_seconds}
    return {"planned": rows.plan, "group": rows.usual_seconds}
