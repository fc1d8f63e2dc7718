"""`hit source new` on samples nobody here made finds most of what the shipped contracts say."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.draft_table import Compared, as_lines, compare_all

FLOOR = 0.9
"""Least share of all points that a draft without the product's own contract gets right."""


@pytest.fixture(scope="module")
def compared(samples: Path) -> list[Compared]:
    return compare_all(samples)


def test_most_of_every_shipped_contract_is_found_from_a_sample(compared: list[Compared]) -> None:
    right, total = sum(one.right for one in compared), sum(len(one.points) for one in compared)
    assert right >= FLOOR * total, "\n".join(as_lines(compared, verbose=True))


@pytest.mark.parametrize("kind", ["layout", "columns", "table", "dates"])
def test_what_can_be_proven_from_a_file_is_always_right(
    compared: list[Compared], kind: str
) -> None:
    wrong = [
        (one.contract, p.what)
        for one in compared
        for p in one.points
        if p.kind == kind and not p.right
    ]
    assert wrong == []


def test_no_sample_is_drafted_badly(compared: list[Compared]) -> None:
    shares = {one.contract: one.right / len(one.points) for one in compared}
    assert min(shares.values()) >= 0.7, shares


def test_the_table_names_every_sample(compared: list[Compared]) -> None:
    lines = as_lines(compared)
    assert Counter(one.contract for one in compared) == Counter(
        name
        for line in lines
        for name in line.split()
        if name in {one.contract for one in compared}
    )
