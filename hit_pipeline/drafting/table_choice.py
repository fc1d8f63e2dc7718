"""Which typed table a file feeds: by roles of its headers, and by shipped contracts."""

from collections.abc import Mapping
from dataclasses import dataclass

from hit_pipeline.drafting.knowledge import Fed, Knowledge
from hit_pipeline.drafting.roles import Meaning
from hit_pipeline.sources.reading.headers import plain_name

_SHIPPED = 8.0
_CLOSE = 0.8


@dataclass(frozen=True)
class Choice:
    """The table chosen.

    Attributes:
        table: The table; None when nothing speaks for any.
        score: What speaks for it, less what speaks against it.
        rival: Another table that is nearly as likely; None: there is none.
    """

    table: Fed | None
    score: float = 0.0
    rival: Fed | None = None


def table_choices(found: Mapping[str, Meaning], known: Knowledge) -> list[Choice]:
    """Return the tables anything is said for, the likeliest first.

    The next one is a rival when it has at least four fifths of the score.
    """
    scores = [(_score(table, found, known), table) for table in known.tables.values()]
    ranked = sorted((one for one in scores if one[0] > 0), key=lambda one: -one[0])
    following = [*ranked[1:], (0.0, None)][: len(ranked)]
    return [
        Choice(table, score, rival if next_best >= _CLOSE * score else None)
        for (score, table), (next_best, rival) in zip(ranked, following, strict=True)
    ]


def _score(table: Fed, found: Mapping[str, Meaning], known: Knowledge) -> float:
    roles = [group for meaning in found.values() for group in meaning.groups]
    if not set(table.needs) <= set(roles):
        return 0.0
    there = set(roles)
    total = float(sum(weight for role, weight in table.weights.items() if role in there))
    total -= sum(weight for role, weight in table.against.items() if role in there)
    scores = roles.count("score")
    total += (
        min(scores, 8) / 2 * (table.weights.get("score", 0) - table.against.get("score", 0)) / 4
    )
    return total + _SHIPPED * _resemblance(table, found, known)


def _resemblance(table: Fed, found: Mapping[str, Meaning], known: Knowledge) -> float:
    """Return the share of the headers that shipped contracts send to the table."""
    hits = 0.0
    for header in found:
        sent = known.headers.get(plain_name(header))
        if sent:
            hits += sum(n for (name, _), n in sent.items() if name == table.name) / sum(
                sent.values()
            )
    return hits / len(found) if found else 0.0
