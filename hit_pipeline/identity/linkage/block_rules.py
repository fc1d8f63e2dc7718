"""The rules that bring pairs together, from the narrowest meaning to the widest.

A key is made of columns of `prepared.Prepared`, of their first letters (``last:2``), or of parts of
the birth date (``year``, ``month_day``, ``turned``: month and day whichever way round), or
``names``: given and family name whichever way round.
"""

from dataclasses import dataclass

Key = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """Pairs whose keys are equal.

    Attributes:
        mine: Parts of the key on the asking side; see `_part`.
        told: Parts on the known side, in the same order.
        wide: Used only where the files are small.
        alone: Used only where a file is compared with itself: a key that is made of other parts on
            the other side then brings nothing together.
    """

    mine: Key
    told: Key
    wide: bool = False
    alone: bool = False


def _same(*parts: str, wide: bool = False, alone: bool = False) -> Rule:
    return Rule(parts, parts, wide, alone)


RULES = (
    _same("born", "given:1"),
    _same("born", "last:2"),
    Rule(("born", "given:2"), ("born", "last:2")),
    Rule(("born", "last:2"), ("born", "given:2")),
    _same("given", "last"),
    Rule(("given", "last"), ("last", "given")),
    _same("names", alone=True),
    _same("root", "fam"),
    Rule(("root", "fam"), ("root", "fam_end")),
    Rule(("root", "fam_end"), ("root", "fam")),
    _same("phone"),
    _same("email"),
    _same("sound", "last_sound"),
    _same("last", "school", "grade"),
    _same("root", "school", "grade"),
    _same("school", "last:3", "given:2"),
    _same("given", "last:2", "year"),
    _same("last", "given:1", "year"),
    _same("last_sound", "given:1", "year"),
    _same("last", "given:3", "grade"),
    _same("turned", "given:2"),
    _same("turned", "last:2"),
    _same("line", "house"),
    _same("line", "postcode"),
    _same("last", "postcode", "house"),
    _same("given", "postcode", "house"),
    _same("given", "line"),
    _same("last", "line"),
    Rule(("line",), ("line_2",)),
    Rule(("line_2",), ("line",)),
    _same("line_2", "house"),
    _same("line_2", "postcode"),
    _same("born", wide=True),
    _same("given", "postcode", wide=True),
    _same("last", "postcode", wide=True),
    _same("house", "postcode", wide=True),
    _same("given:3", "last:3", wide=True),
    _same("last", wide=True),
    Rule(("given",), ("last",), wide=True),
    Rule(("last",), ("given",), wide=True),
    _same("last:4", "year", wide=True),
    _same("given:4", "year", wide=True),
    _same("last:4", "month_day", wide=True),
    _same("given:4", "month_day", wide=True),
    _same("last_sound", wide=True),
    _same("given", wide=True),
    _same("line", wide=True),
    _same("last:1", "month_day", wide=True),
    _same("given:1", "month_day", wide=True),
    _same("last:1", "given:1", "year", wide=True),
    _same("postcode", "given:1", wide=True),
    _same("month_day", wide=True),
    _same("last:1", "year", wide=True),
    _same("given:1", "year", wide=True),
    _same("last:3", wide=True),
    _same("given:3", wide=True),
    _same("line_2", wide=True),
    _same("line:6", "postcode", wide=True),
    _same("line:6", "house", wide=True),
    _same("postcode", wide=True),
    _same("locality", wide=True),
    _same("locality", "house", wide=True),
    _same("year", wide=True),
    _same("given:1", wide=True),
    _same("last:1", wide=True),
    _same("house", wide=True),
)
