"""What holds for the suite of every table."""

import pytest

from expectations.catalog import rules_of
from expectations.statements import suite_of
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table
from tests.unit.expectations.conftest import Bench

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@EVERY_TABLE
def test_an_empty_table_passes_every_rule(bench: Bench, table: Table) -> None:
    verdict = bench.check(table.name)
    assert verdict.passed
    assert verdict.failures == ()
    assert verdict.row_count == 0


@EVERY_TABLE
def test_every_rule_is_stated_once_with_owner_and_remedy(table: Table) -> None:
    rules = rules_of(table)
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.table == table.name
        assert {*rule.columns} <= {*table.column_names}
        assert rule.says
        assert rule.owner
        assert rule.remedy.endswith(".")
        assert {*rule.reads} <= TABLES.keys()


@EVERY_TABLE
def test_every_declared_property_has_its_rule(table: Table) -> None:
    kinds = {(rule.kind, rule.columns) for rule in rules_of(table)}
    for column in table.columns:
        about = (column.name,)
        assert (("required", about) in kinds) == column.required
        assert (("valid", about) in kinds) == bool(column.valid)
        bounded = column.minimum is not None or column.maximum is not None
        assert (("range", about) in kinds) == (bounded or column.type == "number")
    assert (("key", table.key) in kinds) == bool(table.key)
    for reference in table.references:
        assert ("reference", reference.columns) in kinds
    assert ("columns", table.column_names) in kinds


def test_a_suite_carries_what_a_rule_says() -> None:
    rules = rules_of(TABLES["student"])
    stated = {(one.meta or {})["rule"]: one for one in suite_of("student", rules).expectations}
    assert [*stated] == [rule.id for rule in rules]
    unique = stated["student.key.unique"]
    assert unique.expectation_type == "expect_key_to_be_unique"
    assert unique.severity == "critical"
    assert stated["student.birth_date.age"].severity == "warning"
    assert {"owner", "remedy", "against", "columns"} <= (unique.meta or {}).keys()


def test_two_rules_of_one_id_are_no_suite() -> None:
    rules = rules_of(TABLES["tutor"])
    with pytest.raises(ValueError, match="tutor does not hold each"):
        suite_of("tutor", [*rules, rules[0]])
