"""What was known of every participation in a session, and from when to when.

A log is replayed: between two deliveries that change a session, the rows that stood then are joined
as those of today are. So every version says what the night's table said, under the identity, maps
and rules of today, whatever the vendor's shape: a row that changed, one that was left out, a
meeting restated beside its participants, or a row that came back under another id.
"""

from dataclasses import replace
from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.session_log import keeps_file_order as of_log
from hit_pipeline.conform.session_log import log_of
from hit_pipeline.conform.session_rows import USED, named_key, own_id
from hit_pipeline.conform.session_survey import Survey, survey
from hit_pipeline.conform.sessions import dated, with_keys
from hit_pipeline.tables.catalog import TABLES

_TABLE = TABLES["session_attendance_revision"]
_LOG, _FORMER = "typed_session_log", "typed_former_session_row"
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
_ONE = ["session_key", "student_record_id"]
_FACTS = (
    "program_id",
    "school_id",
    "local_date",
    "started_at_utc",
    "session_state",
    "attendance",
    "status_source",
    "planned_seconds",
    "present_seconds",
    "present_source",
    "counts_attended",
    "tutor_record_id",
)
_ORIGIN = ("_source", "_delivery_id", "_row", "_file")


def session_attendance_revision(context: BuildContext) -> ir.Table:
    """Return one row per session, participant record and version, of one school year.

    A version begins when a delivery is received that says something new of the participation, and
    ends when one is received that says otherwise or no longer says it. A vendor who repeats itself
    makes no version, and so does one that gives a row another id. A row that a whole delivery left
    out and a later one has again was known all the time. Sessions without any id are known by their
    row: one that changed is another session.
    """
    log, found = _log(context), _survey(context)
    if not found.names_sessions:
        rows = _known(log_of(context, log, found).participations(), context)
        alone = {"revision": ibis.literal(1, "int64"), "next": ibis.null("timestamp('UTC', 6)")}
        return _published(rows.mutate(**alone), context)
    told = context.engine.keep(_known(log, context))
    alone = told.session_id_source.isnull() & told.row_id_source.isnull()
    pieces = context.engine.keep(_pieces(told.filter(~alone)))
    log = told.filter(alone)[[*USED]].union(pieces.select(*USED))
    rows = log_of(context, log, found).participations()
    return _published(_versions(_of_pieces(rows, pieces, context)), context)


def keeps_file_order(context: BuildContext) -> bool:
    """Say whether the table comes out in the order of the typed files, and needs no sorting."""
    return not context.lake.typed_parts(TABLES[_FORMER]) and of_log(context)


def _log(context: BuildContext) -> ir.Table:
    """Return the rows of logs that ever stood."""
    current, former = (context.typed(name).select(*USED) for name in (_LOG, _FORMER))
    return current.union(former) if context.lake.typed_parts(TABLES[_FORMER]) else current


def _known(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``known_from`` and ``known_to``: when it was received, and what took its place."""
    received = context.table("delivery").select(
        _delivery_id="delivery_id", known_from="received_at"
    )
    ended = received.rename(ended_by_delivery_id="_delivery_id", known_to="known_from")
    former = context.typed(_FORMER).select(*_ORIGIN, "ended_by_delivery_id").distinct()
    former = attach(former, ended, ["ended_by_delivery_id"], "known_to")
    found = attach(rows, received, ["_delivery_id"], "known_from")
    found = attach(found, former, _ORIGIN, "known_to")
    found = found.mutate(known_to=found.known_to.coalesce(ibis.literal(_ALWAYS)))
    return found.filter(found.known_from < found.known_to)


def _survey(context: BuildContext) -> Survey:
    """Return what the logs hold: today's facts about sources, of rows past and present."""
    now = survey(context.engine, context.typed(_LOG))
    if not context.lake.typed_parts(TABLES[_FORMER]):
        return now
    ever = survey(context.engine, _log(context))
    return replace(ever, logs_misses=now.logs_misses, logs_schedule=now.logs_schedule)


def _pieces(rows: ir.Table) -> ir.Table:
    """Return the rows of every session once for each span of time in which they were the same.

    ``known_from`` and ``known_to`` are those of the span; the vendor's ids name it, so that its
    rows are a session of their own. ``session_key`` is the session's.
    """
    rows = rows.mutate(_own=own_id(rows.session_id_source, rows.row_id_source))
    key = ["_source", "_own"]
    begun = rows.select(*key, at="known_from")
    ended = rows.filter(rows.known_to < ibis.literal(_ALWAYS)).select(*key, at="known_to")
    turns = begun.union(ended, distinct=True)
    following = turns["at"].lead().over(group_by=key, order_by="at")
    spans = turns.mutate(until=following.coalesce(ibis.literal(_ALWAYS)))
    there = rows.inner_join(spans, key).filter(
        lambda t: (t.known_from <= t["at"]) & (t["at"] < t.known_to)
    )
    mark = "\x1e" + there["at"].cast("string")
    return there.mutate(
        session_key=named_key(there["_source"], there["_own"]),
        known_from=there["at"],
        known_to=there.until,
        session_id_source=there.session_id_source + mark,
        row_id_source=there.row_id_source + mark,
    )


def _of_pieces(rows: ir.Table, pieces: ir.Table, context: BuildContext) -> ir.Table:
    """Give participations of spans the key of their session and the times of the span."""
    piece = named_key(pieces["_source"], own_id(pieces.session_id_source, pieces.row_id_source))
    spans = pieces.select("known_from", "known_to", of=pieces.session_key, session_key=piece)
    spans = spans.rename(span_from="known_from", span_to="known_to").distinct()
    found = attach(_known(rows, context), spans, ["session_key"], "of", "span_from", "span_to")
    return found.mutate(
        session_key=found["of"].coalesce(found.session_key),
        known_from=found.span_from.coalesce(found.known_from),
        known_to=found.span_to.coalesce(found.known_to),
    )


def _versions(rows: ir.Table) -> ir.Table:
    """Join spans in which a participation was the same, number them, and add ``next``.

    That is when the version after begins, null for the last one.
    """
    order = ibis.window(group_by=_ONE, order_by="known_from")
    rows = rows.mutate(_facts=ibis.struct({name: rows[name] for name in _FACTS}))
    rows = rows.mutate(
        _before=rows["_facts"].lag().over(order), _till=rows.known_to.lag().over(order)
    )
    goes_on = (rows["_before"] == rows["_facts"]) & (rows["_till"] == rows.known_from)
    rows = rows.mutate(_new=goes_on.fill_null(False).ifelse(0, 1))  # noqa: FBT003
    so_far = ibis.window(group_by=_ONE, order_by="known_from", rows=(None, 0))
    rows = rows.mutate(revision=rows["_new"].sum().over(so_far))
    first = ibis.struct({name: rows[name] for name in (*_FACTS, *_ORIGIN)})
    found = rows.group_by(*_ONE, "revision").aggregate(
        known_to=rows.known_to.max(),
        _first=first.argmin(rows.known_from),
        known_from=rows.known_from.min(),
    )
    following = found.known_from.lead().over(order)
    facts = {name: found["_first"][name] for name in (*_FACTS, *_ORIGIN)}
    return found.mutate(next=following, **facts)


def _published(rows: ir.Table, context: BuildContext) -> ir.Table:
    current = rows.known_to == ibis.literal(_ALWAYS)
    rows = rows.mutate(
        known_from_utc=rows.known_from,
        known_to_utc=current.ifelse(None, rows.known_to),
        ended_by=ibis.cases(
            (current, ibis.null("string")),
            (rows.next == rows.known_to, "restated"),
            else_="withdrawn",
        ),
    )
    return dated(with_keys(rows, context), context).select(*_TABLE.column_names)
