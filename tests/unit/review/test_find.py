"""Finding somebody for a record no rule found anybody for, and answering that it is the same."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.tables import LINK, PERSON
from hit_pipeline.registry.tables import arrow_schema as registry_schema
from hit_pipeline.review.finding import MOST, Directory
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema
from tests.unit.review.bench import ReviewBench, asked
from tests.unit.review.browser import Visitor

ZOE = {
    "student_key": "S7",
    "given_name": "Zoë",
    "family_name": "Quill-Stone",
    "birth_date": date(2014, 5, 6),
    "school_id_current": "O1",
    "grade_current": "05",
}
ZORA = {"student_key": "S8", "given_name": "Zora", "family_name": "Quill", "grade_current": "03"}
LEFT = {
    "role": "student",
    "source": "vendor",
    "person_record_id": "r9",
    "outcome": "no_match",
    "rule": "id.unknown",
    "reason": "no roster knows it",
    "id_system": "district",
    "id_value": "777",
    "own_system": "vendor",
    "own_value": "v-9",
    "given_name": "Zoe",
    "family_name": "Quillstone",
    "row_count": 4,
    "present_seconds": 7200,
}


def put(bench: ReviewBench, name: str, *rows: Mapping[str, Any]) -> None:
    path = bench.lake.part(TABLES[name])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([*rows], schema=arrow_schema(TABLES[name])), path)


@pytest.fixture
def people(bench: ReviewBench) -> ReviewBench:
    """A bench with two students and a record nobody was found for."""
    put(bench, "student", ZOE, ZORA)
    number = {"system": "district", "origin": "roster", "issuer": "sis"}
    put(
        bench,
        "student_identifier",
        {**number, "student_key": "S7", "value": "0012345"},
        {**number, "student_key": "S8", "value": "0099999"},
        {**number, "student_key": "S7", "value": "0012345", "issuer": "partner"},
    )
    put(bench, "school", {"school_id": "O1", "name": "Oak School"})
    put(bench, "unmatched", LEFT, {**LEFT, "person_record_id": "r1", "outcome": "unsure"})
    keys = [{"person_key": key, "role": "student"} for key in ("S7", "S8")]
    links = [{**LEFT, "person_key": None, "candidate_key": None}]
    changes = Changes(people=_rows(PERSON, keys), links=_rows(LINK, links))
    bench.registry.write(
        changes, expected=bench.registry.fingerprint(), made_by=ENGINE, now=bench.clock()
    )
    bench.known |= {"S7", "S8"}
    return bench


def _rows(table: Any, rows: list[dict[str, Any]]) -> pa.Table:
    schema = registry_schema(table)
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


@pytest.mark.parametrize(
    ("sought", "keys"),
    [
        ("zoe", ["S7"]),
        ("QUILL", ["S8", "S7"]),
        ("stone zoë", ["S7"]),
        ("12345", ["S7"]),
        ("0012345", ["S7"]),
        ("quill 2014-05-06", ["S7"]),
        ("uill", []),
        ("zo%", ["S7", "S8"]),
        ("", []),
        ("..", []),
        ("(", []),
    ],
)
def test_people_are_found_by_the_beginnings_of_names_and_numbers(
    people: ReviewBench, sought: str, keys: list[str]
) -> None:
    found = Directory.read(people.lake, "student").find(sought)
    assert sorted(one.key for one in found) == sorted(keys)


def test_nobody_is_found_before_the_first_night_and_not_too_many_ever(bench: ReviewBench) -> None:
    for role in ("student", "tutor", "staff"):
        assert Directory.read(bench.lake, role).find("a") == []
        assert Directory.read(bench.lake, role).person("S1") is None
    put(bench, "student", *({**ZORA, "student_key": f"S{n}"} for n in range(MOST + 5)))
    assert len(Directory.read(bench.lake, "student").find("zora")) == MOST


def test_a_record_nobody_was_found_for_is_reached_and_answered(
    people: ReviewBench, visitor: Visitor
) -> None:
    queue = visitor.open("/?show=unmatched")
    assert queue.heading == "Nobody was found"
    page = visitor.open(queue.links["Zoe Quillstone"])
    assert page.heading == "Who is this student?"
    found = visitor.open("/case/r9?show=unmatched&find=quill")
    assert {"Zoë Quill-Stone", "Zora Quill"} <= found.links.keys()
    assert "2014-05-06, Oak School, 05, district 0012345" in found.text
    assert found.text.count("district 0012345") == 1
    chosen = visitor.open(found.links["Zoë Quill-Stone"])
    assert "district 0012345" in chosen.text
    after = visitor.press(chosen, "Same student", note="by the class list")
    assert after.status == "Answered: same."
    assert people.link("r9")["person_key"] == "S7"
    (decision,) = people.registry.decisions("student").to_pylist()
    assert (decision["own_system"], decision["own_value"]) == ("vendor", "v-9")
    assert decision["note"] == "by the class list"
    assert "Zoe Quillstone" not in visitor.open("/?show=unmatched").links
    undone = visitor.press(after, "Undo")
    assert undone.status == "Taken back: 1 decision."
    assert people.link("r9")["person_key"] is None
    assert "Zoe Quillstone" in visitor.open("/?show=unmatched").links


def test_a_record_with_a_candidate_may_be_somebody_else(
    people: ReviewBench, visitor: Visitor
) -> None:
    people.ask(asked("r2", "S1"))
    page = visitor.open("/case/r2?person=S8")
    (form,) = (one for one in page.forms if ("person", "S8") in one.fields)
    page.forms = [form]
    assert visitor.press(page, "Same student").status == "Answered: same."
    assert people.link("r2")["person_key"] == "S8"
    assert "Maria" not in visitor.open("/").text


def test_what_nobody_has_and_what_was_answered_is_refused(
    people: ReviewBench, visitor: Visitor
) -> None:
    visitor.open("/case/r9?person=S404")
    assert visitor.status == 400
    chosen = visitor.open("/case/r9?person=S8")
    visitor.press(chosen, "Same student")
    assert people.link("r9")["person_key"] == "S8"
    again = visitor.open("/case/r9?person=S7")
    assert "Name, number or birth date" not in again.text
    visitor.press(chosen, "Same student")
    assert visitor.status == 409
    assert people.link("r9")["person_key"] == "S8"
    assert people.in_force() == [("Ana Day", "same")]


def test_two_people_are_not_sought_for_and_names_are_escaped(
    people: ReviewBench, visitor: Visitor
) -> None:
    people.ask(asked(None, "S7", other_key="S8"))
    page = visitor.open("/case/q-S8-S7?find=zora")
    assert "Name, number or birth date" not in page.text
    odd = visitor.open('/case/r9?find="><b>x</b>')
    assert "Nobody is found by that." in odd.text
    assert visitor.status == 200
