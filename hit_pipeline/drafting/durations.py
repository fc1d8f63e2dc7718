"""In what unit a column of durations counts: what its header says, held against its numbers."""

import re
from dataclasses import dataclass
from statistics import median

from hit_pipeline.drafting.looks import Look
from hit_pipeline.drafting.roles import header_words

_STATED = {
    "seconds": r"\b(sec|secs|second|seconds)\b",
    "minutes": r"\b(min|mins|minute|minutes)\b",
    "hours": r"\b(hr|hrs|hour|hours)\b",
}
_PLAUSIBLE = {"seconds": (120, 30_000), "minutes": (4, 480), "hours": (0.05, 8)}


@dataclass(frozen=True)
class Unit:
    """A unit of durations.

    Attributes:
        unit: As a contract names it.
        why: What speaks for it.
        doubt: What speaks against it, or is not certain; empty: nothing.
    """

    unit: str
    why: str
    doubt: str = ""


def unit_of(look: Look) -> Unit | None:
    """Return the unit of a duration; None when its cells are none.

    A header that names a unit is believed unless the numbers cannot be that: half of them must lie
    between 2 minutes and 8 hours or so. Without a word the numbers decide: 30, 45, 60 are minutes,
    1800, 2700 seconds, 0.5, 0.75 hours.
    """
    if look.kind == "clock":
        return _clock(look)
    if not look.is_number:
        return Unit("stated", "cells name their unit") if _names_units(look) else None
    middle = median(_numbers(look))
    words = header_words(look.name)
    stated = next((unit for unit, word in _STATED.items() if re.search(word, words)), None)
    if stated is not None:
        low, high = _PLAUSIBLE[stated]
        fits = low <= middle <= high
        doubt = "" if fits else f"the header says {stated}, but the numbers do not look like it"
        return Unit(stated, f"the header says {stated}", doubt)
    guess = _by_size(look, middle)
    return Unit(
        guess,
        f"half of the numbers are below {_round(middle)}",
        f"no word says that these are {guess}",
    )


def _numbers(look: Look) -> list[float]:
    """Return the numbers above zero, each as often as it stands there."""
    found = [
        float(text)
        for text, count in look.counts.items()
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text)
        for _ in range(min(count, 50))
    ]
    return [number for number in found if number > 0] or [0.0]


def _by_size(look: Look, middle: float) -> str:
    if middle >= 600:
        return "seconds"
    return "hours" if middle <= 5 and look.kind == "number" else "minutes"


def _round(middle: float) -> int:
    """Return a round number above the middle, so that no cell is told."""
    return next(
        one for one in (5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 100_000, 10**12) if one > middle
    )


def _clock(look: Look) -> Unit:
    if all(text.count(":") == 2 for text in look.counts):
        return Unit("hh:mm:ss", "cells are clocks with seconds")
    first = [int(text.split(":")[0]) for text in look.counts]
    if max(first) > 12:
        return Unit(
            "mm:ss", "cells are clocks above 12:00", "minutes and seconds, or hours and minutes?"
        )
    return Unit("hh:mm", "cells are clocks", "hours and minutes, or minutes and seconds?")


def _names_units(look: Look) -> bool:
    named = re.compile(
        r"(?i)(\d+(\.\d+)?\s*(h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\.?\s*)+|PT(\d+[HMS])+"
    )
    return bool(look.counts) and all(named.fullmatch(text) for text in look.counts)
