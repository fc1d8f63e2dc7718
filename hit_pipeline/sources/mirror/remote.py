"""What a mirror needs of a place that holds files: listing, reading and moving them.

One module per kind of place (`sftp`, `object_store`). Which files are taken, and when, is not
theirs to say: see `hit_pipeline.sources.mirror.mirroring`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Protocol

from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.landing.bundle import CLIMBS, is_temporary
from hit_pipeline.sources.transport import Look


@dataclass(frozen=True)
class Listed:
    """One file of a place.

    Attributes:
        name: Its path below the folder that is looked into, parts joined by ``/``.
        size: Bytes.
        changed: When it was last changed by the place's own clock, in seconds since 1970; None: it
            does not say.
        tag: What else changes with its bytes, such as an ETag; empty: nothing is said.
    """

    name: str
    size: int
    changed: float | None
    tag: str = ""

    @property
    def version(self) -> str:
        """What tells whether it changed: size, whole second of the change, tag."""
        second = "" if self.changed is None else str(int(self.changed))
        return f"{self.size}:{second}:{self.tag}"


@dataclass(frozen=True)
class Listing:
    """What a place holds.

    Attributes:
        files: Its files; links and folders are left out.
        closed: Folders below the one looked into that may not be looked into.
    """

    files: tuple[Listed, ...]
    closed: tuple[str, ...] = ()


class Remote(Protocol):
    """A place that is connected. Every method raises a `SourceError` and nothing else."""

    @property
    def is_atomic(self) -> bool:
        """Whether a file is listed only when it is whole, so that nobody need wait."""
        ...

    def listing(self) -> Listing:
        """Return what it holds; links are not followed, the archive is left out."""
        ...

    def find(self, name: str) -> Listed | None:
        """Return one file as it is now; None when it is gone."""
        ...

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of a file that was listed with a size."""
        ...

    def archive(self, name: str) -> None:
        """Move a file to the archive, under a free name; nothing there is written over."""
        ...

    def look(self) -> Iterator[Look]:
        """Say what was seen on the way in, and whether files may be moved to the archive."""
        ...


_LONGEST = 240
_DEEPEST = 20
Connect = Callable[[], AbstractContextManager[Remote]]


def walked(look_into: Callable[[str], Iterable[Listed | str]]) -> Listing:
    """List a place folder by folder.

    Folders that may not be looked into are closed; so are those too deep, for a place may resolve
    links by itself and go in rings. Those with the name of something unfinished are passed by.

    Args:
        look_into: Yields what is in a folder: files, and names of folders with a ``/`` behind.
            The outermost is the empty name.
    """
    files: list[Listed] = []
    closed: list[str] = []
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            found = list(look_into(below)) if below.count("/") <= _DEEPEST else [below]
        except PermanentSourceError:
            if not below:
                raise
            found = [below]
        closed += [below] if found == [below] else []
        files += [one for one in found if isinstance(one, Listed)]
        folders = [one for one in found if isinstance(one, str) and one != below]
        waiting += [one for one in folders if not is_temporary(one[:-1].rpartition("/")[2])]
    return Listing(tuple(sorted(files, key=lambda one: one.name)), tuple(closed))


def free_name(name: str, turn: int) -> str:
    """Return a name in the archive: the file's own, and then with a number before its suffixes.

    >>> free_name("a/log.csv.gz", 1), free_name("a/log.csv.gz", 3)
    ('a/log.csv.gz', 'a/log.3.csv.gz')
    """
    if turn == 1:
        return name
    path = PurePosixPath(name)
    stem, dot, suffixes = path.name.partition(".")
    return str(path.with_name(f"{stem}.{turn}{dot}{suffixes}"))


def is_safe(name: str) -> bool:
    """Say whether a name stays below a folder, and is a name, wherever it is written down."""
    try:
        parts = name.encode("utf-8").split(b"/")
    except UnicodeEncodeError:
        return False
    odd = {b"", b".", b".."} & set(parts)
    return not odd and not CLIMBS.search(name) and max(map(len, parts)) <= _LONGEST


def is_wanted(name: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a file is taken.

    A pattern with a ``/`` is matched with the whole path, any other with the last part, both
    without regard to case. Names of files that are still being written are never wanted.
    """
    plain = name.casefold()
    last = plain.rpartition("/")[2]
    return not any(map(is_temporary, name.split("/"))) and any(
        fnmatchcase(plain if "/" in one else last, one.casefold()) for one in patterns
    )
