"""Which landed rows of one file are current, and what became of the others.

Every delivery of the file is replayed in the order of arrival:

- a row that says what its natural key said before is *repeated*, a row whose key says something
  else later is *superseded*; within one delivery the last row of a key speaks for it;
- a row that a later complete delivery of the whole (or of its restated group) lacks is *excluded*
  where the contract says so, and comes back in place when it reappears;
- content that cannot be typed never takes the place of content that can.
"""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.history import KEY, PLACES, Contest, History, numbers_of, removes
from hit_pipeline.engine import Engine

REPEATED = "row.repeated"
SUPERSEDED = "row.superseded"
DUPLICATE = "key.duplicate"
ABSENT = "absence.removed"

_NOTHING = pa.schema(
    {
        "_delivery_id": pa.string(),
        "_row": pa.int64(),
        "fate": pa.string(),
        "rule": pa.string(),
        "by_delivery_id": pa.string(),
        "by_row": pa.int64(),
    }
).empty_table()


def not_standing(engine: Engine, history: History, unreadable: ir.Table) -> ir.Table:
    """Return what became of the rows that are not current; every other row is.

    Args:
        engine: The engine.
        history: The deliveries, compared.
        unreadable: ``content`` of rivals that cannot be typed.

    Returns:
        ``_delivery_id, _row, fate, rule, by_delivery_id, by_row``, kept.
    """
    outcomes = list(_of_lone_rows(history))
    if history.contest is not None:
        outcomes += _of_contest(engine, history, history.contest, unreadable)
    if not outcomes:
        return engine.from_arrow(_NOTHING)
    numbers = engine.from_arrow(numbers_of(history.statements))
    every = ibis.union(*outcomes) if len(outcomes) > 1 else outcomes[0]
    return engine.keep(_located(every, numbers))


def _outcome(rows: ir.Table, fate: str, rule: str, by: ir.IntegerValue | int | None) -> ir.Table:
    return rows.select(
        place=rows.place,
        fate=ibis.literal(fate),
        rule=ibis.literal(rule),
        by=ibis.null("int64") if by is None else ibis.literal(0, "int64") + by,
    )


def _of_lone_rows(history: History) -> Iterator[ir.Table]:
    """Yield the outcomes of rows nothing is compared with."""
    last, spec = history.last_complete, history.spec
    lone = history.rows.mutate(place=history.rows["_place"], gone=removes(history.rows, spec))
    if history.contest is not None:
        lone = lone.anti_join(history.contest.rows, "place")
    if spec.removes is not None:
        yield _outcome(lone.filter(lone.gone), "excluded", spec.removes.rule, None)
    if last:
        absent = lone.filter((lone["_number"] < last) & ~lone.gone)
        lacking = _lacking(history, absent["_number"])
        yield _outcome(absent, "excluded", ABSENT, lacking * PLACES)


def _of_contest(
    engine: Engine, history: History, contest: Contest, unreadable: ir.Table
) -> Iterator[ir.Table]:
    """Yield the outcomes of rows that are compared.

    Where all rows of a key say the same, which is the rule, the first one stands; only the others
    are put in order.
    """
    rows, keys = contest.rows, contest.keys
    same = keys.filter(keys.same)
    again = rows.inner_join(same.filter(same.rows > 1).select(*KEY, "first"), KEY)
    repeated = again.filter(again.place > again["first"])
    yield _outcome(repeated, "repeated", REPEATED, repeated["first"])
    standing = [rows.semi_join(same, rows.place == same["first"])]
    if engine.scalar(contest.rivals.count()):
        outcomes, left = _replayed(engine, history, contest.rivals, unreadable)
        yield from outcomes
        standing += left
    yield from _gone(history, contest, ibis.union(*standing) if len(standing) > 1 else standing[0])


def _replayed(
    engine: Engine, history: History, rivals: ir.Table, unreadable: ir.Table
) -> tuple[list[ir.Table], list[ir.Table]]:
    """Return the outcomes of rows whose key says different things, and the rows left standing.

    Rows that can be typed are replayed without the others. One that cannot stands until anything
    else is said of its key.
    """
    good = rivals.anti_join(unreadable, "content")
    delivered = engine.keep(_in_order(good, [*KEY, "number"]))
    speaking = delivered.filter(delivered.is_new & delivered["next"].isnull())
    replayed = engine.keep(_in_order(speaking.select(*rivals.columns), KEY))
    standing = replayed.filter(replayed.is_new & replayed["next"].isnull())
    removing = engine.keep(standing.filter(standing.removes).select(next="place"))
    removed = replayed.filter(replayed.is_new).semi_join(removing, "next")
    rule = history.spec.removes.rule if history.spec.removes is not None else ""
    outcomes = [
        *_versions(_to_first(delivered, replayed), DUPLICATE),
        *_versions(replayed.anti_join(removed, "place"), SUPERSEDED),
        _outcome(removed, "excluded", rule, removed["next"]),
    ]
    broken = engine.keep(_in_order(rivals, KEY).semi_join(unreadable, "content"))
    outcomes += _versions(broken, SUPERSEDED)
    bad = broken.filter(broken.is_new & broken["next"].isnull())
    return outcomes, [one.select(*rivals.columns) for one in (standing, bad)]


def _in_order(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Add what the rows before and after say.

    ``is_new``: the row says something else than the one before. ``head``: place of the row that
    first said it. ``next``: place of the next row that says something else; null when none does.
    """
    ordered = ibis.window(group_by=by, order_by="place")
    before = rows.content.lag().over(ordered)
    marked = rows.mutate(is_new=before.isnull() | (before != rows.content))
    starts = marked.is_new.ifelse(marked.place, ibis.null("int64"))
    until_here = ibis.window(group_by=by, order_by="place", rows=(None, 0))
    after = ibis.window(group_by=by, order_by="place", rows=(1, None))
    return marked.mutate(head=starts.max().over(until_here), next=starts.min().over(after))


def _to_first(delivered: ir.Table, replayed: ir.Table) -> ir.Table:
    """Let rows that repeat a repeated row point at the row that said it first."""
    repeated = replayed.filter(~replayed.is_new).select(head="place", first="head")
    joined = delivered.left_join(repeated, "head")
    return joined.mutate(head=joined["first"].coalesce(joined["head"]))


def _versions(ordered: ir.Table, rule: str) -> Iterator[ir.Table]:
    """Yield the outcomes of rows that repeat the one before or are followed by another."""
    repeated = ordered.filter(~ordered.is_new)
    yield _outcome(repeated, "repeated", REPEATED, repeated["head"])
    followed = ordered.filter(ordered.is_new & ordered["next"].notnull())
    yield _outcome(followed, "superseded", rule, followed["next"])


def _gone(history: History, contest: Contest, standing: ir.Table) -> Iterator[ir.Table]:
    """Yield the outcomes of standing rows whose key is gone: they say so, or it is missing."""
    spec, last = history.spec, history.last_complete
    if spec.removes is not None:
        yield _outcome(standing.filter(standing.removes), "excluded", spec.removes.rule, None)
    if not last and not spec.restates:
        return
    seen = contest.keys.select(*KEY, "seen")
    known = standing.filter(~standing.removes).inner_join(seen, KEY)
    if spec.restates:
        complete = [n for n, one in enumerate(history.statements) if one.is_complete]
        told = contest.rows.filter(contest.rows.number.isin(complete))
        told = told.select("scope", "number").distinct()
        later = known.inner_join(told, ["scope", known.seen < told.number])
        absent = later.group_by("place").aggregate(lacking=later.number_right.min())
    else:
        absent = known.filter(known.seen < last)
        absent = absent.mutate(lacking=_lacking(history, absent.seen))
    yield _outcome(absent, "excluded", ABSENT, absent.lacking.cast("int64") * PLACES)


def _lacking(history: History, seen: ir.IntegerValue) -> ir.IntegerValue:
    """Return the number of the first whole after the delivery that had the row last."""
    wholes = [n for n, one in enumerate(history.statements) if one.is_full and one.is_complete]
    return ibis.cases(*((seen < n, ibis.literal(n, "int64")) for n in wholes), else_=None)


def _located(outcomes: ir.Table, numbers: ir.Table) -> ir.Table:
    """Return outcomes by delivery and row instead of places."""
    split = outcomes.mutate(
        at=outcomes.place // PLACES,
        _row=outcomes.place % PLACES,
        by_at=outcomes.by // PLACES,
        by_row=(outcomes.by % PLACES).nullif(0),
    )
    joined = split.inner_join(numbers, split["at"] == numbers["_number"])
    by = numbers.rename(by_number="_number", by_delivery_id="_delivery_id")
    return joined.left_join(by, joined.by_at == by.by_number).select(
        "_delivery_id", "_row", "fate", "rule", "by_delivery_id", "by_row"
    )
