"""De-duplication: average link against an oracle, bridges, big lumps, order of rows."""

import itertools
import random

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.clusters import TOGETHER, average_link, deduplicate
from tests.unit.identity.linkage.people import asked, children, described

Pairs = dict[tuple[int, int], float]


def cluster(count: int, pairs: Pairs) -> set[frozenset[int]]:
    """Cluster by the code under test."""
    left = np.array([a for a, _ in pairs], dtype=np.int64)
    right = np.array([b for _, b in pairs], dtype=np.int64)
    labels, _ = average_link(count, left, right, np.array(list(pairs.values()), dtype=float))
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def oracle(count: int, pairs: Pairs) -> set[frozenset[int]]:
    """Join the two clusters whose chances average most, again and again, by brute force."""
    graph = networkx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from((a, b, chance) for (a, b), chance in pairs.items())
    clusters = [frozenset([node]) for node in graph]

    def average(two: tuple[frozenset[int], frozenset[int]]) -> float:
        edges = networkx.edge_boundary(graph, two[0], two[1], data="weight")
        return float(sum(weight for _, _, weight in edges)) / (len(two[0]) * len(two[1]))

    while len(clusters) > 1:
        best = max(itertools.combinations(clusters, 2), key=average)
        if average(best) < TOGETHER:
            break
        clusters = [one for one in clusters if one not in best] + [best[0] | best[1]]
    return set(clusters)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Pairs]:
    """Draw pairs with chances that never tie, so that there is one right answer."""
    count = draw(st.integers(2, 9))
    every = list(itertools.combinations(range(count), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=len(every)))
    mixer = random.Random(draw(st.integers(0, 10_000)))  # noqa: S311
    return count, {pair: 0.03 + 0.96 * mixer.random() for pair in chosen}


@settings(max_examples=200)
@given(graphs())
def test_average_link_equals_brute_force(graph: tuple[int, Pairs]) -> None:
    assert cluster(*graph) == oracle(*graph)


def test_a_bridge_between_two_people_does_not_join_them() -> None:
    threes = [*itertools.combinations((0, 1, 2), 2), *itertools.combinations((3, 4, 5), 2)]
    pairs = dict.fromkeys(threes, 0.99) | {(2, 3): 0.95}
    assert cluster(6, pairs) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_an_average_of_one_half_joins() -> None:
    assert cluster(2, {(0, 1): 0.5}) == {frozenset({0, 1})}
    assert cluster(2, {(0, 1): 0.4999}) == {frozenset({0}), frozenset({1})}


def test_a_lump_too_large_for_a_matrix_is_cut_higher() -> None:
    chain: Pairs = {(at, at + 1): 0.05 for at in range(2_500)}
    chain |= {(at, at + 1): 0.9 for at in range(0, 2_500, 2)}
    found = cluster(2_501, chain)
    assert all(len(one) <= 2 for one in found)
    assert sum(len(one) == 2 for one in found) == 1_250


@pytest.mark.parametrize("seed", [1, 2])
def test_duplicates_are_found_whatever_the_order_of_rows(engine: Engine, seed: int) -> None:
    rows = children(250)
    doubled = asked(rows[:80])
    for row in doubled[:10]:
        row["given_name"], row["family_name"] = row["family_name"], row["given_name"]
    rows += doubled
    straight = deduplicate(engine, described(rows))
    random.Random(seed).shuffle(rows)  # noqa: S311
    mixed = deduplicate(engine, described(rows))
    assert mixed.clusters["cluster"] == straight.clusters["cluster"]
    groups: dict[str, list[str]] = {}
    for row in straight.clusters.to_pylist():
        groups.setdefault(row["cluster"], []).append(row["record"])
    joined = [group for group in groups.values() if len(group) > 1]
    assert all({record[1:] for record in group} == {group[0][1:]} for group in joined)
    assert len(joined) >= 78
    alone = [row for row in straight.clusters.to_pylist() if row["probability"] is None]
    assert {row["record"] for row in alone} == {g[0] for g in groups.values() if len(g) == 1}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_or_no_records(engine: Engine, count: int) -> None:
    found = deduplicate(engine, described(children(3)).slice(0, count))
    assert found.clusters["record"].to_pylist() == found.clusters["cluster"].to_pylist()
    assert found.clusters.num_rows == count
