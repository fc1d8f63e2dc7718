"""The registry on SQLite and on a real PostgreSQL."""

import re
from datetime import timedelta

import pytest

from hit_pipeline.errors import LakeError, RegistryChanged
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry, new_keys
from tests.unit.registry.rows import (
    CLAIMED,
    FIRST,
    NOW,
    candidate,
    claim,
    link,
    live_claims,
    people,
    rows,
    write,
)


def test_what_is_written_is_read_back_with_who_and_when(url: str) -> None:
    with Registry.open(url) as registry:
        write(registry, FIRST)
    with Registry.open(url) as registry:
        assert registry.matched("student").to_pylist() == [
            {"person_record_id": "r1", "person_key": "SA"}
        ]
        assert registry.people("student").to_pylist() == [
            {"person_key": "SA", "role": "student", "created_by": ENGINE, "created_at": NOW}
        ]
        assert [row["person_record_id"] for row in registry.unmatched("student").to_pylist()] == [
            "r2"
        ]
        claim = registry.claims("student").to_pylist()[0]
        assert claim == {**CLAIMED, "claimed_by": ENGINE, "claimed_at": NOW,
                         "withdrawn_by": None, "withdrawn_at": None}  # fmt: skip
        said = registry.statements("student").to_pylist()[0]
        assert (said["given_name"], said["birth_date"]) == ("Zoë", "2014-02-03")
        assert registry.note("tried:student") == "1"
        for read in (registry.matched, registry.links, registry.people, registry.claims):
            assert read("tutor").num_rows == 0


def test_the_newest_decision_holds_and_the_older_ones_stay(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    assert registry.matched("student").num_rows == 1
    write(registry, Changes(links=rows("link", link("r2", "SA"))), later)
    assert registry.matched("student").num_rows == 2
    write(registry, Changes(links=rows("link", link("r1", None, "no_match"))), later, "R. Kim")
    assert registry.matched("student")["person_record_id"].to_pylist() == ["r2"]
    newest = {row["person_record_id"]: row for row in registry.links("student").to_pylist()}
    assert newest["r2"]["decided_at"] == later
    assert (newest["r1"]["outcome"], newest["r1"]["decided_by"]) == ("no_match", "R. Kim")
    assert [row["person_record_id"] for row in registry.unmatched("student").to_pylist()] == ["r1"]
    history = registry.history("student", "r1").to_pylist()
    assert [row["outcome"] for row in history] == ["match", "no_match"]


def test_a_withdrawn_identifier_can_be_stated_again(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    write(registry, Changes(withdrawn=rows("claim", CLAIMED)), later)
    assert registry.claims("student")["withdrawn_at"].to_pylist() == [later]
    write(registry, Changes(restated=rows("claim", CLAIMED)), later)
    assert registry.claims("student")["withdrawn_at"].to_pylist() == [None]


def test_the_fingerprint_changes_with_every_write_and_only_then(url: str) -> None:
    registry = Registry.open(url)
    empty = registry.fingerprint()
    write(registry, Changes())
    assert registry.fingerprint() == empty
    write(registry, FIRST)
    assert registry.fingerprint() != empty
    assert Registry.open(url).fingerprint() == registry.fingerprint()


def test_a_transaction_that_fails_leaves_nothing(url: str) -> None:
    registry = Registry.open(url)
    write(registry, FIRST)
    before = registry.fingerprint()
    twice = Changes(links=rows("link", link("r3", "SA")), claims=rows("claim", CLAIMED))
    with pytest.raises(LakeError, match="not unique") as refused:
        write(registry, twice)
    assert "0012" not in str(refused.value)
    assert registry.fingerprint() == before
    assert registry.links("student").num_rows == 2


def test_changes_worked_out_from_an_older_state_are_refused(url: str) -> None:
    registry = Registry.open(url)
    stale = registry.fingerprint()
    write(registry, FIRST)
    with pytest.raises(RegistryChanged, match="changed by another process"):
        registry.write(Changes(notes={"a": "b"}), expected=stale, made_by=ENGINE, now=NOW)


def test_keys_are_random_and_carry_their_role() -> None:
    keys = {role: new_keys(role, 500) for role in ("student", "tutor", "staff")}
    drawn = [key for some in keys.values() for key in some]
    assert len(set(drawn)) == 1500
    for role, letter in {"student": "S", "tutor": "T", "staff": "E"}.items():
        assert all(re.fullmatch(letter + "[A-Z2-7]{16}", key) for key in keys[role])
    assert new_keys("student", 0) == []


def test_a_key_is_not_given_twice(url: str) -> None:
    registry = Registry.open(url)
    write(registry, FIRST)
    with pytest.raises(LakeError, match="not unique"):
        write(registry, Changes(people=people("SA", role="tutor")))
    assert registry.people("tutor").num_rows == 0


def test_many_rows_are_kept_as_a_few_are(url: str) -> None:
    odd = ["tab\there", "line\nbreak", "back\\slash", "\\N", "", 'quote"s', "Zoë, O'Neil"]
    many = [claim(f"{number}{odd[number % len(odd)]}", "SA", "link") for number in range(3000)]
    registry = Registry.open(url)
    write(registry, Changes(people=people("SA"), claims=rows("claim", *many)))
    assert live_claims(registry) == {("district", one["value"], "SA") for one in many}
    write(registry, Changes(withdrawn=rows("claim", *many[:2000])), NOW + timedelta(days=1))
    assert len(live_claims(registry)) == 1000


def test_only_the_newest_candidates_of_unsure_records_are_told(url: str) -> None:
    registry = Registry.open(url)
    links = rows("link", link("r1", None, "unsure"), link("r2", None, "no_match"))
    first = [candidate("r1", "SA", 1), candidate("r2", "SA", 1)]
    write(registry, Changes(links=links, candidates=rows("candidate", *first)))
    later = [candidate("r1", "SB", 2, probability=0.4, evidence="first=same"),
             candidate("r1", "SC", 1)]  # fmt: skip
    write(registry, Changes(candidates=rows("candidate", *later)))
    told = registry.candidates("student").to_pylist()
    assert [(one["person_record_id"], one["person_key"], one["rank"]) for one in told] == [
        ("r1", "SC", 1), ("r1", "SB", 2)]  # fmt: skip
    assert (told[1]["probability"], told[1]["evidence"]) == (0.4, "first=same")
    assert told[0]["probability"] is None
    write(registry, Changes(links=rows("link", link("r1", "SC"))))
    assert registry.candidates("student").num_rows == 0


def test_the_newest_model_of_a_role_holds(url: str) -> None:
    registry = Registry.open(url)
    assert registry.model("student") is None
    for digest in ("d1", "d2"):
        told = {"role": "student", "digest": digest, "parameters": f'{{"is": "{digest}"}}'}
        write(registry, Changes(model=rows("model", told)))
    assert registry.model("student") == ("d2", '{"is": "d2"}')
    assert registry.model("tutor") is None
