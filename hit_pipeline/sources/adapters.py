"""Which adapter a source of `district.toml` uses, and how what it delivers comes here.

One line of each table per protocol; what stands behind it is in the module it names.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from hit_pipeline.lake import Lake
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Rest, Sql
from hit_pipeline.sources.base import Adapter
from hit_pipeline.sources.contract.loading import contract_ref, load_contract
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.database import sis_sql
from hit_pipeline.sources.edfi import rest as edfi_rest
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.sources.mirror.opening import mirror
from hit_pipeline.sources.oneroster.bundle import OneRosterCsv
from hit_pipeline.sources.oneroster.rest import OneRosterRest
from hit_pipeline.sources.oneroster.rest_puller import OneRosterPuller
from hit_pipeline.sources.pull.files import PulledFiles
from hit_pipeline.sources.pull.pulling import Pull, Puller
from hit_pipeline.sources.transport import DropFolder, Transport
from hit_pipeline.sources.vendor import rest as vendor_rest

_PULLERS: dict[str, Callable[[District, str, Contract], Puller]] = {
    "edfi_rest": edfi_rest.puller,
    "oneroster_rest": OneRosterPuller,
    "sis_sql": sis_sql.puller,
    "vendor_rest": vendor_rest.puller,
}
"""What asks, for each adapter whose source is asked."""


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
    is_settled = source.sftp or source.store  # by the mirror, before it was fetched
    settle = 0 if is_settled else district.lake.settle_seconds
    contract = load_contract(contract_ref(source), district.folder)
    if source.adapter == "oneroster_csv":
        lake = Lake(district.lake_path)
        return OneRosterCsv(name, contract, source.pattern, now, settle, district.thresholds, lake)
    if source.adapter == "oneroster_rest":
        return OneRosterRest(name, contract, now, district.thresholds, Lake(district.lake_path))
    if source.adapter in ("edfi_rest", "sis_sql", "vendor_rest"):
        return PulledFiles(name, contract, now, district.thresholds)
    return FilesAdapter(name, contract, now, settle, district.thresholds, source.pattern)


def transport(district: District, name: str, now: datetime) -> Transport:
    """Return how deliveries of a source come here.

    Args:
        district: The district.
        name: Name of the source.
        now: Instant of the run, UTC.

    Raises:
        ContractError: The source's contract cannot be used.
        PermanentSourceError: A secret is not set.
    """
    source = district.sources[name]
    asked = source.rest or source.sql
    if asked is not None:
        contract = load_contract(contract_ref(source), district.folder)
        puller = partial(_PULLERS[source.adapter], district, name, contract)
        return Pull(name, puller, Lake(district.lake_path), now, *_times(asked))
    place = source.sftp or source.store
    if place is not None:
        return mirror(district, name, place)
    return DropFolder(district.inbox_path / (source.path or name))


def _times(asked: Rest | Sql) -> tuple[timedelta, timedelta]:
    """Return how often everything is asked for, and how old a pull may be to be continued."""
    resume = asked.resume_hours if isinstance(asked, Rest) else 12
    return timedelta(days=asked.full_every_days), timedelta(hours=resume)
