"""What keeps a typed row out of a conformed table: found here, quarantined by the typing step."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Problem:
    """One rule that typed rows can break.

    Attributes:
        rule: Rule id, such as ``session.no_date``.
        column: Column of the typed table to look at; empty when it is not one.
        reason: Why such a row cannot be conformed, in words without values.
        found: True for a row that breaks it; never null.
    """

    rule: str
    column: str
    reason: str
    found: ir.BooleanValue


def without(rows: ir.Table, problems: Sequence[Problem]) -> ir.Table:
    """Return the rows that break none of the rules; problems are over these rows."""
    return rows.filter(~problem.found for problem in problems)


def listed(rows: ir.Table, problems: Sequence[Problem]) -> ir.Table:
    """Return one row per typed row and rule it breaks; problems are over these rows.

    Columns: ``_source, _delivery_id, _file, _row, rule, column, reason``.
    """
    marks = {f"_broken_{place}": problem.found for place, problem in enumerate(problems)}
    marked = rows.select("_source", "_delivery_id", "_file", "_row", **marks)
    broken = marked.filter(reduce(or_, (marked[name] for name in marks)))
    found = [
        broken.filter(broken[name])
        .drop(*marks)
        .mutate(
            rule=ibis.literal(problem.rule),
            column=ibis.literal(problem.column),
            reason=ibis.literal(problem.reason),
        )
        for name, problem in zip(marks, problems, strict=True)
    ]
    return ibis.union(*found) if len(found) > 1 else found[0]
