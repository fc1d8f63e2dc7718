"""The four jobs of a night, in order; landing and facts have different partitions."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.tables import key_of
from hit_pipeline.builders import STEPS

Job = UnresolvedAssetJobDefinition
"""What `define_asset_job` returns; Dagster does not export its name."""

LANDING, CONFORM, SCHOOL_YEAR, RELEASE = "landing", "conform", "school_year", "release"


def jobs() -> dict[str, Job]:
    """Return the jobs by name."""
    yearly = [key_of(one) for one in STEPS if one.table.partitioned]
    plain = dg.AssetSelection.groups("conformed") - dg.AssetSelection.assets(*yearly)
    return {
        LANDING: dg.define_asset_job(
            LANDING,
            dg.AssetSelection.groups("landing"),
            description="Land what arrived on a day.",
        ),
        CONFORM: dg.define_asset_job(
            CONFORM, plain, description="Type every source, decide who is who, rebuild dimensions."
        ),
        SCHOOL_YEAR: dg.define_asset_job(
            SCHOOL_YEAR,
            dg.AssetSelection.assets(*yearly),
            description="Rebuild the facts and marts of one school year.",
        ),
        RELEASE: dg.define_asset_job(
            RELEASE, dg.AssetSelection.groups("release"), description="Audit and publish."
        ),
    }
