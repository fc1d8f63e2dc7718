"""Whatever stewards and rules do, in any order, what is told follows from the events."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.errors import DecisionConflict, HitError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.decision import Answer
from hit_pipeline.registry.move import move
from tests.unit.registry.rows import (
    KIM,
    LEE,
    NOW,
    candidate,
    claim,
    link,
    live_claims,
    merge,
    people,
    rows,
    seen,
    write,
)

KEYS = ["SE", "SA", "SB", "SC", "SD"]  # in the order of their age
RECORDS = ["r1", "r2", "r3"]
OWN = [None, "w-1", "w-2"]
PLENTY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FEW = settings(PLENTY, max_examples=4)

Act = Callable[[Registry], object]


def _answer(record: str, key: str, answer: str, own: str | None) -> Answer:
    system = "vendor" if own else None
    return Answer("student", key, answer, "sis", record, own_system=system, own_value=own)


ANSWERS = st.sampled_from(["same", "same", "not_same", "unsure"])
PAIRS = st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True)
QUESTIONS = st.one_of(
    st.builds(
        _answer, st.sampled_from(RECORDS), st.sampled_from(KEYS), ANSWERS, st.sampled_from(OWN)
    ),
    st.builds(
        lambda pair, answer: Answer("student", pair[0], answer, other_key=pair[1]), PAIRS, ANSWERS
    ),
)


@dataclass(frozen=True)
class Answered:
    answer: Answer
    by: str

    def __call__(self, registry: Registry) -> None:
        registry.decide([self.answer], by=self.by, now=NOW)


@dataclass(frozen=True)
class TakenBack:
    place: int
    by: str

    def __call__(self, registry: Registry) -> None:
        told = registry.decisions("student")["seq"].to_pylist()
        registry.undo(told[self.place % len(told)] if told else 1, by=self.by, now=NOW)


@dataclass(frozen=True)
class ByRule:
    kind: str
    table: str
    row: dict[str, Any]

    def __call__(self, registry: Registry) -> None:
        write(registry, Changes(**{self.kind: rows(self.table, self.row)}))


STEWARDS = st.sampled_from([KIM, LEE])
CLAIMS = st.builds(claim, st.sampled_from(["0012", "0034"]), st.sampled_from(KEYS))
ACTS = st.lists(
    st.one_of(
        st.builds(Answered, QUESTIONS, STEWARDS),
        st.builds(TakenBack, st.integers(0, 20), STEWARDS),
        st.builds(
            lambda pair, what: ByRule("merges", "merge_event", merge(pair[0], pair[1], what)),
            PAIRS,
            st.sampled_from(["merge", "merge", "split"]),
        ),
        st.builds(
            lambda record, key: ByRule("links", "link", link(record, key)),
            st.sampled_from(RECORDS),
            st.sampled_from(KEYS),
        ),
        st.builds(
            lambda kind, row: ByRule(kind, "claim", row),
            st.sampled_from(["claims", "withdrawn", "restated"]),
            CLAIMS,
        ),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with people and open records, to be copied."""
    place = tmp_path_factory.mktemp("blank") / "registry.db"
    registry = Registry.open(f"sqlite:///{place}")
    for key in KEYS:
        write(registry, Changes(people=people(key)))
    records = rows("link", *(link(record, None, "unsure") for record in RECORDS))
    asked = rows("candidate", *(candidate(record, "SA", 1) for record in RECORDS))
    write(registry, Changes(links=records, candidates=asked))
    return place


@pytest.fixture
def new(blank: Path, tmp_path: Path) -> Callable[[], str]:
    """Return a maker of copies of it; each answers with its address."""
    numbers = count()

    def make() -> str:
        place = shutil.copyfile(blank, tmp_path / f"{next(numbers)}.db")
        return f"sqlite:///{place}"

    return make


def act(registry: Registry, acts: list[Act]) -> Iterator[bool]:
    """Do one after another; yield whether it was taken. What is refused changes nothing."""
    for one in acts:
        before = registry.fingerprint()
        try:
            one(registry)
        except HitError:
            assert registry.fingerprint() == before
            yield False
        else:
            yield True


@PLENTY
@given(acts=ACTS)
def test_what_is_kept_beside_the_events_is_what_they_come_to(
    new: Callable[[], str], acts: list[Act]
) -> None:
    registry = Registry.open(new())
    for _ in act(registry, acts):
        assert set(registry.strays().values()) == {0}
    before = seen(registry)
    registry.rebuild()
    assert seen(registry) == before


@PLENTY
@given(acts=ACTS)
def test_people_are_the_groups_of_the_merges_in_force(
    new: Callable[[], str], acts: list[Act]
) -> None:
    registry = Registry.open(new())
    list(act(registry, acts))
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(KEYS)
    for event in registry.merges("student").to_pylist():
        change = graph.add_edge if event["what"] == "merge" else graph.remove_edge
        change(event["old_key"], event["new_key"])
    living = {key: min(group, key=KEYS.index) for group in nx.connected_components(graph)
              for key in group}  # fmt: skip
    survivors = registry.survivors("student")
    assert {key: survivors.get(key, key) for key in KEYS} == living
    assert set(registry.people("student")["person_key"].to_pylist()) == set(living.values())
    told = registry.decisions("student").to_pylist()
    for one in (row for row in told if row["in_force"] and row["answer"] == "not_same"):
        assert one["other_key"] is None or living[one["person_key"]] != living[one["other_key"]]


@PLENTY
@given(acts=ACTS)
def test_stewards_decisions_in_force_do_not_contradict_each_other(
    new: Callable[[], str], acts: list[Act]
) -> None:
    registry = Registry.open(new())
    list(act(registry, acts))
    told = registry.decisions("student").to_pylist()
    undone = {row["undoes"] for row in told}
    for record in RECORDS:
        same = {
            row["person_key"]
            for row in told
            if row["in_force"] and (row["person_record_id"], row["answer"]) == (record, "same")
        }
        assert len(same) <= 1
    assert all(row["in_force"] != (row["seq"] in undone or row["answer"] == "undo") for row in told)


@PLENTY
@given(acts=ACTS, answer=QUESTIONS)
def test_undo_restores_what_was_before(
    new: Callable[[], str], acts: list[Act], answer: Answer
) -> None:
    registry = Registry.open(new())
    list(act(registry, acts))

    def state() -> tuple[Any, ...]:
        told = registry.decisions("student").to_pylist()
        standing = [row["seq"] for row in told if row["in_force"]]
        return live_claims(registry), registry.survivors("student"), standing, len(told)

    *before, decisions = state()
    try:
        (seq,) = registry.decide([answer], by="M. Diaz", now=NOW)
    except DecisionConflict:
        return
    if seq <= decisions or state()[-1] != decisions + 1:  # it repeats another, or overrules it
        return
    registry.undo(seq, by="M. Diaz", now=NOW)
    assert list(state()[:-1]) == before


@FEW
@given(acts=ACTS, more=ACTS)
def test_a_registry_moved_to_postgresql_and_back_tells_and_takes_the_same(
    new: Callable[[], str],
    new_postgres: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    acts: list[Act],
    more: list[Act],
) -> None:
    here, there = new(), new_postgres()
    registry = Registry.open(here)
    list(act(registry, acts))
    move(here, there)
    moved = Registry.open(there)
    assert seen(moved) == seen(registry)
    assert list(act(moved, more)) == list(act(registry, more))
    back = f"sqlite:///{tmp_path_factory.mktemp('back') / 'registry.db'}"
    counts = move(there, back)
    again = Registry.open(back)
    assert seen(again) == seen(moved)
    assert counts["decision"] == again.decisions("student").num_rows
    assert set(again.strays().values()) == set(moved.strays().values()) == {0}
    assert {**seen(moved), "as": None} == {**seen(registry), "as": None}  # but for random tokens
