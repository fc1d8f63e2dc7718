"""People of lists beside rosters and logs: tutors of an HR list, anonymous answers, id systems."""

from collections.abc import Callable
from typing import Any

from hit_pipeline.identity import publish
from hit_pipeline.identity.collect import naming_tables
from tests.unit.identity.children import MARIA
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
HR = {"adapter": "files", "contract": "tutor_hr", "kind": "log"}
KIT: dict[str, Any] = {
    "event": "listed",
    "tutor_id_vendor": "T-1",
    "tutor_id_email": "kit@north.example",
    "tutor_given_name": "Kit",
    "tutor_family_name": "Orr",
}


def tutors(desk: Desk) -> list[dict[str, Any]]:
    built = publish.tutor(desk.context)
    rows: list[dict[str, Any]] = desk.context.engine.collect(built).to_pylist()
    return rows


def test_an_hr_list_makes_tutors_before_their_first_session(new_desk: NewDesk) -> None:
    desk = new_desk(hr=HR, north=VENDOR)
    bare = {"event": "trained", "tutor_id_vendor": "T-1"}
    desk.put("hr", "typed_tutor_event", [KIT, bare])
    assert desk.night().created["tutor"] == 1
    assert desk.key("typed_tutor_event", "tutor", event="trained") == desk.key(
        "typed_tutor_event", "tutor", event="listed"
    )
    (known,) = tutors(desk)
    assert (known["display_name"], known["sources"]) == ("Kit Orr", "hr")
    assert known["first_session_date"] is None

    seen = {"tutor_id_vendor": "9", "tutor_id_email": "KIT@north.example",
            "tutor_display_name": "Kit Orr"}  # fmt: skip
    desk.put("north", "typed_session_log", [seen])
    assert desk.night().created.get("tutor", 0) == 0
    (known,) = tutors(desk)
    assert known["sources"] == "hr,north"


def test_two_posts_of_one_human_are_one_tutor(new_desk: NewDesk) -> None:
    desk = new_desk(hr=HR)
    second = KIT | {"tutor_id_vendor": "T-2", "event": "started"}
    desk.put("hr", "typed_tutor_event", [KIT, second])
    assert desk.night().created["tutor"] == 1


def test_a_survey_or_a_bill_makes_nobody(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, forms=VENDOR)
    desk.put("sis", "typed_student", [MARIA])
    answer = {"respondent_role": "tutor", "question_id": "q", "answer_text": "5",
              "tutor_id_email": "ana@north.example"}  # fmt: skip
    child = {**answer, "respondent_role": "student", "tutor_id_email": None,
             "student_id_district": "555555", "student_given_name": "No",
             "student_family_name": "Body"}  # fmt: skip
    desk.put("forms", "typed_feedback_response", [answer, child])
    report = desk.night()
    assert report.created.get("tutor", 0) == 0
    assert report.created["student"] == 1
    assert tutors(desk) == []


def test_every_tutor_a_list_is_linked_to_is_in_the_table(new_desk: NewDesk) -> None:
    desk = new_desk(north=VENDOR, forms=VENDOR)
    ana = {"tutor_id_vendor": "1", "tutor_id_email": "ana@north.example",
           "tutor_display_name": "Ana Ruiz"}  # fmt: skip
    desk.put("north", "typed_session_log", [ana])
    answer = {"respondent_role": "tutor", "question_id": "q", "answer_text": "5",
              "tutor_id_email": "ana@north.example", "tutor_given_name": "Ana",
              "tutor_family_name": "Ruiz"}  # fmt: skip
    desk.put("forms", "typed_feedback_response", [answer])
    desk.night()
    key = desk.key("typed_feedback_response", "tutor", question_id="q")
    assert key is not None
    desk.put("north", "typed_session_log", [])
    assert [one["tutor_key"] for one in tutors(desk)] == [key]


def test_numbers_of_clever_classlink_and_the_sis_link_when_a_name_bore_them_out_once(
    new_desk: NewDesk,
) -> None:
    desk = new_desk(sis=ROSTER, north=VENDOR)
    systems = ("sis", "clever", "classlink")
    listed = MARIA | {f"student_id_{system}": f"{system}-77" for system in systems}
    desk.put("sis", "typed_student", [listed])
    name = {part: MARIA[f"student_{part}"] for part in ("given_name", "family_name")}
    seats = [
        {"row_id_source": system, f"student_id_{system}": f"{system}-77",
         **{f"student_{part}": said for part, said in name.items()}}
        for system in systems
    ]  # fmt: skip
    alone = [
        {"row_id_source": f"bare {system}", f"student_id_{system}": f"{system}-77"}
        for system in systems
    ]
    desk.put("north", "typed_session_log", alone)
    desk.night()
    for system in systems:
        bare = desk.decision("typed_session_log", row_id_source=f"bare {system}")
        assert bare["outcome"] != "match", "with nothing beside it only the vouched system links"
    desk.put("north", "typed_session_log", [*seats, *alone])
    desk.night()
    for system in systems:
        made = desk.decision("typed_session_log", row_id_source=system)
        assert (made["outcome"], made["rule"]) == ("match", f"id.exact.{system}")
        bare = desk.decision("typed_session_log", row_id_source=f"bare {system}")
        assert (bare["rule"], bare["tier"]) == ("id.remembered", 0)
        assert bare["person_key"] == made["person_key"]


def test_a_table_whose_files_name_nobody_is_not_read(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER)
    desk.put("sis", "typed_student", [MARIA])
    path = desk.context.lake.typed("sis") / "typed_section_enrollment.parquet"
    rows = desk.context.engine.from_arrow(
        desk.context.engine.collect(desk.context.typed("typed_student").select("_source"))
    )
    desk.context.engine.write(rows, path)
    assert naming_tables(desk.context, "student") == ["typed_student"]
