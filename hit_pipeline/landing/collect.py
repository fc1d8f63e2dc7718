"""Collecting a source: land everything of its folder that was received on a day."""

import hashlib
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.seen import stamp_of, unseen
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter


@dataclass(frozen=True)
class Collected:
    """What one day of one source came to.

    Attributes:
        deliveries: Deliveries of the day, those already landed included.
        folder: The source's folder in the landing zone.
        seconds: Time it took.
    """

    deliveries: tuple[Delivery, ...]
    folder: Path
    seconds: float

    @property
    def rows(self) -> int:
        """Landed rows of the day."""
        return sum(one.rows for one in self.deliveries)

    @property
    def refused(self) -> tuple[Delivery, ...]:
        """Deliveries that were refused."""
        return tuple(one for one in self.deliveries if one.status == "refused")


def waiting(district: District, source: str, now: datetime) -> list[Arrival]:
    """Return what lies settled in a source's folder, landed before or not, oldest first."""
    folder = district.inbox_path / (district.sources[source].path or source)
    return list(adapter(district, source, now).arrivals(folder))


def what_waits(district: District, now: datetime) -> str:
    """Return a digest of what lies settled and was not landed; empty when nothing does.

    It changes when a file comes, goes or changes; no file is read for it.
    """
    found = [
        f"{source}/{arrival.name}\0{stamp_of(arrival)}"
        for source in district.sources
        for arrival in unseen(district.lake_path, source, waiting(district, source, now))
    ]
    told = "\n".join(found).encode("utf-8", "surrogateescape")
    return hashlib.sha256(told).hexdigest() if found else ""


def collect(context: BuildContext, source: str, day: date) -> Collected:
    """Land everything that waits, when the day is that of the run; return the day's deliveries.

    A delivery is received on the day it is landed. Asking for an earlier day lands nothing and
    returns what was landed then; asking twice changes nothing.
    """
    begun = time.monotonic()
    if day == context.today:
        reader = adapter(context.district, source, context.now)
        for arrival in waiting(context.district, source, context.now):
            land(context.engine, context.lake, arrival, reader, district=context.district)
    landed = [one for one in deliveries(context.lake, source) if one.received_date == day]
    return Collected(tuple(landed), context.lake.landing / source, time.monotonic() - begun)
