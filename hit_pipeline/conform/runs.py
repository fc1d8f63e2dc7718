"""For how long the deliveries of a file said what: every statement with its beginning and its end.

A *run* is deliveries one after the other that say the same of a natural key. It ends with the
delivery that says something else of the key, or that lacks it where silence means that it is gone.
What cannot be typed says nothing; a delivery with malformed lines is not silent about anything.
"""

from collections.abc import Mapping
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.history import KEY, PLACES, Contest, removes
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.truth import holds
from hit_pipeline.conform.typed_file import ROW, TypedFile

_NUMBERS = pa.schema(
    [
        ("number", pa.int64()),
        ("_delivery_id", pa.string()),
        ("at", pa.int64()),
        ("gone", pa.int64()),
    ]
)


def runs(file: TypedFile, places: Mapping[str, int]) -> ir.Table:
    """Return the runs of a file's statements, kept.

    Args:
        file: The file.
        places: Each delivery's place among those of the source, in the order of arrival.

    Returns:
        ``_delivery_id, _row`` of the row that stands for the statement, the same one when it comes
        back; ``since`` and ``until``: places of the deliveries that begin and end the run,
        ``until`` null while it lasts.
    """
    numbers, history = _numbers(file, places), file.history
    alone = history.rows.mutate(place=history.rows["_place"], gone=removes(history.rows, file.spec))
    found = []
    if history.contest is not None:
        alone = alone.anti_join(history.contest.rows, "place")
        found = [_steady(history.contest), _changing(history.contest, file, numbers)]
    alone = alone.filter(~alone.gone)
    number = alone.place // PLACES
    found.append(alone.select("place", first=number, last=number, next=ibis.null("int64")))
    every = ibis.union(*found) if len(found) > 1 else found[0]
    return file.job.engine.keep(_located(every, numbers, file))


def _numbers(file: TypedFile, places: Mapping[str, int]) -> ir.Table:
    """Return, per ``number`` of a delivery, its place and that of the next not silent for nothing.

    Columns: ``number``, ``_delivery_id``, ``at`` and ``gone``.
    """
    speaks = file.spec.absence == "removed" and not file.spec.restates
    rows: list[dict[str, object]] = []
    gone: int | None = None
    for number, one in reversed(list(enumerate(file.history.statements))):
        at = places[one.delivery_id]
        rows.append({"number": number, "_delivery_id": one.delivery_id, "at": at, "gone": gone})
        if speaks and one.is_full and one.is_complete:
            gone = at
    return given(rows, _NUMBERS)


def _unbroken(contest: Contest) -> ir.Table:
    """Return the keys of which every delivery from the first to the last says the same, once."""
    keys = contest.keys
    whole = keys.rows == keys.seen - keys["first"] // PLACES + 1
    removed = contest.rows.filter(contest.rows.removes)
    return cast("ir.Table", keys.filter(keys.same & whole).anti_join(removed, KEY))


def _steady(contest: Contest) -> ir.Table:
    keys = _unbroken(contest)
    return keys.select(
        place="first",
        first=keys["first"] // PLACES,
        last=keys.seen.cast("int64"),
        next=ibis.null("int64"),
    )


def _changing(contest: Contest, file: TypedFile, numbers: ir.Table) -> ir.Table:
    """Return the runs of the other keys; ``next`` is the number of what ends them by speaking."""
    rows = contest.rows.anti_join(_unbroken(contest), KEY)
    rows = attach(rows.mutate(number=rows.number.cast("int64")), numbers, ["number"], "at", "gone")
    order = ibis.window(group_by=KEY, order_by="place")
    told = _speaking(rows, file)
    marked = told.mutate(before=told.content.lag().over(order), lost=told.gone.lag().over(order))
    again = holds((marked.before == marked.content) & ~holds(marked.lost < marked["at"]))
    until_here = ibis.window(group_by=KEY, order_by="place", rows=(None, 0))
    numbered = marked.mutate(run=(~again).cast("int64").sum().over(until_here))
    found = numbered.group_by(*KEY, "run").aggregate(
        place=numbered.place.min(),
        first=numbered.number.min(),
        last=numbered.number.max(),
        removes=numbered.removes.any(),
    )
    by_run = ibis.window(group_by=KEY, order_by="run")
    ended = found.mutate(next=found["first"].lead().over(by_run))
    return ended.filter(~ended.removes).select("place", "first", "last", "next")


def _speaking(rows: ir.Table, file: TypedFile) -> ir.Table:
    """Keep the row that speaks for a key in a delivery: the last one that can be typed.

    A row that cannot be typed goes on with what was said before.
    """
    unreadable = file.faults.select("content").distinct()
    some = bool(file.job.engine.scalar(unreadable.count()))
    if some:
        marked = rows.left_join(unreadable.mutate(bad=True), "content").drop("content_right")
        rows = marked.mutate(content=holds(marked.bad).ifelse(None, marked.content)).drop("bad")
    order = [rows.content.isnull(), rows.place.desc()]
    place = ibis.row_number().over(group_by=[*KEY, "number"], order_by=order)
    told = rows.mutate(_nth=place).filter(lambda t: t["_nth"] == 0).drop("_nth")
    if some:
        until_here = ibis.window(group_by=KEY, order_by="place", rows=(None, 0))
        good = told.content.notnull().ifelse(told.place, None)
        said = told.select(good="place", said="content")
        told = attach(told.mutate(good=good.max().over(until_here)), said, ["good"], "said")
        told = told.mutate(content=told.said)
    return cast("ir.Table", told)


def _located(every: ir.Table, numbers: ir.Table, file: TypedFile) -> ir.Table:
    """Return runs by the row that stands for them, and by places of deliveries."""
    begun = numbers.select("_delivery_id", first="number", since="at")
    lasts = numbers.select("gone", last="number")
    nexts = numbers.select("at", next="number")
    found = attach(every, begun, ["first"], "since", "_delivery_id")
    found = attach(attach(found, lasts, ["last"], "gone"), nexts, ["next"], "at")
    found = found.select(
        "_delivery_id",
        _row=found.place % PLACES,
        since=found.since,
        until=ibis.least(found.gone, found["at"]),
    )
    again = file.outcomes.filter(file.outcomes.fate == "repeated")
    again = again.select("_delivery_id", "_row", "by_delivery_id", "by_row")
    found = attach(found, again, ROW, "by_delivery_id", "by_row")
    return found.select(
        "since",
        "until",
        _delivery_id=found.by_delivery_id.coalesce(found["_delivery_id"]),
        _row=found.by_row.coalesce(found["_row"]),
    )
