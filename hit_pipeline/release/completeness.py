"""Nothing is lost, and nothing points nowhere: what is audited across the tables of a release.

Each yields one sentence per thing found, with counts and ids of deliveries, never a value.
"""

from collections.abc import Iterator, Sequence

import ibis.expr.types as ir
import pyarrow.parquet as pq

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine
from hit_pipeline.landing.store import deliveries
from hit_pipeline.release.audit import Audited
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Reference


def losses(context: BuildContext) -> Iterator[str]:
    """Yield what was lost from delivery to mart.

    Every delivery of the store is in the table `delivery`, and the fates of its rows sum to its
    rows. Every typed participation, score, consent, judgement of need, answer, member of a group,
    event of a tutor and line of an invoice is in the keyed tables, exactly once, by source;
    rows that could be typed but not conformed are in the quarantine instead.
    """
    table = context.table("delivery")
    known = _texts(context.engine, table.delivery_id)
    for one in deliveries(context.lake):
        if one.delivery_id not in known:
            yield f"delivery {one.delivery_id}: it is not in the table delivery"
    fates = sum((table[f"rows_{fate}"] for fate in words.FATES), start=table.rows * 0)
    unequal = table.filter((table.status == "landed") & (table.rows != fates))
    for delivery_id in sorted(_texts(context.engine, unequal.delivery_id)):
        yield f"delivery {delivery_id}: the fates of its rows do not sum to its rows"
    log = _not_quarantined(context, "typed_session_log")
    stated = _by_source(context.engine, log.filter(log.record_level == "participant"))
    participants = context.table("session_participant", all_years=True)
    held = _by_source(context.engine, participants, "source_rows")
    yield from _unequal("participations", "session_participant", stated, held)
    scores = _by_source(context.engine, _not_quarantined(context, "typed_assessment"))
    results = context.table("assessment_result", all_years=True)
    kept = _by_source(context.engine, results)
    yield from _unequal("scores", "assessment_result", scores, kept)
    for name in (*_LISTED, _INVOICES):
        yield from _lost_of_list(context, name)


_LISTED = ("consent", "eligibility", "feedback_response", "group_member", "tutor_event")
"""Tables fed by one list each, whose rows say how many typed rows they stand for."""
_INVOICES = "invoice_line"
"""The one whose rows stand for a typed row each."""


def _lost_of_list(context: BuildContext, name: str) -> Iterator[str]:
    """Yield what was lost between a typed table and the one table it feeds."""
    typed, parts = TABLES[f"typed_{name}"], context.lake.parts(TABLES[name])
    if not context.lake.typed_parts(typed) and not sum(
        pq.read_metadata(path).num_rows for path in parts
    ):
        return
    stated = _by_source(context.engine, _not_quarantined(context, typed.name))
    rows = context.table(name, all_years=True)
    held = _by_source(context.engine, rows, None if name == _INVOICES else "source_rows")
    yield from _unequal("rows", name, stated, held)


def _not_quarantined(context: BuildContext, table: str) -> ir.Table:
    rows, out = context.typed(table), context.table("quarantine")
    place = [rows[f"_{name}"] == out[name] for name in ("delivery_id", "file", "row")]
    return rows.anti_join(out, place)


def orphans(context: BuildContext, audited: Sequence[Audited]) -> Iterator[str]:
    """Yield the critical references that are not found.

    A partition refers to the same partition of a partitioned table. A reference that was checked
    against the very file that is to be published is not looked up again.
    """
    for one in audited:
        for reference in one.table.references:
            others = [
                other
                for other in audited
                if other.table.name == reference.table
                and (other.school_year is None or other.school_year == one.school_year)
            ]
            seen = [other.sha256 for other in others] == [one.against.get(reference.table)]
            if not reference.critical or seen:
                continue
            if count := _orphans(context.engine, one, others, reference):
                year = f" {one.school_year}" if one.school_year else ""
                columns = ", ".join(reference.columns)
                missing = f"{count} values of {columns} are not in {reference.table}"
                yield f"{one.table.name}{year}: {missing}"


def _orphans(engine: Engine, one: Audited, others: Sequence[Audited], reference: Reference) -> int:
    rows = engine.read([one.path])
    known = engine.read([other.path for other in others], TABLES[reference.table])
    stated = rows.select(*reference.columns).drop_null().distinct()
    pairs = zip(reference.columns, reference.to, strict=True)
    lost = stated.anti_join(known, [stated[here] == known[there] for here, there in pairs])
    return int(engine.scalar(lost.count()))


def _texts(engine: Engine, column: ir.StringColumn) -> set[str]:
    return set(engine.collect(column.as_table())[0].to_pylist())


def _by_source(engine: Engine, rows: ir.Table, counted: str | None = None) -> dict[str, int]:
    """Return the rows of each source, or the sum of a column."""
    figure = rows.count() if counted is None else rows[counted].sum()
    found = engine.collect(rows.group_by("_source").aggregate(figure=figure))
    return dict(zip(found["_source"].to_pylist(), found["figure"].to_pylist(), strict=True))


def _unequal(what: str, table: str, typed: dict[str, int], held: dict[str, int]) -> Iterator[str]:
    for source in sorted(typed.keys() | held.keys()):
        stated, kept = typed.get(source, 0), held.get(source, 0)
        if stated != kept:
            yield f"{table}: source {source} has {stated} typed {what}, the table holds {kept}"
