from datetime import UTC, date, datetime
from typing import Any

from hit_pipeline.conform.attributes import student_attribute
from hit_pipeline.conform.students import student
from tests.unit.conform.roster_bench import Bench, Row, by, pick

FIRST = datetime(2026, 11, 12, 5, tzinfo=UTC)
SECOND = datetime(2026, 11, 13, 5, tzinfo=UTC)
THIRD = datetime(2026, 11, 14, 5, tzinfo=UTC)


def _sis(bench: Bench, *rows: Row, delivery: str = "d1") -> None:
    bench.typed("sis", "typed_student", rows, delivery)
    bench.know("student", "district")


def _files(bench: Bench, *rows: Row, delivery: str = "p1") -> None:
    bench.typed("sis_files", "typed_student", rows, delivery)
    bench.know("student", "district")


def _first_night(bench: Bench) -> None:
    bench.deliver("sis", "d1", FIRST)
    bench.deliver("sis_files", "p1", FIRST)


def test_a_thin_roster_is_completed_column_by_column(bench: Bench) -> None:
    _first_night(bench)
    _sis(bench, {"student_id_district": "7", "student_given_name": "Ana", "grade": "05"})
    _files(
        bench,
        {
            "student_id_district": "7",
            "student_given_name": "Anna",
            "student_family_name": "Ruiz",
            "grade": "04",
            "ell": True,
            "iep": False,
            "race_ethnicity": "Hispanic",
            "white": True,
        },
    )
    row = bench.build(student)[0]
    assert (row["given_name"], row["family_name"], row["grade_current"]) == ("Ana", "Ruiz", "05")
    assert (row["ell"], row["iep"], row["gifted"]) == (True, False, None)
    assert row["race_ethnicity_federal"] == "white"
    assert row["is_active"] is True
    assert row["created_at"] == datetime(2026, 8, 1, tzinfo=UTC)


def test_the_newest_delivery_wins_within_one_priority(bench: Bench) -> None:
    _first_night(bench)
    bench.sources["other"] = {**bench.sources["sis_files"]}
    bench.deliver("other", "o1", SECOND)
    _files(bench, {"student_id_district": "7", "grade": "04", "ell": True})
    bench.typed("other", "typed_student", [{"student_id_district": "7", "grade": "05"}], "o1")
    bench.know("student", "district")
    assert pick(bench.build(student), "grade_current", "ell") == [("05", True)]


def test_the_main_and_open_enrollment_gives_school_and_grade(bench: Bench) -> None:
    _first_night(bench)
    _sis(
        bench,
        {
            "student_id_district": "7",
            "school_id_source": "C",
            "enrollment_type": "co_enrolled",
            "entry_date": date(2026, 11, 1),
        },
        {"student_id_district": "7", "school_id_source": "B", "entry_date": date(2026, 10, 1)},
        {
            "student_id_district": "7",
            "school_id_source": "A",
            "entry_date": date(2026, 10, 15),
            "exit_date": date(2026, 10, 16),
        },
    )
    assert pick(bench.build(student), "school_id_current") == [("B",)]


def test_active_means_that_a_roster_lists_the_student(bench: Bench) -> None:
    _first_night(bench)
    left = date(2026, 11, 12)
    _sis(
        bench,
        {"student_id_district": "1"},
        {"student_id_district": "2", "is_active": False},
        {"student_id_district": "3", "exit_date": left},
        {"student_id_district": "4", "exit_date": date(2027, 5, 28)},
        {"student_id_district": "5", "exit_date": left, "school_id_source": "A"},
        {"student_id_district": "5", "school_id_source": "B"},
    )
    _files(bench, {"student_id_district": "6"})
    assert pick(bench.build(student), "student_key", "is_active") == [
        ("1", True),
        ("2", False),
        ("3", False),
        ("4", True),
        ("5", True),
        ("6", False),
    ]


def test_who_is_listed_no_more_keeps_the_last_values_and_is_not_active(bench: Bench) -> None:
    _first_night(bench)
    _sis(bench, {"student_id_district": "7", "student_given_name": "Ana", "iep": True})
    bench.promote(student)
    bench.deliver("sis", "d2", SECOND)
    _sis(bench, delivery="d2")
    for _ in range(2):
        row = bench.promote(student)[0]
        assert (row["given_name"], row["iep"], row["is_active"]) == ("Ana", True, False)
    _sis(bench, {"student_id_district": "7", "student_given_name": "Anna"})
    assert pick(bench.build(student), "given_name", "iep", "is_active") == [("Anna", None, True)]


def _history(bench: Bench, attribute: str) -> list[tuple[Any, ...]]:
    rows = [row for row in bench.promote(student_attribute) if row["attribute"] == attribute]
    return pick(rows, "value", "source", "valid_from", "valid_to")


def test_an_attribute_has_a_spell_for_each_value_and_source(bench: Bench) -> None:
    _first_night(bench)
    _sis(bench, {"student_id_district": "7", "grade": "05"})
    _files(bench, {"student_id_district": "7", "grade": "04", "ell": True})
    both = [("05", "sis", FIRST, None), ("04", "sis_files", FIRST, None)]
    assert sorted(_history(bench, "grade")) == sorted(both)
    bench.deliver("sis", "d2", SECOND)
    _sis(bench, {"student_id_district": "7", "grade": "06"}, delivery="d2")
    changed = [("05", "sis", FIRST, SECOND), ("06", "sis", SECOND, None), both[1]]
    for _ in range(2):
        assert sorted(_history(bench, "grade"), key=str) == sorted(changed, key=str)
    assert _history(bench, "ell") == [("true", "sis_files", FIRST, None)]


def test_an_attribute_no_longer_stated_ends_with_the_newest_delivery(bench: Bench) -> None:
    _first_night(bench)
    _files(bench, {"student_id_district": "7", "ell": True})
    _history(bench, "ell")
    bench.deliver("sis_files", "p2", SECOND)
    _files(bench, {"student_id_district": "7", "ell": None, "iep": True}, delivery="p2")
    for _ in range(2):
        assert _history(bench, "ell") == [("true", "sis_files", FIRST, SECOND)]


def test_a_student_who_is_gone_and_comes_back_has_two_spells(bench: Bench) -> None:
    _first_night(bench)
    same = {"student_id_district": "7", "grade": "05"}
    _sis(bench, same)
    _history(bench, "grade")
    bench.deliver("sis", "d2", SECOND)
    _sis(bench, delivery="d2")
    assert _history(bench, "grade") == [("05", "sis", FIRST, SECOND)]
    bench.deliver("sis", "d3", THIRD)
    _sis(bench, same, delivery="d1")
    for _ in range(2):
        assert _history(bench, "grade") == [
            ("05", "sis", FIRST, SECOND),
            ("05", "sis", THIRD, None),
        ]


def test_a_mapping_corrected_later_replaces_the_value_without_a_new_spell(bench: Bench) -> None:
    _first_night(bench)
    _sis(bench, {"student_id_district": "7", "grade": "05"})
    _history(bench, "grade")
    _sis(bench, {"student_id_district": "7", "grade": "06"})
    assert _history(bench, "grade") == [("06", "sis", FIRST, None)]


def test_a_record_that_is_nobody_makes_no_student_and_no_attribute(bench: Bench) -> None:
    _first_night(bench)
    bench.typed("sis_files", "typed_student", [{"student_id_district": "9", "ell": True}], "p1")
    assert bench.build(student) == []
    assert bench.build(student_attribute) == []


def test_statements_of_one_rank_are_chosen_the_same_way_every_time(bench: Bench) -> None:
    _first_night(bench)
    rows = [{"student_id_district": "7", "grade": f"{grade:02d}"} for grade in range(1, 13)]
    _sis(bench, *rows)
    assert by(bench.build(student), "student_key")["7"]["grade_current"] == "12"
