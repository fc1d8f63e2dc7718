"""Choosing one word of several by a declared order of words."""

from collections.abc import Sequence
from typing import cast

import ibis.expr.types as ir


def foremost(
    words: ir.StringColumn, order: Sequence[str], where: ir.BooleanValue | None = None
) -> ir.StringScalar:
    """Return, as an aggregate, the word that comes first in an order; null when there is none.

    Args:
        words: The words; nulls do not count.
        order: Every word there is, the foremost first.
        where: Rows to look at; None: all.
    """
    places = list(enumerate(order))
    found = words.cases(*((word, place) for place, word in places)).min(where=where)
    return cast("ir.StringScalar", found.cases(*places))
