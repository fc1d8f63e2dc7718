"""What the typing of a source noticed about its deliveries, as findings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.current import DUPLICATE
from hit_pipeline.conform.doubtful_units import doubtful_units
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import TypedFile
from hit_pipeline.conform.typing import TypedFeed
from hit_pipeline.identity.one_row import own_of
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.contract.feed import Feed

SECOND_ROW = "contract.second_row"
"""Rule of rows of a student who has another one in a file with one row per student."""


def noticed(
    job: SourceJob,
    files: Mapping[str, TypedFile],
    feeds: Mapping[str, Sequence[TypedFeed]],
    tables: Mapping[str, ir.Table],
) -> list[dict[str, Any]]:
    """Return findings as data, each with the delivery it is about.

    Keys stated twice in one delivery with different content, students with several rows in a file
    that has one row per student, cells that a contract allows to become null (``strict = false``,
    ``unmapped = "null"``), and lengths of sessions that a wrong unit would explain.

    Args:
        job: The source.
        files: Its files by name.
        feeds: What the feeds of each file make of its rows.
        tables: The typed tables written.
    """
    found = [
        one
        for name, file in files.items()
        for one in (*_duplicates(file), *_second_rows(file, tables), *_lenient(file, feeds[name]))
    ]
    if (log := tables.get("typed_session_log")) is not None:
        longest = job.district.thresholds.max_session_minutes * 60
        found += [_told(*one) for one in doubtful_units(job.engine, log, longest)]
    return found


def _duplicates(file: TypedFile) -> list[dict[str, Any]]:
    if file.history.contest is None:
        return []
    outcomes = file.outcomes.filter(file.outcomes.rule == DUPLICATE)
    counted = outcomes.group_by("_delivery_id").aggregate(rows=outcomes.count())
    detail = f"rows of one {', '.join(file.spec.natural_key)} that differ; the last one counts"
    return [
        _told(row["_delivery_id"], Finding(file.name, DUPLICATE, "warning", row["rows"], detail))
        for row in file.job.engine.collect(counted.order_by("_delivery_id")).to_pylist()
    ]


def _second_rows(file: TypedFile, tables: Mapping[str, ir.Table]) -> list[dict[str, Any]]:
    """Return how many rows more than one per student the deliveries of a file have.

    A student is known by the own identifier; without one, by all that the row states of it.
    """
    named = {feed.table for feed in file.spec.feeds if feed.names_student} & {*tables}
    if not (file.spec.one_row_per_student and named):
        return []
    typed = [tables[name].filter(tables[name]["_file"] == file.name) for name in sorted(named)]
    parts = [rows.select("_delivery_id", "_row", student=own_of(rows)) for rows in typed]
    rows = ibis.union(*parts).distinct().filter(lambda t: t.student.notnull())
    of_one = ["student"] if file.spec.current_is_newest else ["student", "_delivery_id"]
    several = rows.group_by(of_one).aggregate(more=rows.count() - 1, at=rows["_delivery_id"].max())
    counted = several.filter(several.more > 0).group_by("at").aggregate(rows=several.more.sum())
    detail = "rows of a student who has another row, where the contract says one row per student"
    return [
        _told(row["at"], Finding(file.name, SECOND_ROW, "warning", row["rows"], detail))
        for row in file.job.engine.collect(counted.order_by("at")).to_pylist()
    ]


def _lenient(file: TypedFile, feeds: Sequence[TypedFeed]) -> list[dict[str, Any]]:
    collect = file.job.engine.collect
    return [
        _told(
            row["_delivery_id"],
            Finding(file.name, row["rule"], "info", row["count"], row["reason"], row["column"]),
        )
        for feed, typed in zip(file.spec.feeds, feeds, strict=True)
        if _allows_null(feed)
        for row in collect(typed.notes.order_by("_delivery_id", "rule", "column")).to_pylist()
    ]


def _allows_null(feed: Feed) -> bool:
    targets = [*feed.columns.values(), *(t for s in feed.scores for t in s.columns.values())]
    return any(one.unmapped == "null" or not one.strict for one in targets)


def _told(delivery_id: str, finding: Finding) -> dict[str, Any]:
    return {"delivery_id": delivery_id, **asdict(finding)}
