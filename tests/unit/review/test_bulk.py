"""Many questions of one kind at once."""

from typing import Any

from tests.unit.review.bench import MARIA, ReviewBench, asked
from tests.unit.review.browser import Page, Visitor

KIND = "id.repaired.district"
ADDRESS = f"/bulk/list?role=student&source=vendor&kind={KIND}&by=birth"


def alike(number: int, **cells: Any) -> dict[str, Any]:
    return asked(f"r{number}", f"S{number}", kind=KIND, **cells)


def taken(page: Page) -> list[str]:
    """Return the questions whose ticks a form sends."""
    return [value for form in page.forms for name, value in form.fields if name == "question"]


def test_only_what_agrees_and_has_one_candidate_is_offered(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(
        alike(1),
        alike(2, known={**MARIA, "given_name": "Marta"}),
        alike(3),
        asked("r3", "S9", kind=KIND, candidate_rank=2),
        alike(4, source="other"),
        asked(None, "S5", other_key="S6", kind=KIND, source="vendor"),
        alike(7, stated={**MARIA, "birth_date": None}),
        alike(8),
    )
    assert sorted(taken(visitor.open(ADDRESS))) == ["q-r1-S1", "q-r8-S8"]
    by_school = ADDRESS.replace("by=birth", "by=school")
    assert taken(visitor.open(by_school)) == ["q-r7-S7"]
    offered = visitor.open("/bulk")
    assert len([one for one in offered.addresses if one.startswith("/bulk/list")]) == 3


def test_all_are_shown_asked_about_once_more_and_written_together(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(*(alike(number) for number in range(30)), asked("r99", "S99"))
    listed = visitor.open(ADDRESS)
    assert len(taken(listed)) == 30
    asked_again = visitor.press(listed, "Go on", note="checked the list")
    assert asked_again.heading == "Answer 30 questions with “same”?"
    assert bench.in_force() == []
    done = visitor.press(asked_again, "Yes, all 30")
    assert done.status == "Answered: same, 30 questions."
    decisions = bench.registry.decisions("student").to_pylist()
    assert {one["note"] for one in decisions} == {"checked the list"}
    assert len({one["decided_at"] for one in decisions}) == 1
    undone = visitor.press(done, "Undo all 30")
    assert (undone.status, bench.in_force()) == ("Taken back: 30 decisions.", [])


def test_a_question_without_its_tick_stays_open(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(alike(1), alike(2))
    listed = visitor.open(ADDRESS)
    form, _ = listed.form("Go on")
    form.fields = [one for one in form.fields if one[1] != "q-r1-S1"]
    visitor.press(visitor.press(listed, "Go on"), "Yes, all 1")
    assert "Maria" in visitor.open("/case/r1").text
    assert bench.in_force() == [("Ana Day", "same")]
    assert bench.link("r1")["person_key"] is None


def test_a_list_that_changed_meanwhile_writes_nothing(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(alike(1), alike(2))
    asked_again = visitor.press(visitor.open(ADDRESS), "Go on")
    visitor.press(visitor.open("/case/r1"), "Not the same")
    page = visitor.press(asked_again, "Yes, all 2")
    assert (visitor.status, page.heading) == (409, "Not written")
    assert bench.in_force() == [("Ana Day", "not_same")]


def test_a_question_that_does_not_agree_cannot_be_slipped_in(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(alike(1), alike(2, known={**MARIA, "given_name": "Marta"}))
    asked_again = visitor.press(visitor.open(ADDRESS), "Go on")
    asked_again.forms[0].fields.append(("question", "q-r2-S2"))
    visitor.press(asked_again, "Yes, all 1")
    assert visitor.status == 409
    assert bench.in_force() == []


def test_nothing_chosen_is_told(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(alike(1))
    listed = visitor.open(ADDRESS)
    form, _ = listed.form("Go on")
    form.fields = [one for one in form.fields if one[0] != "question"]
    assert "Nothing was chosen" in visitor.press(listed, "Go on").text
    assert visitor.status == 400
    assert "Nothing of this kind" in visitor.open("/bulk/list?kind=none").text
