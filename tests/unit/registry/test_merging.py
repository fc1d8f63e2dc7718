"""People who are one by a rule: what is told of them, and taken back."""

from datetime import timedelta

import pytest

from hit_pipeline.errors import LakeError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry
from tests.unit.registry.rows import (
    FIRST,
    KIM,
    NOW,
    candidate,
    claim,
    link,
    linked,
    live_claims,
    merge,
    of_record,
    of_two,
    people,
    rows,
    write,
)

MERGED = Changes(
    people=people("SB"),
    links=rows("link", link("r3", "SB"), {**link("r4", None, "unsure"), "candidate_key": "SB"}),
    claims=rows("claim", claim("0012", "SB"), claim("0034", "SB")),
    statements=rows("statement", {"role": "student", "person_record_id": "r1",
                                  "person_key": "SB", "source": "sis", "given_name": "Zoë"}),
    candidates=rows("candidate", candidate("r4", "SB", 1), candidate("r4", "SA", 2)),
    merges=rows("merge_event", merge("SA", "SB")),
)  # fmt: skip


def test_a_person_merged_by_a_rule_lives_on_under_the_older_key(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    write(registry, MERGED, later)
    assert registry.survivors("student") == {"SB": "SA"}
    assert linked(registry) == {"r1": "SA", "r3": "SA"}
    assert registry.people("student")["person_key"].to_pylist() == ["SA"]
    assert live_claims(registry) == {("district", "0012", "SA"), ("district", "0034", "SA")}
    dates = {row["value"]: row["claimed_at"] for row in registry.claims("student").to_pylist()}
    assert dates == {"0012": NOW, "0034": later}
    assert registry.statements("student")["person_key"].to_pylist() == ["SA"]
    doubts = {row["person_record_id"]: row for row in registry.unmatched("student").to_pylist()}
    assert doubts["r4"]["candidate_key"] == "SA"
    told = registry.candidates("student").to_pylist()
    assert [(one["person_key"], one["rank"]) for one in told] == [("SA", 1)]
    assert registry.history("student", "r3")["person_key"].to_pylist() == ["SB"]
    (event,) = registry.merges("student").to_pylist()
    assert event == {"old_key": "SB", "new_key": "SA", "what": "merge", "why": "rule",
                     "decided_by": ENGINE, "decided_at": later}  # fmt: skip


def test_what_a_merged_person_states_is_withdrawn_and_stated_again_for_both_keys(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    write(registry, MERGED)
    told = rows("claim", claim("0012", "SA"), claim("0034", "SA"))
    write(registry, Changes(withdrawn=told), later)
    assert live_claims(registry) == set()
    write(registry, Changes(restated=told), later)
    assert len(live_claims(registry)) == 2
    write(registry, Changes(withdrawn=told), later)
    write(registry, Changes(merges=rows("merge_event", merge("SB", "SA", "split"))))
    assert registry.survivors("student") == {}
    assert (registry.claims("student").num_rows, live_claims(registry)) == (3, set())
    assert linked(registry) == {"r1": "SA", "r3": "SB"}


def test_a_claim_of_merged_people_is_live_while_one_of_theirs_is(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    write(registry, Changes(withdrawn=rows("claim", claim("0012", "SA"))), later)
    others = rows("claim", claim("0012", "SB", "link"))
    write(registry, Changes(people=people("SB"), claims=others), later)
    write(registry, Changes(merges=rows("merge_event", merge("SA", "SB"))), later)
    (told,) = registry.claims("student").to_pylist()
    assert (told["person_key"], told["origin"], told["claimed_at"]) == ("SA", "roster", NOW)
    assert told["withdrawn_at"] is None


def test_a_rule_cannot_merge_whom_a_steward_declared_different(url: str) -> None:
    registry = Registry.open(url)
    write(registry, Changes(people=people("SA", "SB", "SC")))
    registry.decide([of_two("SA", "SB", "not_same")], by=KIM, now=NOW)
    write(registry, Changes(merges=rows("merge_event", merge("SC", "SA"))))
    before = registry.fingerprint()
    with pytest.raises(LakeError, match="declared not to be the same"):
        write(registry, Changes(merges=rows("merge_event", merge("SC", "SB"))))
    with pytest.raises(LakeError, match="not in the registry"):
        write(registry, Changes(merges=rows("merge_event", merge("SC", "nobody"))))
    assert registry.fingerprint() == before


def test_a_merge_that_is_in_force_is_no_second_event(url: str) -> None:
    registry = Registry.open(url)
    again = rows("merge_event", merge("SB", "SA"), merge("SA", "SB"), merge("SA", "SA"))
    write(registry, Changes(people=people("SA", "SB"), merges=again))
    write(registry, Changes(merges=again))
    assert registry.merges("student").num_rows == 1


def test_what_a_record_says_counts_only_for_the_person_it_is(url: str) -> None:
    registry = Registry.open(url)
    write(registry, FIRST)
    (decision,) = registry.decide([of_record("r1", "SA", "not_same")], by=KIM, now=NOW)
    assert registry.statements("student").num_rows == 0
    registry.undo(decision, by=KIM, now=NOW)
    write(registry, Changes(links=rows("link", link("r1", "SA")), statements=FIRST.statements))
    assert registry.statements("student")["person_key"].to_pylist() == ["SA"]
