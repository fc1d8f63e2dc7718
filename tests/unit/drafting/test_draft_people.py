"""Whose number a column holds is told by the roster, after repairs; without one it is asked."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.drafting.people import Roster, roster
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from tests.unit.drafting.bench import Drafted, csv_text, drafted

HEADER = "Session ID,{},Tutor Name,Session Start,Minutes"
COUNT = 12


@pytest.fixture
def known(engine: Engine, tmp_path: Path) -> Roster:
    """A roster of twelve students with a district number, a state id and an e-mail address."""
    lake = Lake.open(tmp_path / "lake")
    folder = lake.typed("sis")
    folder.mkdir(parents=True)
    numbers = range(COUNT)
    students = {
        "student_id_district": [f"{70100 + n:07d}" for n in numbers],
        "student_id_state": [f"CO{990000 + 7 * n}" for n in numbers],
        "student_id_email": [f"pupil{n}@alder.example" for n in numbers],
        "student_id_source": [f"guid-{n:04d}-abcd" for n in numbers],
    }
    schools = {
        "school_id_source": ["s1"],
        "identifier": ["0420-11"],
        "name": ["Alder Ridge School"],
    }
    pq.write_table(pa.table(students), folder / "typed_student.parquet")
    pq.write_table(pa.table(schools), folder / "typed_school.parquet")
    return roster(engine, lake, None)


def log(
    engine: Engine, folder: Path, known: Roster | None, header: str, cells: list[str]
) -> Drafted:
    rows = [f"S{n},{cell},Coach,2026-09-14 09:{10 + n},30" for n, cell in enumerate(cells)]
    return drafted(engine, folder, {"log.csv": csv_text(HEADER.format(header), *rows)}, known)


REPAIRED = [
    ("as stated", "district", [f"{70100 + n:07d}" for n in range(COUNT)]),
    ("lost zeros", "district", [f"{70100 + n}" for n in range(COUNT)]),
    ("a point and zero", "district", [f"{70100 + n}.0" for n in range(COUNT)]),
    ("a prefix", "district", [f"S-{70100 + n:07d}" for n in range(COUNT)]),
    ("state ids", "state", [f"co{990000 + 7 * n}" for n in range(COUNT)]),
    ("addresses", "email", [f"PUPIL{n}@Alder.example" for n in range(COUNT)]),
    ("opaque ids", "source", [f"guid-{n:04d}-abcd" for n in range(COUNT)]),
]


@pytest.mark.parametrize("header", ["Student ID", "Learner Number", "Code Word"])
@pytest.mark.parametrize(("form", "system", "cells"), REPAIRED, ids=[one[0] for one in REPAIRED])
def test_the_roster_says_whose_number_it_is_whatever_the_header(
    engine: Engine,
    tmp_path: Path,
    known: Roster,
    header: str,
    form: str,
    system: str,
    cells: list[str],
) -> None:
    found = log(engine, tmp_path, known, header, cells)
    assert found.targets[f"student_id_{system}"].from_ == (header,), form
    assert found.column(header).certainty == "sure"
    assert f"{COUNT} of {COUNT}" in found.column(header).why
    assert found.contract.bare_id_system == system


def test_a_number_no_roster_knows_is_asked_about(
    engine: Engine, tmp_path: Path, known: Roster
) -> None:
    found = log(engine, tmp_path, known, "Student ID", [f"{880000 + n}" for n in range(COUNT)])
    assert found.column("Student ID").certainty == "doubt"
    assert found.asks("the roster knows 0 of 12")


def test_ids_the_roster_lacks_are_counted(engine: Engine, tmp_path: Path, known: Roster) -> None:
    cells = [f"{70100 + n:07d}" for n in range(8)] + [f"{880000 + n}" for n in range(4)]
    found = log(engine, tmp_path, known, "Student ID", cells)
    assert found.targets["student_id_district"].from_ == ("Student ID",)
    assert found.asks("4 ids no roster knows")


def test_few_chance_hits_do_not_make_a_column_an_id(
    engine: Engine, tmp_path: Path, known: Roster
) -> None:
    cells = [f"{70100 + n}" for n in range(2)] + [f"{500 + n}" for n in range(10)]
    found = log(engine, tmp_path, known, "Room", cells)
    assert not found.column("Room").goes_to


def test_without_a_roster_the_header_is_believed_and_asked(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, None, "Student ID", [f"{n}01" for n in range(COUNT)])
    assert found.targets["student_id_district"].from_ == ("Student ID",)
    assert found.asks("whose number is it", "No roster")


def test_a_school_of_the_roster_is_known_by_name(
    engine: Engine, tmp_path: Path, known: Roster
) -> None:
    found = log(engine, tmp_path, known, "Site", ["ALDER RIDGE SCHOOL"] * 4)
    assert found.targets["school_name"].from_ == ("Site",)
    assert found.column("Site").certainty == "sure"


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Student First Name", "student_given_name"),
        ("StudentFirstName", "student_given_name"),
        ("student_last_name", "student_family_name"),
        ("studentlastname", "student_family_name"),
        ("Surname", "student_family_name"),
        ("Pupil", "student_display_name"),
        ("Student Name", "student_display_name"),
        ("Tutor Email", "tutor_id_email"),
        ("Coach ID", "tutor_id_vendor"),
        ("State Student ID", "student_id_state"),
        ("Student State ID", "student_id_state"),
        ("SIS User ID", "student_id_sis"),
        ("Clever ID", "student_id_clever"),
    ],
)
def test_a_header_names_person_and_part(
    engine: Engine, tmp_path: Path, header: str, column: str
) -> None:
    cell = "a{}@b.example" if "email" in column else "x{}" if "_id_" in column else "Zelda Q{}"
    found = log(engine, tmp_path, None, header, [cell.format(chr(97 + n)) for n in range(8)])
    assert found.targets[column].from_ == (header,)


@pytest.mark.parametrize("header", ["District ID", "School ID", "Teacher Name", "Class ID"])
def test_ids_of_others_are_not_the_student_s(engine: Engine, tmp_path: Path, header: str) -> None:
    found = log(engine, tmp_path, None, header, [f"{n}77" for n in range(8)])
    assert not [one for one in found.targets if one.startswith("student_")]
