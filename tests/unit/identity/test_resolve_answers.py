"""Stewards' answers: they hold, cover the same child next week, and can be taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from hit_pipeline.identity import resolve as resolving
from hit_pipeline.registry.decision import Answer
from tests.unit.identity.children import IDA, MARIA, ROSTER_ROWS, WILLIAM
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
STRANGE = {"student_given_name": "Zora", "student_family_name": "Quill"}


def seat(row: str, **cells: Any) -> dict[str, Any]:
    return {"row_id_source": row, **cells}


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    made = new_desk(sis=ROSTER, north=VENDOR)
    made.put("sis", "typed_student", ROSTER_ROWS)
    return made


def key(desk: Desk, row: dict[str, Any]) -> str:
    found = desk.key("typed_student", student_id_source=row["student_id_source"])
    assert found is not None
    return found


def answer(desk: Desk, row: str, person: str, said: str, own: str | None = None) -> int:
    """Answer as a steward about the record of a row; return the number of the decision."""
    made = desk.decision("typed_session_log", row_id_source=row)
    asked = Answer(
        role="student",
        person_key=person,
        answer=said,
        source="north",
        person_record_id=made["person_record_id"],
        own_system="vendor" if own else None,
        own_value=own,
    )
    (seq,) = desk.context.registry.decide([asked], by="Sam Steward", now=desk.context.now)
    return seq


def outcome(desk: Desk, row: str) -> tuple[str, str, str | None]:
    made = desk.decision("typed_session_log", row_id_source=row)
    return made["outcome"], made["rule"], made["person_key"]


def test_an_answer_holds_and_covers_the_same_identifier_next_week(desk: Desk) -> None:
    first = seat("1", student_id_vendor="V1", **STRANGE)
    desk.put("north", "typed_session_log", [first])
    desk.night()
    assert outcome(desk, "1")[0] == "no_match"
    answer(desk, "1", key(desk, IDA), "same", own="V1")
    desk.night()
    assert outcome(desk, "1") == ("match", "steward.same", key(desk, IDA))
    next_week = seat("2", student_id_vendor="V1", student_given_name="Zorah")
    desk.put("north", "typed_session_log", [first, next_week])
    desk.night()
    assert outcome(desk, "2") == ("match", "steward.same", key(desk, IDA))
    assert not desk.night().changed


def test_what_is_not_the_same_is_never_linked_again(desk: Desk) -> None:
    known = {"student_given_name": "Ida", "student_family_name": "Marsh"}
    number = {"student_id_vendor": "V1", "birth_date": IDA["birth_date"]}
    first = seat("1", **known, **number)
    desk.put("north", "typed_session_log", [first])
    desk.night()
    assert outcome(desk, "1")[2] == key(desk, IDA)
    answer(desk, "1", key(desk, IDA), "not_same", own="V1")
    again = seat("2", student_given_name="Ida", student_family_name="Marsh-Lee", **number)
    desk.put("north", "typed_session_log", [first, again])
    desk.night()
    for row in ("1", "2"):
        assert outcome(desk, row)[0] != "match"
        assert outcome(desk, row)[2] is None
    assert not desk.night().changed


def test_a_link_the_rules_made_is_given_up_for_an_answer_that_covers_it(desk: Desk) -> None:
    first = seat("1", student_id_vendor="V1", **STRANGE)
    william = {"student_given_name": "William", "student_family_name": "Stone"}
    second = seat("2", student_id_vendor="V1", birth_date=WILLIAM["birth_date"], **william)
    desk.put("north", "typed_session_log", [first, second])
    desk.night()
    assert outcome(desk, "2")[2] == key(desk, WILLIAM)
    answer(desk, "1", key(desk, MARIA), "same", own="V1")
    desk.night()
    assert outcome(desk, "2") == ("match", "steward.same", key(desk, MARIA))


def test_an_answer_taken_back_leaves_nothing_behind(desk: Desk) -> None:
    first = seat("1", student_id_vendor="V1", **STRANGE)
    second = seat("2", student_id_vendor="V1", student_given_name="Zorah")
    desk.put("north", "typed_session_log", [first, second])
    desk.night()
    before = [outcome(desk, row) for row in ("1", "2")]
    seq = answer(desk, "1", key(desk, IDA), "same", own="V1")
    desk.night()
    assert outcome(desk, "2")[2] == key(desk, IDA)
    desk.context.registry.undo(seq, by="Sam Steward", now=desk.context.now)
    desk.night()
    assert [outcome(desk, row) for row in ("1", "2")] == before
    assert not desk.night().changed


def test_a_steward_who_decides_during_a_night_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("north", "typed_session_log", [seat("1", student_id_vendor="V1", **STRANGE)])
    desk.night()
    worked_out = resolving._changes
    calls: list[int] = []

    def interrupted(context: Any) -> Any:
        made = worked_out(context)
        if not calls:
            calls.append(answer(desk, "1", key(desk, IDA), "same", own="V1"))
        return made

    monkeypatch.setattr(resolving, "_changes", interrupted)
    extra = seat("2", student_id_vendor="V1", student_given_name="Zorah")
    desk.put("north", "typed_session_log", [seat("1", student_id_vendor="V1", **STRANGE), extra])
    desk.night()
    assert outcome(desk, "1") == ("match", "steward.same", key(desk, IDA))
    assert outcome(desk, "2") == ("match", "steward.same", key(desk, IDA))
