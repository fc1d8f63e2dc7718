"""Choosing one word of several by a declared order of words."""

from collections.abc import Sequence
from typing import cast

import ibis
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
    place = ibis.cases(*((words == word, place) for place, word in enumerate(order)))
    found = place.min(where=where)
    back = ibis.cases(*((found == place, word) for place, word in enumerate(order)))
    return cast("ir.StringScalar", back)
