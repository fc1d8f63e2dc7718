"""The table of questions: every unsure record beside each candidate, and two people who are one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.questions import review_queue
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.decision import Answer
from hit_pipeline.registry.tables import CANDIDATE
from hit_pipeline.registry.tables import arrow_schema as registry_schema
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema, conform_to
from tests.unit.identity.children import JAYDEN, JOSE, MARIA, WILLIAM
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

SIBLING: dict[str, Any] = {
    "student_id_vendor": "v-7",
    "student_id_district": JOSE["student_id_district"],
    "student_display_name": "Garcia-Lopez, Maria",
    "birth_date": MARIA["birth_date"],
}


def promote(desk: Desk, name: str, *rows: dict[str, Any]) -> None:
    """Write rows of a promoted table; columns not given are null."""
    declared = TABLES[name]
    cells = [{column: row.get(column) for column in declared.column_names} for row in rows]
    given = pa.Table.from_pylist(cells, schema=arrow_schema(declared))
    desk.context.engine.write(
        desk.context.engine.from_arrow(given), desk.context.lake.part(declared)
    )


def listed(desk: Desk, child: dict[str, Any], *, created: int = 1, **cells: Any) -> dict[str, Any]:
    """Return a child as the table `student` lists it."""
    key = desk.key("typed_student", student_id_source=child["student_id_source"])
    return {
        "student_key": key,
        "given_name": child["student_given_name"],
        "family_name": child["student_family_name"],
        "birth_date": child["birth_date"],
        "school_id_current": "S1",
        "grade_current": "03",
        "created_at": datetime(2026, 11, created),  # noqa: DTZ001 (cast to UTC)
        **cells,
    }


@pytest.fixture
def desk(tmp_path: Path, engine: Engine) -> Desk:
    """A night in which a vendor's record bears the number of one sibling, the name of another."""
    made = Desk.open(tmp_path, engine, {"sis": ROSTER, "vendor": VENDOR})
    made.put("sis", "typed_student", [MARIA, JOSE, WILLIAM])
    places = [("Oak", "04"), ("Oak School", "03"), ("Oak School", "03"), ("Elm", None)]
    log = [{**SIBLING, "school_name": school, "grade": grade} for school, grade in places]
    made.put("vendor", "typed_session_log", [*log, {"student_id_vendor": "v-9"}])
    made.put("vendor", "typed_assessment", [SIBLING])
    made.night()
    promote(made, "school", {"school_id": "S1", "name": "Oak School"})
    promote(made, "student", *(listed(made, child) for child in (MARIA, JOSE, WILLIAM)))
    return made


def questions(desk: Desk) -> list[dict[str, Any]]:
    """Return the table, cast as strictly as the lake casts it, the best candidate first."""
    declared = TABLES["review_queue"]
    built = conform_to(declared, review_queue(desk.context))
    rows: list[dict[str, Any]] = desk.context.engine.collect(built).to_pylist()
    assert len({row["question_id"] for row in rows}) == len(rows)
    return sorted(rows, key=lambda row: row["candidate_rank"] or 0)


def might_be(desk: Desk, record: str, *keys: str | None) -> None:
    """Tell the registry whom a record might be, the best first."""
    schema = registry_schema(CANDIDATE)
    rows = [
        {"role": "student", "person_record_id": record, "person_key": key, "rank": rank,
         "probability": 1 / (rank + 1), "evidence": "last=fits"}
        for rank, key in enumerate(keys, start=1)
    ]  # fmt: skip
    registry = desk.context.registry
    registry.write(
        Changes(candidates=pa.Table.from_pylist(rows, schema=schema)),
        expected=registry.fingerprint(),
        made_by=ENGINE,
        now=desk.context.now,
    )


def answer(desk: Desk, row: dict[str, Any], given: str) -> int:
    names = ("role", "source", "person_record_id", "own_system", "own_value", "other_key")
    stated = {name: row[name] for name in names}
    (seq,) = desk.context.registry.decide(
        [Answer(person_key=row["candidate_key"], answer=given, **stated)],
        by="Ana Day",
        now=desk.context.now,
    )
    return seq


def test_an_unsure_record_stands_beside_whom_its_identifier_names(desk: Desk) -> None:
    row, other = questions(desk)
    assert row["person_record_id"] == other["person_record_id"]
    assert row["candidate_key"] != other["candidate_key"]
    decision = desk.decision("typed_assessment")
    assert row["person_record_id"] == decision["person_record_id"]
    assert row["candidate_key"] == decision["candidate_key"]
    assert (row["kind"], row["source"], row["role"]) == ("id.contradicted", "vendor", "student")
    assert (row["own_system"], row["own_value"]) == ("vendor", "v-7")
    assert row["stated_ids"] == "district 0012346; vendor v-7"
    assert (row["stated_given_name"], row["stated_family_name"]) == ("Maria", "Garcia-Lopez")
    assert row["stated_birth_date"] == MARIA["birth_date"]
    assert row["known_school"] == "Oak School"
    assert row["known_ids"].startswith("district 00")


def test_rows_time_and_students_behind_a_record_are_counted_and_its_usual_place_told(
    desk: Desk,
) -> None:
    row, _ = questions(desk)
    assert (row["row_count"], row["present_seconds"], row["students"]) == (5, 7200, 1)
    assert (row["stated_school"], row["stated_grade"]) == ("Oak School", "03")


def test_every_candidate_is_a_question_of_its_own(desk: Desk) -> None:
    record = questions(desk)[0]["person_record_id"]
    keys = [desk.key("typed_student", student_given_name=name) for name in ("José", "María")]
    might_be(desk, record, *keys)
    rows = questions(desk)
    assert [row["candidate_key"] for row in rows] == keys
    assert [row["candidate_rank"] for row in rows] == [1, 2]
    assert [row["known_given_name"] for row in rows] == ["José", "María"]
    assert [row["probability"] for row in rows] == [1 / 2, 1 / 3]
    assert {row["evidence"] for row in rows} == {"last=fits"}


def test_what_was_answered_is_not_asked_again_until_it_is_taken_back(desk: Desk) -> None:
    record = questions(desk)[0]["person_record_id"]
    keys = [desk.key("typed_student", student_given_name=name) for name in ("José", "María")]
    might_be(desk, record, *keys)
    first, second = questions(desk)
    answer(desk, first, "not_same")
    (left,) = questions(desk)
    assert left["question_id"] == second["question_id"]
    answer(desk, left, "unsure")
    assert [row["question_id"] for row in questions(desk)] == [second["question_id"]]
    seq = answer(desk, second, "same")
    assert questions(desk) == []
    desk.context.registry.undo(seq, by="Ana Day", now=desk.context.now)
    assert [row["question_id"] for row in questions(desk)] == [second["question_id"]]


def test_the_id_of_a_question_is_the_same_in_every_run(desk: Desk) -> None:
    before = questions(desk)
    desk.night()
    assert questions(desk) == before


def test_a_record_without_a_candidate_is_asked_about_alone(desk: Desk) -> None:
    alone = {"student_id_district": None, "student_id_state": None}
    torn = [{**child, **alone, "student_id_source": "u77"} for child in (JOSE, WILLIAM)]
    desk.put("sis", "typed_student", [MARIA, JOSE, WILLIAM, *torn])
    desk.night()
    unsure = [one for one in desk.context.registry.unmatched("student").to_pylist()
              if one["rule"] == "id.shared"]  # fmt: skip
    asked = [row for row in questions(desk) if row["candidate_key"] is None]
    assert {row["person_record_id"] for row in asked} == {one["person_record_id"] for one in unsure}
    assert len(asked) == 2
    assert (asked[0]["candidate_rank"], asked[0]["known_ids"]) == (None, None)


def test_a_second_account_of_a_student_called_otherwise_is_asked_about(
    tmp_path: Path, engine: Engine
) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER, "vendor": VENDOR})
    desk.put("sis", "typed_student", [JAYDEN, WILLIAM])
    number = {"student_id_district": JAYDEN["student_id_district"]}
    family = {**number, "student_family_name": "Okafor"}
    log = [
        {**family, "student_id_vendor": "v-1", "student_given_name": "Jayden"},
        {**family, "student_id_vendor": "v-2", "student_given_name": "Kayden"},
        {"student_id_vendor": "v-3", "student_given_name": "Bill", "student_family_name": "Stone",
         "student_id_district": WILLIAM["student_id_district"]},
    ]  # fmt: skip
    desk.put("vendor", "typed_session_log", log)
    desk.night()
    promote(desk, "school")
    promote(desk, "student", *(listed(desk, child) for child in (JAYDEN, WILLIAM)))
    (row,) = questions(desk)
    assert (row["kind"], row["stated_given_name"]) == ("account.second", "Kayden")
    assert row["candidate_key"] == desk.key("typed_student", student_id_source="u20001")
    seq = answer(desk, row, "same")
    assert not questions(desk)
    desk.night()
    assert not questions(desk)
    desk.context.registry.undo(seq, by="Ana Day", now=desk.context.now)
    desk.night()
    (again,) = questions(desk)
    answer(desk, again, "not_same")
    desk.night()
    kayden = desk.decision("typed_session_log", student_id_vendor="v-2")
    assert kayden["outcome"] != "match"


def test_two_students_of_one_name_and_birth_date_are_asked_about_once(desk: Desk) -> None:
    twice = {**JOSE, "student_id_source": "u9", "student_id_district": "9", "student_id_state": "8"}
    desk.put("sis", "typed_student", [MARIA, JOSE, WILLIAM, twice])
    desk.night()
    promote(
        desk,
        "student",
        listed(desk, MARIA),
        listed(desk, JOSE, created=2),
        listed(desk, twice, created=9, given_name="JOSE", family_name="Garcia Lopez"),
    )
    (row,) = [one for one in questions(desk) if one["other_key"]]
    older, newer = (desk.key("typed_student", student_id_source=one) for one in ("u12346", "u9"))
    assert (row["candidate_key"], row["other_key"]) == (older, newer)
    assert (row["kind"], row["person_record_id"], row["students"]) == (
        "person.two_numbers",
        None,
        2,
    )
    assert (row["stated_ids"], row["known_given_name"]) == (
        "district 9; state 8; source u9",
        "José",
    )
    seq = answer(desk, row, "not_same")
    assert not [one for one in questions(desk) if one["other_key"]]
    desk.context.registry.undo(seq, by="Ana Day", now=desk.context.now)
    assert [one["question_id"] for one in questions(desk) if one["other_key"]] == [
        row["question_id"]
    ]


def test_twins_siblings_and_students_without_a_birth_date_are_no_pair(desk: Desk) -> None:
    promote(
        desk,
        "student",
        listed(desk, MARIA, birth_date=JOSE["birth_date"]),
        listed(desk, JOSE),
        listed(desk, WILLIAM, given_name="José", family_name="García-López", birth_date=None),
    )
    assert not [one for one in questions(desk) if one["other_key"]]


def test_a_tutors_question_counts_the_students_of_its_sessions(desk: Desk) -> None:
    tutor = {"tutor_id_vendor": "T1", "tutor_display_name": "Ana Ruiz"}
    other = {"tutor_id_email": "ana@d.example", "tutor_display_name": "Ana Ruiz"}
    log: list[dict[str, Any]] = [
        {**tutor, "student_id_vendor": "a"},
        {**other, "student_id_vendor": "a"},
        {**other, "student_id_vendor": "b"},
        {**other, "student_id_vendor": "b", "present_seconds": 600},
    ]
    desk.put("vendor", "typed_session_log", log)
    desk.night()
    decided = desk.decision("typed_session_log", "tutor", tutor_id_email="ana@d.example")
    key = desk.key("typed_session_log", "tutor", tutor_id_vendor="T1")
    registry = desk.context.registry
    doubt = {**decided, "role": "tutor", "outcome": "unsure", "person_key": None,
             "candidate_key": key, "rule": "name.only"}  # fmt: skip
    schema = Changes().links.schema
    links = pa.Table.from_pylist([{name: doubt[name] for name in schema.names}], schema=schema)
    registry.write(
        Changes(links=links),
        expected=registry.fingerprint(),
        made_by=ENGINE,
        now=desk.context.now,
    )
    (row,) = [one for one in questions(desk) if one["role"] == "tutor" and not one["other_key"]]
    assert (row["students"], row["row_count"], row["present_seconds"]) == (2, 3, 4200)
    assert (row["stated_given_name"], row["known_family_name"]) == ("Ana", "Ruiz")
    assert row["known_ids"] == "vendor T1"


def test_a_district_without_anything_asks_nothing(tmp_path: Path, engine: Engine) -> None:
    made = Desk.open(tmp_path, engine, {"sis": ROSTER})
    made.night()
    assert questions(made) == []
