"""The parameters of the probabilistic model: shipped, trained, stored as JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from hit_pipeline.identity.linkage.levels import Comparison

VERSION = 1
_DIGITS = 8

Chances = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Model:
    """Parameters of a linkage.

    Attributes:
        m: Per comparison, in the order of its levels, how often two statements about one person
            fall into each.
        u: The same for statements about two people.
        known_share: Share of the asking records whose person is known.
        siblings: How many children of the same family a record has among the known, on average.
        trained: What was trained, in words such as ``u`` and ``m``; empty: all is as shipped.
    """

    m: Chances
    u: Chances
    known_share: float
    siblings: float
    trained: tuple[str, ...] = ()

    @classmethod
    def shipped(cls, comparisons: Sequence[Comparison]) -> "Model":
        """Return the shipped parameters of some comparisons."""
        return cls(
            m={one.name: _sums_to_one([level.m for level in one.levels]) for one in comparisons},
            u={one.name: _sums_to_one([level.u for level in one.levels]) for one in comparisons},
            known_share=0.8,
            siblings=0.5,
        )

    @classmethod
    def from_json(cls, text: str) -> "Model":
        """Read parameters that `to_json` wrote.

        Raises:
            ValueError: They were written by another version.
        """
        held = json.loads(text)
        if held.get("version") != VERSION:
            message = f"the model is of version {held.get('version')}, not {VERSION}"
            raise ValueError(message)
        return cls(
            m={name: tuple(values) for name, values in held["m"].items()},
            u={name: tuple(values) for name, values in held["u"].items()},
            known_share=held["known_share"],
            siblings=held["siblings"],
            trained=tuple(held["trained"]),
        )

    def to_json(self) -> str:
        """Return the parameters as JSON; equal parameters give equal text."""
        held: dict[str, Any] = {
            "version": VERSION,
            "m": {name: list(values) for name, values in self.m.items()},
            "u": {name: list(values) for name, values in self.u.items()},
            "known_share": self.known_share,
            "siblings": self.siblings,
            "trained": list(self.trained),
        }
        return json.dumps(held, sort_keys=True)

    @property
    def digest(self) -> str:
        """The SHA-256 of the parameters, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def covering(self, comparisons: Sequence[Comparison]) -> "Model":
        """Return the model with shipped values for comparisons it does not know."""
        shipped = Model.shipped(comparisons)
        fits = {one.name for one in comparisons if len(self.m.get(one.name, ())) == len(one.levels)}
        return replace(
            self,
            m={name: self.m[name] if name in fits else shipped.m[name] for name in shipped.m},
            u={name: self.u[name] if name in fits else shipped.u[name] for name in shipped.u},
        )

    def rounded(self) -> "Model":
        """Return the model to eight digits: the order of a sum does not show in it."""
        return replace(
            self,
            m={name: tuple(map(_rounded, values)) for name, values in self.m.items()},
            u={name: tuple(map(_rounded, values)) for name, values in self.u.items()},
            known_share=_rounded(self.known_share),
            siblings=_rounded(self.siblings),
        )


def blended(counts: np.ndarray, before: Sequence[float], weight: float) -> tuple[float, ...]:
    """Return the chances that counts show, held to what was believed before.

    Args:
        counts: How often each level was seen.
        before: Chances believed before.
        weight: How many observations that belief is worth.
    """
    believed = np.asarray(before)
    chances = (counts + weight * believed) / (counts.sum() + weight)
    return _sums_to_one(chances)


def _sums_to_one(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    total = float(sum(values))
    return tuple(float(value) / total for value in values)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


EMPTY: Chances = MappingProxyType({})
