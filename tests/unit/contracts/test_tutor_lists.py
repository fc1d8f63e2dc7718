"""Lists of tutors, their events and their trainings."""

from datetime import date

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import shipped_contract, typed

HR = shipped_contract("tutor_hr").files
TRAININGS = shipped_contract("tutor_training").files["completions"]
LISTED, STARTED, LEFT = range(3)
TUTOR: dict[str, str | None] = {
    "Tutor Ref": "T602367981631",
    "Legal First": "Ida",
    "Legal Last": "Lark",
    "Email": "ida.lark@tutors.example",
    "Birth Date": "1990-01-02",
    "Employer": "Northstar Tutoring",
    "Role": "Vendor staff",
    "Background Check": "Y",
    "Status": "Active",
}
COMPLETED: dict[str, str | None] = {
    "Learner ID": "L-1",
    "Name": "Lark, Ida",
    "Email": "ida.lark@tutors.example",
    "Course": "Fractions 101",
    "Status": "Completed",
    "Completed On": "8/5/2025 3:15 PM",
}


def test_a_row_of_the_list_is_an_entry_and_a_start_once_it_has_a_date(engine: Engine) -> None:
    rows = [TUTOR | {"Start Date": "2025-08-31"}, TUTOR | {"Start Date": None}]
    listed = typed(engine, HR["tutors"], rows, feed=LISTED)
    assert listed.column("event") == ["listed", "listed"]
    assert [row.get("event_date") for row in listed.good] == [None, None]
    started = typed(engine, HR["tutors"], rows, feed=STARTED)
    assert started.only()["event_date"] == date(2025, 8, 31)
    assert started.left_out == {2: "feed.none"}
    assert typed(engine, HR["tutors"], rows, feed=LEFT).good == []


def test_a_background_check_is_yes_or_no_and_no_birth_date_is_kept(engine: Engine) -> None:
    rows = [TUTOR, TUTOR | {"Background Check": "N"}, TUTOR | {"Background Check": None}]
    made = typed(engine, HR["tutors"], rows, feed=LISTED)
    assert made.column("is_screened") == [True, False, None]
    assert not any("birth" in name for name in made.good[0])


def test_a_role_nobody_knows_is_unknown_and_no_reason_to_lose_the_tutor(engine: Engine) -> None:
    rows = [TUTOR | {"Role": role} for role in ("Peer tutor", "TEACHER", "Chief wizard")]
    made = typed(engine, HR["tutors"], rows, feed=LISTED)
    assert made.column("tutor_kind") == ["peer", "teacher", None]
    assert made.notes == {"map.tutor_kind.unmapped": 1}


def test_an_event_names_the_tutor_by_reference_and_may_repeat(engine: Engine) -> None:
    given = {"Tutor Ref": "T1", "Event": "coached"}
    rows = [given | {"Event Date": day} for day in ("2025-10-15", "10/29/2025")]
    made = typed(engine, HR["trainings"], rows)
    assert made.column("event_date") == [date(2025, 10, 15), date(2025, 10, 29)]
    assert set(made.column("event")) == {"coached"}


def test_an_event_nobody_knows_and_a_bad_date_are_quarantined(engine: Engine) -> None:
    rows = [
        {"Tutor Ref": "T1", "Event": "knighted", "Event Date": "2025-10-15"},
        {"Tutor Ref": "T1", "Event": "trained", "Event Date": "15.10.2025"},
    ]
    made = typed(engine, HR["trainings"], rows)
    assert made.bad == {1: {"map.event.unmapped"}, 2: {"typed.event_date.unparseable"}}


def test_a_completion_is_an_event_and_its_time_of_day_is_cut_off(engine: Engine) -> None:
    rows = [COMPLETED, COMPLETED | {"Kind": "Coaching", "Completed On": "8/6/2025"}]
    made = typed(engine, TRAININGS, rows)
    assert made.column("event") == ["trained", "coached"]
    assert made.column("event_date") == [date(2025, 8, 5), date(2025, 8, 6)]
    assert made.good[0]["tutor_display_name"] == "Lark, Ida"


def test_what_is_not_completed_is_left_out_and_counted(engine: Engine) -> None:
    rows = [
        COMPLETED | {"Status": status, "Completed On": day}
        for status, day in (("In Progress", "8/5/2025"), ("Failed", "8/5/2025"), ("", None))
    ]
    made = typed(engine, TRAININGS, rows)
    assert made.good == []
    rule = "exclude.not_completed"
    assert made.left_out == {1: rule, 2: rule, 3: "feed.none"}
