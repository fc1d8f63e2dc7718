"""What is told of a record: what was tried on it, tier by tier, and what would settle it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.explain import explain, of_records
from hit_pipeline.identity.tried import chance
from hit_pipeline.registry.decision import Answer
from tests.unit.identity.children import (
    IDA,
    JAYDEN,
    JOSE,
    KAYDEN,
    LONG,
    MARIA,
    ROSTER_ROWS,
    WILLIAM,
    Child,
    child,
)
from tests.unit.identity.desk import ROSTER, START, VENDOR, Desk

PLACED = {"school_name": "North School", "grade": "05"}
NORTH = child(800, "Ana", "Cruz", date(2014, 5, 5), **PLACED)
SOUTH = child(801, "Ana", "Cruz", date(2016, 1, 9), school_name="South School", grade="03")
ROWS: dict[str, dict[str, Any]] = {
    "number without its zeros": {"id_district": "12345"},
    "twin's number": {"id_district": "0020002", "given_name": "Jayden", "family_name": "Okafor"},
    "mistyped number": {"id_district": "0050091", "given_name": "Lena", "family_name": "Vogel"},
    "sibling's number": {
        "id_district": "0012346",
        "given_name": "Maria",
        "family_name": "Garcia Lopez",
        "birth_date": date(2014, 3, 5),
    },
    "nickname": {"id_district": "0990000", "display_name": "Stone, Bill"},
    "unknown child": {"id_district": "7777777", "display_name": "Zora Quill"},
    "school and grade": {"given_name": "Ana", "family_name": "Cruz", **PLACED},
    "namesakes": {"display_name": "Ana Cruz"},
    "zeros": {"id_district": "0000000", "display_name": "Ida Marsh"},
    "undeclared system": {"id_state": "9000012345"},
    "shared number": {"id_district": "0030001"},
    "quite another birth date": {"display_name": "Ida Marsh", "birth_date": date(2009, 9, 9)},
}
All = dict[str, dict[str, list[str]]]
_OF_ROW = {"birth_date", "school_name", "grade"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Desk:
    made = Desk.open(tmp_path_factory.mktemp("told"), engine, {"sis": ROSTER, "vendor": VENDOR})
    made.put("sis", "typed_student", [*ROSTER_ROWS, NORTH, SOUTH])
    made.put("vendor", "typed_session_log", [_row(name, cells) for name, cells in ROWS.items()])
    made.night()
    return made


def _row(name: str, cells: dict[str, Any]) -> dict[str, Any]:
    named = {cell if cell in _OF_ROW else f"student_{cell}": cells[cell] for cell in cells}
    return {"row_id_source": name, **named}


@pytest.fixture(scope="module")
def everything(desk: Desk) -> All:
    """Return what is told of every planted row, by its name and by what it is."""
    before = desk.context.registry.fingerprint()
    names = {_record(desk, name): name for name in ROWS}
    places = dict.fromkeys(names, 7)
    found: All = {name: {} for name in ROWS}
    for one in of_records(desk.context, "student", list(names), places):
        assert one.record is not None
        found[names[one.record]].setdefault(one.what, []).append(one.words)
    assert desk.context.registry.fingerprint() == before  # telling writes nothing
    return found


def _record(desk: Desk, name: str) -> str:
    return str(desk.decision("typed_session_log", row_id_source=name)["person_record_id"])


def key(desk: Desk, of: Child) -> str:
    found = desk.key("typed_student", student_id_source=of["student_id_source"])
    assert found is not None
    return found


def test_a_repaired_number_says_how_it_was_repaired_and_whose_it_is(
    desk: Desk, everything: All
) -> None:
    found = everything["number without its zeros"]
    (number,) = found["tier 1"]
    assert number.startswith("district 12345: found after repair (the identifier lost leading zero")
    assert key(desk, MARIA) in number
    assert found["tier 2"] == ["no name is stated"]
    assert found["tier 3"] == ["not asked: an earlier tier decides"]
    assert any("María García-López, born 2014-03-05" in one for one in found["person"])
    assert "would settle it" not in found


def test_a_twins_number_names_both_twins_and_what_tells_them_apart(
    desk: Desk, everything: All
) -> None:
    found = everything["twin's number"]
    assert f"found exactly: it is that of {key(desk, KAYDEN)}" in found["tier 1"][0]
    assert "spelt much alike" in found["tier 1"][0]
    assert found["tier 2"][0] == "the name fits 1 person; no birth date is stated"
    assert found["tier 2"][1].startswith(f"{key(desk, JAYDEN)}: the first name is the same")
    assert "one digit away" in found["tier 2"][1]
    (settled,) = found["would settle it"]
    assert (
        f"a correction of the district number from the source, if it is that of {key(desk, JAYDEN)}"
        in settled
    )
    assert settled.endswith("a steward's answer at hit review, question 7")


def test_a_mistyped_number_is_known_of_nobody_and_near_the_right_one(
    desk: Desk, everything: All
) -> None:
    found = everything["mistyped number"]
    assert found["tier 1"] == ["district 0050091: known of nobody, nor after any repair"]
    assert found["tier 2"][1].startswith(key(desk, LONG))
    assert "an identifier is one digit away from the person's" in found["tier 2"][1]


def test_a_siblings_number_is_contradicted_by_name_and_birth_date(
    desk: Desk, everything: All
) -> None:
    found = everything["sibling's number"]
    (number,) = found["tier 1"]
    assert f"that of {key(desk, JOSE)}; name or birth date speak against it" in number
    assert "the first name is another" in number
    assert "the birth date is another" in number
    assert found["tier 2"][0] == "the name fits 1 person; 1 with the same birth date"
    assert found["tier 3"] == [
        "not asked: what an identifier leaves in doubt, no likelihood overrules"
    ]
    assert f"that of {key(desk, MARIA)}" in found["would settle it"][0]
    assert key(desk, JOSE) not in found["would settle it"][0]


def test_a_nickname_is_said_to_be_one(desk: Desk, everything: All) -> None:
    found = everything["nickname"]
    assert "name and birth date bear it out, the first name is a nickname" in found["tier 1"][0]
    assert found["tier 2"][1].startswith(key(desk, WILLIAM))


def test_an_unknown_child_needs_the_right_number_or_a_roster(everything: All) -> None:
    found = everything["unknown child"]
    assert found["tier 0"] == ["no steward's answer is about it"]
    assert found["tier 1"] == ["district 7777777: known of nobody, nor after any repair"]
    assert found["tier 2"] == ["the name points to nobody"]
    assert found["tier 3"] == ["nobody is as likely as 30.0 %"]
    assert "person" not in found
    assert found["would settle it"][0].startswith("the right district number from the source, or a")


def test_a_link_by_likelihood_says_what_spoke_for_it_field_by_field(
    desk: Desk, everything: All
) -> None:
    found = everything["school and grade"]
    (likely,) = found["tier 3"]
    assert likely.startswith(f"{key(desk, NORTH)} with more than 99.9 %")
    assert "for it: the given name is the same, the family name is the same" in likely
    assert "the school is the same, the grade is the same" in likely


def test_namesakes_are_weighed_against_each_other_and_a_birth_date_tells_them_apart(
    desk: Desk, everything: All
) -> None:
    found = everything["namesakes"]
    both = {key(desk, NORTH), key(desk, SOUTH)}
    assert {one.split()[0] for one in found["tier 3"]} == {*both, "a"}
    assert found["tier 3"][-1] == "a link needs 99.0 %"
    (settled,) = found["would settle it"]
    assert settled.startswith("a birth date from the source, if it is that of ")
    assert all(one in settled for one in both)


def test_what_speaks_against_a_candidate_is_told_apart(desk: Desk, everything: All) -> None:
    found = everything["quite another birth date"]
    assert any(
        one.startswith(key(desk, IDA)) and one.endswith("against it: the birth date is another")
        for one in found["tier 3"]
    )
    assert (
        f"a correction of the birth date from the source, if it is that of {key(desk, IDA)}"
        in found["would settle it"][0]
    )


def test_what_cannot_be_read_and_what_nobody_vouches_for_are_said_to_be(
    desk: Desk, everything: All
) -> None:
    assert "nothing but zeros, blanks or marks" in everything["zeros"]["tier 1"][0]
    bare = everything["undeclared system"]
    assert "nobody vouches for it standing alone" in bare["tier 1"][0]
    assert (
        f"a birth date from the source, if it is that of {key(desk, MARIA)}"
        in bare["would settle it"][0]
    )
    assert everything["shared number"]["tier 1"][0].count("it is that of") == 2


def test_what_is_said_to_settle_a_record_settles_it(desk: Desk, tmp_path: Path) -> None:
    again = Desk.open(tmp_path, desk.context.engine, {"sis": ROSTER, "vendor": VENDOR})
    again.put("sis", "typed_student", [*ROSTER_ROWS, NORTH, SOUTH])
    mended = {
        "twin's number": (JAYDEN, {"id_district": JAYDEN["student_id_district"]}),
        "sibling's number": (MARIA, {"id_district": MARIA["student_id_district"]}),
        "namesakes": (SOUTH, {"birth_date": SOUTH["birth_date"]}),
        "undeclared system": (MARIA, {"birth_date": MARIA["birth_date"]}),
        "quite another birth date": (IDA, {"birth_date": IDA["birth_date"]}),
    }
    rows = [_row(name, {**ROWS[name], **cells}) for name, (_, cells) in mended.items()]
    again.put("vendor", "typed_session_log", rows)
    again.night()
    for name, (of, _) in mended.items():
        assert again.key("typed_session_log", row_id_source=name) == key(again, of), name


def test_a_stewards_answer_is_told_and_who_was_ruled_out_settles_nothing(
    tmp_path: Path, engine: Engine
) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER, "vendor": VENDOR})
    desk.put("sis", "typed_student", [NORTH, SOUTH])
    desk.put("vendor", "typed_session_log", [_row("namesakes", ROWS["namesakes"])])
    desk.night()
    record = desk.decision("typed_session_log", row_id_source="namesakes")["person_record_id"]
    north = key(desk, NORTH)
    no = Answer(
        role="student",
        source="vendor",
        person_record_id=record,
        person_key=north,
        answer="not_same",
    )
    desk.context.registry.decide([no], by="Ana Day", now=START)
    found = {one.what: one.words for one in explain(desk.context, record).told}
    assert found["tier 0"] == f"a steward said that it is not {north}"
    assert north not in found["would settle it"]
    assert key(desk, SOUTH) in found["would settle it"]


def test_a_probability_is_never_said_to_be_certain() -> None:
    assert [chance(one) for one in (0.99999, 0.5, 1e-9)] == [
        "more than 99.9 %",
        "50.0 %",
        "less than 0.1 %",
    ]


def test_a_rosters_own_record_and_a_tutor_are_told_of_too(tmp_path: Path, engine: Engine) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER, "vendor": VENDOR})
    desk.put("sis", "typed_student", [MARIA, JOSE])
    tutor = {"tutor_id_vendor": "T1", "tutor_display_name": "Ana Ruiz"}
    desk.put("vendor", "typed_session_log", [{**_row("1", {"id_vendor": "v-1"}), **tutor}])
    desk.night()
    own = explain(desk.context, desk.decision("typed_student", **_of(MARIA))["person_record_id"])
    numbers = [one.words for one in own.told if one.what == "tier 0"]
    assert f"source u12345: remembered of this source: it is that of {key(desk, MARIA)}" in str(
        numbers
    )
    assert "would settle it" not in {one.what for one in own.told}
    tutors = [one for one in explain(desk.context, "T1").told if one.role == "tutor"]
    assert any("remembered of this source" in one.words for one in tutors)
    assert any(one.what == "tier 3" and "not asked" in one.words for one in tutors)


def _of(of: Child) -> dict[str, Any]:
    return {"student_id_source": of["student_id_source"]}
