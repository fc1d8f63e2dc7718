"""What session logs once stated and state no more: the earlier versions of their rows.

Typed tables hold what sources say now. What was known on an earlier day, and what a vendor changed
since, is worked out from these rows beside them (`hit_pipeline.conform.revisions`).
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.former import former_feeds, gone_since
from hit_pipeline.conform.history import with_content
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.problems import Problem, listed
from hit_pipeline.conform.rejects import rejected
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.truth import holds, may_hold
from hit_pipeline.conform.typed_file import ROW, TypedFile, refuse
from hit_pipeline.conform.typed_tables import aligned, with_record_ids
from hit_pipeline.rules.status_effect import ATTENDED
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, conform_to

GONE_BACK = "session.status_regressed"
"""Rule of a row that is scheduled again after it was completed."""

_LOG = TABLES["typed_session_log"]
_FORMER = TABLES["typed_former_session_row"]
_STARTS = ("started_at_local", "started_at_utc")
_DAYS = pa.schema([("_delivery_id", pa.string()), ("as_of", pa.date32())])
_ORDER = ("_delivery_id", "_file", "_row", "student_record_id")


def former_session_rows(files: Mapping[str, TypedFile]) -> dict[str, ir.Table]:
    """Return the rows of session logs that stood once and stand no more, by file, kept.

    Rows that another row of their own delivery took the place of never stood; nor did rows that
    cannot be typed: what was said before stood on.

    Returns:
        For files with such rows, the columns of the log and ``ended_by_delivery_id, ended_by_row``:
        the row that took its place, null for a row that was left out.
    """
    of_logs = {
        name: _stated(file)
        for name, file in files.items()
        if any(feed.table == _LOG.name for feed in file.spec.feeds)
    }
    return {name: rows for name, rows in of_logs.items() if rows is not None}


def gone_back(
    job: SourceJob, former: Mapping[str, ir.Table], tables: Mapping[str, ir.Table]
) -> ir.Table | None:
    """Return rows that are scheduled again though they were completed; None when there are none.

    An open status never takes the place of a final one: what was said before stands. A session that
    moved to another time, or was still to come when the row was delivered, may be open again.

    Args:
        job: The source.
        former: What `former_session_rows` returns.
        tables: The source's typed tables, as written.

    Returns:
        As `rejected` does.
    """
    if not former:
        return None
    was = ibis.union(*former.values()) if len(former) > 1 else next(iter(former.values()))
    held = was.attendance.isin(ATTENDED) | was.attendance.isnull()
    was = was.filter((was.session_state == "completed") & held & was.ended_by_row.notnull())
    was = was.select(
        "_file",
        _delivery_id="ended_by_delivery_id",
        _row="ended_by_row",
        **{f"was_{name}": was[name] for name in _STARTS},
    )
    days = [{"_delivery_id": one.delivery_id, "as_of": one.as_of} for one in job.deliveries]
    log = attach(tables[_LOG.name], given(days, _DAYS), ["_delivery_id"], "as_of")
    is_open = may_hold(log.attendance == "unknown") & ~holds(log.present_seconds > 0)
    day = ibis.coalesce(*(log[name] for name in _STARTS)).date()
    now = log.filter((log.session_state == "scheduled") & is_open & (day <= log.as_of))
    both = now.inner_join(was.distinct(), ["_file", *ROW])
    same = [both[name].identical_to(both[f"was_{name}"]) for name in _STARTS]
    found = job.engine.keep(both.filter(same).select(*now.columns).distinct())
    if not job.engine.scalar(found.count()):
        return None
    reason = "the session is scheduled again after it was completed; what was said before stands"
    back = Problem(GONE_BACK, "session_state", reason, ibis.literal(value=True))
    return listed(found, [back]).distinct()


def write_former_session_rows(
    job: SourceJob, files: Mapping[str, TypedFile], former: Mapping[str, ir.Table]
) -> None:
    """Write the former rows of a source's session logs.

    Rows that cannot be conformed never stood either. No file is written when there are none.

    Args:
        job: The source.
        files: Its files by name.
        former: What `former_session_rows` returns.
    """
    found = [_conformable(job, files[name], rows) for name, rows in former.items()]
    parts = [rows for rows in found if rows is not None]
    if not parts:
        return
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    written = conform_to(_FORMER, rows.select(*_FORMER.column_names))
    path = job.lake.typed(job.name) / f"{_FORMER.name}.parquet"
    job.engine.write(written, path, order_by=_ORDER)


def _conformable(job: SourceJob, file: TypedFile, rows: ir.Table) -> ir.Table | None:
    """Leave out what never stood; what was said before it stood until the next one that did."""
    while True:
        found = [
            rejected(job.engine, job.district, _LOG.name, rows),
            gone_back(job, {file.name: rows}, {_LOG.name: rows}),
        ]
        bad = ibis.union(*(one for one in found if one is not None))
        settled = refuse(file, bad)
        if settled is None:
            return rows.anti_join(bad, ROW)
        again = _stated(settled)
        if again is None:
            return None
        file, rows = settled, again


def _stated(file: TypedFile) -> ir.Table | None:
    ended = gone_since(file)
    ended = ended.filter(ended.by_delivery_id != ended["_delivery_id"])
    unreadable = with_content(file.history, ended).semi_join(file.faults, "content")
    ended = ended.anti_join(unreadable, ROW)
    by = {f"ended_{name}": ended[name] for name in ("by_delivery_id", "by_row")}
    ended = file.job.engine.keep(ended.select(*ROW, **by))
    feeds = former_feeds(file, ended)
    if feeds is None:
        return None
    of_log = zip(file.spec.feeds, feeds, strict=True)
    good = aligned(_LOG.name, [typed.good for feed, typed in of_log if feed.table == _LOG.name])
    stated = complete(_LOG, with_record_ids(_LOG.name, good))
    return file.job.engine.keep(attach(stated, ended, ROW, *by))
