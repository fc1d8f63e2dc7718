"""What the resources of an Ed-Fi ODS become: people united, their codes, flags and places."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.conform.edfi_bench import PERIODS, SEOA, YEARS, whole
from tests.unit.sources.asked import Asked
from tests.unit.sources.edfi_district import (
    ADA,
    ELM,
    LEA,
    OAK,
    code,
    filled,
    said_of,
    source,
)
from tests.unit.sources.edfi_ods import Ods
from tests.unit.sources.edfi_service import serving


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def asked(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Land a district in which each test below has people of its own."""
    with serving(Ods()) as ods:
        whole(ods)
        landed = source(engine, tmp_path_factory.mktemp("edfi"), ods)
        landed.landed()
        yield landed


def of(asked: Asked, table: str, key: str, value: str) -> list[dict[str, Any]]:
    return [one for one in asked.table(table) if one[key] == value]


def person(asked: Asked, unique_id: str) -> dict[str, Any]:
    (found,) = of(asked, "typed_student", "student_id_source", unique_id)
    return found


def quarantined(asked: Asked) -> set[tuple[str, str]]:
    asked.typed()
    path = asked.lake.typed("sis") / "quarantine.parquet"
    rows = asked.engine.collect(asked.engine.read([path])).to_pylist()
    return {(one["file"], one["rule"]) for one in rows}


def test_who_and_where_are_joined(asked: Asked) -> None:
    main, other = sorted(
        of(asked, "typed_student", "student_id_source", "11"), key=lambda one: one["entry_date"]
    )
    assert (main["school_id_source"], main["grade"], main["exit_date"]) == (str(ELM), "05", None)
    assert main["birth_date"] == other["birth_date"] == date(2015, 5, 5)
    assert other["student_given_name"] == "Ada"
    assert (other["exit_date"], other["exit_reason"]) == (date(2026, 10, 2), "Moved")
    assert (main["enrollment_type"], other["enrollment_type"]) == (None, "co_enrolled")


def test_a_student_without_an_enrollment_stays(asked: Asked) -> None:
    cy = person(asked, "3003")
    assert (cy["student_preferred_name"], cy["student_middle_name"]) == ("C", "M")
    assert (cy["school_id_source"], cy["entry_date"]) == (None, None)


def test_codes_are_identifiers_of_their_system(asked: Asked) -> None:
    ada = person(asked, "12")
    assert (ada["student_id_district"], ada["student_id_state"]) == ("0042", "S77")
    assert ada["student_id_source"] == "12"
    assert ada["student_id_sis"] is None


def test_the_settings_say_what_a_code_is(engine: Engine, tmp_path: Path) -> None:
    systems = {"district@200": "district", "District": "sis", "uniqueid": "state"}
    codes = [code("District", "0042", "100"), code("District", "0900", "200")]
    with serving(Ods()) as ods:
        filled(ods).put(SEOA, said_of(ADA, studentIdentificationCodes=codes))
        plain = source(engine, tmp_path, ods)
        asked = Asked(engine, tmp_path, {**plain.source, "id_systems": systems})
        asked.landed()
    ada = person(asked, ADA)
    ids = [ada[f"student_id_{one}"] for one in ("district", "sis", "state", "source")]
    assert ids == ["0900", "0042", ADA, ADA]


def test_what_levels_say_of_one_student_is_united(asked: Asked) -> None:
    ada, bo = person(asked, "13"), person(asked, "14")
    flags = ("ell", "economic_disadvantage", "iep", "disability", "gifted", "homeless")
    assert [ada[one] for one in flags] == [True, True, False, True, None, None]
    assert [bo[one] for one in flags] == [None, None, None, None, True, None]
    assert (ada["gender"], ada["student_id_email"]) == ("female", "ada@oak.example")
    races = ("black_or_african_american", "white", "asian", "hispanic_or_latino")
    assert [ada[one] for one in races] == [True, False, False, False]
    assert [bo[one] for one in races] == [None] * 4
    assert len(of(asked, "typed_student", "student_id_source", "13")) == 1


def test_codes_no_map_knows_quarantine_only_rows_without_sense(asked: Asked) -> None:
    assert quarantined(asked) == {
        ("student_school_associations", "map.grade.unmapped"),
        ("student_school_attendance_events", "map.attendance.unmapped"),
        ("calendar_dates", "map.day_type.unmapped"),
    }
    assert person(asked, "3004")["school_id_source"] is None
    assert person(asked, "15")["gender"] is None
    (absence,) = asked.table("typed_school_attendance")
    assert (absence["attendance"], absence["student_id_source"]) == ("absent_excused", "15")


def test_schools_have_the_districts_number(asked: Asked) -> None:
    numbers = {one["name"]: one["identifier"] for one in asked.table("typed_school")}
    assert numbers == {"Elm": None, "Oak": None, "Fir": "0003", "Ash": "531", "D": None}
    (district,) = of(asked, "typed_school", "name", "D")
    assert (district["org_type"], district["school_id_source"]) == ("district", str(LEA))
    (fir,) = of(asked, "typed_school", "name", "Fir")
    assert (fir["parent_id_source"], fir["org_type"]) == (str(LEA), "school")


def test_staff_stand_where_they_are_assigned(asked: Asked) -> None:
    told = {
        (one["staff_id_source"], one["school_id_source"]): (one["staff_role"], one["is_active"])
        for one in asked.table("typed_staff")
    }
    assert told == {
        ("T1", str(ELM)): ("teacher", True),
        ("T1", str(OAK)): ("teacher", False),
        ("T2", None): (None, True),
    }
    assert {one["staff_id_district"] for one in asked.table("typed_staff")} == {"E5", None}


def test_sections_find_their_course_term_and_people(asked: Asked) -> None:
    (section,) = asked.table("typed_section")
    (term,) = asked.table("typed_term")
    (course,) = asked.table("typed_course")
    assert section["course_id_source"] == course["course_id_source"] == f"{LEA}|03100500"
    assert course["subjects"] == "Mathematics"
    assert section["term_ids_source"] == term["term_id_source"]
    assert (term["school_year"], term["term_type"]) == ("2026-27", "semester")
    assert (section["grades"], section["periods"]) == ("Eighth grade,Ninth grade", "01,02")
    inside = asked.table("typed_section_enrollment")
    assert {one["section_id_source"] for one in inside} == {section["section_id_source"]}
    people = [(one["person_id_source"], one["role"], one["is_primary"]) for one in inside]
    assert sorted(people) == [(ADA, "student", None), ("T1", "teacher", True)]


def test_of_several_events_of_a_date_the_weightiest_counts(asked: Asked) -> None:
    days = {one["local_date"].day: one["day_type"] for one in asked.table("typed_calendar_day")}
    assert days == {2: "instructional", 3: "closure", 4: "holiday"}


def test_scores_know_their_subject(asked: Asked) -> None:
    low, high = sorted(asked.table("typed_assessment"), key=lambda one: one["score_kind"])
    assert (low["score_kind"], low["score_text"], low["score"]) == (
        "proficiency_level",
        "Proficient",
        None,
    )
    assert (high["score_kind"], high["score_text"], high["score"]) == (
        "scale_score",
        "1012.50",
        1012.5,
    )
    assert {one["subject"] for one in (low, high)} == {"math"}
    assert {one["test_name"] for one in (low, high)} == {"Star Mathematics"}
    assert (high["test_date"], high["school_year"]) == (date(2026, 9, 14), "2026-27")
    assert (high["window"], high["grade"], high["instrument"]) == ("BOY", "05", "Star Math")


def test_a_characteristic_holds_until_its_last_period_ends(asked: Asked) -> None:
    told = {number: person(asked, number)["homeless"] for number in PERIODS}
    assert told == {number: holds for number, (_, holds) in PERIODS.items()}


def test_an_enrollment_ends_with_its_school_year_once_that_is_over(asked: Asked) -> None:
    ends = {number: person(asked, number)["exit_date"] for number in YEARS}
    assert ends == {"31": date(2026, 6, 30), "32": None, "33": date(2026, 1, 9)}
