"""How deliveries come from where they are to a folder an adapter can look into.

The drop folder needs nothing brought. A server of files is mirrored (`mirror`), a service or a
database is asked (`pulling`). What files mean, and how they are read, is the adapter's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.sources.base import Adapter


@dataclass(frozen=True)
class Look:
    """One thing `hit source check` looked at.

    Attributes:
        what: The thing: ``connection``, ``credentials``, ``clock``, a resource, a folder, a file.
        ok: Whether it is well.
        seen: What was seen, in plain words; never a cell of a pupil.
    """

    what: str
    ok: bool
    seen: str


class Transport(Protocol):
    """One way deliveries of a source travel."""

    def bring(self) -> None:
        """Ask the other side for what is new; the lake's writer lease is not held meanwhile.

        What was brought before a failure is kept, and the next call goes on from there.

        Raises:
            TransientSourceError: It may work in the next night.
            PermanentSourceError: Somebody must change something.
        """
        ...

    def arrivals(self, adapter: Adapter) -> Sequence[Arrival]:
        """Return what was brought and waits to be landed, oldest first."""
        ...

    def done(self, arrival: Arrival, delivery: Delivery) -> None:
        """Take note that an arrival is durable in the store: clear it away, move cursors."""
        ...

    def end(self) -> str | None:
        """Clear away over there what was landed, after the last arrival.

        Returns:
            Why that could not be done, in words; None when it was, or need not be.
        """
        ...

    def look(self) -> Iterator[Look]:
        """Look at connection, credentials, permissions and clock; nothing is kept."""
        ...


@dataclass(frozen=True)
class DropFolder:
    """A folder of this machine; it is only read.

    Attributes:
        folder: The folder.
    """

    folder: Path

    def bring(self) -> None:
        """Do nothing: files are dropped by others."""

    def arrivals(self, adapter: Adapter) -> Sequence[Arrival]:
        """Return what lies settled in it, landed before or not, oldest first."""
        return adapter.arrivals(self.folder)

    def done(self, arrival: Arrival, delivery: Delivery) -> None:
        """Do nothing: what was landed stays where it is and is known again."""

    def end(self) -> None:
        """Do nothing: it is only read."""

    def look(self) -> Iterator[Look]:
        """Say whether it is there."""
        there = self.folder.is_dir()
        yield Look("folder", there, str(self.folder) if there else f"no folder {self.folder}")
