"""Which adapter a source of the district uses."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hit_pipeline.errors import ContractError
from hit_pipeline.settings import District, DistrictInfo, LakeSettings, Source
from hit_pipeline.sources.adapters import adapter
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.sources.oneroster.bundle import OneRosterCsv

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def district(folder: Path) -> District:
    return District(
        folder=folder,
        district=DistrictInfo(name="Riverside", time_zone="America/Chicago"),
        lake=LakeSettings(settle_seconds=7),
        sources={
            "sis": Source(adapter="oneroster_csv", kind="roster", pattern="OR*.zip"),
            "vendor": Source(adapter="files", contract="log.toml", kind="log"),
            "lost": Source(adapter="files", contract="none_of_that_name", kind="log"),
        },
    )


def test_a_files_source_reads_by_its_contract(tmp_path: Path) -> None:
    (tmp_path / "log.toml").write_text(
        'id = "log"\nversion = 1\ntitle = "A log"\n[files.visits]\npattern = "*.csv"\n'
        'delivers = "full"\ncolumns = [{ name = "Visit" }]\nfeeds = []\n'
    )
    found = adapter(district(tmp_path), "vendor", NOW)
    assert isinstance(found, FilesAdapter)
    assert (found.source, found.contract.id, found.now) == ("vendor", "log", NOW)
    assert found.settle_seconds == 7


def test_an_unknown_contract_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError):
        adapter(district(tmp_path), "lost", NOW)


def test_a_roster_reads_oneroster(tmp_path: Path) -> None:
    found = adapter(district(tmp_path), "sis", NOW)
    assert isinstance(found, OneRosterCsv)
    assert (found.source, found.pattern, found.settle_seconds) == ("sis", "OR*.zip", 7)
    assert found.lake.root == tmp_path / "lake"
