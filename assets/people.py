"""Typed rows of each source, and identity over all of them."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from assets import metadata
from hit_pipeline.conform.typed import build_source
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.landing.store import deliveries
from hit_pipeline.settings import District
from resources.district import DistrictResource

FATES = "every_row_has_one_fate"
_DECISIONS = dg.TableSchema(
    columns=[
        *(dg.TableColumn(name, "string") for name in ("role", "source", "outcome")),
        dg.TableColumn("tier", "int"),
        dg.TableColumn("rule", "string"),
        dg.TableColumn("records", "int"),
    ]
)
IDENTITY = dg.AssetKey(["conformed", "identity"])


def typed_assets(district: District) -> list[dg.AssetsDefinition]:
    """Return an asset per source: its landed rows parsed and mapped, each with its fate."""
    return [_typed_asset(name) for name in district.sources]


def _typed_asset(name: str) -> dg.AssetsDefinition:
    key = dg.AssetKey(["conformed", "typed", name])

    @dg.asset(
        key=key,
        group_name="conformed",
        deps=[dg.AssetKey(["landing", name])],
        check_specs=[dg.AssetCheckSpec(FATES, asset=key, blocking=True)],
        description=f"Rows of {name} parsed and mapped to our vocabulary, still unkeyed; the fate "
        "of every landed row; what was quarantined.",
        kinds={"duckdb", "parquet"},
        pool="lake",
    )
    def typed(
        context: dg.AssetExecutionContext, district: DistrictResource
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        with district.open(f"the typing of {name}", metadata.instant(context)) as opened:
            state = build_source(opened, name, deliveries(opened.lake, name))
            fates = {fate: count for fate, count in state.fates.items() if count}
            complete = sum(fates.values()) == state.landed_rows
            yield dg.AssetCheckResult(
                asset_key=key, check_name=FATES, passed=complete, metadata=fates
            )
            shown = metadata.run_metadata(
                state.landed_rows, opened.lake.typed(name), state.seconds, state.statements
            )
            yield dg.MaterializeResult(asset_key=key, metadata={**shown, **fates})

    return typed


def identity_asset(district: District) -> dg.AssetsDefinition:
    """Return the asset that decides who is who and remembers it in the registry."""

    @dg.asset(
        key=IDENTITY,
        group_name="conformed",
        deps=[dg.AssetKey(["conformed", "typed", name]) for name in district.sources],
        description="Which person record is which student, tutor or employee: new and changed "
        "records are decided, every decision is kept.",
        owners=metadata.owners(district.owners.values()),
        kinds={"duckdb", "sql"},
        pool="lake",
    )
    def identity(
        context: dg.AssetExecutionContext, district: DistrictResource
    ) -> dg.MaterializeResult[None]:
        with district.open("identity", metadata.instant(context)) as opened:
            report = resolve(opened)
            counted = [dg.TableRecord(asdict(one)) for one in report.decisions]
            return dg.MaterializeResult(
                metadata={
                    "decided": sum(one.records for one in report.decisions),
                    "created": dg.MetadataValue.json(report.created),
                    "decisions": dg.MetadataValue.table(records=counted, schema=_DECISIONS),
                }
            )

    return identity
