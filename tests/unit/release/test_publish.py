"""What a publication is: when there is one, what it holds, what it shares with the one before."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hit_pipeline.lake import digest
from hit_pipeline.release import catalog, staging
from hit_pipeline.release.catalog import Release
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from tests.unit.release.bench import YEAR, Bench, students


def current(bench: Bench) -> Release:
    found = catalog.current(bench.lake)
    assert found is not None
    return found


def again(bench: Bench) -> Release:
    """Publish something new: one more delivery, and one student less."""
    bench.deliver("2", 0)
    bench.rows["student", None] = students()[1:]
    bench.build()
    assert bench.publish() is not None
    return current(bench)


def path(release: Release, table: str, tier: str = "restricted") -> Path:
    (file,) = release.files_of(table, tier)
    return Path(release.folder / file["path"])


def test_the_first_release_holds_every_table_and_becomes_current(bench: Bench) -> None:
    made = bench.publish()
    release = current(bench)
    assert made is not None
    assert (made.name, made.folder, made.rows) == (release.name, release.folder, release.rows)
    assert {file["table"] for file in release.files} == {table.name for table in PUBLISHED}
    assert re.fullmatch(r"2026-11-22T0605Z-[0-9a-f]{4}", release.name)
    assert catalog.damaged(release) == []


def test_nothing_new_publishes_nothing_however_much_time_passes(published: Bench) -> None:
    before = sorted(published.lake.releases.rglob("*"))
    assert published.publish() is None
    published.night(24 * 400)
    published.build()
    assert published.publish() is None
    assert sorted(published.lake.releases.rglob("*")) == before


@pytest.mark.parametrize("change", ["delivery", "secret", "typed rows"])
def test_something_new_is_published(published: Bench, change: str) -> None:
    if change == "secret":
        published.secret = "another secret"
    if change == "delivery":
        published.deliver("2", 0)
    if change == "typed rows":
        published.typed_state("another contract")
    published.build()
    made = published.publish()
    assert (made is not None) == (change != "typed rows")


def test_rows_of_the_manifest_are_those_of_the_files(bench: Bench) -> None:
    bench.publish()
    for file in current(bench).files:
        place = current(bench).folder / file["path"]
        assert file["rows"] == pq.read_metadata(place).num_rows
        assert file["bytes"] == place.stat().st_size
        assert file["sha256"] == digest(place)


def test_the_manifest_says_what_the_release_was_made_of(published: Bench) -> None:
    told = current(published).manifest
    assert [one["delivery_id"] for one in told["deliveries"]] == ["logs-1"]
    assert [(one["source"], one["id"]) for one in told["contracts"]] == [("logs", "datas")]
    assert {(one["id"], one["version"]) for one in told["rules"]}
    assert told["created_at"] == "2026-11-22T06:05:00+00:00"
    assert told["previous"] is None
    assert {len(told[name]) for name in ("settings", "code", "inputs")} == {64}
    assert told["engine"]["name"] == "duckdb"
    verdicts = {(one["table"], one["school_year"]): one for one in told["verdicts"]}
    assert verdicts["session", YEAR]["rules"] == 1


def test_the_manifest_holds_neither_the_secret_nor_a_value_of_a_pupil(published: Bench) -> None:
    told = (current(published).folder / "manifest.json").read_text()
    assert published.secret is not None
    assert published.secret not in told
    assert not re.search(r"SKEY|Given|Family|record\d", told)


def test_the_next_release_names_the_one_before(published: Bench) -> None:
    first = current(published).name
    assert again(published).manifest["previous"] == first


def test_what_did_not_change_is_the_same_file_in_both_tiers(published: Bench) -> None:
    first, second = current(published), again(published)
    for tier in ("restricted", "analyst"):
        assert path(first, "session", tier).samefile(path(second, "session", tier))
        assert not path(first, "student", tier).samefile(path(second, "student", tier))


def test_a_table_of_the_lake_written_over_in_place_does_not_reach_a_release(bench: Bench) -> None:
    bench.publish()
    lake = bench.lake.part(TABLES["student"])
    assert not path(current(bench), "student").samefile(lake)
    lake.write_bytes(b"gone")
    assert catalog.damaged(current(bench)) == []


def test_a_damaged_file_of_the_release_before_is_not_handed_on(published: Bench) -> None:
    for tier in ("restricted", "analyst"):
        path(current(published), "session", tier).write_bytes(b"damaged")
    second = again(published)
    assert catalog.damaged(second) == []
    assert pq.read_metadata(path(second, "session", "analyst")).num_rows == 8


def test_another_secret_gives_other_pseudonyms_in_files_that_did_not_change(
    published: Bench,
) -> None:
    first = current(published)
    published.secret = "another secret"
    second = again(published)
    assert path(first, "session_participant").samefile(path(second, "session_participant"))
    before, after = (
        pq.read_table(path(one, "session_participant", "analyst")) for one in (first, second)
    )
    keys = ["person_record_id", "student_key", "tutor_key"]
    assert before.drop_columns(keys) == after.drop_columns(keys)
    assert not {*before["student_key"].to_pylist()} & {*after["student_key"].to_pylist()} - {None}


def test_a_file_system_without_hard_links_gets_copies(
    published: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    first, second = current(published), again(published)
    assert catalog.damaged(second) == []
    assert not path(first, "session").samefile(path(second, "session"))


def test_equal_inputs_give_equal_bytes(bench: Bench, published: Bench) -> None:
    bench.publish()
    one, other = current(bench), current(published)
    assert {f["path"]: f["sha256"] for f in one.files} == {
        f["path"]: f["sha256"] for f in other.files
    }


def test_folders_and_files_are_closed_to_others(published: Bench) -> None:
    for place in [current(published).folder, *current(published).folder.rglob("*")]:
        mode = stat.S_IMODE(place.stat().st_mode)
        assert mode == (0o750 if place.is_dir() else 0o640), place
    assert stat.S_IMODE((published.lake.releases / "current").stat().st_mode) == 0o640


def test_two_releases_of_one_minute_have_two_names(published: Bench) -> None:
    published.night(-24)
    first, second = current(published), again(published)
    assert first.name[:16] == second.name[:16]
    assert first.name != second.name


def test_a_name_that_is_taken_is_not_taken_again(bench: Bench) -> None:
    made = bench.publish()
    assert made is not None
    (bench.lake.releases / "current").unlink()
    manifest = made.folder / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "previous": "another"}))
    other = bench.publish()
    assert other is not None
    assert other.name != made.name


def test_what_a_crash_left_is_removed_and_nothing_else(published: Bench) -> None:
    releases = published.lake.releases
    left = [releases / ".staging", releases / "2026-11-22T0605Z-dead"]
    lost_its_manifest = releases / "2026-11-20T0605Z-beef"
    kept = [lost_its_manifest, current(published).folder]
    for folder in (*left, lost_its_manifest):
        (folder / "inside").mkdir(parents=True)
    (left[1] / "manifest.part").write_text("{}")
    staging.open_staging(published.lake)
    assert not left[1].exists()
    assert not (left[0] / "inside").exists()
    assert all(folder.exists() for folder in kept)


def test_without_a_secret_there_is_no_analyst_tier_and_the_release_says_so(bench: Bench) -> None:
    bench.secret = None
    bench.build()
    bench.publish()
    release = current(bench)
    assert {file["tier"] for file in release.files} == {"restricted"}
    assert not (release.folder / "analyst").exists()
    assert "no pseudonym secret" in release.manifest["tiers"]["analyst"]
    assert release.manifest["pseudonym_secret_id"] is None


def test_a_rollback_stands_until_there_is_something_new(published: Bench) -> None:
    first = current(published).name
    again(published)
    catalog.rollback(published.lake, first)
    assert published.publish() is None
    assert current(published).name == first
    published.deliver("3", 0)
    published.build()
    third = published.publish()
    assert third is not None
    assert current(published).manifest["previous"] == first
    assert (published.lake.releases / "current").read_text() == f"{third.name}\n"
