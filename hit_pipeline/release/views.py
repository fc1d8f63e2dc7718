"""Views over the Parquet of one release: `hit.duckdb` for analysts' tools, and `hit query`.

`hit.duckdb` names the release's files by absolute path, because DuckDB looks for relative ones in
the caller's working directory. A release that was moved is still read by `query`, which makes its
views from the manifest.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hit_pipeline.errors import HitError, NotFound
from hit_pipeline.lake import Lake
from hit_pipeline.release.catalog import named

DATABASE = "hit.duckdb"
_READABLE_SINCE = "v1.0.0"
"""Oldest DuckDB that opens `hit.duckdb`: analysts' tools come with older ones than ours."""

File = Mapping[str, Any]


def write(folder: Path, files: Iterable[File]) -> None:
    """Write `hit.duckdb` into a release's folder: a schema per tier, a view per table."""
    with duckdb.connect() as connection:
        place = _text(folder / DATABASE)
        connection.execute(f"ATTACH {place} AS hit (STORAGE_VERSION '{_READABLE_SINCE}')")
        connection.execute("USE hit")
        _make_views(connection, files, folder)
        connection.execute("USE memory; DETACH hit")


def query(lake: Lake, sql: str, *, tier: str = "restricted", release: str = "current") -> pa.Table:
    """Run one SELECT over the tables of one tier of a release.

    It can read that tier's files and nothing else, and write nothing. Tables are named with or
    without the tier before them.

    Raises:
        NotFound: There is no such release or tier.
        HitError: The SQL is not one SELECT, or cannot be run.
        LakeError: The current release cannot be read.
    """
    found = named(lake, release)
    chosen = [file for file in found.files if file["tier"] == tier]
    if not chosen:
        kind = "tier"
        raise NotFound(kind, tier, {file["tier"] for file in found.files})
    with duckdb.connect() as connection:
        _make_views(connection, chosen, found.folder)
        allowed = ", ".join(_text(found.folder / file["path"]) for file in chosen)
        connection.execute(f"SET schema = '{tier}'; SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        try:
            kinds = [one.type for one in connection.extract_statements(sql)]
            if kinds != [duckdb.StatementType.SELECT]:
                message = "the query must be one SELECT."
                raise HitError(message, remedy="Ask one question at a time; nothing is written.")
            bound = connection.sql(sql)
        except duckdb.Error as error:  # of the query's own words: no row has been read yet
            message = f"the query cannot be run: {error}"
            raise HitError(message) from None
        try:
            return bound.to_arrow_table()
        except duckdb.Error as error:  # its words may repeat a value
            message = f"the query met a value it cannot work with ({type(error).__name__})."
            remedy = "try_cast gives null for what does not fit."
            raise HitError(message, remedy=remedy) from None


def _make_views(connection: duckdb.DuckDBPyConnection, files: Iterable[File], folder: Path) -> None:
    by_table: dict[tuple[str, str], list[str]] = {}
    for file in files:
        by_table.setdefault((file["tier"], file["table"]), []).append(str(file["path"]))
    for tier in sorted({tier for tier, _ in by_table}):
        connection.execute(f'CREATE SCHEMA "{tier}"')
    for (tier, table), paths in sorted(by_table.items()):
        listed = ", ".join(_text(folder / path) for path in sorted(paths))
        reader = f"read_parquet([{listed}], hive_partitioning = false)"
        connection.execute(f'CREATE VIEW "{tier}"."{table}" AS SELECT * FROM {reader}')  # noqa: S608 (our own paths)


def _text(path: Path) -> str:
    """Return a path as SQL text, absolute."""
    return "'" + str(path.resolve()).replace("'", "''") + "'"
