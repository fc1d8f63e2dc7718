"""The expectations of Great Expectations the rules are stated in, one per kind of rule.

Each looks at one column of a table's measurement, which holds one figure: how much stands against
the rule the column is named for. It expects that figure to be 0.
"""

from collections.abc import Sequence
from typing import Any

import great_expectations as gx
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations.core.expect_column_sum_to_be_between import (
    ExpectColumnSumToBeBetween,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.rule import Kind, Rule


class ExpectNothingAgainst(ExpectColumnSumToBeBetween):
    """Expect that nothing stands against a rule."""

    min_value: Any = 0
    max_value: Any = 0
    _configuration: ExpectationConfiguration | None = PrivateAttr(None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        """What is expected; Great Expectations asks for it fifty times and would make it anew."""
        if self._configuration is None:
            self._configuration = super().configuration
        return self._configuration


class ExpectColumnsToBeAsDeclared(ExpectNothingAgainst):
    """Expect a table's columns by name, type and order."""


class ExpectColumnToHoldNoNull(ExpectNothingAgainst):
    """Expect a value in every row."""


class ExpectColumnToHoldKnownCodes(ExpectNothingAgainst):
    """Expect a column to hold codes of a closed set only."""


class ExpectColumnToLieInRange(ExpectNothingAgainst):
    """Expect a column's values to be finite and within bounds."""


class ExpectKeyToBeUnique(ExpectNothingAgainst):
    """Expect no two rows with equal values in all columns of the key."""


class ExpectReferenceToBeFound(ExpectNothingAgainst):
    """Expect what a row refers to in another table."""


class ExpectEveryRowToHold(ExpectNothingAgainst):
    """Expect a condition to be true, or unknown, of every row."""


class ExpectTotalsToAgree(ExpectNothingAgainst):
    """Expect a figure over whole tables to be the same wherever it is taken."""


_STATED_AS: dict[Kind, type[ExpectNothingAgainst]] = {
    "columns": ExpectColumnsToBeAsDeclared,
    "required": ExpectColumnToHoldNoNull,
    "valid": ExpectColumnToHoldKnownCodes,
    "range": ExpectColumnToLieInRange,
    "key": ExpectKeyToBeUnique,
    "reference": ExpectReferenceToBeFound,
    "row": ExpectEveryRowToHold,
    "total": ExpectTotalsToAgree,
}


def suite_of(table: str, rules: Sequence[Rule]) -> gx.ExpectationSuite:
    """Return the rules of a table as a suite; each carries rule id, owner and remedy as meta.

    Raises:
        ValueError: Two rules have one id, or Great Expectations did not take one.
    """
    suite = gx.ExpectationSuite(name=table, expectations=[_stated(rule) for rule in rules])
    taken = {(one.meta or {}).get("rule") for one in suite.expectations}
    if len(taken) != len(rules):
        message = f"the suite of {table} does not hold each of its {len(rules)} rules once"
        raise ValueError(message)
    return suite


def expectation_type(kind: Kind) -> str:
    """Return the type of the expectation a kind of rule is stated in."""
    return str(_STATED_AS[kind].expectation_type)


def _stated(rule: Rule) -> ExpectNothingAgainst:
    return _STATED_AS[rule.kind](
        column=rule.id,
        severity=FailureSeverity(rule.severity),
        description=f"{', '.join(rule.columns)}: {rule.says}",
        meta={
            "rule": rule.id,
            "columns": list(rule.columns),
            "against": rule.against,
            "owner": rule.owner,
            "remedy": rule.remedy,
        },
    )
