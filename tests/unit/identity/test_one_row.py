"""Files with one row per student: two records of one delivery are not one child."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.explain import explain
from hit_pipeline.identity.questions import review_queue
from hit_pipeline.registry.decision import Answer
from tests.unit.identity.children import IDA, MARIA, Child, child
from tests.unit.identity.desk import ROSTER, VENDOR, Desk
from tests.unit.identity.test_questions import listed, promote

Make = Callable[..., Desk]
Row = dict[str, Any]
CONTRACT = """
id = "list"
version = 1
title = "A vendor's list"
bare_id_system = "district"

[files.rows]
pattern = "*.csv"
delivers = "{delivers}"
absence = "{absence}"
one_row_per_student = {declared}
columns = [{{ name = "Number" }}]

[[files.rows.feeds]]
table = "typed_program_assignment"
columns = {{ student_id_district = {{ from = "Number" }}, program = {{ value = "math" }}, \
origin = {{ value = "district_list" }} }}
"""
TABLE = "typed_program_assignment"
BORN = date(2014, 5, 5)
ANA = child(800, "Ana", "Cruz", BORN)


@pytest.fixture
def make(tmp_path: Path, engine: Engine) -> Make:
    """Return a maker of districts whose vendor delivers a list."""
    count = iter(range(100))

    def made(*roster: Child, declared: bool = True, whole: bool = False) -> Desk:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        told = {"delivers": "full", "absence": "removed"} if whole else {}
        words = {"delivers": "increment", "absence": "nothing", **told}
        text = CONTRACT.format(declared=str(declared).lower(), **words)
        (folder / "list.toml").write_text(text, encoding="utf-8")
        vendor = {"adapter": "files", "contract": "list.toml", "kind": "log"}
        desk = Desk.open(folder, engine, {"sis": ROSTER, "vendor": vendor, "other": VENDOR})
        desk.put("sis", "typed_student", roster or [MARIA, IDA, ANA])
        return desk

    return made


def said(given: str, family: str, **cells: Any) -> Row:
    return {"student_given_name": given, "student_family_name": family, **cells}


def of(one: Child, *names: str, **cells: Any) -> Row:
    return {name: one[name] for name in names} | cells


def decide(desk: Desk, *rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Let the vendor deliver rows, and return the decisions on them."""
    desk.put("vendor", TABLE, rows)
    desk.night()
    return decisions(desk)


def decisions(desk: Desk) -> list[dict[str, Any]]:
    links = {
        one["person_record_id"]: one for one in desk.context.registry.links("student").to_pylist()
    }
    rows = sorted(desk.rows(TABLE), key=lambda row: int(row["_row"]))
    return [links[row["student_record_id"]] for row in rows if row["_source"] == "vendor"]


def asked(desk: Desk) -> list[dict[str, Any]]:
    """Return the questions about records, those of the first rows first."""
    promote(desk, "school")
    promote(desk, "student", *(listed(desk, one) for one in (ANA,)))
    rows: list[dict[str, Any]] = desk.context.engine.collect(review_queue(desk.context)).to_pylist()
    assert len({row["question_id"] for row in rows}) == len(rows)
    places = {row["student_record_id"]: row["_row"] for row in desk.rows(TABLE)}
    return sorted(rows, key=lambda row: int(places[row["person_record_id"]]))


# Likely, but only so: no birth date, and nobody else of the name.
LIKELY = said("Ana", "Cruz", student_id_vendor="v1")
LIKELY_TOO = said("Ana", "Cruz", student_id_vendor="v2")
CERTAIN = of(ANA, "student_id_district", **said("Ana", "Cruz", student_id_vendor="v3"))


def test_two_records_likely_to_be_one_child_are_both_asked_about(make: Make) -> None:
    both = decide(make(), LIKELY, LIKELY_TOO)
    assert [one["outcome"] for one in both] == ["unsure", "unsure"]
    assert len({one["candidate_key"] for one in both}) == 1
    assert all(one["probability"] < 0.6 for one in both)


def test_without_the_declaration_both_are_linked(make: Make) -> None:
    both = decide(make(declared=False), LIKELY, LIKELY_TOO)
    assert [one["rule"] for one in both] == ["name.probable", "name.probable"]


def test_one_likely_record_alone_is_linked(make: Make) -> None:
    (one,) = decide(make(), LIKELY)
    assert one["rule"] == "name.probable"


def test_rows_of_one_own_identifier_may_be_one_child(make: Make) -> None:
    again = said("Ana", "Cruz", student_middle_name="Maria", student_id_vendor="v1")
    both = decide(make(), LIKELY, again)
    assert [one["rule"] for one in both] == ["name.probable", "name.probable"]


def test_records_of_different_deliveries_may_be_one_child(make: Make) -> None:
    both = decide(make(), LIKELY, LIKELY_TOO | {"_delivery_id": "vendor-2"})
    assert [one["rule"] for one in both] == ["name.probable", "name.probable"]


def test_rows_of_a_whole_that_stand_are_of_one_delivery_whenever_they_came(make: Make) -> None:
    both = decide(make(whole=True), LIKELY, LIKELY_TOO | {"_delivery_id": "vendor-2"})
    assert [one["outcome"] for one in both] == ["unsure", "unsure"]


def test_records_of_another_source_or_file_are_no_rivals(make: Make) -> None:
    desk = make()
    desk.put("other", TABLE, [LIKELY_TOO])
    both = decide(desk, LIKELY, LIKELY_TOO | {"student_id_vendor": "v8", "_file": "others"})
    assert [one["rule"] for one in both] == ["name.probable", "name.probable"]


def test_a_person_matched_by_an_identifier_is_not_linked_again_by_probability(make: Make) -> None:
    desk = make()
    likely, certain = decide(desk, LIKELY, CERTAIN)
    assert certain["outcome"] == "match"
    assert (likely["outcome"], likely["rule"]) == ("unsure", "record.second")
    assert likely["candidate_key"] == certain["person_key"]
    (row,) = asked(desk)
    assert (row["kind"], row["candidate_key"]) == ("record.second", certain["person_key"])
    told = explain(desk.context, likely["person_record_id"])
    assert "another record of the same delivery" in str(told)


def test_a_record_of_the_same_own_identifier_is_linked_beside_a_certain_one(make: Make) -> None:
    likely, certain = decide(make(), LIKELY | {"student_id_vendor": "v3"}, CERTAIN)
    assert likely["person_key"] == certain["person_key"] is not None


def test_that_one_namesake_is_taken_links_nobody_to_the_other(make: Make) -> None:
    places = {"school_name": "North School", "grade": "05"}
    twins = [
        child(800, "Ana", "Cruz", BORN, **places),
        child(801, "Ana", "Cruz", date(2016, 1, 9), school_name="South School", grade="03"),
    ]
    desk = make(MARIA, *twins)
    number = of(twins[0], "student_id_district", **said("Ana", "Cruz"))
    _, other = decide(desk, number, said("Ana", "Cruz"))
    assert other["outcome"] == "unsure"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_whichever_comes_first_the_outcome_is_the_same(make: Make, order: Sequence[int]) -> None:
    desk, at_once = make(whole=True), make(whole=True)
    rows = [LIKELY, LIKELY_TOO, CERTAIN]
    come = [rows[at] for at in order]
    for count in (1, 2, 3):
        by_and_by = decide(desk, *come[:count])
    told = ("outcome", "rule", "probability")
    assert [[one[name] for name in told] for one in by_and_by] == [
        [one[name] for name in told] for one in decide(at_once, *come)
    ]


def test_a_rival_who_leaves_frees_the_person(make: Make) -> None:
    desk = make(whole=True)
    decide(desk, LIKELY, LIKELY_TOO)
    (left,) = decide(desk, LIKELY)
    assert left["rule"] == "name.probable"
    assert desk.night().changed is False


def test_a_link_by_name_beside_one_by_identifier_stands_and_is_asked_about(make: Make) -> None:
    named = said("Ana", "Cruz", birth_date=BORN, student_id_vendor="v1")
    desk = make()
    by_name, by_id = decide(desk, named, CERTAIN)
    assert by_name["person_key"] == by_id["person_key"] is not None
    (row,) = asked(desk)
    assert (row["kind"], row["own_value"]) == ("record.second", "v1")
    assert row["candidate_key"] == by_id["person_key"]


def test_two_links_as_firm_are_both_asked_about_where_the_names_differ(make: Make) -> None:
    other = CERTAIN | {"student_id_vendor": "v4", "student_given_name": "Anna"}
    desk = make()
    assert {one["outcome"] for one in decide(desk, CERTAIN, other)} == {"match"}
    rows = asked(desk)
    assert [row["kind"] for row in rows] == ["record.second", "record.second"]
    assert [row["own_value"] for row in rows] == ["v3", "v4"]


def test_two_links_as_firm_that_say_the_same_are_not_asked_about(make: Make) -> None:
    desk = make()
    assert {one["outcome"] for one in decide(desk, CERTAIN, CERTAIN | {"student_id_vendor": "v4"})}
    assert asked(desk) == []


def test_without_the_declaration_nothing_is_asked(make: Make) -> None:
    desk = make(declared=False)
    decide(desk, CERTAIN, CERTAIN | {"student_id_vendor": "v4", "student_given_name": "Anna"})
    assert asked(desk) == []


def test_what_a_steward_answered_is_not_asked_again(make: Make) -> None:
    desk = make()
    named = said("Ana", "Cruz", birth_date=BORN, student_id_vendor="v1")
    decide(desk, named, CERTAIN)
    (row,) = asked(desk)
    answer(desk, row, "not_same")
    desk.night()
    assert decisions(desk)[0]["outcome"] != "match"
    assert asked(desk) == []


def test_who_is_not_a_student_takes_it_from_nobody(make: Make) -> None:
    desk = make()
    decide(desk, LIKELY, LIKELY_TOO)
    answer(desk, asked(desk)[0], "not_same")
    desk.night()
    other, left = decisions(desk)
    assert other["outcome"] != "match"
    assert left["rule"] == "name.probable"


def test_of_two_that_a_steward_says_are_one_child_neither_is_asked_about(make: Make) -> None:
    desk = make()
    named = said("Ana", "Cruz", birth_date=BORN, student_id_vendor="v1")
    decide(desk, named, CERTAIN)
    for own in ("v1", "v3"):
        (row,) = asked(desk)
        assert row["own_value"] == own
        answer(desk, row, "same")
        desk.night()
    assert asked(desk) == []


def answer(desk: Desk, row: Mapping[str, Any], given: str) -> None:
    names = ("role", "source", "person_record_id", "own_system", "own_value", "other_key")
    stated = {name: row[name] for name in names}
    one = Answer(person_key=row["candidate_key"], answer=given, **stated)
    desk.context.registry.decide([one], by="Ana Day", now=desk.context.now)


def test_where_nothing_is_declared_nothing_is_read(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    desk = make(declared=False)
    monkeypatch.setattr("hit_pipeline.identity.one_row.naming_tables", refuse)
    assert decide(desk, of(IDA, "student_id_district"))
