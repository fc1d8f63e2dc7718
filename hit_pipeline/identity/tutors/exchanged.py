"""Given and family name exchanged: how much that says, by how common the names are in each place.

Two people are called Jordan Taylor and Taylor Jordan now and then, but hardly ever Ana Ruiz and
Ruiz Ana. The linkage library weighs all exchanges alike; here the weight is by the names.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

from hit_pipeline.identity.linkage.levels import GIVEN
from hit_pipeline.identity.linkage.model import Model

Name = tuple[str, str]

_LEVEL = next(at for at, level in enumerate(GIVEN.levels) if level.code == "swapped")
SWAPPED = f"{GIVEN.name}={GIVEN.levels[_LEVEL].code}"
"""Evidence code of names exchanged."""
_UNSEEN = 0.5
"""What a name counts that nobody else has in this place."""


@dataclass(frozen=True)
class Exchanged:
    """The names of all accounts.

    Attributes:
        names: Account -> given and family names.
        given: Given name -> accounts.
        family: Family name -> accounts.
        model: What the library weighed with.
    """

    names: dict[str, set[Name]]
    given: dict[str, set[str]]
    family: dict[str, set[str]]
    model: Model

    @classmethod
    def of(cls, names: dict[str, set[Name]], model: Model) -> "Exchanged":
        """Count names in their places."""
        given: dict[str, set[str]] = defaultdict(set)
        family: dict[str, set[str]] = defaultdict(set)
        for account, called in names.items():
            for first, last in called:
                given[first].add(account)
                family[last].add(account)
        return cls(names, given, family, model)

    def weight(self, left: str, right: str) -> float:
        """Return what two accounts' exchanged names weigh beyond what the library gave them.

        Of two orders the rarer one is the slip; it is one person's with the shipped chance of an
        exchange, and two people's as often as others bear both names in these places.
        """
        two = {left, right}
        chances = [
            min(self._chance(name, two), self._chance(name[::-1], two))
            for name in self.names.get(left, ())
            if name[::-1] in self.names.get(right, ())
        ]
        if not chances:
            return 0.0
        given = self.model.m[GIVEN.name][_LEVEL] / self.model.u[GIVEN.name][_LEVEL]
        return math.log(GIVEN.levels[_LEVEL].m / min(chances)) - math.log(given)

    def _chance(self, name: Name, two: set[str]) -> float:
        """Return the chance that somebody else has a name, its parts taken by themselves."""
        first, last = name
        given = len(self.given.get(first, set()) - two) + _UNSEEN
        family = len(self.family.get(last, set()) - two) + _UNSEEN
        return given * family / len(self.names) ** 2
