"""The plain files: what they hold of the truth on a night, and what they cannot know yet."""

from datetime import datetime

import numpy as np

from hit_pipeline.synth.systems import plain_files
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.calendar import CLOSURE
from tests.unit.synth.systems.roster_nights import Row, column, enrolled, night, zone

NIGHT = night("2025-11-14")
HEADERS = {
    "students": "student_number,state_id,last_name,first_name,middle_name,preferred_name,"
    "birth_date,gender,grade,school_id,school_name,entry_date,exit_date,exit_reason,email,"
    "english_learner,special_education,economically_disadvantaged,gifted,race_ethnicity",
    "program_assignments": "student_number,program,term,subject,start_date,end_date,status",
    "calendar": "school_id,date,day_type,note",
    "attendance": "student_number,school_id,date,status,minutes_missed",
    "consent": "student_number,program,answer,answered_on",
    "bell_schedule": "school_id,period,start,end,day_type",
}


def written(at: Night = NIGHT) -> dict[str, Sheet]:
    return {sheet.file.rsplit("_", 1)[0]: sheet for sheet in plain_files.sheets(zone(), at)}


def day(cell: str | None) -> np.datetime64:
    return np.datetime64(datetime.strptime(cell, "%m/%d/%Y").date() if cell else "NaT")  # noqa: DTZ007


def rows(stem: str, at: Night = NIGHT) -> list[Row]:
    found: list[Row] = written(at)[stem].rows.to_pylist()
    return found


def test_columns_are_those_of_the_layout() -> None:
    sheets = written()
    assert sheets["students"].file == "students_20251114.csv"
    for stem, header in {**HEADERS, "partner_students": HEADERS["students"]}.items():
        assert sheets[stem].rows.column_names == header.split(","), stem


def test_open_enrolments_are_those_of_truth_and_partners_have_a_file_of_their_own() -> None:
    sources = {sheet.source: sheet for sheet in written().values() if "students" in sheet.file}
    for partners, source in ((False, "sis_files"), (True, "partner_roster")):
        sheet = sources[source]
        still_open = sheet.rows["exit_date"].is_null().to_numpy()
        truth = enrolled(zone(), "2025-11-14", partners=partners)
        assert still_open.sum() == sum(len(spells) for spells in truth.values()) > 0
        people = zone().students.person[list(truth)]
        assert set(sheet.person[still_open].tolist()) == set(people.tolist())


def test_an_exit_is_told_the_day_after() -> None:
    spells = zone().spells
    at = int(np.flatnonzero((spells.year == 1) & (spells.exit > np.datetime64("2025-09-01")))[0])
    number = zone().students.number[spells.student[at]]
    last = spells.exit[at]
    for today, told in ((last, "NaT"), (last + np.timedelta64(1, "D"), str(last))):
        entry = spells.entry[at]
        found = [
            row["exit_date"]
            for row in rows("students", night(str(today)))
            if row["student_number"] == number and day(row["entry_date"]) == entry
        ]
        assert str(day(found[0])) == told


def test_rows_of_a_pupil_who_returned_stand_under_both_numbers() -> None:
    people = zone().students
    numbers = set(column(rows("students", night("2026-05-01")), "student_number"))
    back = np.flatnonzero((people.number_new != "") & (people.grade_first <= 11))
    assert len(back)
    assert {people.number[n] for n in back if people.grade_first[n] >= 0} <= numbers
    assert {people.number_new[n] for n in back} <= numbers


def test_a_closure_is_not_in_the_calendar_before_it_is_known() -> None:
    calendar = zone().calendar
    school, at = next(
        (s, d) for s, d in np.argwhere(calendar.actual == CLOSURE) if calendar.year[d] == 1
    )
    code, known = zone().schools.code[school], calendar.known_on[school, at]
    for today, kind in ((known - np.timedelta64(1, "D"), "instructional"), (known, "closure")):
        types = {
            (row["school_id"], str(day(row["date"]))): row["day_type"]
            for row in rows("calendar", night(str(today)))
        }
        assert types[code, str(calendar.days[at])] == kind


def test_absences_are_all_those_up_to_tonight() -> None:
    marks = zone().absences
    found = rows("attendance")
    assert len(found) == int((marks.day <= NIGHT.today).sum())
    missed = [int(row["minutes_missed"] or 0) for row in found if row["status"] == "Tardy"]
    assert 0 < max(missed) < 60


def test_assignments_follow_the_decisions_and_say_nothing_of_the_future() -> None:
    given, found = zone().eligible, rows("program_assignments")
    decided = given.start - np.timedelta64(7, "D") <= NIGHT.today
    assert len(found) == int(decided.sum())
    places = [row for row in found if row["status"] in ("Assigned", "Exited")]
    assert len(places) == int((given.status[decided] == "assigned").sum())
    assert all(row["start_date"] for row in places)
    assert all(day(row["end_date"]) < NIGHT.today for row in found if row["end_date"])
    assert {row["term"] for row in found} == {
        "2024-25-fall",
        "2024-25-spring",
        "2024-25-summer",
        "2025-26-fall",
    }
    names = {program.name for program in zone().programs}
    assert {row["program"] for row in found} <= names


def test_a_summer_place_begun_after_1_july_belongs_to_the_year_before() -> None:
    found = [r for r in rows("program_assignments", night("2025-08-10")) if r["start_date"]]
    july = [row for row in found if day(row["start_date"]) > np.datetime64("2025-07-01")]
    assert {row["term"] for row in july} <= {"2024-25-summer"}


def test_answers_of_families_come_after_the_question() -> None:
    early, late = rows("consent", night("2025-08-20")), rows("consent", night("2026-03-01"))
    assert len(early) < len(late)
    assert {row["answer"] for row in late} == {"granted", "refused", None}
    assert all((row["answer"] is None) == (row["answered_on"] is None) for row in late)
    answered = [day(row["answered_on"]) for row in late if row["answer"]]
    assert max(answered) <= np.datetime64("2026-03-01")


def test_bells_ring_one_after_another_within_the_school_day() -> None:
    for code, minutes in zip(zone().schools.code, zone().schools.minutes, strict=True):
        for cycle in ("A", "B"):
            periods = [
                row
                for row in rows("bell_schedule")
                if (row["school_id"], row["day_type"]) == (code, cycle)
            ]
            assert sorted(column(periods, "period")) == list("1234567")
            times = [cell for row in periods for cell in (row["start"] or "", row["end"] or "")]
            assert times == sorted(times)
            clock = [int(cell[:2]) * 60 + int(cell[3:]) for cell in (times[0], times[-1])]
            assert minutes - 7 <= clock[1] - clock[0] <= minutes


def test_before_the_first_day_of_school_there_is_nobody_and_no_failure() -> None:
    sheets = written(night("2024-07-10"))
    assert sheets["students"].rows.num_rows == sheets["attendance"].rows.num_rows == 0
    assert sheets["calendar"].rows.num_rows > 0


def test_no_two_rows_share_what_the_layout_knows_a_row_by() -> None:
    keys = {
        "students": ("student_number", "school_id", "entry_date"),
        "program_assignments": ("student_number", "program", "term", "start_date"),
        "calendar": ("school_id", "date"),
        "attendance": ("student_number", "school_id", "date"),
    }
    for stem, key in keys.items():
        found = [tuple(row[name] for name in key) for row in rows(stem, night("2026-07-25"))]
        assert len(found) == len(set(found)) > 0, stem
