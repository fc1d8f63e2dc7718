"""Tier 3: name, birth date, school and grade together; and whom an unsure record might be."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from hit_pipeline.identity.probable import AUTO, REVIEW
from tests.unit.identity.children import IDA, MARIA, ROSTER_ROWS, child
from tests.unit.identity.desk import COMPLETION, ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
BORN = date(2014, 5, 5)
NORTH = child(800, "Ana", "Cruz", BORN, school_name="North School", grade="05")
SOUTH = child(801, "Ana", "Cruz", date(2016, 1, 9), school_name="South School", grade="03")


def seat(row: str, **cells: Any) -> dict[str, Any]:
    return {"row_id_source": row, **cells}


def named(row: str, given: str, family: str, **cells: Any) -> dict[str, Any]:
    return seat(row, student_given_name=given, student_family_name=family, **cells)


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    made = new_desk(sis=ROSTER, north=VENDOR)
    made.put("sis", "typed_student", [*ROSTER_ROWS, NORTH, SOUTH])
    return made


def candidates(desk: Desk, record: str) -> list[dict[str, Any]]:
    found = desk.context.registry.candidates("student").to_pylist()
    return sorted((one for one in found if one["person_record_id"] == record), key=_rank)


def _rank(row: dict[str, Any]) -> int:
    return int(row["rank"])


def test_school_and_grade_tell_namesakes_apart(desk: Desk) -> None:
    placed = {"school_name": "North School", "grade": "05"}
    desk.put("north", "typed_session_log", [named("1", "Ana", "Cruz", **placed)])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert (made["tier"], made["rule"]) == (3, "name.probable")
    assert made["person_key"] == desk.key("typed_student", student_id_source="u800")
    assert made["probability"] >= AUTO


def test_the_school_of_the_meeting_tells_namesakes_apart_too(desk: Desk) -> None:
    meeting = {"record_level": "meeting", "session_id_source": "m1", "school_name": "South School"}
    seats = [
        named("1", "Ana", "Cruz", session_id_source="m1", grade="03"),
        seat("2", **meeting),
    ]
    desk.put("north", "typed_session_log", seats)
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert made["rule"] == "name.probable"
    assert made["person_key"] == desk.key("typed_student", student_id_source="u801")
    assert "school=same" in made["evidence"]


def test_namesakes_nothing_tells_apart_are_both_shown(desk: Desk) -> None:
    desk.put("north", "typed_session_log", [named("1", "Ana", "Cruz")])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert (made["outcome"], made["rule"]) == ("unsure", "name.possible")
    assert REVIEW <= made["probability"] < AUTO
    shown = {one["person_key"] for one in candidates(desk, made["person_record_id"])}
    assert shown == {desk.key("typed_student", student_id_source=f"u{n}") for n in (800, 801)}


@pytest.mark.parametrize("listed", ["u800", "u801"])
def test_of_namesakes_the_one_on_the_list_of_the_program_is_likelier(
    new_desk: NewDesk, listed: str
) -> None:
    desk = new_desk(sis=ROSTER, office=COMPLETION, north=VENDOR | {"program": "math"})
    desk.put("sis", "typed_student", [*ROSTER_ROWS, NORTH, SOUTH])
    number = f"{int(listed[1:]):07d}"
    desk.put("office", "typed_program_assignment", [{"student_id_district": number}])
    desk.put("north", "typed_session_log", [named("1", "Ana", "Cruz")])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert made["candidate_key"] == desk.key("typed_student", student_id_source=listed)
    assert made["probability"] > 0.9
    assert "program=same" in made["evidence"]


def test_a_program_no_list_names_tells_nothing(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, office=COMPLETION, north=VENDOR | {"program": "math"})
    desk.put("sis", "typed_student", [*ROSTER_ROWS, NORTH, SOUTH])
    row = {"student_id_district": "0000800", "program": "reading"}
    desk.put("office", "typed_program_assignment", [row])
    desk.put("north", "typed_session_log", [named("1", "Ana", "Cruz")])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert made["probability"] < 0.6
    assert "program" not in made["evidence"]


@pytest.mark.parametrize(
    "against", [{"student_id_district": "7777777"}, {"birth_date": date(2009, 9, 9)}]
)
def test_quite_another_number_or_birth_date_makes_no_link(
    desk: Desk, against: dict[str, Any]
) -> None:
    desk.put("north", "typed_session_log", [named("1", "Ida", "Marsh", **against)])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert made["outcome"] == "unsure"
    assert made["candidate_key"] == desk.key("typed_student", student_id_source="u30001")


def test_both_sides_of_a_contradiction_are_shown(desk: Desk) -> None:
    born = {"birth_date": IDA["birth_date"]}
    number = {"student_id_district": MARIA["student_id_district"]}
    desk.put("north", "typed_session_log", [named("1", "Ida", "Marsh", **born, **number)])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert (made["outcome"], made["rule"]) == ("unsure", "id.contradicted")
    sides = [one["person_key"] for one in candidates(desk, made["person_record_id"])]
    assert sides == [
        desk.key("typed_student", student_id_source="u30001"),
        desk.key("typed_student", student_id_source="u12345"),
    ]


def test_a_link_by_probability_teaches_no_identifier(desk: Desk) -> None:
    first = named("1", "Ida", "Marsh", student_id_vendor="V9")
    other = named("2", "Ida", "Marsh", student_id_vendor="V9", student_id_state="5555555555")
    desk.put("north", "typed_session_log", [first, other])
    for _ in range(2):
        desk.night()
        assert desk.decision("typed_session_log", row_id_source="1")["rule"] == "name.probable"
        doubt = desk.decision("typed_session_log", row_id_source="2")
        assert (doubt["outcome"], doubt["rule"]) == ("unsure", "name.possible")
