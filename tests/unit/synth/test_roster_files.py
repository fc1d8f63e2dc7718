"""The SIS's files: a whole OneRoster bundle, and the plain files that complete it."""

from datetime import date, datetime

import pytest

from tests.unit.synth.conftest import STUDENTS, Written

SCHOOL_OF_GRADE = {
    **dict.fromkeys(("KG", "01", "02", "03", "04", "05"), "0101"),
    **dict.fromkeys(("06", "07", "08"), "0201"),
    **dict.fromkeys(("09", "10", "11", "12"), "0301"),
}
REFERENCES = [
    ("academicSessions", "parentSourcedId", "academicSessions"),
    ("classes", "courseSourcedId", "courses"),
    ("classes", "schoolSourcedId", "orgs"),
    ("classes", "termSourcedIds", "academicSessions"),
    ("courses", "orgSourcedId", "orgs"),
    ("courses", "schoolYearSourcedId", "academicSessions"),
    ("demographics", "sourcedId", "users"),
    ("enrollments", "classSourcedId", "classes"),
    ("enrollments", "schoolSourcedId", "orgs"),
    ("enrollments", "userSourcedId", "users"),
    ("orgs", "parentSourcedId", "orgs"),
    ("users", "agentSourcedIds", "users"),
    ("users", "orgSourcedIds", "orgs"),
]


def us(text: str) -> date:
    """Read MM/DD/YYYY."""
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a date has no zone


@pytest.mark.parametrize("night", [1, 2])
@pytest.mark.parametrize(("file", "column", "target"), REFERENCES)
def test_references_resolve(
    district: Written, night: int, file: str, column: str, target: str
) -> None:
    bundle = district.bundle(night)
    known = {row["sourcedId"] for row in bundle[target]}
    used = {key for row in bundle[file] for key in row[column].split(",") if key}
    assert used
    assert used <= known


@pytest.mark.parametrize("night", [1, 2])
def test_bulk_bundle_keeps_the_rules_of_bulk(district: Written, night: int) -> None:
    bundle = district.bundle(night)
    manifest = {row["propertyName"]: row["value"] for row in bundle.pop("manifest")}
    assert manifest["oneroster.version"] == "1.1"
    bulk = {key.removeprefix("file.") for key, value in manifest.items() if value == "bulk"}
    assert bulk == set(bundle)
    for rows in bundle.values():
        assert rows
        assert {(row["status"], row["dateLastModified"]) for row in rows} == {("", "")}
        assert len({row["sourcedId"] for row in rows}) == len(rows)
    assert {row["schoolYear"] for row in bundle["academicSessions"]} == {"2027"}


def test_bundle_is_thin_where_the_plain_files_complete_it(district: Written) -> None:
    bundle = district.bundle(1)
    state_ids = {row["state_id"] for row in district.rows("sis_files", "students", 1)}
    cells = {cell for rows in bundle.values() for row in rows for cell in row.values()}
    assert state_ids.isdisjoint(cells)
    assert {(row["beginDate"], row["endDate"]) for row in bundle["enrollments"]} == {("", "")}


def test_bundle_and_plain_file_agree_on_who_is_enrolled(district: Written) -> None:
    plain = district.rows("sis_files", "students", 1)
    users = [row for row in district.bundle(1)["users"] if row["role"] == "student"]
    enrolled = {row["student_number"]: row["grade"] for row in plain if not row["exit_date"]}
    assert {row["identifier"]: row["grades"] for row in users} == enrolled
    assert len(plain) == STUDENTS
    assert len(enrolled) < STUDENTS


def test_sections_hold_a_teacher_and_pupils_of_their_school_and_grade(district: Written) -> None:
    bundle = district.bundle(1)
    users = {row["sourcedId"]: row for row in bundle["users"]}
    classes = {row["sourcedId"]: row for row in bundle["classes"]}
    taught = {r["classSourcedId"] for r in bundle["enrollments"] if r["role"] == "teacher"}
    assert taught == set(classes)
    for row in bundle["enrollments"]:
        user, section = users[row["userSourcedId"]], classes[row["classSourcedId"]]
        assert user["role"] == row["role"]
        assert user["orgSourcedIds"] == row["schoolSourcedId"] == section["schoolSourcedId"]
        assert row["role"] == "teacher" or user["grades"] == section["grades"]


def test_ids_are_unique_and_many_begin_with_zero(district: Written) -> None:
    rows = district.rows("sis_files", "students", 1)
    for column, width in (("student_number", 7), ("state_id", 10)):
        ids = [row[column] for row in rows]
        assert len(set(ids)) == len(ids)
        assert {len(value) for value in ids} == {width}
        assert all(value.isdigit() for value in ids)
    assert sum(row["student_number"].startswith("0") for row in rows) > len(rows) / 4
    assert len({row["email"] for row in rows}) == len(rows)
    assert all(row["email"].isascii() for row in rows)


def test_birth_dates_fit_the_grade(district: Written) -> None:
    ages = []
    for row in district.rows("sis_files", "students", 1):
        nth = 0 if row["grade"] == "KG" else int(row["grade"])
        age_in_days = (date(2026, 9, 1) - us(row["birth_date"])).days
        ages.append(age_in_days / 365.25 - 5 - nth)
    assert min(ages) >= -0.01
    assert max(ages) < 2
    assert sum(age < 1 for age in ages) > 0.9 * len(ages)


def test_pupils_attend_the_school_of_their_grade(district: Written) -> None:
    for night in (1, 2):
        for row in district.rows("sis_files", "students", night):
            assert SCHOOL_OF_GRADE[row["grade"]] == row["school_id"]


def test_families_have_siblings_and_twins(district: Written) -> None:
    rows = district.rows("sis_files", "students", 1)
    twins = {
        (row["last_name"], row["birth_date"])
        for row in rows
        for other in rows
        if other is not row
        and (row["last_name"], row["birth_date"]) == (other["last_name"], other["birth_date"])
    }
    assert 1 <= len(twins) <= 4


def test_flags_are_three_valued(district: Written) -> None:
    rows = district.rows("sis_files", "students", 1)
    flags = ("english_learner", "special_education", "economically_disadvantaged", "gifted")
    for flag in flags:
        assert {row[flag] for row in rows} == {"Y", "N", ""}


def test_absences_fall_on_school_days_while_enrolled_and_are_a_believable_share(
    district: Written,
) -> None:
    calendar = district.rows("sis_files", "calendar", 1)
    open_days = {(r["school_id"], r["date"]) for r in calendar if r["day_type"] == "instructional"}
    pupils = {row["student_number"]: row for row in district.rows("sis_files", "students", 1)}
    absences = district.rows("sis_files", "attendance", 1)
    for row in absences:
        pupil, day = pupils[row["student_number"]], us(row["date"])
        assert (row["school_id"], row["date"]) in open_days
        assert us(pupil["entry_date"]) <= day <= date(2026, 11, 11)
        assert not pupil["exit_date"] or day <= us(pupil["exit_date"])
    to_date = [day for _, day in open_days if us(day) <= date(2026, 11, 11)]
    missed = sum(row["status"] in {"A", "U"} for row in absences)
    assert 0.04 < missed / (len(pupils) * len(to_date) / 3) < 0.07


def test_calendar_lists_each_weekday_of_each_school_once(district: Written) -> None:
    rows = district.rows("sis_files", "calendar", 1)
    assert len({(row["school_id"], row["date"]) for row in rows}) == len(rows)
    assert {us(row["date"]).weekday() for row in rows} == {0, 1, 2, 3, 4}
    kinds = {"instructional", "holiday", "break", "teacher_workday", "closure"}
    assert {row["day_type"] for row in rows} == kinds
    instructional = [us(row["date"]) for row in rows if row["day_type"] == "instructional"]
    assert (min(instructional), max(instructional)) == (date(2026, 8, 17), date(2027, 5, 28))
