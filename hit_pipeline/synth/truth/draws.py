"""Seeded randomness in vectors: the one place where random numbers come from.

Every subject of a zone (its names, its absences, ...) has a stream of its own, so that a new draw
of one subject leaves all others as they were.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
"""Dates, ``datetime64[D]``; NaT means no such date."""
Texts = npt.NDArray[np.object_]
"""Python strings; the empty string means there is none."""

DISTRICT = -1
"""Stands for the zone in streams that belong to the whole district."""


def stream(seed: int, zone: int, *subject: object) -> np.random.Generator:
    """Return the random stream of one subject; the same arguments give the same stream."""
    name = "/".join(str(part) for part in subject)
    entropy = (seed % 2**64, zone + 1, crc32(name.encode()))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def choose(rng: np.random.Generator, shares: Sequence[float], size: int) -> Ints:
    """Draw ``size`` positions of ``shares`` in proportion to them; they need not sum to one."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    return np.searchsorted(edges, rng.random(size) * edges[-1], side="right").astype(np.int64)


def chance(rng: np.random.Generator, share: float | Floats, size: int) -> Flags:
    """Draw ``size`` flags, each true with probability ``share``."""
    return np.asarray(rng.random(size) < share)


def spread(starts: Ints, counts: Ints) -> Ints:
    """Return, for every item, the whole numbers ``start .. start + count - 1``, one after another.

    >>> spread(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    total = int(counts.sum())
    before = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(total) - before + np.repeat(starts, counts)


def texts(values: Sequence[str]) -> Texts:
    """Return strings as a vector of objects, also when there is none."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
