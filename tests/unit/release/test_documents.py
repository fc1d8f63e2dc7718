"""Datapackage, dictionary, verdicts and diff page of a release."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hit_pipeline.release import catalog
from hit_pipeline.release.documents import diff_page
from hit_pipeline.tables.catalog import PUBLISHED
from tests.unit.release.bench import YEAR, Bench


def folder(bench: Bench) -> Path:
    found = catalog.current(bench.lake)
    assert found is not None
    return found.folder


def package(bench: Bench) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder(bench) / "datapackage.json").read_text())
    return told


def test_every_resource_has_the_columns_of_its_files(published: Bench) -> None:
    for resource in package(published)["resources"]:
        paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
        for path in paths:
            held = pq.read_schema(folder(published) / path).names
            assert held == [field["name"] for field in resource["schema"]["fields"]], path


def test_every_parquet_file_is_in_one_resource(published: Bench) -> None:
    told = [resource["path"] for resource in package(published)["resources"]]
    found = {str(p.relative_to(folder(published))) for p in folder(published).rglob("*.parquet")}
    assert sorted(told) == sorted(found)
    assert len(told) == len(set(told))


def test_foreign_keys_lead_to_resources_of_the_package(published: Bench) -> None:
    by_name = {one["name"]: one for one in package(published)["resources"]}
    seen = 0
    for one in by_name.values():
        for key in one["schema"].get("foreignKeys", []):
            target = by_name[key["reference"].get("resource", one["name"])]
            fields = {field["name"] for field in target["schema"]["fields"]}
            assert {*key["reference"]["fields"]} <= fields
            seen += 1
    assert seen


def test_the_package_says_what_each_tier_is(published: Bench) -> None:
    assert "education records" in package(published)["description"]


def test_the_verdicts_lie_beside_the_tables(published: Bench) -> None:
    found = {
        str(p.relative_to(folder(published) / "quality"))
        for p in (folder(published) / "quality").rglob("*.json")
    }
    assert found == {
        f"{table.name}/{YEAR if table.partitioned else 'all'}.json" for table in PUBLISHED
    }
    told = json.loads((folder(published) / "quality" / "session" / f"{YEAR}.json").read_text())
    assert told["passed"] is True
    assert told["row_count"] == 8


def test_the_dictionary_is_published(published: Bench) -> None:
    text = (folder(published) / "docs" / "data-dictionary.md").read_text()
    assert "### session_participant" in text


def _manifest(**rows: int) -> dict[str, Any]:
    files = [
        {"table": table, "tier": tier, "rows": count}
        for table, count in rows.items()
        for tier in ("restricted", "analyst")
    ]
    return {"name": "after <now>", "files": files}


def test_the_diff_page_shows_rows_before_and_after_of_every_table(tmp_path: Path) -> None:
    before = catalog.Release(tmp_path / "before & after", _manifest(session=3000, gone=2))
    page = diff_page(_manifest(session=2000, come=1), before)
    cells = [re.findall(r">([^<>]+)</t[hd]>", row) for row in page.split("<tr>")[2:]]
    assert cells == [
        ["session", "3,000", "2,000", "-1,000"],
        ["come", "0", "1", "+1"],
        ["gone", "2", "0", "-2"],
    ]
    assert "after &lt;now&gt;" in page
    assert "before &amp; after" in page


def test_the_first_release_is_compared_with_nothing(published: Bench) -> None:
    assert "The first release" in (folder(published) / "diff.html").read_text()
