"""One asset per conformed table and mart: build a candidate, check it, promote it."""

from collections.abc import Iterator

import dagster as dg

from assets import metadata, partitions
from expectations.run import check
from hit_pipeline import inputs
from hit_pipeline.builders import STEPS, Step, build
from hit_pipeline.settings import District
from hit_pipeline.verdict import Verdict
from resources.district import DistrictResource

SUITE = "suite"
_LAYERS = {"conformed": "conformed", "mart": "marts"}
Event = dg.AssetCheckResult | dg.MaterializeResult[None]


def key_of(one: Step) -> dg.AssetKey:
    """Return the asset key of a table: its layer's folder, then its name."""
    return dg.AssetKey([_LAYERS[one.table.layer], one.table.name])


def table_assets(district: District) -> list[dg.AssetsDefinition]:
    """Return an asset for every step of the build."""
    return [_table_asset(one, district) for one in STEPS]


def _table_asset(one: Step, district: District) -> dg.AssetsDefinition:
    key, start = key_of(one), district.district.year_start
    years = partitions.school_years(start) if one.table.partitioned else None

    @dg.asset(
        key=key,
        group_name=key.path[0],
        deps=[dg.AssetKey(["conformed", "identity"]), *map(_table_key, one.needs)],
        partitions_def=years,
        backfill_policy=dg.BackfillPolicy.multi_run() if years else None,
        check_specs=[
            dg.AssetCheckSpec(
                SUITE,
                asset=key,
                blocking=True,
                partitions_def=years,
                description="The Great Expectations suite of the table, run on the candidate: "
                "a critical rule that fails keeps the table as it was.",
            )
        ],
        output_required=False,
        description=metadata.about(one.table),
        owners=metadata.owners(district.owners.values()),
        metadata={"dagster/column_schema": metadata.columns_of(one.table)},
        kinds={"duckdb", "parquet"},
        pool="lake",
    )
    def table(context: dg.AssetExecutionContext, district: DistrictResource) -> Iterator[Event]:
        year = partitions.school_year_of(context.partition_key, start) if years else None
        now = metadata.instant(context)
        with district.open(f"the asset {one.table.name}", now, year) as opened:
            built = build(opened, one)
            verdict = check(one.table, built.path, lake=opened.lake, school_year=year, now=now)
            yield _said(key, verdict)
            if verdict.passed:
                path = inputs.promote(opened, one.table, verdict)
                shown = metadata.run_metadata(built.rows, path, built.seconds, built.statements)
                yield dg.MaterializeResult(asset_key=key, metadata=shown)

    return table


def _table_key(name: str) -> dg.AssetKey:
    return next(key_of(one) for one in STEPS if one.table.name == name)


def _said(key: dg.AssetKey, verdict: Verdict) -> dg.AssetCheckResult:
    rows = [
        dg.TableRecord(
            {
                "rule": outcome.rule,
                "severity": "broken" if outcome.broken else outcome.severity,
                "unexpected": outcome.unexpected if outcome.unexpected is not None else -1,
                "remedy": outcome.remedy,
            }
        )
        for outcome in verdict.failures
    ]
    warned = bool(rows) and verdict.passed
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=SUITE,
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN if warned else dg.AssetCheckSeverity.ERROR,
        metadata={
            "rules": len(verdict.outcomes),
            "rows_checked": verdict.row_count,
            "failing": dg.MetadataValue.table(records=rows, schema=_FAILING),
        },
    )


_FAILING = dg.TableSchema(
    columns=[
        dg.TableColumn("rule", "string"),
        dg.TableColumn("severity", "string"),
        dg.TableColumn("unexpected", "int"),
        dg.TableColumn("remedy", "string"),
    ]
)
