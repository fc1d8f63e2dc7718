"""Collecting a source: ask for what is new, and land everything that was received on a day."""

import hashlib
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.errors import LakeBusy, SourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.seen import stamp_of, unseen
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter, transport
from hit_pipeline.sources.mirror.mirroring import Mirror


@dataclass(frozen=True)
class Collected:
    """What one day of one source came to.

    Attributes:
        deliveries: Deliveries of the day, those already landed included.
        folder: The source's folder in the landing zone.
        seconds: Time it took.
        failure: Why not all that waits could be brought; None when nothing failed.
        left: Why landed files could not be cleared away where they came from; None when they were.
    """

    deliveries: tuple[Delivery, ...]
    folder: Path
    seconds: float
    failure: SourceError | None = None
    left: str | None = None

    @property
    def rows(self) -> int:
        """Landed rows of the day."""
        return sum(one.rows for one in self.deliveries)

    @property
    def refused(self) -> tuple[Delivery, ...]:
        """Deliveries that were refused."""
        return tuple(one for one in self.deliveries if one.status == "refused")

    @property
    def held(self) -> tuple[Delivery, ...]:
        """Deliveries that wait for approval."""
        return tuple(one for one in self.deliveries if one.status == "held")


def waiting(district: District, source: str, now: datetime) -> list[Arrival]:
    """Return what lies settled on this machine, landed before or not, oldest first.

    Of a source that is asked that is what was brought and not landed yet: nobody is asked.
    """
    way = transport(district, source, now)
    return list(way.arrivals(adapter(district, source, now)))


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


def is_any_asked(district: District) -> bool:
    """Say whether some source must be asked before anybody knows what is new."""
    return any(source.is_asked for source in district.sources.values())


def mirrored(district: District) -> list[str]:
    """Return the sources whose files lie on a server or in a store."""
    return [name for name, source in district.sources.items() if source.sftp or source.store]


def news_outside(district: District, now: datetime) -> tuple[str, list[str]]:
    """List the servers and stores of files; nothing is fetched.

    Returns:
        A digest of what is new there and lies still, empty when nothing does; and why some could
        not be looked into.
    """
    lake = Lake.open(district.lake_path)
    news, failures = [], []
    for source in mirrored(district):
        way = transport(district, source, now)
        try:
            with lake.lease(f"the listing of {source}", now, name=f"asking-{source}"):
                found = way.news() if isinstance(way, Mirror) else ""
        except (SourceError, LakeBusy) as failure:
            failures.append(str(failure))
        else:
            news += [f"{source}\0{found}"] if found else []
    return hashlib.sha256("\n".join(news).encode()).hexdigest() if news else "", failures


def bring(district: District, source: str, now: datetime) -> SourceError | None:
    """Ask a source for what is new; return why not all of it could be had, None when it could.

    One process at a time asks a source. The lake's writer is not kept waiting meanwhile; what was
    brought before a failure is landed all the same.

    Raises:
        LakeBusy: Another process is asking the source.
    """
    lake = Lake.open(district.lake_path)
    if not district.sources[source].is_asked:
        return None
    with lake.lease(f"the asking of {source}", now, name=f"asking-{source}"):
        try:
            transport(district, source, now).bring()
        except SourceError as failure:
            return failure
    return None


def collect(
    context: BuildContext, source: str, day: date, failure: SourceError | None = None
) -> Collected:
    """Land everything that waits, when the day is that of the run; return the day's deliveries.

    A delivery is received on the day it is landed. Asking for an earlier day lands nothing and
    returns what was landed then; asking twice changes nothing. One arrival that cannot be read
    does not keep the others waiting.

    Args:
        context: Engine, lake and district.
        source: Name of the source.
        day: Day in the district's zone.
        failure: Why not all could be brought, see `bring`.
    """
    begun = time.monotonic()
    left = None
    if day == context.today:
        reader = adapter(context.district, source, context.now)
        way = transport(context.district, source, context.now)
        for arrival in way.arrivals(reader):
            try:
                landed = land(
                    context.engine, context.lake, arrival, reader, district=context.district
                )
            except SourceError as problem:
                failure = failure or problem
            else:
                way.done(arrival, landed)
        left = way.end()
    found = [one for one in deliveries(context.lake, source) if one.received_date == day]
    seconds = time.monotonic() - begun
    return Collected(tuple(found), context.lake.landing / source, seconds, failure, left)
