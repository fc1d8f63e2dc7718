from datetime import UTC, date, datetime

from hit_pipeline.conform.roster import section, term
from hit_pipeline.conform.school_attendance import school_attendance
from hit_pipeline.conform.section_enrollments import section_enrollment
from hit_pipeline.conform.staff import staff
from tests.unit.conform.roster_bench import Bench, Row, pick

FIRST = datetime(2026, 11, 12, 5, tzinfo=UTC)
SECOND = datetime(2026, 11, 13, 5, tzinfo=UTC)
YEAR = "2026-27"


def _classes(bench: Bench) -> None:
    bench.deliver("sis", "d1", FIRST)
    bench.deliver("sis_files", "p1", FIRST)
    fall, spring = (date(2026, 8, 17), date(2026, 12, 18)), (date(2027, 1, 5), date(2027, 5, 28))
    bench.typed(
        "sis",
        "typed_term",
        [
            {"term_id_source": "f", "start_date": fall[0], "end_date": fall[1]},
            {"term_id_source": "s", "start_date": spring[0], "end_date": spring[1]},
        ],
    )
    bench.typed(
        "sis",
        "typed_section",
        [
            {"section_id_source": "both", "term_ids_source": "s, f"},
            {"section_id_source": "spring", "term_ids_source": "s"},
            {"section_id_source": "none"},
        ],
    )
    users = {"student_id_source": "u1", "student_id_district": "1"}
    bench.typed("sis", "typed_student", [users, {**users, "enrollment_type": "co_enrolled"}])
    bench.typed("sis", "typed_staff", [{"staff_id_source": "t1", "staff_id_district": "T"}])
    bench.know("student", "district")
    bench.know("staff", "district")
    bench.promote(term)
    bench.promote(section)


def _in(section_id: str, person: str, role: str, **more: object) -> Row:
    return {"section_id_source": section_id, "person_id_source": person, "role": role, **more}


def test_blank_dates_of_an_enrollment_are_those_of_the_sections_terms(bench: Bench) -> None:
    _classes(bench)
    rows = [
        _in("both", "u1", "student"),
        _in("spring", "u1", "student", begin_date=date(2027, 2, 1)),
        _in("none", "t1", "teacher", is_primary=True),
    ]
    bench.typed("sis", "typed_section_enrollment", rows)
    built = bench.build(section_enrollment, YEAR)
    assert pick(built, "section_id", "begin_date", "end_date", "dates_origin") == [
        ("both", date(2026, 8, 17), date(2027, 5, 28), "derived"),
        ("none", date(2026, 11, 12), None, "derived"),
        ("spring", date(2027, 2, 1), date(2027, 5, 28), "stated"),
    ]
    assert bench.build(section_enrollment, "2025-26") == []


def test_students_and_teachers_are_keyed_by_their_role(bench: Bench) -> None:
    _classes(bench)
    rows = [
        _in("both", "u1", "student"),
        _in("both", "t1", "teacher"),
        _in("both", "nobody", "student"),
    ]
    bench.typed("sis", "typed_section_enrollment", rows)
    built = sorted(bench.build(section_enrollment, YEAR), key=lambda row: row["_row"])
    assert pick(built, "role", "student_key", "staff_key") == [
        ("student", "1", None),
        ("teacher", None, "T"),
        ("student", None, None),
    ]
    assert len({row["person_record_id"] for row in built}) == 3


def test_an_enrollment_listed_twice_is_one_row(bench: Bench) -> None:
    _classes(bench)
    rows = [_in("both", "u1", "student"), _in("both", "u1", "student")]
    bench.typed("sis", "typed_section_enrollment", rows)
    assert pick(bench.build(section_enrollment, YEAR), "_row") == [(2,)]


def test_an_end_before_the_begin_is_the_begin(bench: Bench) -> None:
    _classes(bench)
    day = date(2026, 9, 1)
    row = _in("both", "u1", "student", begin_date=day, end_date=date(2026, 8, 31))
    bench.typed("sis", "typed_section_enrollment", [row])
    assert pick(bench.build(section_enrollment, YEAR), "begin_date", "end_date") == [(day, day)]


def test_attendance_stays_without_a_key_when_nobody_knows_the_child(bench: Bench) -> None:
    _classes(bench)
    day = {"local_date": date(2026, 9, 1), "school_id_source": "A"}
    rows = [
        {"student_id_district": "1", "attendance": "tardy", "minutes_missed": 5, **day},
        {"student_id_district": "9", "attendance": "absent_excused", **day},
        {"student_id_district": "1", "attendance": "tardy", **day, "local_date": date(2026, 6, 1)},
        {"attendance": "tardy", **day},
    ]
    bench.typed("sis_files", "typed_school_attendance", rows, "p1")
    bench.known.everybody["student"] = {"1"}
    bench.know("student", "district", tables=["typed_school_attendance"])
    bench.known.keys["student"] = {
        record: key for record, key in bench.known.keys["student"].items() if key == "1"
    }
    built = sorted(bench.build(school_attendance, YEAR), key=lambda row: row["_row"])
    assert pick(built, "student_key", "attendance", "minutes_missed", "school_id") == [
        ("1", "tardy", 5, "A"),
        (None, "absent_excused", None, "A"),
    ]


def test_of_two_statements_about_a_day_the_newer_counts(bench: Bench) -> None:
    _classes(bench)
    bench.deliver("sis_files", "p2", SECOND)
    day = {"student_id_district": "1", "local_date": date(2026, 9, 1), "school_id_source": "A"}
    rows = [
        {**day, "attendance": "tardy", "_delivery_id": "p2"},
        {**day, "attendance": "absent_excused"},
    ]
    bench.typed("sis_files", "typed_school_attendance", rows, "p1")
    assert pick(bench.build(school_attendance, YEAR), "attendance") == [("tardy",)]


def test_staff_are_merged_and_stay_inactive_when_they_leave(bench: Bench) -> None:
    bench.deliver("sis", "d1", FIRST)
    bench.deliver("sis", "d2", SECOND)
    rows: list[Row] = [
        {"staff_id_district": "T", "staff_given_name": "Ada", "staff_role": "teacher"},
        {
            "staff_id_district": "T",
            "staff_role": "aide",
            "is_active": False,
            "staff_id_email": "a@b",
        },
        {"staff_id_district": "U", "staff_role": "principal", "is_active": False},
    ]
    bench.typed("sis", "typed_staff", rows)
    bench.know("staff", "district")
    columns = ("staff_key", "given_name", "staff_role", "email", "is_active", "_row")
    assert pick(bench.promote(staff), *columns) == [
        ("T", "Ada", "teacher", "a@b", True, 1),
        ("U", None, "principal", None, False, 3),
    ]
    bench.typed("sis", "typed_staff", [], "d2")
    for _ in range(2):
        assert pick(bench.promote(staff), *columns) == [
            ("T", "Ada", "teacher", "a@b", False, 1),
            ("U", None, "principal", None, False, 3),
        ]
