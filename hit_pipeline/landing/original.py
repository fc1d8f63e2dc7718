"""The bytes of an arrival as they came: copied into the store and hashed on the way."""

import errno
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.landing.bundle import is_temporary
from hit_pipeline.landing.delivery import Arrival, shown_name

_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Original:
    """A copy of an arrival.

    Attributes:
        path: The copied file, or the folder of the copied files.
        sha256: Digest of the file; of a folder, over names and digests of its files in order.
        bytes: Size of all of it.
    """

    path: Path
    sha256: str
    bytes: int


def arrival_files(arrival: Arrival) -> list[Path]:
    """Return the files of an arrival, sorted; of a folder those that nobody is still writing."""
    if arrival.files or not arrival.path.is_dir():
        return sorted(arrival.files) or [arrival.path]
    return [
        path
        for path in sorted(arrival.path.rglob("*"))
        if (path.is_file() or path.is_symlink()) and not is_temporary(path.name)
    ]


def copy_original(arrival: Arrival, folder: Path) -> Original:
    """Copy an arrival into an empty folder; links are copied as links, never followed.

    Raises:
        TransientSourceError: It cannot be read just now, or changed while it was copied.
        PermanentSourceError: It must not be read.
    """
    whole = hashlib.sha256()
    size = 0
    root = folder / arrival.path.name
    try:
        for path in arrival_files(arrival):
            name = path.relative_to(arrival.path)
            digest, count = _copy(path, root / name if name.parts else root, arrival)
            if path == arrival.path:
                return Original(root, digest, count)
            whole.update(f"{name.as_posix()}\0{digest}\n".encode("utf-8", "surrogateescape"))
            size += count
    except OSError as error:
        raise _unreadable(arrival, error) from error
    root.mkdir(exist_ok=True)
    return Original(root, whole.hexdigest(), size)


def _copy(path: Path, target: Path, arrival: Arrival) -> tuple[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        shutil.copyfile(path, target, follow_symlinks=False)
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest(), 0
    digest = hashlib.sha256()
    with path.open("rb") as handle, target.open("xb") as out:
        before = os.fstat(handle.fileno())
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        after = os.fstat(handle.fileno())
        size = out.tell()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        message = f"{shown_name(arrival.name)} changed while it was read."
        raise TransientSourceError(message, source=arrival.source, remedy="It is tried again.")
    return digest.hexdigest(), size


def _unreadable(arrival: Arrival, error: OSError) -> SourceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"{shown_name(arrival.name)} is not landed: the disk of the lake is full."
        remedy = "Free space there; the next run takes it in."
        return TransientSourceError(message, source=arrival.source, remedy=remedy)
    message = f"{shown_name(arrival.name)} cannot be read: {error.strerror}."
    if isinstance(error, PermissionError):
        remedy = "Give the user of the pipeline the right to read it."
        return PermanentSourceError(message, source=arrival.source, remedy=remedy)
    return TransientSourceError(message, source=arrival.source, remedy="It is tried again.")
