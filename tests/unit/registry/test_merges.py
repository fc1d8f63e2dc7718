"""Merges and splits in any order, held against connected components by networkx."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.registry.merges import Merges

KEYS = [f"S{number}" for number in range(8)]
AGES = st.fixed_dictionaries(dict.fromkeys(KEYS, st.integers(1, 4)))
PAIRS = st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True)
EVENTS = st.lists(st.tuples(PAIRS, st.sampled_from(["merge", "merge", "split"])), max_size=30)


def oracle(events: list[tuple[list[str], str]], ages: dict[str, int]) -> dict[str, str]:
    """Return the key each person lives on as."""
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(ages)
    for pair, what in events:
        if what == "merge":
            graph.add_edge(*pair)
        elif graph.has_edge(*pair):
            graph.remove_edge(*pair)
    return {
        key: min(group, key=lambda one: (ages[one], one))
        for group in nx.connected_components(graph)
        for key in group
    }


@given(EVENTS, AGES)
def test_a_group_lives_on_as_the_oldest_of_those_merges_still_connect(
    events: list[tuple[list[str], str]], ages: dict[str, int]
) -> None:
    merges = Merges.of([(one, other, what) for (one, other), what in events], ages)
    wanted = oracle(events, ages)
    assert {key: merges.survivor(key) for key in KEYS} == wanted
    assert merges.survivors() == {key: new for key, new in wanted.items() if key != new}


@given(EVENTS, AGES, PAIRS)
def test_a_group_without_one_merge_is_that_after_a_split(
    events: list[tuple[list[str], str]], ages: dict[str, int], pair: list[str]
) -> None:
    stated = [(one, other, what) for (one, other), what in events]
    one, other = pair
    parted = Merges.of([*stated, (one, other, "split")], ages)
    merges = Merges.of(stated, ages)
    assert merges.group_of(one, without=frozenset(pair)) == parted.group_of(one)
    assert frozenset(pair) not in parted


def test_the_older_key_is_the_new_one_and_of_two_as_old_the_smaller() -> None:
    merges = Merges({"S1": 2, "S2": 1, "S3": 1})
    assert merges.oriented(frozenset(("S1", "S2"))) == ("S1", "S2")
    assert merges.oriented(frozenset(("S3", "S2"))) == ("S3", "S2")
