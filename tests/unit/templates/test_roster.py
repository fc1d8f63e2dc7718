"""Who is in a sessions workbook: those of the term, of one school, of one tutor's groups."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.errors import DisclosureRefused, NotFound
from hit_pipeline.lake import Lake
from hit_pipeline.privacy.disclosure import Gate
from hit_pipeline.privacy.disclosure_ledger import entries
from hit_pipeline.settings import District
from hit_pipeline.templates.roster import (
    NEEDED,
    Written,
    default_agreement,
    school_names,
    write_sessions,
)
from hit_pipeline.templates.sheets import Meetings
from tests.commandline.workbooks import shown
from tests.unit.privacy.test_disclosure import SETTINGS, keep
from tests.unit.templates.test_check import AT

STAFF = {**SETTINGS["agreements"]["staff"], "fields": list(NEEDED)}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture
def gate(engine: Engine, tmp_path: Path) -> Gate:
    lake = Lake.open(tmp_path / "lake")
    students = [
        {
            "student_key": f"S{i}",
            "given_name": name,
            "family_name": "Moss",
            "grade_current": "03",
            "school_id_current": school,
            "is_active": True,
        }
        for i, (name, school) in enumerate((("Ivy", "10"), ("Jon", "10"), ("Kai", "20")), start=1)
    ]
    keep(lake, "student", students)
    spell = {"program_id": "math", "term": "fall", "status": "assigned", "origin": "district_list"}
    starts = spell | {"start_date": date(2026, 9, 14)}
    keep(lake, "program_assignment", [starts | {"student_key": f"S{i}"} for i in (1, 2, 3)])
    number = {"system": "district", "issuer": "sis"}
    keep(lake, "student_identifier", [number | {"student_key": "S1", "value": "0101"}])
    keep(lake, "school", [{"school_id": "10", "name": "Cedar"}, {"school_id": "20", "name": "Oak"}])
    keep(lake, "tutor", [{"tutor_key": "T1", "display_name": "Day, Ana"}])
    group = {"_source": "groups", "group_id": "G1", "program_id": "math", "tutor_key": "T1"}
    keep(lake, "tutoring_group", [group])
    member = {"_source": "groups", "group_id": "G1"}
    left = member | {"student_key": "S2", "end_date": date(2026, 10, 1)}
    keep(lake, "group_member", [member | {"student_key": "S1"}, left])
    agreements = {**SETTINGS["agreements"], "staff": STAFF}
    return Gate(engine, lake, District.model_validate({**SETTINGS, "agreements": agreements}))


def write(gate: Gate, path: Path, **asked: Any) -> Written:
    wanted = Meetings("math", "fall", 1, asked.pop("tutor", None), AT)
    school, agreement = asked.pop("school", None), asked.pop("agreement", "staff")
    return write_sessions(gate, wanted, path, school=school, agreement=agreement, asked_by="Tia")


def names(path: Path) -> list[str]:
    return [row["First name"] for row in shown(path, "Sessions")]


def test_everybody_of_the_term_by_school_and_name(gate: Gate, tmp_path: Path) -> None:
    written = write(gate, tmp_path / "s.xlsx")
    assert names(tmp_path / "s.xlsx") == ["Ivy", "Jon", "Kai"]
    assert (written.by_group, written.unnumbered) == (None, 2)
    assert [one.students for one in entries(gate.lake)] == [3]


@pytest.mark.parametrize("school", ["10", "cedar", " Cedar "])
def test_one_school_by_id_or_name(gate: Gate, tmp_path: Path, school: str) -> None:
    write(gate, tmp_path / "s.xlsx", school=school)
    assert names(tmp_path / "s.xlsx") == ["Ivy", "Jon"]


def test_a_tutor_with_groups_gets_their_members_of_the_day(gate: Gate, tmp_path: Path) -> None:
    written = write(gate, tmp_path / "s.xlsx", tutor="Ana Day")
    assert names(tmp_path / "s.xlsx") == ["Ivy"]
    assert written.by_group is True


def test_a_tutor_no_group_names_gets_all_and_it_is_said(gate: Gate, tmp_path: Path) -> None:
    written = write(gate, tmp_path / "s.xlsx", tutor="Bo Ray")
    assert (len(names(tmp_path / "s.xlsx")), written.by_group) == (3, False)


def test_an_agreement_that_lacks_a_column_refuses_the_file(gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(DisclosureRefused, match="vendor does not allow student_id_district"):
        write(gate, tmp_path / "s.xlsx", agreement="vendor")
    assert not (tmp_path / "s.xlsx").exists()


def test_the_staffs_agreement_is_found_when_there_is_one(gate: Gate) -> None:
    assert default_agreement(gate.district, date(2026, 10, 13)) == "staff"
    with pytest.raises(NotFound, match="agreement in force with recipient district"):
        default_agreement(gate.district, date(2026, 10, 14))


def test_schools_to_choose_from_are_those_of_the_rosters(gate: Gate) -> None:
    assert school_names(gate) == ["Cedar", "Oak"]
