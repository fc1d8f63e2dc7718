"""A place of files outside, mirrored: what is new there is fetched here and landed like dropped.

When a file is whole is told by this machine's clock alone: it is taken when two listings at least
``lake.settle_seconds`` apart show the same size and time. The other side's clock may be wrong by
any amount; its times only put files in order. A pause of that length within one call is enough.

What is landed stays known, so that a place that keeps its files is not read twice. Where they lie
here meanwhile is `copies`.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hit_pipeline.errors import NotServed, PermanentSourceError, SourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery, shown_name
from hit_pipeline.landing.original import arrival_files
from hit_pipeline.sources.base import Adapter
from hit_pipeline.sources.mirror.copies import ChangedError, Copies
from hit_pipeline.sources.mirror.memory import memory_of, read_memory
from hit_pipeline.sources.mirror.remote import Connect, Listed, Listing, Remote, is_safe, is_wanted
from hit_pipeline.sources.retry import Patience
from hit_pipeline.sources.transport import Look

LONGEST_PAUSE = 120.0
"""Seconds waited for files to settle within one call; what needs longer is for the next."""


@dataclass(frozen=True)
class News:
    """What of a listing is not here yet.

    Attributes:
        ready: Files that lie still.
        unsettled: Files that may still be written, or whose group may.
    """

    ready: tuple[Listed, ...]
    unsettled: tuple[Listed, ...]


@dataclass
class Mirror:
    """The transport of sources whose files lie on a server or in a store.

    Attributes:
        source: Name of the source.
        lake: The lake.
        connect: Connects to the place.
        patterns: Shell patterns of the files taken.
        group_of: Which files come together: those with the same word wait for one another, and
            when one of them changes all are fetched.
        archives: Whether landed files are moved to an archive.
        settle_seconds: How long a file must not have changed to be taken.
        patience: How often what failed for the moment is tried again.
        clock: Seconds since 1970, of this machine.
        sleep: Waits.
    """

    source: str
    lake: Lake
    connect: Connect
    patterns: tuple[str, ...]
    group_of: Callable[[str], str]
    archives: bool
    settle_seconds: float
    patience: Patience
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _waiting: dict[str, str] = field(default_factory=dict, init=False)
    _done: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def copies(self) -> Copies:
        """Where files lie until they are landed."""
        return Copies(self.source, self.lake)

    def bring(self) -> None:
        """Fetch what is new and lies still.

        One file that cannot be had keeps no other waiting.

        Raises:
            TransientSourceError: The place cannot be reached, or files changed while they were
                fetched; what was fetched stays.
            PermanentSourceError: It does not let us in, a file may not be read, a name leads out of
                the folder, or the disk is full.
        """
        self.patience.tried(self._bring)

    def news(self) -> str:
        """List the place, fetch nothing; return a digest of what is ready, empty without any.

        Raises:
            SourceError: See `bring`.
        """
        with self.connect() as remote:
            found = self._news(remote, self._listed(remote.listing()))
        told = "\n".join(f"{one.name}\0{one.version}" for one in found.ready)
        return hashlib.sha256(told.encode()).hexdigest() if found.ready else ""

    def arrivals(self, adapter: Adapter) -> Sequence[Arrival]:
        """Return what was fetched whole and waits, oldest first by the times of the place."""
        self.copies.sweep()
        self._waiting = read_memory(self.lake, self.source).fetched
        return adapter.arrivals(self.copies.folder)

    def done(self, arrival: Arrival, delivery: Delivery) -> None:  # noqa: ARG002 (of the protocol)
        """Remember that an arrival is durable, whatever it came to, and clear it away here.

        A copy that another process put in its place meanwhile stays.
        """
        folder = self.copies.folder
        files = {path.relative_to(folder).as_posix(): path for path in arrival_files(arrival)}
        with memory_of(self.lake, self.source) as memory:
            known = {
                name: version
                for name, version in memory.fetched.items()
                if name in files and self._waiting.get(name) == version
            }
            memory.landed.update(known)
            for name in known:
                del memory.fetched[name]
        self._done.update(known)
        self.copies.clear(files[name] for name in known)

    def end(self) -> str | None:
        """Archive what was landed, unless it changed over there meanwhile."""
        if not self.archives or not self._done:
            return None
        try:
            with self.connect() as remote:
                found = [remote.find(name) for name in self._done]
                same = [one for one in found if one and self._done[one.name] == one.version]
                return self._archive(remote, [one.name for one in same])
        except SourceError as failure:
            return self._unarchived(failure)

    def look(self) -> Iterator[Look]:
        """Look at the way in, the folder, what waits there and whether it may be archived."""
        try:
            with self.connect() as remote:
                yield from remote.look()
                listing = remote.listing()
                memory = read_memory(self.lake, self.source)
                known = [one for one in listing.files if is_wanted(one.name, self.patterns)]
                new = [one for one in known if memory.landed.get(one.name) != one.version]
                told = f"{len(listing.files)} there, {len(known)} fit the patterns, {len(new)} new"
                yield Look("files", ok=not listing.closed, seen=told)
        except SourceError as failure:
            yield Look("connection", ok=False, seen=str(failure))
        if why := read_memory(self.lake, self.source).unarchived:
            yield Look("archive", ok=False, seen=why)

    def _bring(self) -> None:
        self.copies.sweep()
        with self.connect() as remote:
            unsettled, failures = self._round(remote)
            pause = self._pause(unsettled)
            if pause is not None:
                self.sleep(pause)
                _, failures = self._round(remote)
        for failure in sorted(failures, key=lambda one: isinstance(one, PermanentSourceError)):
            raise failure

    def _round(self, remote: Remote) -> tuple[Sequence[Listed], list[SourceError]]:
        """List once and fetch what is ready; return what is not, and what could not be had."""
        listing = remote.listing()
        wanted = self._listed(listing)
        if left := self._left(wanted):
            self._archive(remote, left)
        found = self._news(remote, wanted)
        self.copies.announce([*found.ready, *found.unsettled])
        failures = list(self._objections(listing))
        for one in found.ready:
            try:
                self.copies.fetch(remote, one)
            except ChangedError as failure:
                failures.append(failure)
            except NotServed:
                self.copies.forget(one)
            except PermanentSourceError as failure:
                failures.append(failure)
        return found.unsettled, failures

    def _pause(self, unsettled: Sequence[Listed]) -> float | None:
        """Return how long to wait until all that is there has settled; None when not at all."""
        if not unsettled:
            return None
        since = read_memory(self.lake, self.source).listed
        oldest = min(since[one.name][1] for one in unsettled)
        newest = max(since[one.name][1] for one in unsettled)
        pause = max(0.0, newest + self.settle_seconds - self.clock())
        first = max(0.0, oldest + self.settle_seconds - self.clock())
        return next((one for one in (pause, first) if one <= LONGEST_PAUSE), None)

    def _objections(self, listing: Listing) -> Iterator[SourceError]:
        if listing.closed:
            message = f"{self.source}: {len(listing.closed)} folders may not be looked into."
            remedy = "Have the account given the right to, or choose `patterns` or another folder."
            yield PermanentSourceError(message, source=self.source, remedy=remedy)
        odd = [shown_name(one.name) for one in listing.files if not is_safe(one.name)]
        if odd:
            message = f"{self.source}: names lead out of the folder: {', '.join(odd[:5])}."
            remedy = "They are not fetched: find out who put them there, and have them removed."
            yield PermanentSourceError(message, source=self.source, remedy=remedy)

    def _listed(self, listing: Listing) -> dict[str, Listed]:
        """Return the files that are taken, and remember since when each is as it is."""
        wanted = {
            one.name: one
            for one in listing.files
            if is_safe(one.name) and is_wanted(one.name, self.patterns)
        }
        now = self.clock()
        with memory_of(self.lake, self.source) as memory:
            before = memory.listed
            memory.listed = {
                name: _since(before.get(name), one.version, now) for name, one in wanted.items()
            }
        return wanted

    def _left(self, wanted: Mapping[str, Listed]) -> list[str]:
        """Return landed files that were not archived yet, after a crash or a failure."""
        landed = read_memory(self.lake, self.source).landed
        left = [name for name, one in wanted.items() if landed.get(name) == one.version]
        return left if self.archives else []

    def _news(self, remote: Remote, wanted: Mapping[str, Listed]) -> News:
        memory = read_memory(self.lake, self.source)
        fresh = {
            self.group_of(name)
            for name, one in wanted.items()
            if memory.landed.get(name) != one.version
        }
        coming = [
            one
            for name, one in wanted.items()
            if self.group_of(name) in fresh and not self.copies.has(memory, one)
        ]
        now = self.clock()
        restless = (
            set()
            if remote.is_atomic
            else {
                self.group_of(name)
                for name, (_, since) in memory.listed.items()
                if now - since < self.settle_seconds
            }
        )
        ready = [one for one in coming if self.group_of(one.name) not in restless]
        return News(tuple(ready), tuple(one for one in coming if one not in ready))

    def _archive(self, remote: Remote, names: Iterable[str]) -> str | None:
        """Move files to the archive; return why that is not possible, None when it is."""
        for name in names:
            try:
                remote.archive(name)
            except NotServed:
                continue
            except PermanentSourceError as failure:
                return self._unarchived(failure)
        self._remember_archive("")
        return None

    def _unarchived(self, failure: SourceError) -> str:
        self._remember_archive(str(failure))
        return str(failure)

    def _remember_archive(self, told: str) -> None:
        with memory_of(self.lake, self.source) as memory:
            memory.unarchived = told


def _since(before: tuple[str, float] | None, version: str, now: float) -> tuple[str, float]:
    """Return a version and since when it is seen; a clock that was set back begins anew."""
    is_same = before is not None and before[0] == version and before[1] <= now
    return before if before is not None and is_same else (version, now)
