"""Lists a district keeps beside its rosters: consents, groups, bells, content, sections, need."""

from datetime import date

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.headers import match
from tests.unit.contracts.bench import shipped_contract, typed

CONTRACTS = {
    name: shipped_contract(name)
    for name in (
        "consents",
        "tutoring_groups",
        "bell_schedule",
        "content",
        "section_roster",
        "partner_roster",
        "eligibility",
    )
}
CONSENTS = CONTRACTS["consents"].files["consents"]
GROUPS = CONTRACTS["tutoring_groups"].files
BELLS = CONTRACTS["bell_schedule"].files
CONTENT = CONTRACTS["content"].files
SECTIONS = CONTRACTS["section_roster"].files
PARTNERS = CONTRACTS["partner_roster"].files["students"]
NEED = CONTRACTS["eligibility"].files["eligibility"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_file_is_taken_for_no_other_of_its_contract(name: str) -> None:
    files = CONTRACTS[name].files
    for own, spec in files.items():
        header = [column.name for column in spec.columns]
        taken_for = [
            other
            for other, one in files.items()
            if not match(header, one.columns, other).missing_required
        ]
        assert own in taken_for
        assert all(files[other].pattern != spec.pattern for other in taken_for if other != own)


def test_a_blank_answer_is_asked_and_not_answered(engine: Engine) -> None:
    given: dict[str, str | None] = {"student_number": "0101064", "program": "Math"}
    rows = [
        given | {"answer": None},
        given | {"answer": "GRANTED", "answered_on": "08/29/2025"},
        given | {"answer": "Opt out", "answered_on": "2025-09-02"},
        given | {"answer": "maybe"},
    ]
    made = typed(engine, CONSENTS, rows)
    assert made.column("status") == ["unknown", "granted", "refused"]
    assert made.column("effective_date") == [None, date(2025, 8, 29), date(2025, 9, 2)]
    assert set(made.column("purpose")) == {"tutoring"}
    assert made.bad == {4: {"map.status.unmapped"}}


def test_a_purpose_nobody_knows_is_no_consent_to_tutoring(engine: Engine) -> None:
    given = {"student_number": "1", "answer": "yes"}
    rows = [given | {"purpose": word} for word in ("Share data", "photo", "field trip")]
    made = typed(engine, CONSENTS, rows)
    assert made.column("purpose") == ["data_sharing", "media"]
    assert made.bad == {3: {"map.purpose.unmapped"}}


def test_a_slot_is_on_a_weekday_or_a_day_of_the_rotation(engine: Engine) -> None:
    days = ("Mon", "R", "th", "TUESDAY")
    made = typed(engine, GROUPS["slots"], [{"group_id": "G1", "day": day} for day in days])
    assert made.column("weekday") == ["monday", "thursday", "thursday", "tuesday"]
    rotating = typed(engine, GROUPS["slots"], [{"group_id": "G1", "cycle_day": "A"}]).only()
    assert (rotating["weekday"], rotating["cycle_day"]) == (None, "A")
    wrong = typed(engine, GROUPS["slots"], [{"group_id": "G1", "day": "Someday"}])
    assert wrong.bad == {1: {"map.weekday.unmapped"}}


def test_members_and_groups_keep_their_last_day(engine: Engine) -> None:
    member = {"group_id": "G1", "student_number": "007", "end_date": "12/18/2025"}
    made = typed(engine, GROUPS["members"], [member]).only()
    assert (made["student_id_district"], made["end_date"]) == ("007", date(2025, 12, 18))
    group = {"group_id": "G1", "program": "Math", "capacity": "3", "subject": "literacy"}
    row = typed(engine, GROUPS["groups"], [group, group | {"capacity": "0"}])
    assert row.only()["subject"] == "ela"
    assert row.bad == {2: {"typed.capacity.invalid"}}


def test_a_schedule_may_be_called_a_day_type(engine: Engine) -> None:
    header = ["school_id", "period", "start", "end", "day_type"]
    assert match(header, BELLS["bell"].columns, "bell").columns[-1] == "schedule"
    given = {"school_id": "0101", "period": "1", "start": "8:05 AM", "end": "08:55"}
    row = typed(engine, BELLS["bell"], [given]).only()
    assert (row["start_time"], row["end_time"], row["bell_schedule"]) == ("8:05 AM", "08:55", None)


def test_a_rotation_names_school_days_and_often_the_schedule_too(engine: Engine) -> None:
    given = {"school_id": None, "date": "09/08/2025", "cycle_day": "B"}
    rows = [given, given | {"schedule": "Early release"}]
    made = typed(engine, BELLS["rotation"], rows)
    assert made.column("bell_schedule") == ["B", "Early release"]
    assert set(made.column("day_type")) == {"instructional"}


def test_a_lesson_takes_minutes_and_pacing_any_day_of_the_week(engine: Engine) -> None:
    lesson = {"lesson_id": "L1", "unit_id": "U1", "minutes": "20", "social_emotional": "Y"}
    made = typed(engine, CONTENT["lessons"], [lesson]).only()
    assert (made["lesson_seconds"], made["is_social_emotional"]) == (1200, True)
    week = {"section": "M-4", "week": "9/10/2025", "unit_id": "C4"}
    assert typed(engine, CONTENT["pacing"], [week]).only()["local_date"] == date(2025, 9, 10)
    unit = {"unit_id": "U1", "weeks": "2.5", "grade": "Grade 4"}
    taught = typed(engine, CONTENT["units"], [unit]).only()
    assert (taught["weeks"], taught["grade"]) == (2.5, "04")


def test_a_section_names_students_by_number_and_teachers_by_address(engine: Engine) -> None:
    seat = {"section_id": "S1", "student_number": "0007"}
    row = typed(engine, SECTIONS["section_students"], [seat]).only()
    assert (row["role"], row["student_id_district"], row["person_id_source"]) == (
        "student",
        "0007",
        "0007",
    )
    desk = {"section_id": "S1", "teacher_email": "a@b.example", "role": "Aide"}
    rows = typed(engine, SECTIONS["section_teachers"], [desk, desk | {"role": None}])
    assert rows.column("role") == ["aide", "teacher"]
    assert rows.column("staff_id_email") == ["a@b.example"] * 2


def test_a_partner_has_numbers_of_its_own(engine: Engine) -> None:
    child = {"last_name": "Lark", "first_name": "Ida", "birth_date": "1/2/2020"}
    rows = [child | {"partner_id": "c-7", "grade": "Pre-K"}, child | {"birth_date": "soon"}]
    made = typed(engine, PARTNERS, rows)
    row = made.only()
    assert (row["student_id_source"], row["student_id_district"]) == ("c-7", None)
    assert (row["grade"], row["birth_date"]) == ("PK", date(2020, 1, 2))
    assert made.bad == {2: {"typed.birth_date.unparseable"}}


def test_a_list_of_need_holds_the_eligible_unless_it_says_otherwise(engine: Engine) -> None:
    given = {"student_number": "1", "program": "Math", "evaluated_on": "08/25/2025"}
    words = (None, "Yes", "Not eligible", "perhaps")
    rows: list[dict[str, str | None]] = [{**given, "eligible": word} for word in words]
    made = typed(engine, NEED, rows)
    assert made.column("is_eligible") == [True, True, False]
    assert set(made.column("rule_id")) == {"district_list"}
    assert made.bad == {4: {"typed.is_eligible.unparseable"}}
    undated = typed(engine, NEED, [given | {"evaluated_on": None}])
    assert undated.bad == {1: {"typed.evaluated_date.missing"}}
