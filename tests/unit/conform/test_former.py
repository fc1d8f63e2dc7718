"""What a roster stated once and states no more stays known to identity, whenever it is typed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from tests.unit.conform.typing_bench import TypingBench, delimited

STUDENTS: dict[str, Any] = {
    "table": "typed_student",
    "columns": {
        "student_id_district": {"from": "Number"},
        "student_given_name": {"from": "First"},
        "student_family_name": {"from": "Last"},
        "birth_date": {"from": "Born"},
        "grade": {"from": "Grade"},
    },
}
HEADERS = ("Number", "First", "Last", "Born", "Grade")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


@pytest.fixture
def roster(engine: Engine, tmp_path: Path) -> TypingBench:
    spec = delimited(HEADERS, STUDENTS, natural_key=["Number"], absence="removed")
    return TypingBench(engine, tmp_path, {"students": spec}, settings={"kind": "roster"})


def child(number: str, last: str, first: str = "Ada", grade: str = "03") -> dict[str, str | None]:
    return {"Number": number, "First": first, "Last": last, "Born": "2017-01-02", "Grade": grade}


def former(bench: TypingBench) -> set[tuple[str, str]]:
    """Return number and family name of the former statements."""
    return {
        (row["student_id_district"], row["student_family_name"])
        for row in bench.typed("typed_former_student")
    }


def test_who_left_and_who_was_renamed_is_known_as_stated_then(roster: TypingBench) -> None:
    roster.night("students", child("1", "Left"), child("2", "Before"), child("3", "Stays"))
    roster.night("students", child("2", "After"), child("3", "Stays"))
    roster.build()
    assert former(roster) == {("1", "Left"), ("2", "Before")}
    current = {row["student_family_name"] for row in roster.typed("typed_student")}
    assert current == {"After", "Stays"}


def test_a_statement_that_names_the_same_person_is_not_kept_twice(roster: TypingBench) -> None:
    for grade in ("03", "04", "05"):
        roster.night("students", child("1", "Same", grade=grade))
    roster.build()
    assert former(roster) == set()
    roster.night("students", child("2", "Other"))
    roster.build()
    assert former(roster) == {("1", "Same")}


def test_what_comes_back_is_former_no_more(roster: TypingBench) -> None:
    roster.night("students", child("1", "Back"), child("2", "Stays"))
    roster.night("students", child("2", "Stays"))
    roster.build()
    assert former(roster) == {("1", "Back")}
    roster.night("students", child("1", "Back"), child("2", "Stays"))
    roster.build()
    assert former(roster) == set()


def test_a_former_row_that_cannot_be_typed_states_nothing(roster: TypingBench) -> None:
    roster.night("students", child("1", "Bad", grade="no such grade"), child("2", "Stays"))
    roster.night("students", child("2", "Stays"))
    roster.build()
    assert former(roster) == set()
