"""The DATAS contract: what the standard's dictionaries promise, on rows of our own."""

from datetime import datetime
from typing import Any

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import shipped_contract, typed

DATAS = shipped_contract("datas")
SESSIONS, STUDENTS = DATAS.files["sessions"], DATAS.files["students"]
SESSION = {
    "student_id": "0012345678",
    "session_topic": "math",
    "session_date": "2026-10-05 09:30:00",
    "session_duration": "45",
    "session_ratio": "1:3",
    "tutor_id": "T1",
}
STUDENT = {"student_id": "0012345678", "school_id": "0420", "current_grade_level": "4"}
FLAGS = {
    "ell": "ell",
    "iep": "iep",
    "gifted_flag": "gifted",
    "homeless_flag": "homeless",
    "disability": "disability",
    "economic_disadvantage": "economic_disadvantage",
}


def test_a_session_was_held_and_attended_and_its_plan_is_unknown(engine: Engine) -> None:
    row = typed(engine, SESSIONS, [SESSION]).only()
    assert row["student_id_district"] == "0012345678"
    assert (row["session_state"], row["attendance"]) == ("completed", "present")
    assert row["present_seconds"] == 45 * 60
    assert row["tutor_id_vendor"] == "T1"
    assert {"planned_seconds", "session_id_source", "row_id_source"}.isdisjoint(row)


def test_equal_sessions_stay_apart(engine: Engine) -> None:
    assert len(typed(engine, SESSIONS, [SESSION, SESSION]).good) == 2
    assert SESSIONS.natural_key == ()


def test_the_topics_the_standard_knows_are_subjects(engine: Engine) -> None:
    math = ["math", "MATHS", " mathematics ", "Mathematic"]
    ela = ["ela", "Reading", "English", "literacy", "English Language Arts"]
    made = typed(engine, SESSIONS, [SESSION | {"session_topic": one} for one in math + ela])
    assert made.column("subject") == ["math"] * len(math) + ["ela"] * len(ela)


def test_what_the_standard_does_not_allow_is_quarantined(engine: Engine) -> None:
    wrong = [
        ("session_topic", "chess", "map.subject.unmapped"),
        ("session_duration", "an hour", "typed.present_seconds.unparseable"),
        ("session_duration", "-5", "typed.present_seconds.invalid"),
        ("session_date", "yesterday", "typed.started_at_local.unparseable"),
        ("session_date", "10/05/26", "typed.started_at_local.unparseable"),
    ]
    made = typed(engine, SESSIONS, [SESSION | {column: cell} for column, cell, _ in wrong])
    assert made.good == []
    assert made.bad == {at: {rule} for at, (_, _, rule) in enumerate(wrong, start=1)}


def test_a_date_or_datetime_is_read(engine: Engine) -> None:
    times = {
        "2026-10-05": (0, 0, 0),
        "2026-10-05 14:05": (14, 5, 0),
        "2026-10-05T14:05:30": (14, 5, 30),
        "10/5/2026": (0, 0, 0),
        "10/05/2026 2:05 PM": (14, 5, 0),
        "10/05/2026 02:05:30 PM": (14, 5, 30),
        "10/05/2026 14:05": (14, 5, 0),
    }
    made = typed(engine, SESSIONS, [SESSION | {"session_date": cell} for cell in times])
    expected = [datetime(2026, 10, 5, *time) for time in times.values()]  # noqa: DTZ001 (wall clock)
    assert made.column("started_at_local") == expected


def test_a_ratio_is_kept_as_text_whatever_it_says(engine: Engine) -> None:
    ratios = {"1:3": 3, "1:12": 12, "1 : 4": 4, "small group": None, "2:1": None}
    made = typed(engine, SESSIONS, [SESSION | {"session_ratio": ratio} for ratio in ratios])
    assert made.column("ratio_source") == list(ratios)
    assert made.column("ratio_stated") == list(ratios.values())


def test_a_flag_is_three_valued(engine: Engine) -> None:
    cells = {"TRUE": True, "no": False, "1": True, "": None, "Unknown": None}
    made = typed(engine, STUDENTS, [STUDENT | dict.fromkeys(FLAGS, cell) for cell in cells])
    for name in FLAGS.values():
        assert made.column(name) == list(cells.values())
    assert made.notes == {}


def test_a_flag_nobody_can_read_is_unknown_and_noted(engine: Engine) -> None:
    made = typed(engine, STUDENTS, [STUDENT | {"ell": "Declined", "gender": "Martian"}])
    row = made.only()
    assert (row["ell"], row["gender"]) == (None, None)
    assert made.notes == {"typed.ell.unparseable": 1, "map.gender.unmapped": 1}


def test_grades_are_numbers_or_labels(engine: Engine) -> None:
    grades = {"-1": "PK", "Pre-K": "PK", "0": "KG", "K": "KG", "8": "08", "12": "12"}
    made = typed(engine, STUDENTS, [STUDENT | {"current_grade_level": one} for one in grades])
    assert made.column("grade") == list(grades.values())


def test_the_nine_results_are_told_apart_by_subject_and_window(engine: Engine) -> None:
    given: dict[str, str | None] = {**STUDENT}
    expected: dict[tuple[str, str | None, str], Any] = {}
    for at in (1, 2, 3):
        for subject in ("ela", "math"):
            score = 700 + at if subject == "ela" else 600 + at
            given[f"{subject}_outcome_measure_{at}"] = str(score)
            expected["outcome_measure", subject, f"measure_{at}"] = score
    for window in ("previous", "most_recent", "earliest"):
        given[f"performance_level_{window}"] = f"level {window}"
        expected["performance_level", None, window] = f"level {window}"
    made = typed(engine, STUDENTS, [given], feed=1)
    found = {
        (row["score_kind"], row["subject"], row["window"]): row["score"] or row["score_text"]
        for row in made.good
    }
    assert found == expected
    assert set(made.column("school_year")) == {"2026-27"}
    assert set(made.column("instrument")) == {"datas_outcome_measure"}
    assert set(made.column("student_id_district")) == {"0012345678"}


def test_a_district_may_say_of_which_year_the_measures_are(engine: Engine) -> None:
    measured = STUDENT | {"math_outcome_measure_3": "701.5"}
    overrides = {"typed_assessment.school_year": "2024-25"}
    row = typed(engine, STUDENTS, [measured], feed=1, overrides=overrides).only()
    assert (row["school_year"], row["score"]) == ("2024-25", 701.5)


def test_a_student_without_a_result_is_a_student_all_the_same(engine: Engine) -> None:
    row = STUDENT | {"ela_outcome_measure_1": "NA", "performance_level_previous": ""}
    assert len(typed(engine, STUDENTS, [row]).good) == 1
    made = typed(engine, STUDENTS, [row], feed=1)
    assert (made.good, made.bad, made.left_out) == ([], {}, {1: "feed.no_score"})
