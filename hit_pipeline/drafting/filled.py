"""One line of a draft: a target of the typed table, what is certain of it and what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Certainty = Literal["sure", "likely", "doubt"]


@dataclass(frozen=True)
class Filled:
    """A target the draft fills.

    Attributes:
        column: Column of the typed table.
        target: Its keys as the contract will have them.
        why: What speaks for it.
        certainty: ``sure``: proven by the roster, or nothing else can be meant; ``likely``: header
            and cells agree; ``doubt``: one of them only, or something is asked.
        doubts: What is asked, a sentence each.
    """

    column: str
    target: Mapping[str, Any]
    why: str
    certainty: Certainty = "likely"
    doubts: tuple[str, ...] = field(default=())

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers it takes cells from."""
        given = self.target.get("from", ())
        return (given,) if isinstance(given, str) else tuple(given)


def doubted(column: str, target: Mapping[str, Any], why: str, *doubts: str) -> Filled:
    """Return a line that asks something."""
    return Filled(column, target, why, "doubt", tuple(one for one in doubts if one))
