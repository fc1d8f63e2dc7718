"""Which state of an Ed-Fi ODS is asked for: everything, or what changed between change versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from hit_pipeline.errors import NotServed
from hit_pipeline.sources.edfi.paging import Crawl, Window
from hit_pipeline.sources.edfi.service import Service
from hit_pipeline.sources.pull.pulling import Part
from hit_pipeline.sources.web.client import RefusedError

_ROUNDS = 5
"""How often what changed while a whole was read is read after it."""
_OVERLAP = 100
"""Change versions an increment begins before the last one: writes under way then were not seen."""


@dataclass(frozen=True)
class State:
    """The state of the server one pull asks for.

    Attributes:
        newest: Newest change version when the pull began; None: there are no change queries.
        oldest: Oldest change version it knows of.
        place: Digest of the address: versions of another database mean nothing here.
    """

    newest: int | None
    oldest: int
    place: str

    @staticmethod
    def of(service: Service, parts: Sequence[Part]) -> "State":
        """Ask for the state, and choose a snapshot where there is one."""
        place = sha256(service.at.data.encode()).hexdigest()[:12]
        known = service.versions()
        if known is None:
            return State(None, 0, place)
        since = max((_version(part.since, place) or 0 for part in parts), default=0)
        if service.take_snapshot(since):
            known = service.versions() or known
        return State(known[1], known[0], place)

    def low(self, part: Part) -> int | None:
        """Return where a part's increment begins; None: everything is asked for.

        Everything is, too, when the newest version is below the one known (the database was
        restored), the changes since are not remembered any more, or it is another database.
        """
        since = _version(part.since, self.place)
        if since is None or self.newest is None or self.newest < since or self.oldest > since + 1:
            return None
        return max(since + 1 - _OVERLAP, self.oldest, 0) if self.newest > since else since + 1

    def cursor(self, newest: int | None) -> str | None:
        """Return where the next increment begins."""
        return None if newest is None else f"{newest}@{self.place}"


def _version(cursor: str | None, place: str) -> int | None:
    """Return the change version of a cursor of the same database."""
    version, _, of = (cursor or "").partition("@")
    return int(version) if version.isdigit() and of == place else None


def changes(crawl: Crawl, low: int, high: int) -> bool:
    """Read what changed between two versions; False: what was deleted is not to be had."""
    if low > high:
        return True
    try:
        crawl.read(Window("deletes", low, high))
    except (NotServed, RefusedError):
        return False
    crawl.read(Window("rows", low, high))
    try:
        crawl.read(Window("keyChanges", low, high))
    except (NotServed, RefusedError):
        return True
    for one in sorted(crawl.ids("keyChanges") - crawl.ids("rows") - crawl.ids("deletes")):
        _read_one(crawl, one)
    return True


def _read_one(crawl: Crawl, record_id: str) -> None:
    """Read a row whose key changed; one that is not to be had any more is passed over."""
    try:
        crawl.one(record_id)
    except (NotServed, RefusedError):
        return


def whole(service: Service, crawl: Crawl, newest: int | None) -> int | None:
    """Read everything, and what changed meanwhile; return the version it is the state of.

    What was deleted meanwhile and is not told of is found by the next whole, the night after.
    """
    if newest is None:
        crawl.read(Window("rows"))
        return None
    begun = crawl.pages.asked[0]["window"][2] if crawl.pages.asked else newest
    high = begun if begun is not None and begun <= newest else newest
    crawl.read(Window("rows", 0, high))
    for _ in range(_ROUNDS):
        known = service.versions()
        if known is None or known[1] <= high:
            break
        if not changes(crawl, high + 1, known[1]):
            crawl.read(Window("rows", high + 1, known[1]))
        high = known[1]
    return high
