"""What each school year of a source's typed rows consists of, as digests.

A year's digest changes when a row enters or leaves it; what the rows say follows from the rows, the
contract, the settings and the code. So the caller can tell which years a delivery touched.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.feedback import described_feedback
from hit_pipeline.conform.problems import Problem, listed
from hit_pipeline.conform.school_years import school_year_of, stated_school_year
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.engine_functions import utc_to_local

UNDATED = ""
_DATES = {
    "typed_term": ("start_date",),
    "typed_section_enrollment": ("begin_date",),
    "typed_calendar_day": ("local_date",),
    "typed_school_attendance": ("local_date",),
    "typed_program_assignment": ("start_date",),
    "typed_assessment": ("test_date",),
    "typed_invoice_line": ("service_date", "period_start", "invoice_date"),
}
"""Typed tables whose rows lie in the school year of a date, and that date: the first stated."""
_TIMES = {
    "typed_session_log": "started_at_local",
    "typed_feedback_response": "responded_at_local",
}
"""Typed tables whose rows lie in the school year of a time, and that time."""


def year_digests(job: SourceJob, tables: Mapping[str, ir.Table]) -> dict[str, dict[str, Any]]:
    """Return, by school year and typed table, the number of rows and their digest.

    Rows without a date, and whole tables that are not of a year, are under the empty text.

    Args:
        job: The source.
        tables: Its typed tables by name, every declared column.
    """
    years: dict[str, dict[str, Any]] = {}
    for name, rows in sorted(tables.items()):
        for year, held in _of_table(job, name, rows).items():
            years.setdefault(year, {})[name] = held
    return years


def slipped(
    job: SourceJob, name: str, rows: ir.Table, school_years: Sequence[str]
) -> ir.Table | None:
    """Return the rows of a typed table whose date slipped into some school years.

    Returns:
        As `problems.listed` does; None for a table whose rows do not lie in a school year.
    """
    if name == "typed_term" or name not in _DATES | _TIMES:
        return None
    placed = _placed(job, name, rows).mutate(_source=ibis.literal(job.name))
    slip = Problem(
        "conform.year.slipped",
        (_DATES.get(name) or (_TIMES[name],))[0],
        "lies in a school year long gone or far ahead",
        placed.year.isin(school_years),
    )
    return listed(placed, [slip])


def _of_table(job: SourceJob, name: str, rows: ir.Table) -> dict[str, dict[str, Any]]:
    placed = _placed(job, name, rows)
    spread = placed["_row"] % 65537 * (placed["_row"] % 65521)
    marked = placed.mutate(spread=spread)
    counted = marked.group_by("year", "_delivery_id", "_file").aggregate(
        rows=marked.count(), total=marked["_row"].sum(), spread=marked.spread.sum()
    )
    parts: dict[str, list[tuple[Any, ...]]] = {}
    for one in job.engine.collect(counted).to_pylist():
        sums = (int(one["rows"]), int(one["total"]), int(one["spread"]))
        parts.setdefault(one["year"], []).append((one["_delivery_id"], one["_file"], *sums))
    return {
        year: {
            "rows": sum(part[2] for part in found),
            "digest": hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest(),
        }
        for year, found in parts.items()
    }


def _placed(job: SourceJob, name: str, rows: ir.Table) -> ir.Table:
    """Return ``_delivery_id, _file, _row, year`` of typed rows."""
    start = job.district.district.year_start
    if name == "typed_session_log":
        rows = _with_day(job, rows)
        year = school_year_of(rows.day, start)
    elif name == "typed_feedback_response":
        rows = described_feedback(rows, job.district)
        year = school_year_of(rows.local_date, start)
    elif name in _DATES:
        year = school_year_of(ibis.coalesce(*(rows[one] for one in _DATES[name])), start)
    else:
        year = ibis.null("string")
    if name == "typed_enrollment_run":
        ends = rows.stated_until.cast("string").fill_null("")
        run = ibis.literal(" ").join([rows["_delivery_id"], rows.stated_from.cast("string"), ends])
        rows = rows.mutate(_delivery_id=run)
    if "school_year" in rows.columns:
        year = stated_school_year(rows.school_year).coalesce(year)
    return rows.select("_delivery_id", "_file", "_row", year=year.fill_null(UNDATED))


def _with_day(job: SourceJob, rows: ir.Table) -> ir.Table:
    """Add ``day``, the local date of a session row; else that of its session's other rows."""
    zone = rows.time_zone.fill_null(job.zone)
    shown = utc_to_local(rows.started_at_utc, zone)
    began = rows.started_at_local.coalesce(shown, rows.joined_at_local)
    told = rows.select("_delivery_id", "_file", "_row", "session_id_source", day=began.date())
    lost = told.filter(told.day.isnull() & told.session_id_source.notnull())
    if not job.engine.scalar(lost.count()):
        return told
    known = told.semi_join(lost, "session_id_source").group_by("session_id_source")
    days = known.aggregate(found=lambda t: t.day.min()).rename(of_session="session_id_source")
    joined = told.left_join(days, told.session_id_source == days.of_session)
    return joined.mutate(day=joined.day.coalesce(joined.found))
