"""Whether what a OneRoster refers to is there: between the files of a bundle and what came before.

A bulk bundle must be whole by itself. A delta may refer to what earlier deliveries hold, and so
may a bulk file to a file the bundle leaves out.
"""

from collections.abc import Callable, Iterator, Mapping

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.oneroster.findings import Rows
from hit_pipeline.sources.oneroster.layout import LAYOUTS, LISTS

Earlier = Callable[[str], ir.Table | None]
"""Rows (at least sourcedId) earlier deliveries hold of a file; None when there are none."""

_WITH_PARENTS = ("orgs", "academic_sessions")


def reference_findings(
    engine: Engine, supplied: Mapping[str, Rows], earlier: Earlier
) -> list[Finding]:
    """Return broken references, counted by file and column, and cycles of parents."""
    found: list[Finding] = []
    for one in supplied.values():
        for column, target in one.layout.references.items():
            if column in one.columns:
                found += _orphans(engine, one, column, _known(supplied, one, target, earlier))
        if one.file in _WITH_PARENTS and "parentSourcedId" in one.columns:
            found += _cycles(engine, one)
    return found


def _known(
    supplied: Mapping[str, Rows], one: Rows, target: str, earlier: Earlier
) -> tuple[str, ir.Table | None]:
    """Return the entry name of the file referred to and the sourcedIds it has."""
    entry, holds = LAYOUTS[target].entry, supplied.get(target)
    parts = [holds.rows.select("sourcedId")] if holds is not None else []
    if holds is None or "delta" in (one.mode, holds.mode):
        before = earlier(target)
        parts += [before.select("sourcedId")] if before is not None else []
    if not parts:
        return entry, None
    ids = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return entry, ids.select(id=ids.sourcedId.strip()).distinct()


def _orphans(
    engine: Engine, one: Rows, column: str, known: tuple[str, ir.Table | None]
) -> Iterator[Finding]:
    entry, ids = known
    cells = one.rows.filter(~one.is_deletion).select(cell=one.cell(column))
    counted = (
        cells.filter(cells.cell.notnull()).group_by("cell").aggregate(rows=lambda t: t.count())
    )
    parts = counted.mutate(id=counted.cell.split(",").unnest() if column in LISTS else counted.cell)
    parts = parts.mutate(id=parts.id.strip())
    parts = parts.filter(parts.id != "")
    orphans = parts.anti_join(ids, "id") if ids is not None else parts
    lost = orphans.select("cell", "rows").distinct()
    count = engine.collect(lost.aggregate(count=lost.rows.sum())).to_pylist()[0]["count"]
    if count:
        missing = "" if ids is not None else ", which neither the bundle nor an earlier one holds"
        detail = f"rows refer to a sourcedId that is not in {entry}.csv{missing}"
        yield Finding(one.file, "oneroster.reference", "warning", int(count), detail, column)


def _cycles(engine: Engine, one: Rows) -> Iterator[Finding]:
    """Count the rows whose parents lead back to themselves; organisations and sessions only."""
    pairs = one.rows.select(id=one.cell("sourcedId"), parent=one.cell("parentSourcedId"))
    rows = engine.collect(pairs.filter((pairs.parent != "") & (pairs.id != ""))).to_pylist()
    parents = {row["id"]: row["parent"] for row in rows}
    count = sum(_leads_back(one_id, parents) for one_id in parents)
    if count:
        detail = "rows whose parents lead back to themselves"
        yield Finding(
            one.file, "oneroster.parent_cycle", "warning", count, detail, "parentSourcedId"
        )


def _leads_back(start: str, parents: Mapping[str, str]) -> bool:
    seen, at = {start}, parents.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return at == start
