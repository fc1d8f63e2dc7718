"""The plain district files: what a district may leave out, rename or abbreviate."""

from datetime import date

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.headers import match
from tests.unit.contracts.bench import shipped_contract, typed

FILES = shipped_contract("plain_files").files
STUDENT = {
    "student_number": "0000123",
    "last_name": "Lark",
    "first_name": "Ida",
    "grade": "3rd Grade",
    "school_id": "0101",
}


def test_other_usual_headers_are_aliases() -> None:
    header = ["Student ID", "Surname", "Given Name", "DOB", "Grade Level", "School Code", "SSID"]
    matched = match(header, FILES["students"].columns, "students")
    assert (matched.missing_required, matched.extra) == ((), ())
    assert matched.columns == (
        "student_number",
        "last_name",
        "first_name",
        "birth_date",
        "grade",
        "school_id",
        "state_id",
    )


def test_a_file_is_taken_for_no_other() -> None:
    for name, spec in FILES.items():
        header = [column.name for column in spec.columns]
        taken_for = [
            other
            for other, one in FILES.items()
            if not match(header, one.columns, other).missing_required
        ]
        assert taken_for == [name]


def test_dates_are_american_or_iso(engine: Engine) -> None:
    cells = ["09/04/2017", "9/4/2017", "2017-09-04"]
    made = typed(engine, FILES["students"], [STUDENT | {"birth_date": cell} for cell in cells])
    assert made.column("birth_date") == [date(2017, 9, 4)] * len(cells)


def test_what_cannot_be_read_is_quarantined(engine: Engine) -> None:
    wrong = [
        ("birth_date", "9/4/17", "typed.birth_date.unparseable"),
        ("birth_date", "31.12.2017", "typed.birth_date.unparseable"),
        ("grade", "sophomore", "map.grade.unmapped"),
        ("gender", "?", "map.gender.unmapped"),
        ("gifted", "perhaps", "typed.gifted.unparseable"),
    ]
    made = typed(engine, FILES["students"], [STUDENT | {name: cell} for name, cell, _ in wrong])
    assert made.good == []
    assert made.bad == {at: {rule} for at, (_, _, rule) in enumerate(wrong, start=1)}


def test_a_student_needs_little_and_the_rest_is_unknown(engine: Engine) -> None:
    row = typed(engine, FILES["students"], [STUDENT]).only()
    assert (row["student_id_district"], row["grade"]) == ("0000123", "03")
    for name in ("student_id_state", "birth_date", "ell", "gender", "entry_date"):
        assert row[name] is None


def test_an_assignment_may_lack_dates_and_term_but_not_its_program(engine: Engine) -> None:
    given = {"student_number": "0000123", "program": "math_hit", "status": "ACTIVE"}
    made = typed(engine, FILES["program_assignments"], [given, given | {"program": " "}])
    row = made.only()
    assert (row["status"], row["start_date"], row["term"]) == ("assigned", None, None)
    assert made.bad == {2: {"typed.program.missing"}}


def test_a_calendar_day_without_a_school_is_everybodys(engine: Engine) -> None:
    given = {"date": "11/26/2026", "day_type": "Holiday"}
    row = typed(engine, FILES["calendar"], [given]).only()
    assert (row["school_id_source"], row["day_type"]) == (None, "holiday")


def test_an_attendance_code_nobody_knows_is_quarantined(engine: Engine) -> None:
    given = {"student_number": "0000123", "date": "2026-10-05", "status": "Z"}
    assert typed(engine, FILES["attendance"], [given]).bad == {1: {"map.attendance.unmapped"}}
