"""Shipped contracts at work on rows of a test's own making, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from hit_pipeline.conform.typing import TypedFeed, type_feed
from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import Contract, FileSpec

ZONE = "America/Chicago"
Row = dict[str, Any]


@dataclass
class Typed:
    """What one feed made of rows; each part is computed when it is asked for."""

    engine: Engine
    made: TypedFeed

    @cached_property
    def good(self) -> list[Row]:
        """Typed rows, in the order of their file."""
        rows: list[Row] = self.engine.collect(self.made.good).to_pylist()
        return sorted(rows, key=lambda row: row["_row"])

    @cached_property
    def bad(self) -> dict[int, set[str]]:
        """Rules that rows break, by row."""
        found: dict[int, set[str]] = {}
        for one in self.engine.collect(self.made.bad).to_pylist():
            found.setdefault(one["_row"], set()).add(one["rule"])
        return found

    @cached_property
    def left_out(self) -> dict[int, str]:
        """Rule that keeps a row out, by row."""
        rows = self.engine.collect(self.made.left_out).to_pylist()
        return {one["_row"]: one["rule"] for one in rows}

    @cached_property
    def notes(self) -> dict[str, int]:
        """Cells that became null on purpose, by rule."""
        rows = self.engine.collect(self.made.notes).to_pylist()
        return {one["rule"]: one["count"] for one in rows}

    def only(self) -> Row:
        """Return the only typed row."""
        (row,) = self.good
        return row

    def of(self, row: int) -> list[Row]:
        """Return what one row, 1 for the first, became."""
        return [one for one in self.good if one["_row"] == row]

    def column(self, name: str) -> list[Any]:
        """Return one column of the typed rows."""
        return [row[name] for row in self.good]


def shipped_contract(name: str) -> Contract:
    """Load a shipped contract."""
    return load_contract(name, Path())


def rows_of(engine: Engine, spec: FileSpec, rows: Sequence[Mapping[str, str | None]]) -> Any:
    """Return landed rows of a file: the contract's columns and provenance; absent is null."""
    names = [column.name for column in spec.columns]
    strange = {name for row in rows for name in row} - set(names)
    assert not strange, f"the contract does not declare {strange}"
    cells = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    numbers = pa.array(range(1, len(rows) + 1), pa.int64())
    texts = {name: ["given"] * len(rows) for name in ("_source", "_delivery_id", "_file")}
    landed = texts | {"_received_school_year": ["2026-27"] * len(rows), "_row": numbers}
    return engine.from_arrow(pa.table(cells | landed))


def typed(
    engine: Engine,
    spec: FileSpec,
    rows: Sequence[Mapping[str, str | None]],
    *,
    feed: int = 0,
    overrides: Mapping[str, str] | None = None,
) -> Typed:
    """Type rows by one feed of a file."""
    return typed_table(engine, spec, rows_of(engine, spec, rows), feed=feed, overrides=overrides)


def typed_table(
    engine: Engine,
    spec: FileSpec,
    landed: Any,
    *,
    feed: int = 0,
    overrides: Mapping[str, str] | None = None,
) -> Typed:
    """Type landed rows by one feed of a file."""
    return Typed(engine, type_feed(landed, spec.feeds[feed], zone=ZONE, overrides=overrides))


def scores(test: Sequence[Row]) -> dict[tuple[str, str | None], tuple[float | None, str]]:
    """Return the scores of one test: kind and objective to number and text."""
    found = {
        (row["score_kind"], row["objective"]): (row["score"], row["score_text"]) for row in test
    }
    assert len(found) == len(test), "one score was stated twice"
    return found
