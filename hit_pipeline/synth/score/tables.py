"""Opens a release and the answer key beside it as tables of one DuckDB database."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hit_pipeline.synth.score.layouts import KEY, RELEASE, Layout

Row = Mapping[str, Any]
"""One line of a section of the scorecard."""

_MEMORY = "2GB"


class NothingToScore(Exception):  # noqa: N818
    """The folder lacks the release or the answer key.

    Attributes:
        remedy: What the reader can do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Tables:
    """The release as ``release_<table>``, the key as ``key_<table>``, and what is worked out.

    Attributes:
        release: Name of the release.
        inbox: Folder of the files the release was made from.
    """

    connection: duckdb.DuckDBPyConnection
    release: str
    inbox: Path

    def make(self, statement: str) -> None:
        """Run a statement that makes a table."""
        self.connection.execute(statement)

    def load(self, name: str, rows: pa.Table) -> None:
        """Make a table of Arrow rows."""
        self.connection.register("_given", rows)
        self.connection.execute(f'create table "{name}" as from _given')
        self.connection.unregister("_given")

    def rows(self, query: str) -> list[Row]:
        """Return what a query finds, one mapping per row."""
        found = self.connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def counts(self, table: str, counted: str, by: str = "") -> list[Row]:
        """Return aggregates of a table, one row per value of a column, sorted by it.

        Args:
            table: Name of the table.
            counted: Aggregates, in SQL.
            by: The column; empty for one row of all.
        """
        source = self.connection.table(table)
        found = (
            source.aggregate(f"{by}, {counted}", by).order(by)
            if by
            else (source.aggregate(counted))
        )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def row(self, query: str) -> Row:
        """Return the only row a query finds."""
        (only,) = self.rows(query)
        return only


@contextlib.contextmanager
def open_tables(folder: Path, memory: str = _MEMORY) -> Iterator[Tables]:
    """Open the current release and the key of a district's folder; both are only read.

    Args:
        folder: Folder of the district, with ``lake``, ``inbox`` and ``key``.
        memory: DuckDB's memory limit; more spills to a folder beside the district's, removed
            in the end.

    Raises:
        NothingToScore: There is no release or no key.
    """
    release = _release(folder)
    with open_key(folder, release.parent.name, memory) as tables:
        for name, layout in RELEASE.items():
            _view(tables, f"release_{name}", (release / name).rglob("*.parquet"), layout)
        yield tables


@contextlib.contextmanager
def open_key(folder: Path, release: str = "", memory: str = _MEMORY) -> Iterator[Tables]:
    """Open the key of a district's folder alone, as `open_tables` does.

    Raises:
        NothingToScore: There is no key.
    """
    key = _key(folder)
    with tempfile.TemporaryDirectory(prefix=".score-", dir=folder) as work:
        database = Path(work) / "score.duckdb"
        with duckdb.connect(str(database), config=_settings(memory)) as connection:
            tables = Tables(connection, release, folder / "inbox")
            for name, layout in KEY.items():
                _view(tables, f"key_{name}", key.glob(f"{name}.parquet"), layout)
            yield tables


def _settings(memory: str) -> dict[str, str | bool | int | float | list[str]]:
    return {"memory_limit": memory, "preserve_insertion_order": False}


def _release(folder: Path) -> Path:
    releases = folder / "lake" / "releases"
    pointer = releases / "current"
    named = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""
    if not named or not (releases / named / "restricted").is_dir():
        message = f"there is no release in {releases}"
        raise NothingToScore(message, f"Make one: hit run -d {folder}")
    return releases / named / "restricted"


def _key(folder: Path) -> Path:
    key = folder / "key"
    if not (key / "row_truth.parquet").is_file():
        message = f"there is no answer key in {key}"
        raise NothingToScore(message, "Only a district made by `hit synth` can be scored.")
    return key


def _view(tables: Tables, name: str, files: Iterator[Path], layout: Layout) -> None:
    """Make a view of Parquet files with the columns of a layout and no others."""
    paths = sorted(str(path) for path in files)
    if not paths:
        tables.load(name, _empty(layout))
        return
    held = tables.connection.read_parquet(paths, union_by_name=True, hive_partitioning=False)
    held.project(", ".join(_columns(held.columns, layout))).create_view(name)


def _columns(held: Sequence[str], layout: Layout) -> Iterator[str]:
    for column, kind in layout.items():
        value = f'"{column}"' if column in held else "null"
        if kind == "instant":
            yield f'epoch({value})::bigint as "{column}"'
        else:
            yield f'cast({value} as {kind}) as "{column}"'


def _empty(layout: Layout) -> pa.Table:
    kinds = {
        "text": pa.string(),
        "bigint": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "instant": pa.int64(),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in layout.items()]).empty_table()
