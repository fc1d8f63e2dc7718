"""The local side of a mirror: copies that wait to be landed, each whole or not there.

Before anything is fetched, an empty ``<name>.part`` stands for every file that is to come. It makes
adapters that take a folder as a whole wait for all of it, after a crash as well.
"""

import errno
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.engine import sync_file, sync_folder
from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import shown_name
from hit_pipeline.sources.mirror.memory import Memory, memory_of, read_memory
from hit_pipeline.sources.mirror.remote import Listed, Remote

_PART = ".part"


class ChangedError(TransientSourceError):
    """A file is not what it was listed as."""


@dataclass(frozen=True)
class Copies:
    """Copies of one source's files.

    Attributes:
        source: Name of the source.
        lake: The lake.
    """

    source: str
    lake: Lake

    @property
    def folder(self) -> Path:
        """Where they lie until they are landed."""
        return self.lake.landing / ".fetched" / self.source

    def has(self, memory: Memory, one: Listed) -> bool:
        """Say whether the copy of a file is that of the version listed."""
        return memory.fetched.get(one.name) == one.version and (self.folder / one.name).is_file()

    def announce(self, coming: Sequence[Listed]) -> None:
        """Put an empty file where each file will be; older copies and announcements go."""
        parts = {self._part(one.name) for one in coming}
        with self._local():
            for stale in set(self.folder.rglob(f"*{_PART}")) - parts:
                stale.unlink()
            for part in parts:
                part.parent.mkdir(parents=True, exist_ok=True)
                part.touch()
            with memory_of(self.lake, self.source) as memory:
                for one in coming:
                    (self.folder / one.name).unlink(missing_ok=True)
                    memory.fetched.pop(one.name, None)

    def fetch(self, remote: Remote, one: Listed) -> None:
        """Fetch a file that was announced; it appears when it is whole and on disk.

        Raises:
            ChangedError: It is not what it was listed as.
            NotServed: It is gone.
            TransientSourceError: The place cannot be reached.
            PermanentSourceError: It may not be read, or the disk is full.
        """
        part, target = self._part(one.name), self.folder / one.name
        try:
            with self._local():
                self._download(remote, one, part)
            now = remote.find(one.name)
            if now is None or now.version != one.version:
                raise self._changed(one)
        except BaseException:
            with suppress(OSError):
                os.truncate(part, 0)
            raise
        with self._local():
            if one.changed is not None:
                os.utime(part, (one.changed, one.changed))
            sync_file(part)
            with memory_of(self.lake, self.source) as memory:
                memory.fetched[one.name] = one.version
            part.replace(target)
            sync_folder(target.parent)

    def forget(self, one: Listed) -> None:
        """Take back the announcement of a file that is gone."""
        self._part(one.name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove copies that a crash left after they were landed."""
        found = [one for one in self.folder.rglob("*") if one.is_file()]
        fetched = read_memory(self.lake, self.source).fetched
        self.clear(
            one
            for one in found
            if one.suffix != _PART and one.relative_to(self.folder).as_posix() not in fetched
        )

    def clear(self, files: Iterable[Path]) -> None:
        """Remove copies, and the folders they leave empty."""
        for path in files:
            path.unlink(missing_ok=True)
            for parent in path.relative_to(self.folder).parents[:-1]:
                with suppress(OSError):  # others still lie in it
                    (self.folder / parent).rmdir()

    def _download(self, remote: Remote, one: Listed, part: Path) -> None:
        came = 0
        with part.open("wb") as out:
            for chunk in remote.read(one.name, one.size):
                came += len(chunk)
                if came > one.size:
                    break
                out.write(chunk)
        if came != one.size:
            raise self._changed(one)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}{_PART}"

    def _changed(self, one: Listed) -> ChangedError:
        message = f"{self.source}: {shown_name(one.name)} changed while it was fetched."
        return ChangedError(message, source=self.source, remedy="It is tried again.")

    def _local(self) -> "_LocalDisk":
        return _LocalDisk(self.source, self.folder)


@dataclass(frozen=True)
class _LocalDisk:
    """Turns what goes wrong on this machine's disk into words; a `Remote` raises no `OSError`."""

    source: str
    folder: Path

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, OSError):
            return
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if is_full else f"cannot be written: {error.strerror}"
        message = f"{self.source}: {self.folder}: {what}."
        remedy = "Free space there." if is_full else "Mend it; what was fetched stays."
        raise PermanentSourceError(message, source=self.source, remedy=remedy) from error
