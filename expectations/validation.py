"""Great Expectations at work: a suite is validated on the measurement of a table.

A measurement is a data frame of one row with a column per rule, named by its id; a rule that could
not be counted has none. Great Expectations never sees a row of the table, so no value of a pupil
can be in what it returns, logs or renders.

Importing this module imports Great Expectations, which takes seconds: only `run` does, at a check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.rule import Rule
from expectations.statements import expectation_type, suite_of


@dataclass(frozen=True)
class Finding:
    """What Great Expectations said of one rule.

    Attributes:
        expectation: Type of the expectation.
        passed: True when nothing stands against the rule; False when it broke.
        unexpected: What stands against it; None when it broke.
    """

    expectation: str
    passed: bool
    unexpected: int | None


def validate(table: str, rules: Sequence[Rule], against: Mapping[str, int]) -> dict[str, Finding]:
    """Validate a table's suite on what was counted against its rules.

    Returns:
        What was said of every rule, by rule id. A rule whose expectation raised, as it does when
        it was not counted, is broken: it has no figure and is not passed.

    Raises:
        ValueError: The suite could not be built, or a rule was not answered.
    """
    suite = suite_of(table, rules)
    measurement = pd.DataFrame({rule: [count] for rule, count in against.items()}, dtype="int64")
    batch = _measurements().get_batch({"dataframe": measurement})
    said = batch.validate(suite, result_format="BASIC")
    findings = {}
    for one in said.results:
        observed, stated = one.result.get("observed_value"), one.expectation_config
        if stated is not None:
            counted = None if observed is None else int(observed)
            passed = bool(one.success) and counted == 0
            findings[stated.kwargs["column"]] = Finding(stated.type, passed, counted)
    if findings.keys() != {rule.id for rule in rules}:
        message = f"Great Expectations did not answer every rule of {table}"
        raise ValueError(message)
    return findings


def nothing_against(rules: Sequence[Rule]) -> dict[str, Finding]:
    """Return what `validate` says of rules against which nothing stands, by rule id."""
    return {
        rule.id: Finding(expectation_type(rule.kind), passed=True, unexpected=0) for rule in rules
    }


@cache
def _measurements() -> BatchDefinition[Any]:
    """Return where measurements are handed in: one context in memory for the whole process."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("lake")
    return source.add_dataframe_asset("measurement").add_batch_definition_whole_dataframe("table")
