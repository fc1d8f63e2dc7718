"""Each rule written by hand finds what it is against, counts it, and lets the rest pass."""

from collections.abc import Mapping

import pytest

from expectations.baseline import baseline
from expectations.catalog import rules_of
from expectations.measure import Surroundings, measure
from hit_pipeline.tables.catalog import TABLES
from tests.unit.expectations.cases import CASES, Case, Rows
from tests.unit.expectations.conftest import NOW, YEAR, Bench, as_arrow
from tests.unit.expectations.program_cases import PROGRAM_CASES
from tests.unit.expectations.review_cases import REVIEW_CASES

EVERY = CASES | PROGRAM_CASES | REVIEW_CASES
EVERY_RULE = pytest.mark.parametrize(("rule", "case"), EVERY.items(), ids=EVERY)


def against(bench: Bench, rule: str, rows: Rows, others: Mapping[str, Rows]) -> int:
    """Return what stands against one rule."""
    for name, other in others.items():
        bench.promoted(name, *other)
    table = TABLES[rule.partition(".")[0]]
    (stated,) = (one for one in rules_of(table) if one.id == rule)
    path = bench.candidate(table, as_arrow(table, rows))
    year = YEAR if table.partitioned else None
    return measure(table, path, [stated], Surroundings(bench.lake, year, NOW.date())).against[rule]


@EVERY_RULE
def test_a_rule_counts_what_is_against_it(bench: Bench, rule: str, case: Case) -> None:
    assert against(bench, rule, case.against, case.others) == case.counted


@EVERY_RULE
def test_a_rule_lets_the_rest_pass(bench: Bench, rule: str, case: Case) -> None:
    assert against(bench, rule, case.holds, case.others) == 0


def test_every_rule_written_by_hand_is_tried() -> None:
    derived = {rule.id for table in TABLES.values() for rule in baseline(table)}
    every = {rule.id for table in TABLES.values() for rule in rules_of(table)}
    assert every - derived == EVERY.keys()
