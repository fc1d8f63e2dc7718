"""Conditions that are either true or not, for filters and choices over cells that may be null."""

from typing import cast

import ibis
import ibis.expr.types as ir


def holds(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return true where a condition holds and false where it does not or is unknown."""
    return cast("ir.BooleanValue", condition.fill_null(ibis.literal(value=False)))


def may_hold(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return true where a condition holds or is unknown and false where it does not hold."""
    return cast("ir.BooleanValue", condition.fill_null(ibis.literal(value=True)))
