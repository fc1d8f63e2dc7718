"""What is to be made of a district, and one sheet with what is known of it."""

from dataclasses import dataclass

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District

SYSTEMS = ("oneroster", "oneroster_1p1", "sql", "edfi")
"""The forms a student information system can be written in; plain files come always."""


@dataclass(frozen=True)
class Plan:
    """What is to be made of a district.

    Attributes:
        dirt: One of `hit_pipeline.synth.dirt.kinds.DIRT`.
        deliveries: One of `hit_pipeline.synth.nightly.DELIVERIES`.
        systems: Which of `SYSTEMS` the student information system is written in.
        dates: Local dates of the nights, ISO and in order, in place of those of ``deliveries``.
    """

    district: District
    dirt: str
    deliveries: str
    systems: tuple[str, ...]
    dates: tuple[str, ...] = ()

    @property
    def nights(self) -> list[Night]:
        """The nights on which files arrive, in order."""
        return nights(self.deliveries, self.district.years, self.dates)


@dataclass(frozen=True)
class Recorded:
    """A sheet with what the key needs to say what its rows are about."""

    sheet: Sheet
    night: Night
    claims: Claims | None = None
    log: Log | None = None
