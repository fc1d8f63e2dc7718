"""A feed of a contract executed: text rows in, typed rows out, and why the others are not.

Everything is an expression; nothing is read or written here. Each step of a target has a projection
of its own, so that the engine computes it once. A row is of the feed, or left out by a declared
rule; a row of the feed is good when nothing is wrong with any cell of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.cells import (
    Check,
    beside,
    checks,
    mapped_text,
    read_value,
    stated_text,
    within_limits,
)
from hit_pipeline.conform.each import BROKEN, MEMBER, NO_MEMBER, members
from hit_pipeline.conform.scores import has_score, score_targets, score_texts, unpivoted
from hit_pipeline.conform.truth import holds
from hit_pipeline.conform.unpivot import cells_as_rows
from hit_pipeline.engine_functions import trimmed
from hit_pipeline.sources.contract.feed import LANDED_ROW, Feed
from hit_pipeline.sources.contract.target import Target
from hit_pipeline.tables.model import Column, provenance
from hit_pipeline.tables.schema import ibis_type

PROVENANCE = tuple(column.name for column in provenance())
NOT_FED = "feed.none"
NO_SCORE = "feed.no_score"
_LEFT_OUT = "left out"
_PLACE = ("_delivery_id", "_row")
_NO_WORDS = {name: ibis.literal("") for name in ("rule", "column", "reason")}
_Wanted = Mapping[str, tuple[Column, Target]]
"""Key of a target (its column, or a key of one score's) to the column it fills and the target."""


@dataclass(frozen=True)
class TypedFeed:
    """What a feed makes of rows. All four are expressions.

    Attributes:
        good: Typed rows: provenance and the columns the feed fills, in declared order; the other
            columns of the typed table are null (`hit_pipeline.tables.schema.complete` adds them).
        bad: ``_delivery_id, _row, rule, column, reason``: one row for each thing wrong.
        left_out: ``_delivery_id, _row, rule``: rows a declared rule keeps out of the feed.
        notes: ``_delivery_id, rule, column, reason, count``: cells that became null on purpose.
    """

    good: ir.Table
    bad: ir.Table
    left_out: ir.Table
    notes: ir.Table


def type_feed(
    rows: ir.Table,
    feed: Feed,
    *,
    zone: str,
    overrides: Mapping[str, str] | None = None,
    keep: Callable[[ir.Table], ir.Table] | None = None,
) -> TypedFeed:
    """Parse and map the rows of one file for one typed table.

    Args:
        rows: Text columns under their headers, and ``_source, _delivery_id, _row, _file``. A
            declared header the rows lack counts as blank.
        feed: The feed.
        zone: IANA zone of the source's wall-clock times; fills ``time_zone`` where none is stated.
        overrides: Constants that replace targets: ``table.column`` to text.
        keep: Computes a table once (`Engine.keep`). Give it when more than one of the results is
            used; without it each result is computed from the text anew.
    """
    targets = effective_targets(feed, zone, overrides or {})
    wanted = {name: (feed.declared.column(name), target) for name, target in targets.items()}
    for key, own in score_targets(feed).items():
        wanted[key] = (feed.declared.column(own.column), own.target)
    read = _read(_mapped(_stated(rows, feed, wanted), wanted), wanted, zone)
    judged, known = _judged(read, wanted, feed)
    judged = keep(judged) if keep is not None else judged
    of_feed = judged.filter(judged[_LEFT_OUT].isnull())
    left_out = judged.filter(judged[_LEFT_OUT].notnull())
    left_out = left_out.select("_delivery_id", "_row", rule=left_out[_LEFT_OUT])
    good = _good(of_feed, feed, targets, known)
    bad = _listed(of_feed, known, "quarantine")
    if feed.makes_several:
        good, bad = good.anti_join(bad, _PLACE), bad.distinct()
        left_out = left_out.group_by(*_PLACE).aggregate(rule=_foremost(left_out.rule))
        left_out = left_out.anti_join(of_feed, _PLACE)
    return TypedFeed(good, bad, left_out, _counted(_listed(of_feed, known, "note")))


def effective_targets(feed: Feed, zone: str, overrides: Mapping[str, str]) -> dict[str, Target]:
    """Return the feed's targets as the district overrides them, in declared order."""
    names = feed.declared.column_names
    given = dict(feed.columns)
    for key, value in overrides.items():
        table, _, column = key.partition(".")
        if table == feed.table and column in names:
            given[column] = Target(value=value)
    if "time_zone" in names:
        stated = given.get("time_zone")
        given["time_zone"] = (
            stated.model_copy(update={"default": stated.default or zone})
            if stated is not None
            else Target(value=zone)
        )
    return {name: given[name] for name in names if name in given}


def _stated(rows: ir.Table, feed: Feed, wanted: _Wanted) -> ir.Table:
    """Clean every header used, take each target's text, and say whether the row is of the feed."""
    headers = {header for _, target in wanted.values() for _, header in target.headers}
    headers |= set(feed.when) | {rule.from_ for rule in feed.exclude}
    for score in feed.scores:
        headers |= {score.from_, *filter(None, [score.objective_from])}
    if feed.each is not None:
        rows = members(rows, feed.each, headers)
    if feed.unpivot is not None:
        rows = cells_as_rows(rows, feed.unpivot, headers)
    if LANDED_ROW in headers:
        rows = rows.mutate(**{LANDED_ROW: _landed_row(rows)})
    cells = {
        header: trimmed(rows[header]) if header in rows.columns else ibis.null("string")
        for header in sorted(headers)
    }
    marks = [MEMBER] if feed.makes_several else []
    cleaned = rows.select(*PROVENANCE, *marks, **cells)
    texts = {key: stated_text(cleaned, target) for key, (_, target) in wanted.items()}
    for key, (_, target) in wanted.items():
        if (said := beside(cleaned, target)) is not None:
            texts[f"{key}, said"] = said
    texts |= score_texts(cleaned, feed)
    rule = _left_out(cleaned, feed)
    stated = cleaned.select(*PROVENANCE, *marks, **{_LEFT_OUT: rule}, **texts)
    if not feed.scores:
        return stated
    no_score = has_score(stated, feed).ifelse(ibis.null("string"), NO_SCORE)
    return stated.mutate(**{_LEFT_OUT: ibis.coalesce(stated[_LEFT_OUT], no_score)})


def _left_out(cleaned: ir.Table, feed: Feed) -> ir.StringValue:
    """Return the rule that keeps a row out of the feed; null when none does.

    ``when`` sees a blank as the empty text; a rule of ``exclude`` never matches a blank.
    """
    branches = [
        (~cleaned[header].fill_null("").re_search(pattern), NOT_FED)
        for header, pattern in feed.when.items()
    ]
    branches += [(cleaned[rule.from_].re_search(rule.matches), rule.rule) for rule in feed.exclude]
    if feed.makes_several:
        branches.append((cleaned[MEMBER] == NO_MEMBER, NOT_FED))
    nothing = ibis.null("string")
    return ibis.cases(*branches, else_=nothing) if branches else nothing


def _landed_row(rows: ir.Table) -> ir.StringValue:
    return rows["_delivery_id"] + "/" + rows["_file"] + "/" + rows["_row"].cast("string")


def _foremost(rule: ir.StringColumn) -> ir.StringScalar:
    """Return a rule of the contract before the rule that says a row is not of the feed."""
    return rule.min(where=rule != NOT_FED).fill_null(NOT_FED)


def _mapped(stated: ir.Table, wanted: _Wanted) -> ir.Table:
    """Add the text to parse of every target, as ``<key>, text``."""
    return stated.mutate(
        **{
            f"{key}, text": _or_default(mapped_text(stated[key], column, target), target)
            for key, (column, target) in wanted.items()
        }
    )


def _or_default(text: ir.StringValue, target: Target) -> ir.StringValue:
    return text if target.default is None else text.fill_null(target.default)


def _read(mapped: ir.Table, wanted: _Wanted, zone: str) -> ir.Table:
    """Add the value of every target, as ``<key>, value``."""
    in_zone = _zone_of_row(mapped, wanted, zone)
    return mapped.mutate(
        **{
            f"{key}, value": read_value(
                mapped[f"{key}, text"],
                column,
                target,
                said=mapped[f"{key}, said"] if f"{key}, said" in mapped.columns else None,
                zone=in_zone,
            )
            for key, (column, target) in wanted.items()
        }
    )


def _zone_of_row(mapped: ir.Table, wanted: _Wanted, zone: str) -> ir.StringValue | str:
    """Return the zone a row's instants are shown in; null where the row states one that is none."""
    _, target = wanted.get("time_zone", (None, None))
    if target is None or not target.from_:
        return zone if target is None or target.value is None else target.value
    stated = mapped["time_zone, text"]
    return stated.isin(sorted(available_timezones())).ifelse(stated, ibis.null("string"))


def _judged(read: ir.Table, wanted: _Wanted, feed: Feed) -> tuple[ir.Table, list[Check]]:
    """Return values under their keys, and all that can be wrong with a row.

    The n-th of the checks is the column ``wrong <n>``: whether it is broken, never null.
    """
    values: dict[str, ir.Value] = {}
    found: list[tuple[Check, ir.BooleanValue]] = []
    own = score_targets(feed)
    for key, (column, target) in wanted.items():
        stated, text, value = read[key], read[f"{key}, text"], read[f"{key}, value"]
        for check, broken in checks(column, target, stated=stated, text=text, value=value):
            found.append((check, broken & own[key].has_score(read) if key in own else broken))
        values[key] = value if target.strict else within_limits(column, target, value)
    if feed.each is not None:
        found += [
            (Check(rule, "", reason), holds(read[MEMBER] == rule))
            for rule, reason in BROKEN.items()
        ]
    rest = [name for name in read.columns if name.partition(",")[0] not in wanted]
    wrong = {f"wrong {at}": broken for at, (_, broken) in enumerate(found)}
    return read.select(*rest, **values, **wrong), [check for check, _ in found]


def _any(rows: ir.Table, known: Sequence[Check], effect: str) -> ir.BooleanValue:
    wrong = [rows[f"wrong {at}"] for at, check in enumerate(known) if check.effect == effect]
    return ibis.or_(*wrong) if wrong else ibis.literal(value=False)


def _good(
    of_feed: ir.Table, feed: Feed, targets: Mapping[str, Target], known: Sequence[Check]
) -> ir.Table:
    rows = of_feed.filter(~_any(of_feed, known, "quarantine"))
    names = [*PROVENANCE, *targets]
    if feed.scores:
        rows = unpivoted(rows, feed, names)
    filled = [column for column in feed.declared.columns if column.name in rows.columns]
    return rows.select(**{one.name: rows[one.name].cast(ibis_type(one.type)) for one in filled})


def _listed(of_feed: ir.Table, known: Sequence[Check], effect: str) -> ir.Table:
    """Return one row for each thing of an effect that is wrong with a row."""
    of_effect = {at: check for at, check in enumerate(known) if check.effect == effect}
    hit = of_feed.filter(_any(of_feed, known, effect))
    if not of_effect:
        return hit.select("_delivery_id", "_row", **_NO_WORDS)
    numbers = [
        hit[f"wrong {at}"].ifelse(ibis.literal(at, "int32"), ibis.null("int32")) for at in of_effect
    ]
    long = hit.select("_delivery_id", "_row", at=ibis.array(numbers).unnest())
    long = long.filter(long["at"].notnull())
    words = {
        name: long["at"].cases(
            *((at, getattr(check, name)) for at, check in of_effect.items()), else_=""
        )
        for name in ("rule", "column", "reason")
    }
    return long.select("_delivery_id", "_row", **words)


def _counted(notes: ir.Table) -> ir.Table:
    return notes.group_by("_delivery_id", "rule", "column", "reason").aggregate(count=notes.count())
