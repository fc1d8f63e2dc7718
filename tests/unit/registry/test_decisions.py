"""What stewards decide: what it comes to, and what it may not contradict."""

import pytest

from hit_pipeline.errors import DecisionConflict, HitError
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.decision import Answer
from tests.unit.registry.rows import (
    KIM,
    LEE,
    NOW,
    OWN,
    decide,
    in_force,
    linked,
    live_claims,
    newest,
    of_record,
    of_two,
    seen,
)


def test_same_links_the_record_and_its_own_identifier(registry: Registry) -> None:
    (seq,) = decide(registry, of_record("r1", "SA", **OWN, note="asked the school"))
    found = newest(registry, "r1")
    told = ("outcome", "person_key", "candidate_key", "tier", "rule", "decided_by", "decided_at")
    assert [found[name] for name in told] == [
        "match", "SA", None, 0, "steward.same", KIM, NOW]  # fmt: skip
    assert linked(registry)["r1"] == "SA"
    assert ("vendor", "w-1", "SA") in live_claims(registry)
    origins = {row["value"]: row for row in registry.claims("student").to_pylist()}
    assert (origins["w-1"]["origin"], origins["w-1"]["issuer"]) == ("link", "sis")
    (decision,) = registry.decisions("student").to_pylist()
    assert decision == {
        "seq": seq, "role": "student", "source": "sis", "person_record_id": "r1", **OWN,
        "person_key": "SA", "other_key": None, "answer": "same", "undoes": None,
        "note": "asked the school", "decided_by": KIM, "decided_at": NOW, "in_force": True,
        "lives_as": "SA"}  # fmt: skip


def test_not_same_leaves_the_record_to_its_next_candidate(registry: Registry) -> None:
    decide(registry, of_record("r1", "SA", "not_same"))
    found = newest(registry, "r1")
    assert (found["outcome"], found["candidate_key"]) == ("unsure", "SC")
    assert found["rule"] == "steward.not_same"
    decide(registry, of_record("r1", "SC", "not_same"))
    found = newest(registry, "r1")
    assert (found["outcome"], found["candidate_key"]) == ("no_match", None)
    assert len(in_force(registry)) == 2


def test_not_same_takes_a_record_from_the_person_the_rules_linked_it_to(registry: Registry) -> None:
    decide(registry, of_record("r2", "SB", "not_same"))
    assert "r2" not in linked(registry)
    assert newest(registry, "r2")["outcome"] == "no_match"


@pytest.mark.parametrize("answer", ["not_same", "unsure"])
def test_a_record_linked_to_another_stays_linked(registry: Registry, answer: str) -> None:
    decide(registry, of_record("r2", "SA", answer))
    assert linked(registry)["r2"] == "SB"
    assert registry.history("student", "r2").num_rows == 1


def test_unsure_keeps_the_question_open(registry: Registry) -> None:
    decide(registry, of_record("r3", "SC", "unsure"))
    found = newest(registry, "r3")
    assert (found["outcome"], found["candidate_key"], found["rule"]) == (
        "unsure", "SC", "steward.unsure")  # fmt: skip


def test_the_same_answer_twice_is_one_decision(registry: Registry) -> None:
    given = (of_record("r1", "SA", **OWN), of_two("SB", "SC"), of_record("r4", "SA", "unsure"))
    first = decide(registry, *given)
    before = seen(registry)
    again = (given[0], of_two("SC", "SB"), given[2])
    assert decide(registry, *again, by=LEE) == first
    assert seen(registry) == before


def test_the_same_answer_of_merged_people_is_one_decision(registry: Registry) -> None:
    (first,) = decide(registry, of_record("r1", "SC"))
    decide(registry, of_two("SA", "SC"))
    assert decide(registry, of_record("r1", "SA"), by=LEE) == [first]
    assert linked(registry)["r1"] == "SA"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (of_record("r1", "SA"), of_record("r1", "SA", "not_same")),
        (of_record("r1", "SA"), of_record("r1", "SA", "unsure")),
        (of_record("r1", "SA", "not_same"), of_record("r1", "SA")),
        (of_record("r1", "SA"), of_record("r1", "SC")),
        (of_two("SA", "SB"), of_two("SB", "SA", "not_same")),
        (of_two("SA", "SB", "not_same"), of_two("SA", "SB")),
    ],
)
def test_another_stewards_answer_is_not_overruled(
    registry: Registry, first: Answer, second: Answer
) -> None:
    decide(registry, first)
    before = seen(registry)
    with pytest.raises(DecisionConflict, match=f"{KIM} decided .* on 2026-11-22 07:30 UTC") as no:
        decide(registry, of_record("r4", "SD"), second, by=LEE)
    assert no.value.conflicts.keys() == {1}
    assert not [key for key in ("SA", "SB", "SC", "r1") if key in str(no.value)]
    assert seen(registry) == before


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        (of_record("r1", "SA", **OWN), of_record("r1", "SC"), "SC"),
        (of_record("r1", "SA", **OWN), of_record("r1", "SA", "not_same"), None),
        (of_record("r1", "SA", "not_same"), of_record("r1", "SA"), "SA"),
        (of_record("r1", "SA", "unsure"), of_record("r1", "SA"), "SA"),
    ],
)
def test_a_steward_may_think_again(
    registry: Registry, first: Answer, second: Answer, key: str | None
) -> None:
    (before,) = decide(registry, first)
    (after,) = decide(registry, second)
    assert in_force(registry) == [after]
    assert linked(registry).get("r1") == key
    assert ("vendor", "w-1", "SA") not in live_claims(registry)
    (taken,) = (row for row in registry.decisions("student").to_pylist() if row["undoes"])
    assert (taken["answer"], taken["undoes"]) == ("undo", before)


def test_what_one_was_unsure_of_another_may_decide(registry: Registry) -> None:
    (doubt,) = decide(registry, of_record("r1", "SA", "unsure"))
    (sure,) = decide(registry, of_record("r1", "SA"), by=LEE)
    assert in_force(registry) == [sure]
    with pytest.raises(HitError, match=f"decision {doubt} was taken back by {LEE} on 2026-11-22"):
        registry.undo(doubt, by=KIM, now=NOW)


def test_people_declared_different_are_not_merged_by_way_of_others(registry: Registry) -> None:
    decide(registry, of_two("SA", "SC", "not_same"))
    decide(registry, of_two("SA", "SB"), of_two("SC", "SD"))
    before = seen(registry)
    with pytest.raises(DecisionConflict, match=r"'not_same' on .* who would become one"):
        decide(registry, of_two("SB", "SD"))
    assert seen(registry) == before


@pytest.mark.parametrize(("one", "other"), [("SA", "SC"), ("SC", "SA")])
def test_people_are_not_merged_whom_a_record_keeps_apart(
    registry: Registry, one: str, other: str
) -> None:
    decide(registry, of_record("r1", "SA"), of_record("r1", "SC", "not_same"))
    with pytest.raises(DecisionConflict, match="who would become one"):
        decide(registry, of_two(one, other), by=LEE)


def test_people_merged_by_way_of_others_are_not_declared_different(registry: Registry) -> None:
    decide(registry, of_two("SA", "SB"), of_two("SB", "SC"))
    with pytest.raises(DecisionConflict, match="one person by way of merges with others"):
        decide(registry, of_two("SA", "SC", "not_same"))


def test_a_batch_that_says_two_things_is_refused(registry: Registry) -> None:
    before = seen(registry)
    with pytest.raises(DecisionConflict, match="another answer of the same batch") as no:
        decide(registry, of_record("r1", "SA"), of_record("r4", "SB"), of_record("r1", "SC"))
    assert no.value.conflicts.keys() == {2}
    assert seen(registry) == before


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (Answer("pupil", "SA", "same", "sis", "r1"), "role"),
        (of_record("r1", "SA", "undo"), "is no answer"),
        (Answer("student", "SA", "same"), "a record and a person, or about two"),
        (Answer("student", "SA", "same", "sis", "r1", other_key="SB"), "a record and a person, or"),
        (of_two("SA", "SA"), "one person alone"),
        (of_record("r1", "SA", own_system="vendor"), "own identifier with its system"),
        (of_record("r1", "S0"), "no student with the key"),
        (of_two("SA", "S0"), "no student with the key"),
        (of_record("r9", "SA"), "no student record"),
        (Answer("student", "SA", "same", "other", "r1"), "not of the source"),
        (Answer("tutor", "SA", "same", "sis", "r1"), "no tutor with the key"),
    ],
)
def test_an_answer_to_no_question_is_refused(
    registry: Registry, answer: Answer, wrong: str
) -> None:
    before = seen(registry)
    with pytest.raises(HitError, match=wrong) as refused:
        decide(registry, of_record("r4", "SB"), answer)
    assert not [key for key in ("SA", "S0", "r9") if key in str(refused.value)]
    assert seen(registry) == before


@pytest.mark.parametrize("by", ["", " ", "engine"])
def test_a_decision_has_a_steward(registry: Registry, by: str) -> None:
    with pytest.raises(HitError, match="name of the steward"):
        decide(registry, of_record("r1", "SA"), by=by)


def test_no_answers_are_nothing(registry: Registry) -> None:
    before = registry.fingerprint()
    assert decide(registry) == []
    assert registry.fingerprint() == before
