"""What changed between two releases: counts per table, never a value.

Only files that differ are read: a row that moved from one file to another changed both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.release.catalog import Release, named
from hit_pipeline.tables.catalog import PUBLISHED, TABLES


@dataclass(frozen=True)
class TableDiff:
    """What changed in one table.

    Attributes:
        table: The table.
        added: Rows whose key is only in the later release.
        removed: Rows whose key is only in the earlier one.
        changed: Rows with the same key and another content. Where a row was landed (columns that
            begin with an underscore) is not content, nor is a column that only one release has.
        same: Rows with the same key and content.
        columns_added: Columns only in the later release.
        columns_removed: Columns only in the earlier one.
        columns_retyped: Columns of another type than before.
    """

    table: str
    added: int
    removed: int
    changed: int
    same: int
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_retyped: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


def diff(engine: Engine, lake: Lake, before: str, after: str) -> list[TableDiff]:
    """Compare two releases of a lake, table by table, in the restricted tier.

    Raises:
        NotFound: There is no such release.
        LakeError: The current release cannot be read.
    """
    return list(between(engine, named(lake, before), named(lake, after)))


def between(engine: Engine, before: Release, after: Release) -> Iterator[TableDiff]:
    """Yield what changed in each table that is in one of two releases.

    Tables stand in the order of the catalog; those it no longer knows follow.
    """
    told = {file["table"] for one in (before, after) for file in one.files}
    known = [table.name for table in PUBLISHED]
    for name in (*known, *sorted(told - {*known})):
        if name in told:
            yield _table_diff(engine, name, before, after)


def _table_diff(engine: Engine, name: str, before: Release, after: Release) -> TableDiff:
    old, new = before.files_of(name), after.files_of(name)
    kept = {file["sha256"] for file in old} & {file["sha256"] for file in new}
    same = sum(file["rows"] for file in new if file["sha256"] in kept)
    gone, come = ([file for file in files if file["sha256"] not in kept] for files in (old, new))
    if not gone or not come:
        added, removed = (sum(file["rows"] for file in files) for files in (come, gone))
        return TableDiff(name, added, removed, 0, same)
    earlier = engine.read([before.folder / file["path"] for file in gone])
    later = engine.read([after.folder / file["path"] for file in come])
    types = earlier.schema(), later.schema()
    shared = [column for column in types[1] if column in types[0]]
    key = list(TABLES[name].key) if name in TABLES else []
    counts = {"added": 0, "removed": 0, "changed": 0, "same": 0}
    if key and {*key} <= {*shared}:
        counts = _compared(engine, earlier, later, key, shared)
    else:
        counts["added"], counts["removed"] = (
            engine.scalar(rows.count()) for rows in (later, earlier)
        )
    counts["same"] += same
    return TableDiff(
        name,
        **counts,
        columns_added=tuple(column for column in types[1] if column not in shared),
        columns_removed=tuple(column for column in types[0] if column not in shared),
        columns_retyped=tuple(one for one in shared if types[0][one] != types[1][one]),
    )


def _compared(
    engine: Engine, earlier: ir.Table, later: ir.Table, key: Sequence[str], shared: Sequence[str]
) -> dict[str, int]:
    content = [name for name in shared if not name.startswith("_") and name not in key]
    both = ibis.union(
        _digested(earlier, key, content, is_new=False), _digested(later, key, content, is_new=True)
    )
    met = both.group_by(key).aggregate(
        old=(~both.is_new).any(),
        new=both.is_new.any(),
        equal=both.content.min() == both.content.max(),
    )
    counts = met.aggregate(
        added=(met.new & ~met.old).sum(),
        removed=(met.old & ~met.new).sum(),
        changed=(met.old & met.new & ~met.equal).sum(),
        same=(met.old & met.new & met.equal).sum(),
    )
    (found,) = engine.collect(counts).to_pylist()
    return {name: count or 0 for name, count in found.items()}


def _digested(
    rows: ir.Table, key: Sequence[str], content: Sequence[str], *, is_new: bool
) -> ir.Table:
    """Return the key, a digest of the content (nulls count) and which release a row is of."""
    told = (
        ibis.struct({name: rows[name] for name in content}).hash() if content else ibis.literal(0)
    )
    return rows.select(*key, content=told, is_new=ibis.literal(is_new))
