"""The queue, a case, the log: what they show and what becomes of an answer."""

from datetime import date
from typing import Any

import pytest

from tests.unit.review.bench import MARIA, ReviewBench, asked
from tests.unit.review.browser import Visitor

JON = {"given_name": "Jon", "family_name": "Reed", "birth_date": date(2015, 4, 9)}
JOHN = {"given_name": "John", "family_name": "Reed", "birth_date": date(2015, 4, 9)}


def test_the_queue_shows_how_much_waits_and_most_harm_first(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(
        asked("r1", "S1", present_seconds=600),
        asked("r2", "S2", present_seconds=90_000, stated=JON, known=JOHN),
        asked("r3", None, present_seconds=10),
    )
    page = visitor.open("/")
    assert page.text.index("Jon Reed") < page.text.index("Maria Garcia-Lopez")
    for words in ("2 questions waiting", "1,510 minutes", "2 students", "1 record nobody to"):
        amount = words.split(" ")[0]
        assert amount in page.text
    assert "1,500 min" in page.text
    assert page.links["Jon Reed"] == "/case/r2"


def test_the_queue_is_filtered_by_role_source_and_kind(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(
        asked("r1", "S1", source="north"),
        asked("r2", "S2", source="south", stated=JON),
        asked("r3", "S3", source="south", kind="id.contradicted", stated=JOHN),
    )
    shown = {
        "?source=south": {"Jon Reed", "John Reed"},
        "?kind=id.contradicted": {"John Reed"},
        "?source=north&kind=id.contradicted": set(),
        "?role=tutor": set(),
        "?role=student": {"Maria Garcia-Lopez", "Jon Reed", "John Reed"},
        "?source=<b>": set(),
    }
    for query, names in shown.items():
        page = visitor.open(f"/{query}")
        found = {"Maria Garcia-Lopez", "Jon Reed", "John Reed"} & page.links.keys()
        assert found == names, query
    assert visitor.open("/?source=south").links["Jon Reed"] == "/case/r2?source=south"


def test_a_long_queue_has_pages(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(*(asked(f"r{n}", f"S{n}", present_seconds=n) for n in range(120)))
    first, last = visitor.open("/"), visitor.open("/?page=3")
    assert "Page 1 of 3" in first.text
    assert "/case/r119" in first.addresses
    assert "/case/r0" in last.addresses
    for odd in ("?page=0", "?page=x", "?page=99", f"?page={'9' * 400}"):
        visitor.open(f"/{odd}")
        assert visitor.status == 200


def test_a_case_marks_the_letters_that_differ_and_hides_the_score(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(asked("r1", "S1", stated=JON, known=JOHN, probability=0.8731, evidence="first=alike"))
    page = visitor.open("/case/r1")
    assert page.marks == ["h"]
    assert page.heading == "Is this the same student?"
    for words in ("differs", "the first name is spelt much alike", "the name fits, the name"):
        assert words in page.text or words.capitalize() in page.text
    raw = visitor.session.get(f"{visitor.base}/case/r1", timeout=20).text
    before, _, after = raw.partition("<details>")
    assert "0.8731" in after.partition("</details>")[0]
    assert "0.8731" not in before


def test_an_answer_leads_to_the_next_case_and_can_be_undone(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(
        asked("r1", "S1", present_seconds=900),
        asked("r2", "S2", present_seconds=600),
        asked("r3", "S3", present_seconds=300),
    )
    page = visitor.press(visitor.open("/case/r1"), "Same", note="her card")
    assert (visitor.at, page.status) == ("/case/r2?done=1", "Answered: same.")
    page = visitor.press(page, "Not the same")
    assert (visitor.at, page.status) == ("/case/r3?done=2", "Answered: not the same.")
    page = visitor.press(page, "Undo")
    assert visitor.at == "/case/r2?done=3"
    assert page.status == "Taken back: 1 decision."
    assert bench.in_force() == [("Ana Day", "same")]
    page = visitor.press(page, "Unsure")
    assert visitor.at == "/case/r3?done=4"
    page = visitor.press(page, "Same")
    assert (visitor.at, page.status) == ("/?done=5", "Answered: same.")
    assert "Nothing waits" in page.text


def test_going_on_keeps_to_the_filter(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(
        asked("r1", "S1", present_seconds=900, source="south"),
        asked("r2", "S2", present_seconds=600),
        asked("r3", "S3", present_seconds=300, source="south"),
    )
    visitor.press(visitor.open("/case/r1?source=south"), "Same")
    assert visitor.at == "/case/r3?source=south&done=1"


def test_several_candidates_stand_on_one_page(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(
        asked("r1", "S1"),
        asked("r1", "S2", candidate_rank=2, known=JON),
        asked("r1", "S3", candidate_rank=3, known=JOHN),
        asked("r2", "S9", present_seconds=1),
    )
    page = visitor.open("/case/r1")
    assert page.heading == "Which student is this?"
    assert "Candidate 3 of 3" in page.text
    page = visitor.press(page, "Not the same")
    assert visitor.at == "/case/r1?done=1"  # two are left to look at
    page = visitor.press(page, "None of them")
    assert visitor.at == "/case/r2?done=2"
    assert page.status == "Answered: not the same, 2 questions."
    assert bench.in_force() == [("Ana Day", "not_same")] * 3
    visitor.press(page, "Undo all 2")
    assert bench.in_force() == [("Ana Day", "not_same")]


def test_two_people_are_asked_about_side_by_side(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(asked(None, "S1", other_key="S2", stated=MARIA, known={**MARIA, "grade": "04"}))
    page = visitor.open("/case/q-S2-S1")
    assert page.heading == "Are these one student?"
    visitor.press(page, "Same")
    assert bench.registry.merges("student").num_rows == 1


def test_a_record_with_nobody_to_compare_with_says_what_would_settle_it(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(asked("r1", None, kind="id.uncorroborated"))
    page = visitor.open(visitor.open("/?show=alone").links["Maria Garcia-Lopez"])
    assert "a name or birth date beside the identifier" in page.text
    with pytest.raises(LookupError):
        page.form("Same")


def test_an_answer_that_comes_too_late_is_told_and_not_written(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(asked("r1", "S1"))
    stale = visitor.open("/case/r1")
    visitor.press(visitor.open("/case/r1"), "Not the same")
    page = visitor.press(stale, "Same")
    assert (visitor.status, page.heading) == (409, "Not written")
    assert "Ana Day answered 'not the same' on 2026-11-22" in page.text
    assert bench.in_force() == [("Ana Day", "not_same")]


def test_a_case_that_is_gone_is_told_in_words(bench: ReviewBench, visitor: Visitor) -> None:
    bench.ask(asked("r1", "S1"))
    stale = visitor.open("/case/r1")
    bench.ask(asked("r2", "S2"))
    for page in (visitor.open("/case/r1"), visitor.press(stale, "Same")):
        assert (visitor.status, page.heading) == (404, "Not there")
        assert "settled it" in page.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"question": "q-r1-S1", "answer": "perhaps"}, 409),
        ({"question": "q-r1-S1"}, 409),
        ({"question": "", "answer": "same"}, 409),
        ({"question": "q-r2-S2", "answer": "same"}, 400),
        ({"question": "q-r1-S1", "answer": "same", "note": "x" * 1001}, 400),
    ],
)
def test_a_form_that_makes_no_sense_writes_nothing(
    bench: ReviewBench, visitor: Visitor, fields: dict[str, str], status: int
) -> None:
    bench.ask(asked("r1", "S1"), asked("r2", "S2"))
    form, _ = visitor.open("/case/r1").form("Same")
    sent = {**{name: value for name, value in form.fields if name == "form"}, **fields}
    address = f"{visitor.base}/case/r1/answer"
    assert visitor.session.post(address, sent, timeout=20).status_code == status
    assert bench.in_force() == []


@pytest.mark.parametrize("seq", ["", "x", "7", "1.5", "9" * 40])
def test_only_a_decision_that_stands_can_be_undone(
    bench: ReviewBench, visitor: Visitor, seq: str
) -> None:
    bench.ask(asked("r1", "S1"))
    visitor.press(visitor.open("/case/r1"), "Same")
    form, _ = visitor.open("/log").form("Undo")
    sent = [(name, seq if name == "seq" else value) for name, value in form.fields]
    answer = visitor.session.post(f"{visitor.base}/undo", sent, timeout=20)
    assert answer.status_code in {400, 404}
    assert bench.in_force() == [("Ana Day", "same")]


def test_the_log_says_who_decided_what_and_when_and_takes_it_back(
    bench: ReviewBench, visitor: Visitor
) -> None:
    assert "Nobody has decided anything" in visitor.open("/log").text
    bench.ask(asked("r1", "S1"))
    visitor.press(visitor.open("/case/r1"), "Same", note="<script>alert(1)</script>")
    page = visitor.open("/log")
    for words in ("Ana Day", "2026-11-22 08:0", "America/Denver", "Maria"):
        assert words in page.text
    assert "<script>alert(1)</script>" in page.text  # as text, not as a script
    page = visitor.press(page, "Undo")
    assert visitor.at == "/log?done=2"
    assert "took back no. 1" in page.text
    assert bench.in_force() == []


def test_the_log_names_what_the_newest_run_does_not_ask_by_its_record(
    bench: ReviewBench, visitor: Visitor
) -> None:
    bench.ask(asked("r1", "S1"))
    visitor.press(visitor.open("/case/r1"), "Same")
    bench.ask(asked("r2", "S2"))
    page = visitor.open("/log")
    assert "r1" in page.text.split()
    visitor.press(page, "Undo")
    assert visitor.status == 200


def test_an_odd_name_is_shown_as_it_is(bench: ReviewBench, visitor: Visitor) -> None:
    odd: dict[str, Any] = {**MARIA, "given_name": "<img src=x onerror=alert(1)>&amp;\u202e"}
    bench.ask(asked("r1", "S1", stated=odd, known=MARIA))
    raw = visitor.session.get(f"{visitor.base}/case/r1", timeout=20).text
    assert "<img" not in raw
    assert "&amp;amp;" in raw


@pytest.mark.parametrize("path", ["/", "/case/r1", "/bulk", "/bulk/list?by=birth", "/log"])
def test_every_field_has_a_label_and_every_page_a_language_and_one_heading(
    bench: ReviewBench, visitor: Visitor, path: str
) -> None:
    bench.ask(asked("r1", "S1"), asked("r1", "S2", candidate_rank=2), asked("r2", "S2"))
    page = visitor.open(path)
    raw = visitor.session.get(visitor.base + path, timeout=20).text
    assert '<html lang="en">' in raw
    assert raw.count("<h1") == 1
    assert page.title.endswith("Alder County Schools")
    assert len(page.ids - {""}) == raw.count(' id="')
    assert page.labelled <= page.ids
    for part in raw.split("<textarea")[1:]:
        assert part.split('id="')[1].split('"')[0] in page.labelled
    assert raw.count("<th") == raw.count("<thead") + raw.count('<th scope="')


def test_an_address_that_is_none_and_a_wrong_method_are_told_in_words(visitor: Visitor) -> None:
    assert visitor.open("/nothing").heading == "Not there"
    assert visitor.status == 404
    assert visitor.open("/undo").heading == "Not this way"
    assert visitor.status == 405
