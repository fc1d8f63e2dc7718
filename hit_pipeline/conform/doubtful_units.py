"""Lengths in a session log that a wrong unit in the contract would explain, counted by delivery.

A finding about a delivery, not a verdict: rows stay as they are. Which unit a week is in is proved
from the rows that stand, by `hit_pipeline.conform.session_units`.
"""

from collections.abc import Iterator
from typing import Any

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding

LENGTHS = ("planned_seconds", "held_seconds", "present_seconds")
FEWEST = 20
"""Fewer lengths of a delivery than these prove nothing."""
RAREST = 50
"""One length of so many may be too long by a slip, such as a forgotten sign-out."""
SHORTEST = 120
"""Seconds; half an hour written in minutes and read as seconds is shorter."""
_RULE = "contract.unit_doubtful"
_WORDS = {
    "longer": "lengths beyond the longest session: does the column count something smaller?",
    "shorter": "lengths shorter than two minutes: does the column count something larger?",
}


def doubtful_units(engine: Engine, log: ir.Table, longest: int) -> Iterator[tuple[str, Finding]]:
    """Yield a finding, with its delivery, for each column of lengths that can hardly be right.

    Args:
        engine: The engine.
        log: Rows of ``typed_session_log`` of one source.
        longest: Seconds of the longest session the district takes for possible. Doubtful is a unit
            when `FEWEST` lengths of a delivery and one of `RAREST` above zero exceed it, or when
            most are shorter than `SHORTEST`.
    """
    counts = {}
    for name in LENGTHS:
        length = log[name]
        counts[f"all {name}"] = (length > 0).sum()
        counts[f"longer {name}"] = (length > longest).sum()
        counts[f"shorter {name}"] = ((length > 0) & (length < SHORTEST)).sum()
    found = log.group_by("_delivery_id", "_file").aggregate(**counts)
    rows = engine.collect(found.order_by("_delivery_id", "_file")).to_pylist()
    for row in rows:
        yield from ((row["_delivery_id"], one) for one in _of_delivery(row))


def _of_delivery(row: dict[str, Any]) -> Iterator[Finding]:
    for name in LENGTHS:
        every, longer, shorter = (row[f"{kind} {name}"] or 0 for kind in ("all", *_WORDS))
        found = {"longer": longer * RAREST >= every, "shorter": shorter * 2 > every}
        for kind, count in (("longer", longer), ("shorter", shorter)):
            if count >= FEWEST and found[kind]:
                yield Finding(row["_file"], _RULE, "warning", count, _WORDS[kind], name)
