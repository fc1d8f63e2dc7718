"""Which adapter a source of `district.toml` uses."""

from datetime import datetime

from hit_pipeline.lake import Lake
from hit_pipeline.settings import District
from hit_pipeline.sources.base import Adapter
from hit_pipeline.sources.contract_files import load_contract
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.sources.oneroster_csv import OneRosterCsv

ONEROSTER = "oneroster"
"""Id of the shipped contract of every OneRoster CSV source."""


def adapter(district: District, name: str, now: datetime) -> Adapter:
    """Return the adapter of a source.

    Args:
        district: The district.
        name: Name of the source.
        now: Instant of the run, UTC: when what waits counts as received.

    Raises:
        ContractError: The source's contract cannot be used.
    """
    source = district.sources[name]
    settle = district.lake.settle_seconds
    if source.adapter == "oneroster_csv":
        contract = load_contract(ONEROSTER, district.folder)
        lake = Lake(district.lake_path)
        return OneRosterCsv(name, contract, source.pattern, now, settle, district.thresholds, lake)
    contract = load_contract(source.contract or "", district.folder)
    return FilesAdapter(name, contract, now, settle, district.thresholds)
