"""Seeded randomness: the one place where random numbers come from.

Every subject (a student, a session, ...) gets a stream of its own, so that adding one more of
something leaves all others as they were.
"""

import uuid
from collections.abc import Sequence
from random import Random

_NAMESPACE = uuid.UUID("6a3f3d0e-58a4-4c0e-9d56-0f3b7c1f2a10")


def stream(seed: int, *subject: object) -> Random:
    """Return the random stream of one subject; the same seed and subject give the same stream."""
    name = "/".join(str(part) for part in (seed, *subject))
    return Random(name)  # noqa: S311 - invented data, nothing here is a secret


def opaque_id(seed: int, *subject: object) -> str:
    """Return a GUID-like text for one subject, the same on every night."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in (seed, *subject))))


def ranked(rng: Random, pool: Sequence[str]) -> str:
    """Draw one value of a pool ordered from common to rare.

    The first half of the pool is drawn about twice as often as the second half, and the very first
    values most: common names collide, as they do in a real district.
    """
    return pool[int(len(pool) * rng.random() ** 1.8)]
