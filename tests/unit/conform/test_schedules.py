"""Bell schedules and rotations, sections by number, and where a student's roster comes from."""

from datetime import UTC, date, datetime

import ibis
import pytest

from hit_pipeline.conform.bells import bell_period
from hit_pipeline.conform.calendar import calendar_day
from hit_pipeline.conform.rejects import rejected
from hit_pipeline.conform.schools import school
from hit_pipeline.conform.section_enrollments import section_enrollment
from hit_pipeline.conform.students import student
from hit_pipeline.conform.wall_times import seconds_of_day, time_of_day
from hit_pipeline.tables.catalog import TABLES
from tests.unit.conform.roster_bench import Bench, Row, by, pick

AT = datetime(2026, 11, 12, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 13, 5, tzinfo=UTC)
YEAR = "2026-27"
MONDAY, TUESDAY = date(2026, 9, 14), date(2026, 9, 15)
ROTATION = {"adapter": "files", "contract": "bell_schedule", "kind": "log", "priority": 5}


@pytest.fixture(autouse=True)
def schools(bench: Bench) -> None:
    bench.sources["bells"] = ROTATION
    for source, delivery in (("sis", "d1"), ("sis_files", "p1"), ("bells", "b1")):
        bench.deliver(source, delivery, AT)
    bench.typed(
        "sis",
        "typed_school",
        [
            {"school_id_source": "g0", "identifier": "900", "org_type": "district"},
            {"school_id_source": "g1", "identifier": "0101", "org_type": "school"},
            {"school_id_source": "g2", "identifier": "0202", "org_type": "school"},
        ],
    )
    bench.promote(school)


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("8:05", "08:05"),
        ("08:05:59", "08:05"),
        ("8:05 AM", "08:05"),
        ("1:05PM", "13:05"),
        ("12:00 am", "00:00"),
        ("1899-12-31 13:05:00", "13:05"),
        ("25:00", None),
        ("noon", None),
        ("8", None),
    ],
)
def test_a_time_of_day_is_read_however_it_is_written(
    bench: Bench, stated: str, read: str | None
) -> None:
    found = time_of_day(ibis.memtable({"at": [stated]}).at)
    assert bench.engine.scalar(found.max()) == read
    if read is not None:
        seconds = int(read[:2]) * 3600 + int(read[3:]) * 60
        clock = ibis.memtable({"at": [read]}).at
        assert bench.engine.scalar(seconds_of_day(clock).max()) == seconds


def period(number: str, start: str, end: str | None, **cells: str | None) -> Row:
    usual = {"school_id_source": "0101", "bell_schedule": "A"}
    return {**usual, "period": number, "start_time": start, "end_time": end, **cells}


def test_a_schools_own_periods_count_before_those_of_all(bench: Bench) -> None:
    rows = [
        period("1", "8:15", "9:05 AM"),
        period("1", "8:00", "8:50", school_id_source=None),
        period("2", "9:00", None, school_id_source=None, bell_schedule=None),
    ]
    bench.typed("bells", "typed_bell_period", rows, delivery="b1")
    made = bench.build(bell_period)
    columns = ("school_id", "bell_schedule", "period", "start_time", "end_time", "length_seconds")
    assert pick(made, *columns) == [
        ("0101", "A", "1", "08:15", "09:05", 3000),
        ("0101", "all", "2", "09:00", None, None),
        ("0202", "A", "1", "08:00", "08:50", 3000),
        ("0202", "all", "2", "09:00", None, None),
    ]


def test_a_period_whose_time_cannot_be_read_is_refused(bench: Bench) -> None:
    rows = [period("1", "8:15", "late"), period("2", "9:15", "10:05")]
    bench.typed("bells", "typed_bell_period", rows, delivery="b1")
    assert pick(bench.build(bell_period), "period") == [("2",)]
    context = bench.context()
    found = rejected(
        bench.engine, context.district, "typed_bell_period", context.typed("typed_bell_period")
    )
    assert found is not None
    (one,) = bench.engine.collect(found).to_pylist()
    assert (one["_row"], one["rule"]) == (1, "bell_period.end_time.unparseable")
    assert "late" not in one["reason"]


def test_a_rotation_adds_its_days_and_leaves_kind_of_day_to_who_counts_first(
    bench: Bench,
) -> None:
    bench.sources["bells"] = ROTATION | {"priority": 90}
    holiday = {"school_id_source": "0101", "local_date": MONDAY, "day_type": "holiday"}
    bench.typed("sis_files", "typed_calendar_day", [holiday], delivery="p1")
    rotation = [
        {"local_date": day, "day_type": "instructional", "cycle_day": name, "bell_schedule": "reg"}
        for day, name in ((MONDAY, "A"), (TUESDAY, "B"))
    ]
    bench.typed("bells", "typed_calendar_day", rotation, delivery="b1")
    made = by(bench.build(calendar_day, YEAR), "school_id", "local_date")
    told = ("day_type", "cycle_day", "bell_schedule", "origin")
    assert pick([made["0101", MONDAY]], *told) == [("holiday", "A", "reg", "stated")]
    assert pick([made["0202", MONDAY]], *told) == [("instructional", "A", "reg", "stated")]
    assert made["0101", TUESDAY]["cycle_day"] == "B"


def test_a_section_list_without_user_ids_links_by_its_own_numbers(bench: Bench) -> None:
    bench.typed("sis", "typed_student", [{"student_id_district": "7", "student_id_source": "u7"}])
    seats = [
        {"section_id_source": "S1", "role": "student", "person_id_source": number,
         "student_id_district": number, "begin_date": MONDAY}
        for number in ("7", "8")
    ]  # fmt: skip
    desk = {"section_id_source": "S1", "role": "teacher", "person_id_source": "a@b.example",
            "staff_id_email": "a@b.example", "begin_date": MONDAY}  # fmt: skip
    bench.typed("sis_files", "typed_section_enrollment", [*seats, desk], delivery="p1")
    bench.know("student", "district", tables=("typed_student",))
    bench.know("student", "district", tables=("typed_section_enrollment",))
    bench.know("staff", "email", tables=("typed_section_enrollment",))
    made = by(bench.build(section_enrollment, YEAR), "role", "student_key")
    assert set(made) == {("student", "7"), ("student", "8"), ("teacher", None)}
    assert made["teacher", None]["staff_key"] == "a@b.example"


def test_a_student_shows_the_roster_believed_first(bench: Bench) -> None:
    charter = {"adapter": "files", "contract": "partner_roster", "kind": "roster", "priority": 30}
    bench.sources["charter"] = charter | {"origin": "charter"}
    bench.deliver("charter", "c1", LATER)
    bench.typed("sis", "typed_student", [{"student_id_district": "7"}])
    pupils = [{"student_id_district": "7"}, {"student_id_district": "9"}]
    bench.typed("charter", "typed_student", pupils, delivery="c1")
    bench.typed("sis_files", "typed_student", [{"student_id_district": "5"}], delivery="p1")
    bench.know("student", "district")
    made = by(bench.promote(student), "student_key")
    assert {key: row["roster_origin"] for key, row in made.items()} == {
        "7": "district",
        "9": "charter",
        "5": None,
    }
    bench.typed("charter", "typed_student", [], delivery="c1")
    kept = by(bench.build(student), "student_key")
    assert (kept["9"]["roster_origin"], kept["9"]["is_active"]) == ("charter", False)


def test_students_published_without_a_column_are_carried_on(bench: Bench) -> None:
    bench.typed("sis", "typed_student", [{"student_id_district": "7", "grade": "05"}])
    bench.know("student", "district")
    bench.promote(student)
    path = bench.lake.part(TABLES["student"])
    older = bench.engine.read([path]).drop("roster_origin")
    bench.engine.write(bench.engine.keep(older), path)
    bench.typed("sis", "typed_student", [])
    (row,) = bench.build(student)
    assert (row["grade_current"], row["roster_origin"]) == ("05", None)
