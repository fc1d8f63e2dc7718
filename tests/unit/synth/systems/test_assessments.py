"""Assessment files keep their products' layouts, name the right pupils and follow achievement."""

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import clean_claims
from hit_pipeline.synth.systems import dibels, iready, map_growth, star, state_test
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.scores import INSTRUMENTS, window_of
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.systems.vendor_deliveries import make_night

MODULES: dict[str, ModuleType] = {
    module.SOURCE: module for module in (map_growth, iready, star, dibels, state_test)
}
ID_COLUMNS = {
    "map_growth": ("StudentID", "Student_StateID"),
    "iready": ("Student ID", "Student State ID"),
    "star": ("StudentIdentifier", "StudentStateID"),
    "dibels": ("Student Primary ID", "Primary ID - Student ID (State ID)"),
    "state_test": ("local_id", "state_id"),
}
SCORE_COLUMNS = {
    "map_growth": "TestRITScore",
    "iready": "Overall Scale Score",
    "star": "UnifiedScore",
    "dibels": "Composite Score",
    "state_test": "scale_score",
}
DATES = ("2024-09-23", "2024-09-24", "2025-02-10", "2025-06-30", "2025-10-02", "2026-06-30")
NIGHTS = [make_night(number, DATES) for number in range(len(DATES))]
CONTRACTS = Path(__file__).parents[4] / "hit_pipeline" / "contracts"
every_source = pytest.mark.parametrize("source", MODULES)


@cache
def zone() -> Zone:
    return build_zone(District(seed=7, students=700, schools=4, years=2), 0)


@cache
def entries(source: str) -> tuple[Ints, Claims]:
    scores = zone().scores
    names = [instrument.name for instrument in INSTRUMENTS]
    at = np.flatnonzero(scores.instrument == names.index(source))
    return at, clean_claims(zone(), source, scores.student[at], scores.taken[at])


def sheets_of(source: str, night: Night) -> list[Sheet]:
    return list(MODULES[source].sheets(zone(), *entries(source), night))


@cache
def delivered(source: str) -> list[Sheet]:
    return [sheet for night in NIGHTS for sheet in sheets_of(source, night)]


def rows_of(source: str) -> Iterator[tuple[dict[str, str], int, int]]:
    """Yield every row with its person and its position among the scores."""
    at, _ = entries(source)
    for sheet in delivered(source):
        assert sheet.claim is not None
        for row, person, claim in zip(
            sheet.rows.to_pylist(), sheet.person, sheet.claim, strict=True
        ):
            cells = {name.lstrip("\ufeff"): (value or "").strip() for name, value in row.items()}
            yield cells, int(person), int(at[claim])


def contract_columns(contract: str, file: str) -> list[str]:
    text = (CONTRACTS / f"{contract}.toml").read_text(encoding="utf-8")
    return [column["name"] for column in tomllib.loads(text)["files"][file]["columns"]]


def test_map_growth_has_the_143_headers_of_its_contract_in_order() -> None:
    assert list(map_growth.COLUMNS) == contract_columns("map_growth", "tests")
    assert len(map_growth.COLUMNS) == 143
    for sheet in delivered("map_growth"):
        assert sheet.rows.column_names == list(map_growth.COLUMNS)


@pytest.mark.parametrize(("subject", "file"), [("math", "math"), ("ela", "reading")])
def test_iready_has_the_headers_of_its_contract_in_order(subject: str, file: str) -> None:
    wanted = contract_columns("iready", file)
    assert list(iready.columns(subject)) == wanted
    found = [sheet.rows.column_names for sheet in delivered("iready") if file in sheet.file]
    assert found
    assert all(names == ["\ufeff" + wanted[0], *wanted[1:]] for names in found)


def test_star_and_dibels_have_the_columns_they_are_known_by() -> None:
    for layout in star.STARS:
        assert len(set(layout.columns)) == len(layout.columns)
        assert {"CompletedDate", "CompletedDateLocal", "AssessmentStatus"} < set(layout.columns)
    assert len(set(dibels.COLUMNS)) == len(dibels.COLUMNS)
    assert {"Client Date", "Device Date", "Composite Level"} < set(dibels.COLUMNS)


@every_source
def test_every_test_is_delivered_once(source: str) -> None:
    claims = np.concatenate([sheet.claim for sheet in delivered(source)])
    assert np.array_equal(np.sort(claims), np.arange(len(entries(source)[0])))
    files = [sheet.file for sheet in delivered(source)]
    assert len(set(files)) == len(files)


@every_source
def test_every_row_is_about_the_pupil_its_numbers_name(source: str) -> None:
    students = zone().students
    of_number = dict(zip(students.number, students.person, strict=True))
    of_number |= {n: p for n, p in zip(students.number_new, students.person, strict=True) if n}
    of_state = dict(zip(students.state_id, students.person, strict=True))
    local, state = ID_COLUMNS[source]
    for row, person, _ in rows_of(source):
        assert of_number[row[local]] == person
        assert of_state[row[state]] == person


@every_source
def test_a_file_comes_on_the_first_night_five_days_after_its_window(source: str) -> None:
    scores, at = zone().scores, entries(source)[0]
    for night in NIGHTS:
        for sheet in sheets_of(source, night):
            here = at[sheet.claim]
            (pair,) = set(
                zip(scores.year[here].tolist(), scores.window[here].tolist(), strict=True)
            )
            due = window_of(zone().calendar, *pair)[1] + np.timedelta64(5, "D")
            assert night.today >= due
            assert not night.before >= due


@every_source
def test_scores_rise_with_achievement_within_grade_subject_and_window(source: str) -> None:
    scores = zone().scores
    seen: dict[tuple[str, int, int], list[tuple[float, int]]] = {}
    for row, _, score in rows_of(source):
        if value := row[SCORE_COLUMNS[source]]:
            key = (scores.subject[score], scores.grade[score], scores.window[score])
            seen.setdefault(key, []).append((scores.z[score], int(value)))
    for pairs in seen.values():
        written = [value for _, value in sorted(pairs)]
        assert written == sorted(written)
    assert len(seen) > 2


@every_source
def test_a_district_made_twice_has_the_same_files(source: str) -> None:
    for sheet in delivered(source):
        (again,) = [s for night in NIGHTS for s in sheets_of(source, night) if s.file == sheet.file]
        assert again.rows.equals(sheet.rows)


def test_map_growth_states_growth_between_its_own_scores() -> None:
    fall: dict[tuple[str, ...], int] = {}
    checked = 0
    for row, _, _ in rows_of("map_growth"):
        year = row["TermName"].split()[1]
        key = (row["Student_StateID"], row["Subject"], year)
        if row["TermName"].startswith("Fall"):
            fall[key] = int(row["TestRITScore"])
            assert row["FallToSpringObservedGrowth"] == ""
        elif row["TermName"].startswith("Spring"):
            grown = row["FallToSpringObservedGrowth"]
            assert bool(grown) == (key in fall)
            if grown:
                checked += 1
                assert int(grown) == int(row["TestRITScore"]) - fall[key]
                met = int(grown) >= int(row["FallToSpringProjectedGrowth"])
                assert row["FallToSpringMetProjectedGrowth"] == ("Yes" if met else "No")
    assert checked > 100


def test_map_growth_growth_reaches_back_over_a_year() -> None:
    rows = [row for row, _, _ in rows_of("map_growth") if row["FallToFallObservedGrowth"]]
    assert {row["TermName"] for row in rows} == {"Fall 2025-2026"}


def test_map_growth_percentiles_and_fifths_agree() -> None:
    begins = {"Low": 1, "LoAvg": 21, "Avg": 41, "HiAvg": 61, "High": 81}
    for row, _, _ in rows_of("map_growth"):
        rank = int(row["TestPercentile"])
        assert 1 <= rank <= 99
        assert 0 <= rank - begins[row["AchievementQuintile"]] < 20


def test_iready_gives_no_domain_score_where_none_was_assessed() -> None:
    words = set()
    for row, _, _ in rows_of("iready"):
        for name, value in row.items():
            if name.endswith(" Scale Score") and not name.startswith(("Overall", "Mid On")):
                placement = row[name.replace("Scale Score", "Placement")]
                if placement == "Not Assessed":
                    assert value == "Not Assessed"
                elif placement == "Surpassed Level":
                    assert value == ""
                else:
                    assert value.isdigit()
                words.add(placement)
    assert {"Not Assessed", "Surpassed Level"} < words


def test_iready_dates_have_no_leading_zeros() -> None:
    scores = zone().scores
    for row, _, score in rows_of("iready"):
        day = scores.taken[score].item()
        assert row["Completion Date"] == f"{day.month}/{day.day}/{day.year}"


def test_star_writes_one_instant_in_utc_and_on_the_wall_clock() -> None:
    for row, _, score in rows_of("star"):
        instant = datetime.fromisoformat(row["CompletedDate"])
        local = instant.astimezone(ZoneInfo("America/Chicago"))
        assert local.strftime("%Y-%m-%dT%H:%M:%S") == row["CompletedDateLocal"][:19]
        assert local.date() == zone().scores.taken[score].item()
        dropped = row["AssessmentStatus"] == "Deactivated"
        assert bool(row["DeactivationReason"]) == dropped


def test_dibels_leaves_some_client_dates_blank_but_never_the_device_date() -> None:
    dates = [(row["Device Date"], row["Client Date"], n) for row, _, n in rows_of("dibels")]
    for device, client, score in dates:
        assert device == str(zone().scores.taken[score])
        assert client in {device, ""}
    assert 0 < [client for _, client, _ in dates].count("") < 60


def test_dibels_gives_each_grade_its_own_measures() -> None:
    for row, _, score in rows_of("dibels"):
        grade = zone().scores.grade[score]
        assert bool(row["Letter Names (LNF) - Score"]) == (grade <= 1)
        assert bool(row["Reading Fluency (ORF) - Score"]) == (grade >= 1)
        assert row["Composite Level"] in dibels.LEVELS


def records() -> Iterator[tuple[int, str, int]]:
    """Yield calendar year, record and score of the state test."""
    at, _ = entries("state_test")
    for sheet in delivered("state_test"):
        assert sheet.form == "fixed"
        assert sheet.claim is not None
        columns = [column.to_pylist() for column in sheet.rows.columns]
        year = int(sheet.file.split("_")[2])
        for n, parts in enumerate(zip(*columns, strict=True)):
            yield year, "".join(parts), int(at[sheet.claim[n]])


def test_state_test_records_have_one_length_a_year() -> None:
    lengths: dict[int, set[int]] = {}
    for year, record, _ in records():
        assert record.isascii()
        lengths.setdefault(year, set()).add(len(record))
    ends = {year: state_test.layout(year)[-1] for year in (2025, 2026)}
    assert lengths == {year: {last.start + last.width - 1} for year, last in ends.items()}


def test_state_test_fields_read_back_where_the_layout_of_the_year_puts_them() -> None:
    students, scores = zone().students, zone().scores
    for year, record, score in records():
        student = scores.student[score]
        field = {
            f.name: record[f.start - 1 : f.start - 1 + f.width].rstrip()
            for f in state_test.layout(year)
        }
        assert field["state_id"] == students.state_id[student]
        assert field["birth_date"] == students.birth[student].item().strftime("%m%d%Y")
        assert field["test_date"] == scores.taken[score].item().strftime("%m%d%Y")
        assert int(field["grade"]) == scores.grade[score]
        assert field["last_name"] == field["last_name"].upper()
        assert bool(field["scale_score"]) == (field["score_code"] == "S")
    moved = {f.name: f.start for f in state_test.layout(2026)}
    assert any(moved.get(f.name) != f.start for f in state_test.layout(2025))


def test_state_test_letters_are_folded_to_ascii() -> None:
    names = np.array(["José", "Nuñez-O'Neil", ""], dtype=object)
    assert state_test.plain(names).tolist() == ["JOSE", "NUNEZ-O'NEIL", ""]


def test_the_school_is_the_one_attended_on_the_day_of_the_test() -> None:
    spells, students = zone().spells, zone().scores
    for row, _, score in list(rows_of("map_growth"))[::7]:
        day = students.taken[score]
        mine = (spells.student == students.student[score]) & (spells.kind != "co_enrolled")
        there = spells.school[mine & (spells.entry <= day) & ~(spells.exit < day)]
        if len(there):
            assert row["School_StateID"] in {zone().schools.code[school] for school in there}
