"""The release: audit every verdict, write what changed, swap the pointer."""

from collections.abc import Iterator

import dagster as dg

from assets import metadata
from assets.tables import key_of
from expectations.run import check
from hit_pipeline.builders import STEPS
from hit_pipeline.release.publish import publish
from hit_pipeline.settings import District
from resources.district import DistrictResource

RELEASE = dg.AssetKey(["release", "current"])


def release_asset(district: District) -> dg.AssetsDefinition:
    """Return the asset that publishes."""

    @dg.asset(
        key=RELEASE,
        group_name="release",
        deps=[key_of(one) for one in STEPS],
        output_required=False,
        description="The published warehouse: an immutable folder behind one pointer. Nothing is "
        "published when a check is missing, failed or older than its table, or nothing is new.",
        owners=metadata.owners(district.owners.values()),
        kinds={"parquet", "duckdb"},
        pool="lake",
    )
    def release(
        context: dg.AssetExecutionContext, district: DistrictResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        with district.open("the release", metadata.instant(context)) as opened:
            published = publish(opened, recheck=check)
            if published is None:
                context.log.info("nothing new: no release was published")
                return
            shown = metadata.run_metadata(published.rows, published.folder, published.seconds)
            yield dg.MaterializeResult(metadata={**shown, "release": published.name})

    return release
