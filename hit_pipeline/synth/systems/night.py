"""Nights: the instants at which files arrive, and how much of the truth each may know."""

from dataclasses import dataclass

import numpy as np

Instant = np.datetime64
"""UTC, in seconds."""


@dataclass(frozen=True)
class Night:
    """One delivery date of all systems.

    Attributes:
        number: From 0.
        today: Local date; its school day is over. Everything up to it has happened.
        before: Date of the night before; everything up to it was known then. NaT on the first.
        at: Instant the files arrive, UTC: what was logged later is not yet known.
        at_before: That of the night before; NaT on the first.
        is_last: True on the last night of the district.
    """

    number: int
    today: np.datetime64
    before: np.datetime64
    at: np.datetime64
    at_before: np.datetime64
    is_last: bool

    @property
    def stamp(self) -> str:
        """Date as file names carry it, for example ``20251004``."""
        return str(self.today).replace("-", "")

    @property
    def is_first(self) -> bool:
        """True on the first night."""
        return self.number == 0
