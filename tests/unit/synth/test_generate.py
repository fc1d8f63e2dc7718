"""Making districts: what is refused, what a folder holds, and files read back."""

import json
import tomllib
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hit_pipeline.synth.generate import MARK, generate
from hit_pipeline.synth.joining import Made
from hit_pipeline.synth.plan import SYSTEMS, Plan
from hit_pipeline.synth.truth.build import District
from tests.unit.synth.made import YEAR, digests, inbox, key

SMALL = Plan(District(seed=2, students=120, schools=1), "none", "final", ("oneroster",))
SATURDAYS = ("2025-09-13", "2025-09-20", "2025-09-27")
"""A bulk, a delta, and the last bulk."""


# ---- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(SMALL, district=District(1, 99, 1)), ("students", "100", "99")),
        (replace(SMALL, district=District(1, -5, 1)), ("students", "100", "-5")),
        (replace(SMALL, district=District(1, 120, 0)), ("schools", "1 to 3", "0")),
        (replace(SMALL, district=District(1, 120, 4)), ("schools", "1 to 3", "4")),
        (replace(SMALL, district=District(1, 120, 1, 0)), ("years", "1 to 10", "0")),
        (replace(SMALL, district=District(1, 120, 1, 11)), ("years", "1 to 10", "11")),
        (replace(SMALL, dirt="filthy"), ("none, typical, nasty", "filthy")),
        (replace(SMALL, deliveries="hourly"), ("final, weekly, nightly", "hourly")),
        (replace(SMALL, systems=("oneroster", "paper")), (", ".join(SYSTEMS), "paper")),
        (
            Plan(District(1, 20_001, 33), "none", "nightly", ("oneroster",)),
            ("nightly", "20,000", "20,001"),
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_what_can(
    plan: Plan, told: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        generate(plan, tmp_path / "district")
    for words in told:
        assert words in str(refusal.value)
    assert not (tmp_path / "district").exists()


def test_a_folder_with_other_things_in_it_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ValueError, match="choose another folder"):
        generate(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_file_is_no_folder_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ValueError, match="choose another folder"):
        generate(SMALL, tmp_path / "letter.txt")
    assert (tmp_path / "letter.txt").read_text() == "mine"


# ---- the folder --------------------------------------------------------------------------------


def test_an_empty_folder_is_filled_and_a_district_made_anew(tmp_path: Path) -> None:
    generate(SMALL, tmp_path)
    first = digests(tmp_path)
    (tmp_path / "inbox" / "left_over.csv").write_text("of the district before")
    generate(replace(SMALL, district=District(3, 120, 1)), tmp_path)
    assert digests(tmp_path) != first
    generate(SMALL, tmp_path)
    assert digests(tmp_path) == first
    assert {path.name for path in tmp_path.iterdir()} == {MARK, "district.toml", "inbox", "key"}


def test_the_mark_says_what_was_made(clean: Path) -> None:
    told = json.loads((clean / MARK).read_text())
    assert {told[name] for name in ("students", "schools", "years", "seed")} == {500, 8, 1, 7}
    assert (told["dirt"], told["deliveries"]) == ("none", "final")
    assert tuple(told["systems"]) == SYSTEMS


def test_progress_is_told_zone_by_zone(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = generate(
        replace(SMALL, district=District(2, 320, 8)),
        tmp_path / "district",
        told=lambda done, total: told.append((done, total)),
        workers=1,
    )
    assert told == [(1, 2), (2, 2)]
    files = list(inbox(tmp_path / "district"))
    assert made.rows == sum(one.count() for one in files)
    assert made.files == len(files)
    assert made.seats == len(key(tmp_path / "district", "seat"))
    assert not made.faults


# ---- files -------------------------------------------------------------------------------------


def test_files_of_two_zones_have_one_header_and_cells_for_all_of_it(clean: Path) -> None:
    for file in inbox(clean):
        if file.is_table:
            header, *rows = file.rows()
            assert header not in rows, file.place
            assert {len(row) for row in rows} <= {len(header)}, file.place
            assert len(set(header)) == len(header) or file.source in {"surveys"}, file.place


def test_every_json_file_is_one_document(clean: Path) -> None:
    documents = [one for one in inbox(clean) if one.name.endswith(".json")]
    assert len({one.source for one in documents}) >= 2
    for file in documents:
        assert isinstance(json.loads(file.content), list), file.place


def test_archives_are_whole_and_state_no_time_of_their_making(clean: Path) -> None:
    paths = sorted((clean / "inbox").rglob("*.zip"))
    assert paths
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert names == sorted(set(names))
            assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}
            assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_the_manifest_states_what_an_archive_lacks(tmp_path: Path) -> None:
    generate(replace(SMALL, dates=SATURDAYS), tmp_path / "district")
    absences = []
    for path in sorted((tmp_path / "district" / "inbox" / "sis").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            lines = archive.read("manifest.csv").decode().splitlines()
            entries = set(archive.namelist())
        stated = dict(line.split(",", 1) for line in lines if line.startswith("file."))
        assert len(stated) > 5
        for name, state in stated.items():
            is_there = f"{name.removeprefix('file.')}.csv" in entries
            assert (state == "absent") == (not is_there), (path.name, name)
        assert {f"file.{name[:-4]}" for name in entries} - {"file.manifest"} <= set(stated)
        absences.append(Counter(stated.values())["absent"])
    assert absences[1] > absences[0]


def test_files_are_dated_by_the_night_they_arrive_on(tmp_path: Path) -> None:
    generate(replace(SMALL, dates=SATURDAYS), tmp_path / "district")
    zone = ZoneInfo("America/Chicago")
    seen: set[str] = set()
    for path in (tmp_path / "district" / "inbox").rglob("*"):
        if not path.is_file():
            continue
        landed = datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone(zone)
        day = landed.strftime("%Y%m%d")
        seen.add(day)
        stamps = [one.replace("-", "") for one in SATURDAYS if one.replace("-", "") in path.name]
        assert landed.hour == 23
        assert not stamps or stamps == [day], path
    assert seen == {one.replace("-", "") for one in SATURDAYS}


def test_invoices_are_dated_by_the_night_they_arrive_on(dirty: tuple[Path, Made]) -> None:
    for path in (dirty[0] / "inbox" / "invoices").iterdir():
        month = datetime.strptime(path.stem[-6:], "%Y%m").replace(tzinfo=UTC)
        landed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        arrives = (month + timedelta(days=31)).replace(day=10)
        night = next(one for one in YEAR if datetime.fromisoformat(f"{one}T23:59Z") >= arrives)
        assert (landed - timedelta(hours=6)).date().isoformat() == night, path.name


def test_the_settings_name_only_folders_that_are_there(
    clean: Path, dirty: tuple[Path, Made]
) -> None:
    for folder in (clean, dirty[0]):
        settings = tomllib.loads((folder / "district.toml").read_text())
        for name, source in settings["sources"].items():
            place = folder / "inbox" / source.get("path", name)
            assert any(place.glob(source.get("pattern", "*"))), name
        of_logs = {one.get("program") for one in settings["sources"].values()} - {None}
        assert of_logs <= set(settings["programs"])
        for program in settings["programs"].values():
            for term in program["terms"].values():
                assert term["start"] < term["end"]
