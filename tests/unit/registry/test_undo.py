"""Taking a decision back: what was before is restored, what others decided since is kept."""

import pytest

from hit_pipeline.errors import DecisionConflict, HitError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import Registry
from tests.unit.registry.rows import (
    KIM,
    LATER,
    LEE,
    NOW,
    OWN,
    decide,
    in_force,
    link,
    linked,
    live_claims,
    merge,
    newest,
    of_record,
    of_two,
    rows,
    seen,
    write,
)


def test_same_of_two_people_merges_them_and_undo_splits_them(registry: Registry) -> None:
    (seq,) = decide(registry, of_two("SC", "SB"))
    assert registry.survivors("student") == {"SC": "SB"}
    registry.undo(seq, by=LEE, now=LATER)
    assert registry.survivors("student") == {}
    told = registry.merges("student").to_pylist()
    assert [(one["what"], one["why"], one["decided_by"], one["decided_at"]) for one in told] == [
        ("merge", "steward.same", KIM, NOW), ("split", "steward.undone", LEE, LATER)]  # fmt: skip
    assert {(one["old_key"], one["new_key"]) for one in told} == {("SC", "SB")}


def test_not_same_splits_whom_a_rule_merged_and_undo_merges_them_again(registry: Registry) -> None:
    write(registry, Changes(merges=rows("merge_event", merge("SB", "SA", why="person.number"))))
    (seq,) = decide(registry, of_two("SA", "SB", "not_same"))
    assert registry.survivors("student") == {}
    registry.undo(seq, by=KIM, now=NOW)
    assert registry.survivors("student") == {"SB": "SA"}


def test_undo_leaves_a_merge_that_a_rule_made(registry: Registry) -> None:
    write(registry, Changes(merges=rows("merge_event", merge("SB", "SA"))))
    (seq,) = decide(registry, of_two("SA", "SB"))
    registry.undo(seq, by=KIM, now=NOW)
    assert registry.survivors("student") == {"SB": "SA"}
    assert registry.merges("student").num_rows == 1


def test_an_undo_does_not_merge_whom_somebody_declared_different_since(registry: Registry) -> None:
    write(registry, Changes(merges=rows("merge_event", merge("SB", "SA"))))
    (seq,) = decide(registry, of_two("SA", "SB", "not_same"))
    decide(registry, of_two("SB", "SC"))
    decide(registry, of_two("SA", "SC", "not_same"), by=LEE)
    with pytest.raises(DecisionConflict, match=f"{LEE} decided 'not_same'"):
        registry.undo(seq, by=KIM, now=NOW)
    assert registry.survivors("student") == {"SC": "SB"}


def test_the_split_of_a_middle_merge_leaves_the_others(registry: Registry) -> None:
    _, middle, _ = decide(registry, of_two("SA", "SB"), of_two("SB", "SC"), of_two("SC", "SD"))
    assert set(registry.survivors("student").values()) == {"SA"}
    registry.undo(middle, by=KIM, now=NOW)
    assert registry.survivors("student") == {"SB": "SA", "SD": "SC"}


def test_undo_opens_the_record_and_withdraws_the_claim(registry: Registry) -> None:
    (seq,) = decide(registry, of_record("r2", "SA", **OWN))
    (undone,) = [registry.undo(seq, by=LEE, note="mistaken", now=LATER)]
    found = newest(registry, "r2")
    told = ("outcome", "person_key", "candidate_key", "rule", "decided_by", "decided_at")
    assert [found[name] for name in told] == [
        "unsure", None, "SA", "steward.undone", LEE, LATER]  # fmt: skip
    assert ("vendor", "w-1", "SA") not in live_claims(registry)
    last = registry.decisions("student").to_pylist()[-1]
    assert (last["seq"], last["answer"], last["undoes"], last["note"], last["in_force"]) == (
        undone, "undo", seq, "mistaken", False)  # fmt: skip
    decide(registry, of_record("r2", "SA", **OWN))
    assert ("vendor", "w-1", "SA") in live_claims(registry)


def test_a_claim_stays_while_another_decision_or_a_roster_stands_by_it(registry: Registry) -> None:
    district = {"own_system": "district", "own_value": "0012"}
    given = (of_record("r1", "SA", **OWN), of_record("r3", "SA", **OWN))
    first, second, third = decide(registry, *given, of_record("r4", "SA", **district))
    registry.undo(first, by=KIM, now=NOW)
    registry.undo(third, by=KIM, now=NOW)
    assert live_claims(registry) == {("vendor", "w-1", "SA"), ("district", "0012", "SA")}
    registry.undo(second, by=KIM, now=NOW)
    assert live_claims(registry) == {("district", "0012", "SA")}


def test_an_undo_or_a_decision_undone_cannot_be_undone(registry: Registry) -> None:
    (seq,) = decide(registry, of_record("r1", "SA"))
    undone = registry.undo(seq, by=KIM, now=NOW)
    with pytest.raises(HitError, match="takes another back"):
        registry.undo(undone, by=KIM, now=NOW)
    with pytest.raises(HitError, match=f"taken back by {KIM} on 2026-11-22 07:30 UTC"):
        registry.undo(seq, by=LEE, now=LATER)
    with pytest.raises(HitError, match="there is no decision 99"):
        registry.undo(99, by=KIM, now=NOW)


def test_a_record_decided_anew_by_another_is_not_undone(registry: Registry) -> None:
    (mine,) = decide(registry, of_record("r1", "SA", "not_same"))
    (theirs,) = decide(registry, of_record("r1", "SC"), by=LEE)
    before = seen(registry)
    with pytest.raises(DecisionConflict, match=f"{LEE} decided the record anew on 2026-11-22"):
        registry.undo(mine, by=KIM, now=LATER)
    assert seen(registry) == before
    registry.undo(mine, by=LEE, now=LATER)  # the one who decided it anew may
    assert in_force(registry) == [theirs]
    assert linked(registry)["r1"] == "SC"


def test_what_the_rules_matched_since_stays_when_a_doubt_is_undone(registry: Registry) -> None:
    (seq,) = decide(registry, of_record("r1", "SA", "not_same"))
    write(registry, Changes(links=rows("link", link("r1", "SC"))))
    registry.undo(seq, by=KIM, now=NOW)
    assert linked(registry)["r1"] == "SC"
