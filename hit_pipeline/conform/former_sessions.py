"""What session logs once stated and state no more: the earlier versions of their rows.

Typed tables hold what sources say now. What was known on an earlier day, and what a vendor changed
since, is worked out from these rows beside them (`hit_pipeline.conform.revisions`).
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.former import former_feeds, gone_since
from hit_pipeline.conform.history import with_content
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.rejects import rejected
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import ROW, TypedFile, refuse
from hit_pipeline.conform.typed_tables import aligned, with_record_ids
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, conform_to

_LOG = TABLES["typed_session_log"]
_FORMER = TABLES["typed_former_session_row"]
_ORDER = ("_delivery_id", "_file", "_row", "student_record_id")


def write_former_session_rows(job: SourceJob, files: Mapping[str, TypedFile]) -> None:
    """Write the rows of a source's session logs that stood once and stand no more.

    Rows that another row of their own delivery took the place of never stood. Nor did rows that
    cannot be typed or conformed: what was said before stood on. No file is written when there are
    none.

    Args:
        job: The source.
        files: Its files by name.
    """
    found = [_former(job, file) for file in files.values()]
    parts = [rows for rows in found if rows is not None]
    if not parts:
        return
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    former = conform_to(_FORMER, rows.select(*_FORMER.column_names))
    path = job.lake.typed(job.name) / f"{_FORMER.name}.parquet"
    job.engine.write(former, path, order_by=_ORDER)


def _former(job: SourceJob, file: TypedFile) -> ir.Table | None:
    """Return the former rows of a file of session logs, kept; None when there are none."""
    if all(feed.table != _LOG.name for feed in file.spec.feeds):
        return None
    rows = _stated(file)
    if rows is None:
        return None
    refused = rejected(job.engine, job.district, _LOG.name, rows)
    settled = refuse(file, refused) if refused is not None else None
    return rows if settled is None else _stated(settled)


def _stated(file: TypedFile) -> ir.Table | None:
    ended = gone_since(file)
    ended = ended.filter(ended.by_delivery_id != ended["_delivery_id"])
    unreadable = with_content(file.history, ended).semi_join(file.faults, "content")
    ended = ended.anti_join(unreadable, ROW)
    ended = file.job.engine.keep(ended.select(*ROW, ended_by_delivery_id="by_delivery_id"))
    feeds = former_feeds(file, ended)
    if feeds is None:
        return None
    of_log = zip(file.spec.feeds, feeds, strict=True)
    good = aligned(_LOG.name, [typed.good for feed, typed in of_log if feed.table == _LOG.name])
    stated = complete(_LOG, with_record_ids(_LOG.name, good))
    return file.job.engine.keep(attach(stated, ended, ROW, "ended_by_delivery_id"))
