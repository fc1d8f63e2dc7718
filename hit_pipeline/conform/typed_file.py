"""One file of a source: its current rows typed, and the fate of every other row.

A row of several feeds has one fate: quarantined when any feed finds something wrong with it, else
conformed when any feed takes it, else excluded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.current import not_standing
from hit_pipeline.conform.history import History, compare, representatives, with_content
from hit_pipeline.conform.source_job import SourceJob, statements
from hit_pipeline.conform.typing import NOT_FED, TypedFeed, type_feed
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.sources.contract.model import FileSpec

ROW = ("_delivery_id", "_row")
FAULT = ("rule", "column", "reason")

_ALL_READABLE = pa.schema(
    {"_delivery_id": pa.string(), "_row": pa.int64(), "content": pa.binary()}
).empty_table()


@dataclass(frozen=True)
class TypedFile:
    """One file of a source. The tables are kept.

    Attributes:
        job: The source.
        name: The contract's name of the file.
        spec: Its contract.
        history: Its deliveries, compared.
        faults: ``content, rule, column, reason`` of rivals that cannot be typed.
        outcomes: What became of the rows that are not current, see `not_standing`.
        unreadable: ``_delivery_id, _row, content``: current rows that have a fault.
        readable: The other current rows.
    """

    job: SourceJob
    name: str
    spec: FileSpec
    history: History
    faults: ir.Table
    outcomes: ir.Table
    unreadable: ir.Table
    readable: ir.Table


@dataclass(frozen=True)
class Judged:
    """Current rows that are not conformed. Both tables are kept.

    Attributes:
        bad: ``_delivery_id, _row, rule, column, reason``, one row for each thing wrong.
        left_out: ``_delivery_id, _row, rule``: rows no feed takes.
    """

    bad: ir.Table
    left_out: ir.Table


def open_file(
    job: SourceJob, name: str, spec: FileSpec, landed: Sequence[tuple[Delivery, LandedFile]]
) -> TypedFile:
    """Compare the deliveries of a file and find its current rows."""
    rows = job.text_rows(name, landed)
    history = compare(job.engine, rows, spec, statements(spec, landed))
    faults = ibis.memtable([], schema={"content": "binary", **dict.fromkeys(FAULT, "string")})
    if history.contest is not None and job.engine.scalar(history.contest.rivals.count()):
        feeds = typed_feeds(job, spec, representatives(history), kept=False)
        found = with_content(history, _union([one.bad for one in feeds]))
        faults = job.engine.keep(found.select("content", *FAULT).distinct())
    return _settled(job, name, history, faults)


def refuse(file: TypedFile, rejected: ir.Table) -> TypedFile | None:
    """Count contents that were rejected after typing as unreadable, and find anew what is current.

    Args:
        file: The file.
        rejected: ``_delivery_id, _row, rule, column, reason`` of typed rows.

    Returns:
        The file as it is then; None when no rejected row has a rival, so that nothing changes.
    """
    engine, history = file.job.engine, file.history
    if history.contest is None:
        return None
    fresh = engine.keep(with_content(history, rejected).select("content", *FAULT).distinct())
    if not engine.scalar(fresh.count()):
        return None
    return _settled(file.job, file.name, history, engine.keep(ibis.union(file.faults, fresh)))


def typed_feeds(job: SourceJob, spec: FileSpec, rows: ir.Table, *, kept: bool) -> list[TypedFeed]:
    """Return what every feed of a file makes of rows; `kept` computes each feed once, now."""
    keep = job.engine.keep if kept else None
    return [
        type_feed(rows, one, zone=job.zone, overrides=job.overrides, keep=keep)
        for one in spec.feeds
    ]


def judge(job: SourceJob, feeds: Sequence[TypedFeed]) -> Judged:
    """Find out which rows none of a file's feeds takes, and why."""
    bad = job.engine.keep(_union([one.bad for one in feeds]).distinct())
    left = _union([one.left_out for one in feeds])
    by_row = left.group_by(*ROW).aggregate(
        feeds=left.count(), rule=left.rule.min(where=left.rule != NOT_FED)
    )
    nowhere = by_row.filter(by_row.feeds == len(feeds)).anti_join(bad, ROW)
    rule = nowhere.rule.fill_null(NOT_FED)
    return Judged(bad, job.engine.keep(nowhere.select(*ROW, rule=rule)))


def also_bad(job: SourceJob, judged: Judged, rejected: ir.Table) -> Judged:
    """Count rows of which something was rejected after typing among those that are not conformed.

    Args:
        job: The source.
        judged: The rows of a file, as they were judged before.
        rejected: ``_delivery_id, _row, rule, column, reason`` of what was rejected.
    """
    bad = job.engine.keep(ibis.union(judged.bad, rejected.select(*ROW, *FAULT)).distinct())
    return Judged(bad, job.engine.keep(judged.left_out.anti_join(bad, ROW)))


def torn_rows(files: Mapping[str, TypedFile], rejected: ir.Table) -> dict[str, ir.Table]:
    """Return what was rejected of landed rows that may have become several typed rows, by file.

    Args:
        files: The files of a source by name.
        rejected: ``_file`` and what `also_bad` takes.
    """
    found = {
        name: file.job.engine.keep(rejected.filter(rejected["_file"] == name).drop("_file"))
        for name, file in files.items()
        if any(feed.makes_several for feed in file.spec.feeds)
    }
    return {
        name: rows for name, rows in found.items() if files[name].job.engine.scalar(rows.count())
    }


def nothing_judged() -> Judged:
    """Return that every row is conformed."""
    schema = {"_delivery_id": "string", "_row": "int64", **dict.fromkeys(FAULT, "string")}
    bad = ibis.memtable([], schema=schema)
    return Judged(bad, bad.select(*ROW, "rule"))


def quarantined(file: TypedFile, judged: Judged) -> ir.Table:
    """Return every thing wrong with every current row: ``_delivery_id, _row`` and `FAULT`."""
    known = file.unreadable.inner_join(file.faults, "content").select(*ROW, *FAULT)
    return ibis.union(known, judged.bad)


def _settled(job: SourceJob, name: str, history: History, faults: ir.Table) -> TypedFile:
    """Return the file, its unreadable rivals being known."""
    engine, contest = job.engine, history.contest
    outcomes = not_standing(engine, history, faults.select("content").distinct())
    rows = history.rows
    if engine.scalar(outcomes.count()):
        rows = rows.anti_join(outcomes, ROW)
    if contest is None or not engine.scalar(faults.count()):
        bad = engine.from_arrow(_ALL_READABLE)
        return TypedFile(job, name, history.spec, history, faults, outcomes, bad, rows)
    places = contest.rivals.semi_join(faults, "content").select("content", _place="place")
    bad = engine.keep(rows.inner_join(places, "_place").select(*ROW, "content"))
    readable = rows.anti_join(places, "_place")
    return TypedFile(job, name, history.spec, history, faults, outcomes, bad, readable)


def _union(parts: Sequence[ir.Table]) -> ir.Table:
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
