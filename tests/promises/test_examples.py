"""The example district is what the guide says it is."""

import csv
import re
from fnmatch import fnmatch
from pathlib import Path

from hit_pipeline.settings_file import load_district
from hit_pipeline.sources.contract.feed import Feed
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import FileSpec

DISTRICT = Path(__file__).parents[2] / "examples/district"
LOG = DISTRICT / "inbox/riverside/riverside_visits_2026-09-18.csv"


def visits() -> tuple[FileSpec, Feed]:
    file = load_contract("contracts/riverside.toml", DISTRICT).files["visits"]
    (feed,) = file.feeds
    return file, feed


def rows() -> list[dict[str, str]]:
    with LOG.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_example_file_is_one_of_the_contract() -> None:
    file, _ = visits()
    assert fnmatch(LOG.name, file.pattern)
    assert {column.name for column in file.columns} <= set(rows()[0])
    assert any(re.search(pattern, "Notes") for pattern in file.forbidden)


def test_one_row_has_a_status_nobody_mapped_and_one_is_a_test_student() -> None:
    _, feed = visits()
    for target in ("session_state", "attendance"):
        known = feed.columns[target].map or {}
        assert [row["Status"] for row in rows() if row["Status"] not in known] == ["Snow Day"]
    (rule,) = feed.exclude
    tests = [row for row in rows() if re.search(rule.matches, row[rule.from_])]
    assert [row["Visit ID"] for row in tests] == ["V-1005"]


def test_every_source_of_the_example_has_an_owner() -> None:
    district = load_district(DISTRICT, {})
    assert all(source.owner in district.owners for source in district.sources.values())
