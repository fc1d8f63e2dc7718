"""What rosters once stated of students and state no more: who left, former names and identifiers.

Typed tables hold what sources say now. A log of last autumn names children who have left since, by
names and numbers of then; identity must know them whether the deliveries of a year were typed night
by night or all at once.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform import edfi, oneroster
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import ROW, TypedFile, typed_feeds
from hit_pipeline.conform.typing import TypedFeed
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, conform_to, empty

FORMER = TABLES["typed_former_student"]
_ORIGIN = ("_source", "_delivery_id", "_row", "_file")
MADE_OF = {
    "oneroster": ("typed_user", "typed_user_role", "typed_demographics"),
    "edfi": ("typed_student", "typed_user", "typed_user_role"),
    None: ("typed_student",),
}
"""Per derivation of a contract the typed tables a student's row is made of."""


def past_rows(
    job: SourceJob, files: Mapping[str, TypedFile], tables: Mapping[str, ir.Table]
) -> dict[str, ir.Table]:
    """Return typed rows of students that no longer stand, by table, kept.

    Args:
        job: The source.
        files: Its files by name.
        tables: Its typed tables, as written.
    """
    if "typed_student" not in tables:
        return {}
    parts: dict[str, list[ir.Table]] = {}
    for file in student_files(job, files):
        feeds = former_feeds(file, gone_since(file))
        for one, typed in zip(file.spec.feeds, feeds, strict=True) if feeds else ():
            if one.table in MADE_OF[job.contract.derive]:
                parts.setdefault(one.table, []).append(complete(TABLES[one.table], typed.good))
    return {name: job.engine.keep(ibis.union(*found)) for name, found in parts.items()}


def gone_since(file: TypedFile) -> ir.Table:
    """Return the outcomes of a file's rows that stood once and stand no more."""
    return file.outcomes.filter(file.outcomes.fate.isin(("superseded", "excluded")))


def former_feeds(file: TypedFile, gone: ir.Table) -> list[TypedFeed] | None:
    """Return what the feeds of a file make of rows that are gone; None when there are none."""
    rows = file.job.engine.keep(file.history.rows.semi_join(gone, ROW))
    if not file.job.engine.scalar(rows.count()):
        return None
    return typed_feeds(file.job, file.spec, rows, kept=False)


def student_files(job: SourceJob, files: Mapping[str, TypedFile]) -> list[TypedFile]:
    """Return the files students' rows are made of."""
    wanted = MADE_OF[job.contract.derive]
    return [one for one in files.values() if any(feed.table in wanted for feed in one.spec.feeds)]


def write_former_students(
    job: SourceJob, past: Mapping[str, ir.Table], tables: Mapping[str, ir.Table]
) -> ir.Table:
    """Write the person records of students that earlier deliveries of a source state, each once.

    Records that a current row states are not among them; no file is written when there are none.

    Args:
        job: The source.
        past: What `past_rows` returns.
        tables: Its typed tables, as written.

    Returns:
        The records, kept.
    """
    if not past:
        return empty(FORMER)
    once = {name: job.engine.keep(_each_once(rows)) for name, rows in past.items()}
    stated = _students(job, once, tables)
    stated = with_record_id(stated.mutate(_source=ibis.literal(job.name)), "student")
    fresh = stated.filter(stated.student_record_id.notnull())
    fresh = fresh.anti_join(tables["typed_student"], "student_record_id")
    fresh = fresh.distinct(on="student_record_id", keep="first")
    kept = job.engine.keep(conform_to(FORMER, fresh.select(*FORMER.column_names)))
    if job.engine.scalar(kept.count()):
        job.engine.write(kept, job.lake.typed(job.name) / f"{FORMER.name}.parquet")
    return kept


def _each_once(rows: ir.Table) -> ir.Table:
    said = [name for name in rows.columns if name not in _ORIGIN]
    origin = {name: rows[name].min() for name in _ORIGIN}
    return rows.group_by(said).agg(**origin).select(*rows.columns)


def _students(
    job: SourceJob, past: Mapping[str, ir.Table], tables: Mapping[str, ir.Table]
) -> ir.Table:
    """Return students' rows made of past rows, and of current ones beside them."""
    derive = job.contract.derive
    if derive is None:
        return past["typed_student"]
    whole = {name: complete(TABLES[name], rows) for name, rows in tables.items()}
    for name in MADE_OF[derive]:
        current = whole.get(name, empty(TABLES[name]))
        whole[name] = past[name].union(current) if name in past else current
    start = job.district.district.year_start
    if derive == "edfi":
        made = edfi.derive(whole, job.settings, start, job.today)
    else:
        made = oneroster.derive(whole, job.settings, start)
    return made["typed_student"]
