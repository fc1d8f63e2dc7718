"""One asset per source: what arrived on a day, landed for good; and the sources themselves."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets import metadata, partitions
from hit_pipeline.landing.collect import Collected, bring, collect
from hit_pipeline.settings import District, Source
from resources.district import DistrictResource

RECEIVED = "received"
Event = (
    dg.AssetCheckResult
    | dg.MaterializeResult[None]
    | dg.AssetMaterialization
    | dg.AssetCheckEvaluation
    | dg.Output[None]
)


def source_specs(district: District) -> list[dg.AssetSpec]:
    """Return the outside places as assets nobody materialises: the first group of the flow."""
    return [
        dg.AssetSpec(
            ["sources", name],
            group_name="sources",
            description=f"Deliveries of {name} by {source.adapter}"
            + (f", contract {source.contract}" if source.contract else ""),
            owners=_owner(district, source),
        )
        for name, source in district.sources.items()
    ]


def landing_assets(district: District) -> list[dg.AssetsDefinition]:
    """Return the landing asset of every source."""
    return [_landing_asset(name, source, district) for name, source in district.sources.items()]


def _landing_asset(name: str, source: Source, district: District) -> dg.AssetsDefinition:
    key, days = dg.AssetKey(["landing", name]), partitions.days(district.district.time_zone)
    received = dg.AssetCheckSpec(RECEIVED, asset=key, partitions_def=days)

    @dg.asset(
        key=key,
        group_name="landing",
        deps=[dg.AssetKey(["sources", name])],
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[received],
        output_required=False,
        description=f"Deliveries of {name} received on a day: original bytes, and rows as text.",
        owners=_owner(district, source),
        kinds={"file", "parquet"},
        pool="lake",
    )
    def landed(context: dg.AssetExecutionContext, district: DistrictResource) -> Iterator[Event]:
        now, days_asked = metadata.instant(context), context.partition_keys
        failure = bring(district.load(), name, now)
        with district.open(f"the landing of {name}", now) as opened:
            for day in days_asked:
                got = collect(opened, name, date.fromisoformat(day), failure)
                if len(days_asked) == 1:
                    yield _evaluated(key, got)
                    yield dg.MaterializeResult(asset_key=key, metadata=_shown(got))
                else:
                    yield from _told(key, day, got)
        if len(days_asked) > 1:  # the check's own output, which a result would have brought
            yield dg.Output(None, output_name=received.get_python_identifier())

    return landed


def _told(key: dg.AssetKey, day: str, got: Collected) -> Iterator[Event]:
    """Tell a day of several as it is done, so that a crash loses none that is finished.

    A result has no partition in a run of several days; these events have.
    """
    yield dg.AssetMaterialization(key, partition=day, metadata=_shown(got))
    said = _evaluated(key, got)
    yield dg.AssetCheckEvaluation(
        key, RECEIVED, said.passed, said.metadata, severity=said.severity, partition=day
    )


def _shown(got: Collected) -> dict[str, dg.MetadataValue]:
    deliveries = ", ".join(one.delivery_id for one in got.deliveries) or "none"
    shown = metadata.run_metadata(got.rows, got.folder, got.seconds)
    return {**shown, "deliveries": dg.MetadataValue.text(deliveries)}


def _evaluated(key: dg.AssetKey, got: Collected) -> dg.AssetCheckResult:
    """Say what became of a day; a source that failed is an error, what was refused a warning."""
    told = {
        "refused": [f"{one.delivery_id}: {one.refused_rule}" for one in got.refused],
        "held": [f"{one.delivery_id}: {one.refused_rule}" for one in got.held],
        "failure": [str(got.failure)] if got.failure else [],
        "left": [got.left] if got.left else [],
    }
    severity = dg.AssetCheckSeverity.ERROR if got.failure else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=RECEIVED,
        passed=not any(told.values()),
        severity=severity,
        metadata={
            name: dg.MetadataValue.text("; ".join(one) or "none") for name, one in told.items()
        },
    )


def _owner(district: District, source: Source) -> list[str]:
    return metadata.owners([district.owners[source.owner]] if source.owner else [])
