"""How common a value is: the chance that a second person shares it.

A name that half the school has says less than a rare one. Counts among the known are smoothed by
absolute discounting (Ney, Essen and Kneser 1994), which for values seen once equals the estimate of
Good and Turing: of 5,000 birth dates most are seen once, and the chance that a stranger has one of
them is far below 1 in 5,000.
"""

from collections.abc import Sequence

import ibis.expr.types as ir
import numpy as np

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.levels import Comparison

_LEAST_DISCOUNT, _MOST_DISCOUNT = 0.1, 0.98


def frequencies(
    engine: Engine, rows: ir.Table, comparisons: Sequence[Comparison]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Return how common the values of people's statements are.

    Args:
        engine: Counts.
        rows: Statements as `prepared.Prepared` has them.
        comparisons: Those in play.

    Returns:
        Per comparison with a frequency: the chance of each row's value, in the order of
        ``unique_id`` (not a number where the row states none), and the chance that two people
        share a value.
    """
    by_row: dict[str, np.ndarray] = {}
    shared: dict[str, float] = {}
    for one in comparisons:
        if one.frequency is None:
            continue
        counted = engine.keep(_counts(rows, one.frequency))
        people, once, twice, pairs = _summary(engine, counted)
        discount = once / (once + 2 * twice) if once + twice else _LEAST_DISCOUNT
        discount = min(max(discount, _LEAST_DISCOUNT), _MOST_DISCOUNT)
        joined = rows.left_join(counted, one.frequency)[["unique_id", "held"]]
        held = (
            engine.collect(joined.order_by("unique_id"))["held"]
            .to_numpy(zero_copy_only=False)
            .astype("float64")
        )
        engine.drop(counted)
        by_row[one.name] = (held - discount) / max(people, 1)
        least = once * (1 - discount) ** 2 / max(people, 1) ** 2
        shared[one.name] = max(pairs / max(people * (people - 1) / 2, 1), least, 1e-12)
    return by_row, shared


def _counts(rows: ir.Table, column: str) -> ir.Table:
    """Return ``<column>, held``: how many people state each value."""
    stated = rows.filter(rows[column].notnull())
    return stated.group_by(column).agg(held=stated.record.nunique())


def _summary(engine: Engine, counted: ir.Table) -> tuple[int, int, int, float]:
    """Return people, values held once and twice, and pairs of people with one value."""
    held = counted.held
    row = engine.collect(
        counted.aggregate(
            people=held.sum(),
            once=(held == 1).sum(),
            twice=(held == 2).sum(),
            pairs=(held.cast("float64") * (held - 1) / 2).sum(),
        )
    ).to_pylist()[0]
    return row["people"] or 0, row["once"] or 0, row["twice"] or 0, row["pairs"] or 0.0
