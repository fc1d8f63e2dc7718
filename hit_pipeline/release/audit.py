"""The audit before a release: each table checked, by a verdict on this very file, none left behind.

Blocking inside a run is not enough: a table may be of another run, a verdict may have been deleted,
a file may have been changed behind our back. So each is looked at again here. That no row was lost
on the way is looked at in `completeness`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq

from hit_pipeline import inputs
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.lake import Lake, digest
from hit_pipeline.tables.catalog import PUBLISHED
from hit_pipeline.tables.model import Table
from hit_pipeline.verdict import Verdict


class Check(Protocol):
    """The suite of a table; given from outside, because the core does not know the suites."""

    def __call__(
        self, table: Table, path: Path, *, lake: Lake, school_year: str | None, now: datetime
    ) -> Verdict:
        """Judge a file."""
        ...


@dataclass(frozen=True)
class Audited:
    """One promoted file that may be published.

    Attributes:
        table: Its table.
        school_year: Its partition; None without.
        path: The file.
        rows: Its rows.
        sha256: Its digest, which is the one its verdict was given on.
        verdict: The verdict.
        against: Digests of the files its references were looked up in, by table.
    """

    table: Table
    school_year: str | None
    path: Path
    rows: int
    sha256: str
    verdict: Verdict
    against: Mapping[str, str]


def audit(context: BuildContext, recheck: Check) -> tuple[list[Audited], list[str]]:
    """Return every file that may be published, and a sentence for each reason against the others.

    Args:
        context: Engine, lake, district and registry; its instant is handed to `recheck`.
        recheck: Judges a file that was changed after its verdict, so that the reason names rules.
    """
    years = inputs.school_years(context)
    audited: list[Audited] = []
    reasons: list[str] = []
    for table in PUBLISHED:
        for year in years if table.partitioned else [None]:
            found = _look_at(context, table, year, recheck)
            if isinstance(found, Audited):
                audited.append(found)
            else:
                reasons.append(f"{table.name}{f' {year}' if year else ''}: {found}")
    return audited, reasons


def _look_at(
    context: BuildContext, table: Table, year: str | None, recheck: Check
) -> Audited | str:
    """Return a file that may be published, or why it may not."""
    lake = context.lake
    path = lake.part(table, year)
    if not path.exists():
        return "it was never built, or its file is gone"
    said = _read(lake.verdict_path(table, year))
    if isinstance(said, str):
        return said
    verdict, found = Verdict.from_json(said), digest(path)
    if said["sha256"] != found:
        again = recheck(table, path, lake=lake, school_year=year, now=context.now)
        return f"changed after its verdict was given; critical rules it fails now: {_failed(again)}"
    if not verdict.outcomes:
        return "its verdict checked nothing"
    if not verdict.passed:
        return f"failed {_failed(verdict)}"
    if said.get("inputs") != inputs.table_inputs(context, table, year):
        return "older than what it is built from: it was not built again, or did not pass"
    rows: int = pq.read_metadata(path).num_rows
    return Audited(table, year, path, rows, found, verdict, said.get("against", {}))


def _read(path: Path) -> dict[str, Any] | str:
    """Return a verdict as JSON data, or why there is none."""
    if not path.exists():
        return "its verdict is missing"
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        Verdict.from_json(said)
        said["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "its verdict cannot be read"
    return said


def _failed(verdict: Verdict) -> str:
    return ", ".join(one.rule for one in verdict.failures if one.blocks) or "none"
