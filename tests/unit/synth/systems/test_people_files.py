"""The list of tutors and the survey files: who is named, who is not, and what is known when."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from hit_pipeline.synth.systems import hr, surveys
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.surveys import ROLES, WAVES, Responses, ask
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.systems.vendor_deliveries import make_night

DATES = ("2025-07-20", "2025-09-01", "2026-01-20", "2026-01-27", "2026-02-02", "2026-06-01")
NIGHTS = [make_night(number, DATES) for number in range(len(DATES))]
FORMS = ("student", "family")


@cache
def zone(number: int = 0) -> Zone:
    return build_zone(District(seed=3, students=1600, schools=8), number)


@cache
def responses(number: int = 0) -> Responses:
    return ask(zone(number))


def hr_rows(night: int) -> tuple[Sheet, Sheet]:
    tutors, trainings = hr.sheets(zone(), NIGHTS[night])
    return tutors, trainings


@cache
def survey_sheets(number: int = 0) -> dict[tuple[str, str], Sheet]:
    """Return role and wave -> sheet of all nights."""
    found = {}
    for night in NIGHTS:
        for sheet in surveys.sheets(zone(number), responses(number), night):
            role, wave = re.match(r"(\w+)_survey_\d{4}_([a-z]+)_", sheet.file).groups()  # type: ignore[union-attr]
            assert (role, wave) not in found
            found[role, wave] = sheet
    return found


def test_a_tutor_of_two_vendors_has_two_references_and_is_one_person() -> None:
    sheet, _ = hr_rows(5)
    rows = sheet.rows.to_pylist()
    references = [row["Tutor Ref"] for row in rows]
    assert len(set(references)) == len(references)
    several = [person for person, times in Counter(sheet.person.tolist()).items() if times > 1]
    assert several
    for person in several:
        mine = [row for row, who in zip(rows, sheet.person, strict=True) if who == person]
        assert len({row["Employer"] for row in mine}) == len(mine)
        assert len({(row["Legal First"], row["Legal Last"]) for row in mine}) == 1


def test_the_list_holds_every_employer_of_every_tutor() -> None:
    sheet, _ = hr_rows(5)
    tutors = zone().tutors
    wanted = Counter(
        {int(p): int(v).bit_count() for p, v in zip(tutors.person, tutors.vendors, strict=True)}
    )
    assert Counter(sheet.person.tolist()) == wanted


def test_a_teacher_or_pupil_who_tutors_is_that_human() -> None:
    tutors = zone().tutors
    listed = set(hr_rows(5)[0].person.tolist())
    teaching = zone().staff.person[tutors.staff[tutors.staff >= 0]]
    peers = zone().students.person[tutors.student[tutors.student >= 0]]
    assert len(teaching)
    assert set(teaching.tolist()) | set(peers.tolist()) <= listed


@pytest.mark.parametrize("night", range(len(DATES)))
def test_the_list_knows_nothing_of_the_days_to_come(night: int) -> None:
    tutors, trainings = hr_rows(night)
    today = DATES[night]
    assert all(date <= today for date in trainings.rows["Event Date"].to_pylist())
    for row in tutors.rows.to_pylist():
        assert (row["Start Date"] or "") <= today
        assert (row["End Date"] or "") <= today
        assert (row["Status"] == "Left") == bool(row["End Date"])
    if night == 0:
        assert "Onboarding" in tutors.rows["Status"].to_pylist()
        assert "N" in tutors.rows["Background Check"].to_pylist()


def test_trainings_name_tutors_of_the_list_in_the_order_of_a_career() -> None:
    tutors, trainings = hr_rows(5)
    assert set(trainings.rows["Tutor Ref"].to_pylist()) <= set(tutors.rows["Tutor Ref"].to_pylist())
    careers: dict[str, list[tuple[str, str]]] = {}
    for row in trainings.rows.to_pylist():
        careers.setdefault(row["Tutor Ref"], []).append((row["Event Date"], row["Event"]))
    first = ["recruited", "screened", "trained"]
    for events in careers.values():
        assert [day for day, _ in events] == sorted(day for day, _ in events)
        # Who begins in the summer may not be trained yet.
        assert [name for _, name in events][:3] == first[: len(events)]
        assert "left" not in [name for _, name in events][:-1]


def test_every_role_is_asked_twice_a_year() -> None:
    assert set(survey_sheets()) == {(role, wave) for role in ROLES for wave in WAVES}


@pytest.mark.parametrize("role", FORMS)
def test_anonymous_answers_name_nobody(role: str) -> None:
    headers = surveys.FORMS[role].identity
    for wave in WAVES:
        sheet = survey_sheets()[role, wave]
        rows = sheet.rows.to_pylist()
        blank = [all(row[header] is None for header in headers) for row in rows]
        assert blank == (sheet.person == -1).tolist()
        assert 0.3 < np.mean(blank) < 0.7


@pytest.mark.parametrize("role", FORMS)
def test_named_answers_carry_the_number_of_their_person(role: str) -> None:
    students = zone().students
    of_number = dict(zip(students.number, students.person, strict=True))
    of_number |= {n: p for n, p in zip(students.number_new, students.person, strict=True) if n}
    header = surveys.FORMS[role].identity[0]
    for wave in WAVES:
        sheet = survey_sheets()[role, wave]
        for number, person in zip(sheet.rows[header].to_pylist(), sheet.person, strict=True):
            assert of_number.get(number, -1) == person


def test_pupils_answer_from_grade_four_on() -> None:
    made, groups, members = responses(), zone().groups, zone().members
    grade = dict(zip(members.student, groups.grade[members.group], strict=True))
    asked = made.student[made.role == ROLES.index("student")]
    assert min(grade[student] for student in asked) >= 4


def test_forms_write_dates_as_people_do() -> None:
    for stamp in survey_sheets()["student", "january"].rows["Timestamp"].to_pylist():
        assert re.fullmatch(r"1/(1[2-9]|2[0-3])/2026 ([7-9]|1\d|20):\d\d:\d\d", stamp)


def test_the_survey_tool_has_three_header_rows_in_the_first_zone_alone() -> None:
    for role in ("tutor", "teacher", "school_leader", "site_lead"):
        first, second = (survey_sheets(n).get((role, "may")) for n in (0, 1))
        assert first is not None
        assert first.rows["ResponseId"].to_pylist()[:2] == [
            "Response ID",
            '{"ImportId":"_recordId"}',
        ]
        assert first.person[:2].tolist() == [-1, -1]
        assert (first.person[2:] >= 0).all()
        if second is not None:
            assert second.rows.column_names == first.rows.column_names
            assert (second.person >= 0).all()


def test_answers_of_tutors_and_staff_carry_their_address() -> None:
    for role, people in (("tutor", zone().tutors), ("teacher", zone().staff)):
        of_email = dict(zip(people.email, people.person, strict=True))
        sheet = survey_sheets()[role, "january"]
        emails = sheet.rows["RecipientEmail"].to_pylist()[2:]
        assert [of_email[email] for email in emails] == sheet.person[2:].tolist()


def test_nobody_answers_twice_about_one_program_in_a_wave() -> None:
    made = responses()
    keys = list(zip(made.role, made.year, made.wave, made.person, made.program, strict=True))
    assert len(set(keys)) == len(keys)


def test_three_in_five_answer_on_a_scale_of_five() -> None:
    groups, members, made = zone().groups, zone().members, responses()
    begun = members.first < np.datetime64("2026-01-12")
    asked = len(set(zip(members.student[begun], groups.program[members.group[begun]], strict=True)))
    family = (made.role == ROLES.index("family")) & (made.wave == 0)
    assert 0.5 < family.sum() / asked < 0.7
    assert made.answers.min() >= 1
    assert made.answers.max() <= 5


def test_who_comes_often_is_more_content() -> None:
    made, seats, meetings = responses(), zone().seats, zone().meetings
    size = len(zone().students.person)
    early = meetings.day[seats.meeting] < np.datetime64("2026-05-04")
    came = np.bincount(seats.student[early], weights=seats.left[early] > 0, minlength=size)
    rate = came / np.maximum(np.bincount(seats.student[early], minlength=size), 1)
    mine = (made.role <= ROLES.index("family")) & (made.wave == 1)
    seen = rate[made.student[mine]]
    means = made.answers[mine].mean(axis=1)
    low, high = np.quantile(seen, (0.25, 0.75))
    assert means[seen >= high].mean() > means[seen <= low].mean() + 0.1
