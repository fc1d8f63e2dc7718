"""How much the levels of a pair weigh together, beyond what each weighs alone.

Two things tie comparisons together. A family moves: then the whole address differs at once, and
that counts once. And brothers and sisters share family name, address, telephone and, as twins, the
birth date: a pair that agrees in nothing but these may be two children of one family. The weight is
the likelihood ratio of *one person* against *two people, who may be of one family*::

    R = own * birth * family / (1 - s + s * family * (1 - t + t * birth))

where ``family`` is the product of what families share, ``s`` the chance that a person drawn by lot
is of the same family, and ``t`` that two children of one family are twins. Twins are in one grade,
and every second two children of one family go to one school.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hit_pipeline.identity.linkage.levels import Comparison
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.linkage.splinking import Pairs

MOVED = 0.05
"""Share of people whose two statements tell two different addresses."""
TWINS = 0.04
"""Share of pairs of children of one family who are twins."""

_ONE_SCHOOL = 0.5
_LEAST = 1e-12


@dataclass(frozen=True)
class Weighed:
    """The weights of pairs, as natural logarithms.

    Attributes:
        total: Of everything together.
        settled: Chance that the address did not change, given that the pair is one person.
        related: Chance that the two are of one family, given that they are two people.
    """

    total: np.ndarray
    settled: np.ndarray
    related: np.ndarray


@dataclass(frozen=True)
class Scale:
    """What pairs are weighed with.

    Attributes:
        comparisons: The columns of the levels.
        common: Per comparison with a frequency, how common the value of each known statement is.
        people: Number of known people.
    """

    comparisons: Sequence[Comparison]
    common: Mapping[str, np.ndarray]
    people: int

    def weigh(self, pairs: Pairs, model: Model) -> Weighed:
        """Weigh pairs with some parameters."""
        groups = {name: np.zeros(len(pairs)) for name in _GROUPS}
        for at, one in enumerate(self.comparisons):
            groups[one.group] += self._weights(pairs, at, model)
        moved = np.log(MOVED)
        stayed = np.log1p(-MOVED) + groups["address"]
        address = np.logaddexp(stayed, moved)
        settled = np.exp(stayed - address)
        family = groups["family"] + groups["household"] + address
        chance = min(model.siblings / max(self.people, 1), 0.5)
        twin = np.logaddexp(np.log1p(-TWINS), np.log(TWINS) + groups["birth"])
        school = np.logaddexp(np.log1p(-_ONE_SCHOOL), np.log(_ONE_SCHOOL) + groups["school"])
        related = np.log(chance) + family + twin + school
        two = np.logaddexp(np.log1p(-chance), related)
        total = groups["own"] + groups["birth"] + groups["school"] + family - two
        return Weighed(total, settled, np.exp(related - two))

    def _weights(self, pairs: Pairs, at: int, model: Model) -> np.ndarray:
        """Return the weight of one comparison's levels, zero where nothing can be said."""
        one = self.comparisons[at]
        levels = pairs.levels[:, at]
        m = np.maximum(model.m[one.name], _LEAST)
        u = np.maximum(model.u[one.name], _LEAST)
        weights: np.ndarray = np.append(np.log(m / u), 0.0)[
            levels
        ]  # the last is that of `UNCOMPARED`
        if one.name in self.common:
            same = levels == 0
            common = self.common[one.name][pairs.told[same]]
            weights[same] = np.log(m[0]) - np.log(np.maximum(common, _LEAST))
        return weights


_GROUPS = ("own", "birth", "school", "family", "address", "household")
