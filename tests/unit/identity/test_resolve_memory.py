"""What the registry remembers from night to night."""

from collections.abc import Callable
from typing import Any

import pytest

from hit_pipeline.errors import LakeError
from hit_pipeline.registry.changes import Changes
from tests.unit.identity.children import GRACE, JOSE, MARIA, WILLIAM
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
NAMED = {"student_given_name": "Bill", "student_family_name": "Stone"}


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    made = new_desk(sis=ROSTER, vendor=VENDOR)
    made.put("sis", "typed_student", [MARIA, JOSE, WILLIAM])
    return made


def keys(desk: Desk, column: str = "student_id_district") -> dict[Any, str | None]:
    return {
        row[column]: desk.key("typed_student", **{column: row[column]})
        for row in desk.rows("typed_student")
    }


def test_a_vendors_own_number_is_remembered(desk: Desk) -> None:
    named = {"student_id_vendor": "w-1", "student_id_district": "990000", **NAMED}
    desk.put("vendor", "typed_session_log", [named, {"student_id_vendor": "w-1"}])
    desk.night()
    bare = desk.decision("typed_session_log", student_given_name=None)
    assert (bare["rule"], bare["tier"]) == ("id.remembered", 0)
    assert bare["person_key"] == desk.key("typed_session_log", student_given_name="Bill")
    other = {
        "student_id_vendor": "w-1",
        "student_given_name": "Zora",
        "student_family_name": "Quill",
    }
    desk.put("vendor", "typed_session_log", [other])
    desk.night()
    assert desk.decision("typed_session_log")["rule"] == "id.contradicted"
    assert not desk.night().changed


def test_a_child_gone_from_the_roster_is_still_known(desk: Desk) -> None:
    desk.night()
    before = keys(desk)
    desk.put("sis", "typed_student", [MARIA, JOSE])
    desk.put("vendor", "typed_session_log", [{**NAMED, "birth_date": WILLIAM["birth_date"]}])
    desk.night()
    assert desk.key("typed_session_log") == before[WILLIAM["student_id_district"]]
    assert withdrawn(desk) == {"u990000", "0990000", "1230000000"}
    desk.put("sis", "typed_student", [MARIA, JOSE, WILLIAM])
    assert desk.night().created == {}
    assert keys(desk) == before
    assert withdrawn(desk) == set()


def withdrawn(desk: Desk) -> set[str]:
    claims = desk.context.registry.claims("student").to_pylist()
    return {claim["value"] for claim in claims if claim["withdrawn_at"] is not None}


def test_a_new_name_under_the_same_own_identifier_is_the_same_child(desk: Desk) -> None:
    desk.night()
    before = keys(desk)
    desk.put("sis", "typed_student", [MARIA, JOSE, {**WILLIAM, "student_given_name": "Willa"}])
    assert desk.night().created == {}
    assert keys(desk) == before


def test_an_own_identifier_given_to_another_child_goes_to_review(desk: Desk) -> None:
    desk.night()
    other = {**JOSE, "student_id_source": WILLIAM["student_id_source"], "student_id_district": "9",
             "student_id_state": None, "student_given_name": "Ada"}  # fmt: skip
    desk.put("sis", "typed_student", [MARIA, JOSE, other])
    report = desk.night()
    assert report.created == {}
    doubt = desk.decision("typed_student", student_given_name="Ada")
    assert (doubt["outcome"], doubt["rule"]) == ("unsure", "id.reused")


@pytest.mark.parametrize("kept", ["number", "name"])
def test_new_own_identifiers_for_a_whole_roster_change_no_key(desk: Desk, kept: str) -> None:
    desk.night()
    before = keys(desk, "student_given_name")
    lost = {"student_id_district": None, "student_id_state": None} if kept == "name" else {}
    moved = [
        {**row, "student_id_source": "new-" + row["student_id_source"]} | lost
        for row in (MARIA, JOSE, WILLIAM)
    ]
    desk.put("sis", "typed_student", moved)
    assert desk.night().created == {}
    assert keys(desk, "student_given_name") == before


def test_an_open_record_is_tried_again_when_a_roster_grew(desk: Desk) -> None:
    desk.put("sis", "typed_student", [MARIA])
    desk.put("vendor", "typed_session_log", [{"student_id_district": "0990000"}])
    desk.night()
    assert desk.decision("typed_session_log")["outcome"] == "no_match"
    maria = desk.key("typed_student")
    desk.put("sis", "typed_student", [MARIA, WILLIAM])
    desk.night()
    assert desk.decision("typed_session_log")["outcome"] == "match"
    assert desk.key("typed_student", student_given_name="María") == maria


def test_a_stewards_decision_stays(desk: Desk) -> None:
    desk.put("vendor", "typed_session_log", [{"student_id_district": "0990000"}])
    desk.night()
    registry = desk.context.registry
    record = desk.decision("typed_session_log")["person_record_id"]
    made = registry.history("student", record)
    no = made.drop_columns(["decided_by", "decided_at"]).to_pylist()[0]
    no |= {"outcome": "no_match", "person_key": None, "rule": "steward"}
    links = made.schema.empty_table().drop_columns(["decided_by", "decided_at"])
    changes = Changes(links=type(links).from_pylist([no], schema=links.schema))
    registry.write(changes, expected=registry.fingerprint(), made_by="R. Kim", now=desk.context.now)
    desk.put("sis", "typed_student", [MARIA, JOSE, WILLIAM, GRACE])
    desk.night()
    kept = desk.decision("typed_session_log")
    assert (kept["outcome"], kept["decided_by"]) == ("no_match", "R. Kim")
    assert record not in registry.matched("student")["person_record_id"].to_pylist()


def test_what_another_process_wrote_in_between_is_not_overwritten(desk: Desk) -> None:
    stale = desk.context.registry.fingerprint()
    desk.night()
    changes = Changes(notes={"tried:student": "never"})
    with pytest.raises(LakeError, match="another process"):
        desk.context.registry.write(changes, expected=stale, made_by="x", now=desk.context.now)
    assert desk.context.registry.note("tried:student") != "never"
