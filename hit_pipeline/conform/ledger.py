"""The ledger tables: deliveries with the fates of their rows, findings, quarantine."""

import json
from dataclasses import asdict

import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.landing.store import deliveries
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema


def delivery(context: BuildContext) -> ir.Table:
    """Return one row per delivery with the sums of its rows' fates."""
    landed = [_record(one) for one in deliveries(context.lake)]
    declared = TABLES["delivery"]
    plain = pa.schema([field for field in arrow_schema(declared) if not _is_fate(field.name)])
    rows = context.engine.from_arrow(pa.Table.from_pylist(landed, schema=plain))
    fates = context.engine.read(
        sorted((context.lake.root / "typed").glob("*/fates.parquet")), TABLES["row_fate"]
    )
    sums = fates.group_by("delivery_id").aggregate(
        **{f"rows_{fate}": (fates.fate == fate).sum() for fate in words.FATES}
    )
    joined = rows.left_join(sums, "delivery_id").drop("delivery_id_right")
    return joined.mutate(
        **{f"rows_{fate}": joined[f"rows_{fate}"].fill_null(0) for fate in words.FATES}
    )


def delivery_finding(context: BuildContext) -> ir.Table:
    """Return what was noticed about deliveries, one row per file, rule and column."""
    found = [
        {"delivery_id": one.delivery_id, **asdict(finding)}
        for one in deliveries(context.lake)
        for finding in one.findings
    ]
    for path in sorted((context.lake.root / "typed").glob("*/state.json")):
        found += json.loads(path.read_text(encoding="utf-8"))["findings"]
    schema = arrow_schema(TABLES["delivery_finding"])
    rows = context.engine.from_arrow(pa.Table.from_pylist(found, schema=schema))
    return rows.group_by("delivery_id", "file", "rule", "column").aggregate(
        severity=rows.severity.min(), count=rows["count"].sum(), detail=rows.detail.min()
    )


def quarantine(context: BuildContext) -> ir.Table:
    """Return every quarantined row of every source with its reasons."""
    paths = sorted((context.lake.root / "typed").glob("*/quarantine.parquet"))
    rows = context.engine.read(paths, TABLES["quarantine"])
    return rows.distinct(on=["delivery_id", "file", "row", "rule", "column"], keep="first")


def _is_fate(column: str) -> bool:
    return column in {f"rows_{fate}" for fate in words.FATES}


def _record(one: Delivery) -> dict[str, object]:
    return {
        "delivery_id": one.delivery_id,
        "source": one.source,
        "received_at": one.received_at,
        "received_date": one.received_date,
        "status": one.status,
        "refused_rule": one.refused_rule,
        "bytes": one.bytes,
        "sha256": one.sha256,
        "files": len(one.files),
        "rows": one.rows,
        "findings": len(one.findings),
    }
