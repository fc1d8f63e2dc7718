"""What waits, in which order, and what becomes of an answer."""

from itertools import permutations

import pytest

from hit_pipeline.errors import HitError, NotFound, QuestionClosed
from hit_pipeline.review.desk import Desk, Pick
from tests.unit.review.bench import ReviewBench, asked


def waiting(desk: Desk) -> list[str]:
    return [case.id for case in desk.state.open]


def answer(desk: Desk, question: str, given: str, note: str | None = None) -> int:
    (seq,) = desk.decide([Pick(desk.question(question), given, note)])
    return seq


def test_cases_wait_in_the_order_of_time_then_students_then_rows(bench: ReviewBench) -> None:
    questions = [
        asked("r1", "S1", present_seconds=600),
        asked("r2", "S2", present_seconds=600, students=4),
        asked("r3", "S3", present_seconds=60, students=99),
        asked("r4", "S4", present_seconds=None, row_count=9),
        asked("r5", "S5", present_seconds=None, row_count=8),
    ]
    for order in list(permutations(questions))[::13]:
        bench.ask(*order)
        assert waiting(bench.desk()) == ["r2", "r1", "r3", "r4", "r5"]


def test_candidates_of_one_record_are_one_case_the_best_first(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S2", candidate_rank=2), asked("r1", "S1"), asked("r2", "S1"))
    cases = {case.id: case for case in bench.desk().state.open}
    assert [one.candidate for one in cases["r1"].questions] == ["S1", "S2"]
    assert len(cases) == 2


def test_same_settles_the_record_and_all_its_candidates(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"), asked("r1", "S2", candidate_rank=2), asked("r2", "S1"))
    desk = bench.desk()
    answer(desk, "q-r1-S2", "same", "saw the birth certificate")
    assert waiting(desk) == ["r2"]
    link = bench.link("r1")
    assert (link["person_key"], link["outcome"], link["decided_by"]) == ("S2", "match", "Ana Day")
    (decision,) = desk.state.decisions
    assert decision["note"] == "saw the birth certificate"


def test_not_the_same_leaves_the_other_candidates_open(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"), asked("r1", "S2", candidate_rank=2))
    desk = bench.desk()
    answer(desk, "q-r1-S1", "not_same")
    (case,) = desk.state.open
    assert [one.candidate for one in case.questions] == ["S2"]
    answer(desk, "q-r1-S2", "not_same")
    assert (waiting(desk), bench.link("r1")["outcome"]) == ([], "no_match")


def test_unsure_sets_aside_and_may_be_answered_by_somebody_else(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"))
    answer(bench.desk(), "q-r1-S1", "unsure")
    other = bench.desk("Bo Reed")
    assert (waiting(other), [case.id for case in other.state.aside]) == ([], ["r1"])
    answer(other, "q-r1-S1", "same")
    assert (other.state.aside, bench.in_force()) == ((), [("Bo Reed", "same")])


def test_undo_asks_again_at_once(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"))
    desk = bench.desk()
    seq = answer(desk, "q-r1-S1", "same")
    desk.undo([seq], "wrong child")
    assert waiting(desk) == ["r1"]
    assert bench.link("r1")["person_key"] is None
    with pytest.raises(QuestionClosed, match="not in force"):
        desk.undo([seq], None)
    with pytest.raises(QuestionClosed, match="not in force"):
        desk.undo([999], None)


def test_what_somebody_answered_is_not_overwritten_whatever_it_was(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"), asked("r1", "S2", candidate_rank=2))
    late = bench.desk("Bo Reed")
    question = late.question("q-r1-S2")
    answer(bench.desk(), "q-r1-S1", "same")
    for given in ("same", "not_same", "unsure"):
        with pytest.raises(QuestionClosed, match="Ana Day answered 'same'"):
            late.decide([Pick(question, given)])
    assert bench.in_force() == [("Ana Day", "same")]


def test_several_answers_are_written_all_or_none(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"), asked("r2", "S2"))
    desk = bench.desk()
    picks = [Pick(desk.question(f"q-r{n}-S{n}"), "same") for n in (1, 2)]
    answer(bench.desk("Bo Reed"), "q-r2-S2", "not_same")
    with pytest.raises(QuestionClosed):
        desk.decide(picks)
    assert bench.in_force() == [("Bo Reed", "not_same")]


def test_two_candidates_of_one_record_cannot_both_be_the_same(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"), asked("r1", "S2", candidate_rank=2))
    desk = bench.desk()
    picks = [Pick(desk.question(f"q-r1-S{n}"), "same") for n in (1, 2)]
    with pytest.raises(HitError, match="cannot both be"):
        desk.decide(picks)
    assert bench.in_force() == []


def test_an_unknown_answer_is_refused_with_the_valid_ones(bench: ReviewBench) -> None:
    bench.ask(asked("r1", "S1"))
    with pytest.raises(NotFound, match="not_same, same, unsure"):
        answer(bench.desk(), "q-r1-S1", "perhaps")


def test_a_record_with_nobody_to_compare_with_waits_apart_and_takes_no_answer(
    bench: ReviewBench,
) -> None:
    bench.ask(asked("r1", None), asked("r2", "S2"))
    desk = bench.desk()
    assert (waiting(desk), [case.id for case in desk.state.alone]) == (["r2"], ["r1"])
    for given in ("same", "not_same", "unsure"):
        with pytest.raises(HitError, match="nobody the record could be"):
            answer(desk, "q-r1-None", given)


def test_two_people_become_one_and_two_again(bench: ReviewBench) -> None:
    bench.ask(asked(None, "S1", other_key="S2"))
    desk = bench.desk()
    seq = answer(desk, "q-S2-S1", "same")
    assert waiting(desk) == []
    assert bench.registry.merges("student").num_rows == 1
    desk.undo([seq], None)
    assert waiting(desk) == ["q-S2-S1"]


def test_a_new_run_and_decisions_of_others_are_seen_without_a_restart(bench: ReviewBench) -> None:
    desk = bench.desk()
    assert waiting(desk) == []
    bench.ask(asked("r1", "S1"), asked("r2", "S2"))
    assert waiting(desk) == ["r1", "r2"]
    answer(bench.desk("Bo Reed"), "q-r1-S1", "same")
    assert waiting(desk) == ["r2"]
    bench.ask(asked("r2", "S2"), asked("r3", "S3"))
    assert waiting(desk) == ["r2", "r3"]
    with pytest.raises(QuestionClosed, match="does not ask this any more"):
        desk.question("q-r1-S1")
