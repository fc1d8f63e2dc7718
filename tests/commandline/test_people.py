"""`hit explain` and `hit quarantine list`: why a record is not linked, which rows wait."""

from pathlib import Path

import pytest

from tests.commandline.conftest import Guide
from tests.commandline.example import MAPS, rows
from tests.commandline.invoke import both, document, refusal

pytestmark = pytest.mark.usefixtures("district")


def test_a_record_is_explained_by_its_number_and_by_its_id() -> None:
    known = rows()[0]
    people, told = both("explain", known["Student Number"])
    said = {one["what"]: one["words"] for one in told}
    assert known["Student Last"] in said["states"]
    assert "no roster knows" in said["decided"]
    assert "a roster that lists the person" in said["would settle it"]
    assert "no roster knows" in people
    (record,) = {one["record"] for one in told}
    assert document("explain", record) == told


def test_what_nobody_knows_is_not_repeated() -> None:
    told = refusal("explain", "Ada Lovelace")
    assert told["error"] == "HitError"
    assert "Lovelace" not in told["message"]


def test_nobody_is_known_before_the_first_night(new: Path) -> None:
    assert refusal("explain", "1", "-d", new)["error"] == "HitError"


def test_rows_in_quarantine_are_listed_by_rule_and_place(guide: Guide) -> None:
    place = {"source": "riverside", "file": "visits", "rows": 1, "first_rows": "5"}
    assert [(one["rule"], one["column"]) for one in guide.held] == [
        (f"map.{name}.unmapped", name) for name in sorted(MAPS)
    ]
    assert all(place.items() <= one.items() for one in guide.held)
    people = guide.steps["hit quarantine list"].stdout
    assert all(one["delivery_id"] in people and one["reason"] in people for one in guide.held)


def test_an_unknown_source_is_refused() -> None:
    told = refusal("quarantine", "list", "--source", "riversde")
    assert told["message"] == "no source named 'riversde'; valid are riverside, sis."


def test_a_source_without_a_night_has_an_empty_quarantine(new: Path) -> None:
    assert document("quarantine", "list", "--source", "sis", "-d", new) == []


@pytest.mark.parametrize("source", [(), ("--source", "riverside")])
def test_an_empty_quarantine_is_said_to_be(source: tuple[str, ...]) -> None:
    people, listed = both("quarantine", "list", *source)
    assert (people, listed) == ("Quarantine: none\n", [])
