"""The typed tables of one source: feeds of all its files put together, with record ids, written."""

from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform import edfi, oneroster
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.truth import holds
from hit_pipeline.conform.typed_file import ROW, Judged
from hit_pipeline.conform.typing import TypedFeed
from hit_pipeline.identity.records import stated_columns, with_record_id
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, ibis_type
from hit_pipeline.tables.vocabulary import PERSON_ROLES


def write_tables(
    job: SourceJob, feeds: Mapping[str, Sequence[TypedFeed]], judged: Mapping[str, Judged]
) -> dict[str, ir.Table]:
    """Write every typed table of a source and return them as read back, all columns.

    Args:
        job: The source.
        feeds: What the feeds of each file make of its rows, by name of the file.
        judged: Rows of files with several feeds that are not conformed, by name of the file.
    """
    folder = job.lake.typed(job.name)
    tables = _derived(job, _put_together(job, feeds, judged))
    for path in folder.glob("typed_*.parquet"):
        if path.stem not in tables:
            path.unlink()
    written = {}
    for name, rows in tables.items():
        path, filled = folder / f"{name}.parquet", with_record_ids(name, rows)
        with job.engine.filters_last():
            job.engine.write(filled, path, closed=_closed(job, name, filled))
        written[name] = job.engine.read([path], TABLES[name])
    return written


def _put_together(
    job: SourceJob, feeds: Mapping[str, Sequence[TypedFeed]], judged: Mapping[str, Judged]
) -> dict[str, ir.Table]:
    parts: dict[str, list[ir.Table]] = {}
    for name, of_file in feeds.items():
        any_bad = name in judged and job.engine.scalar(judged[name].bad.count())
        for feed, typed in zip(job.contract.files[name].feeds, of_file, strict=True):
            good = typed.good.anti_join(judged[name].bad, ROW) if any_bad else typed.good
            parts.setdefault(feed.table, []).append(good)
    return {name: aligned(name, found) for name, found in parts.items()}


def aligned(name: str, parts: Sequence[ir.Table]) -> ir.Table:
    """Return the rows of several feeds as one table: the columns any of them fills."""
    if len(parts) == 1:
        return parts[0]
    filled = {column for part in parts for column in part.columns}
    declared = [column for column in TABLES[name].columns if column.name in filled]
    return ibis.union(
        *(
            part.select(
                **{
                    one.name: part[one.name]
                    if one.name in part.columns
                    else ibis.null(ibis_type(one.type))
                    for one in declared
                }
            )
            for part in parts
        )
    )


def _derived(job: SourceJob, tables: dict[str, ir.Table]) -> dict[str, ir.Table]:
    """Complete the tables from one another, where the contract says so."""
    if job.contract.derive is None:
        return tables
    whole = {name: complete(TABLES[name], rows) for name, rows in tables.items()}
    start = job.district.district.year_start
    if job.contract.derive == "edfi":
        made = edfi.derive(whole, job.settings, start, job.today)
    else:
        made = oneroster.derive(whole, job.settings, start)
    untouched = {name: rows for name, rows in tables.items() if made.get(name) is whole[name]}
    return made | untouched


def _closed(job: SourceJob, name: str, rows: ir.Table) -> dict[str, Iterable[str]]:
    """Return the columns whose every value is known before a row is read."""
    known: dict[str, Iterable[str]] = {
        "_source": [job.name],
        "_delivery_id": [one.delivery_id for one in job.deliveries],
        "_file": list(job.contract.files),
    }
    valid = {one.name: one.valid for one in TABLES[name].columns if one.valid}
    return {column: values for column, values in (known | valid).items() if column in rows.columns}


def with_record_ids(name: str, rows: ir.Table) -> ir.Table:
    """Add the record ids of the persons that rows of a typed table name; declared columns only."""
    if "is_anonymous" in rows.columns:
        rows = _without_names(name, rows)
    for role in PERSON_ROLES:
        names_somebody = any(column in rows.columns for column in stated_columns(role))
        if names_somebody and f"{role}_record_id" in TABLES[name].column_names:
            rows = with_record_id(rows, role)
    return rows.select([one for one in TABLES[name].column_names if one in rows.columns])


def _without_names(name: str, rows: ir.Table) -> ir.Table:
    """Blank what names a person in rows that call themselves anonymous."""
    direct = [one.name for one in TABLES[name].columns if one.privacy == "direct"]
    named = [one for one in direct if one in rows.columns]
    unnamed = holds(rows.is_anonymous)
    return rows.mutate(**{one: unnamed.ifelse(None, rows[one]) for one in named})
