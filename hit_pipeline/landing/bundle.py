"""What lies in an arrival: the members of a zip, of a folder, or one file alone.

Nothing an archive says of itself is trusted: names are judged before anything is unpacked, and
sizes are counted while unpacking. What a member holds is read elsewhere, in the room `sources`.
"""

import gzip
import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol

from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.settings import Thresholds

MAX_MEMBERS = 1_000
"""Most members of a bundle; a bundle with more is refused by ``landing.zip_bomb``."""

_RATIO_FLOOR = 1024 * 1024
_CHUNK = 1024 * 1024
_ZIP_MAGIC = b"PK\x03\x04"
_SPREADSHEETS = {".xlsx", ".xlsm", ".xlsb", ".ods"}
_ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".tgz", ".jar"}
_TEMPORARY = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".swp")
_LITTER = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}
CLIMBS = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|[\\\x00-\x1f\x7f]")
"""Found in paths that may lead out of the folder they are meant for."""
_ENCRYPTED = 0x1


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        ...


@dataclass
class _Budget:
    """Bytes a bundle may unpack to, shared by its members."""

    packed: int
    thresholds: Thresholds
    unpacked: int = 0


@dataclass(frozen=True)
class Member:
    """One file of an arrival.

    Attributes:
        name: Its path in the bundle, parts joined by ``/``; of a single file its name. The ``.gz``
            of a compressed file is left off.
        size: Unpacked size in bytes as the bundle states it; of a ``.gz`` its packed size.
    """

    name: str
    size: int
    _source: str
    _number: int
    _open: Callable[[], AbstractContextManager[Readable]] = field(repr=False)
    _budget: _Budget = field(repr=False)
    _unpacked: Path | None = None

    def extract_to(self, workspace: Path) -> Path:
        """Unpack into a folder, under a name of our own that keeps the suffix.

        A file that lies unpacked already is not copied: its own path is returned.

        Raises:
            DeliveryRefused: It is damaged (``landing.truncated_zip``) or grows past the thresholds
                (``landing.zip_bomb``).
        """
        if self._unpacked is not None:
            with self._open() as handle:
                self._check(0, handle.read(len(_ZIP_MAGIC)))
            return self._unpacked
        suffix = PurePosixPath(self.name).suffix.lower()
        kept = suffix if suffix[1:].isalnum() and len(suffix) <= 8 else ""
        target = workspace / f"{self._number:04d}{kept}"
        with target.open("wb") as out:
            for chunk in self._chunks():
                out.write(chunk)
        return target

    def _chunks(self) -> Iterator[bytes]:
        read, first = 0, True
        try:
            with self._open() as packed:
                while chunk := packed.read(_CHUNK):
                    read += len(chunk)
                    self._budget.unpacked += len(chunk)
                    self._check(read, chunk if first else b"")
                    first = False
                    yield chunk
        except NotImplementedError as error:
            message = "is packed in a way that cannot be read here"
            raise refused(message, self._source, "unreadable", self.name, _REPACK) from error
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            message = f"is cut off or damaged after {read} bytes"
            raise refused(message, self._source, "truncated_zip", self.name, _AGAIN) from error

    def count(self) -> int:
        """Unpack without keeping anything and return the true size in bytes.

        Raises:
            DeliveryRefused: See `extract_to`.
        """
        return sum(len(chunk) for chunk in self._chunks())

    def _check(self, read: int, first: bytes) -> None:
        limits, budget = self._budget.thresholds, self._budget
        ratio = budget.unpacked / max(budget.packed, 1)
        if read > limits.max_entry_bytes:
            message = f"is larger than {limits.max_entry_bytes} bytes when unpacked"
            raise refused(message, self._source, "zip_bomb", self.name, _RAISE_LIMIT)
        if budget.unpacked > _RATIO_FLOOR and ratio > limits.max_bundle_ratio:
            message = f"unpacks to more than {limits.max_bundle_ratio:g} times its packed size"
            raise refused(message, self._source, "zip_bomb", self.name, _RAISE_LIMIT)
        if first.startswith(_ZIP_MAGIC) and not _is_spreadsheet(self.name):
            raise refused(_NESTED, self._source, "nested_zip", self.name, _FLATTEN)


_AGAIN = "Send it again."
_REPACK = "Pack it anew as an ordinary zip."
_RAISE_LIMIT = "If it is genuine, raise `thresholds` in district.toml."
_NOTHING = "holds no file"
_NESTED = "is an archive inside an archive"
_FLATTEN = "Send the files themselves, packed once at most."


def refused(message: str, source: str, rule: str, file: str, remedy: str = "") -> DeliveryRefused:
    """Return the refusal of a file by a landing rule; ``rule`` without its prefix."""
    return DeliveryRefused(message, source=source, rule=f"landing.{rule}", file=file, remedy=remedy)


def is_temporary(name: str) -> bool:
    """Say whether a file name is one that programs give to files they are still writing."""
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY)


def is_bundle(path: Path) -> bool:
    """Say whether a path is a folder or a zip of several files; a workbook is not."""
    if path.is_dir():
        return True
    if _is_spreadsheet(path.name):
        return False
    with path.open("rb") as handle:
        return path.suffix.lower() == ".zip" or handle.read(4) == _ZIP_MAGIC


def members(path: Path, *, source: str, thresholds: Thresholds) -> Iterator[Member]:
    """Yield the members of a zip or folder, or the file itself, sorted by name.

    Every name is judged before the first member is yielded. Left out: folders, and what operating
    systems add by themselves (``__MACOSX/``, ``.DS_Store``, ``Thumbs.db``, ``desktop.ini``); in a
    folder also files that are still being written (see `is_temporary`).

    Args:
        path: Zip, folder or file.
        source: Name of the source, for the error.
        thresholds: ``max_entry_bytes`` and ``max_bundle_ratio`` are used.

    Raises:
        DeliveryRefused: By rule ``landing.empty_file``, ``landing.truncated_zip``,
            ``landing.unreadable`` (with a password), ``landing.zip_path``,
            ``landing.zip_duplicate_entry``, ``landing.nested_zip`` or ``landing.zip_bomb``.
    """
    if path.is_dir():
        yield from _of_folder(path, source, thresholds)
    elif is_bundle(path):
        yield from _of_zip(path, source, thresholds)
    else:
        yield _of_file(path, path.name, 0, source, thresholds)


def check_workbook(path: Path, entry: str, *, source: str, thresholds: Thresholds) -> None:
    """Unpack a workbook that is a zip inside, keeping nothing, to see that it is no bomb.

    Raises:
        DeliveryRefused: See `members`.
    """
    with path.open("rb") as handle:
        if handle.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
            return
    budget = _Budget(path.stat().st_size, thresholds)
    for number, part in enumerate(_entries(path, source)):
        Member(entry, part.file_size, source, number, partial(_unzip, path, part), budget).count()


def _of_file(path: Path, name: str, number: int, source: str, thresholds: Thresholds) -> Member:
    size = path.stat().st_size
    budget = _Budget(size, thresholds)
    if name.lower().endswith(".gz"):
        return Member(name[:-3], size, source, number, partial(_gunzip, path), budget)
    if size > thresholds.max_entry_bytes:
        message = f"is larger than {thresholds.max_entry_bytes} bytes"
        raise refused(message, source, "zip_bomb", name, _RAISE_LIMIT)
    return Member(name, size, source, number, partial(_plain, path), budget, path)


def _of_folder(path: Path, source: str, thresholds: Thresholds) -> Iterator[Member]:
    found: dict[str, Path] = {}
    for one in sorted(path.rglob("*")):
        name = one.relative_to(path).as_posix()
        if one.is_symlink():
            message = "is a link; only files themselves are taken"
            raise refused(message, source, "zip_path", name)
        if one.is_file() and not is_temporary(one.name) and not _is_litter(name):
            found[name] = one
    if not found:
        raise refused(_NOTHING, source, "empty_file", path.name, _AGAIN)
    _judge_names(list(found), source)
    for number, (name, one) in enumerate(found.items()):
        yield _of_file(one, name, number, source, thresholds)


def _of_zip(path: Path, source: str, thresholds: Thresholds) -> Iterator[Member]:
    entries = _entries(path, source)
    _judge_names([entry.orig_filename for entry in entries], source)
    for entry in entries:
        if stat.S_ISLNK(entry.external_attr >> 16):
            message = "is a link; only files themselves are taken"
            raise refused(message, source, "zip_path", entry.filename)
        if entry.flag_bits & _ENCRYPTED:
            message = "is locked with a password"
            raise refused(message, source, "unreadable", entry.filename, "Send it without one.")
    kept = [entry for entry in entries if not _is_litter(entry.filename)]
    if not kept:
        raise refused(_NOTHING, source, "empty_file", path.name, _AGAIN)
    budget = _Budget(path.stat().st_size, thresholds)
    for number, entry in enumerate(sorted(kept, key=lambda entry: entry.filename)):
        yield Member(
            entry.filename, entry.file_size, source, number, partial(_unzip, path, entry), budget
        )


def _entries(path: Path, source: str) -> list[zipfile.ZipInfo]:
    if path.stat().st_size == 0:
        raise refused(_NOTHING, source, "empty_file", path.name, _AGAIN)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except NotImplementedError as error:
        message = "is packed in a way that cannot be read here"
        raise refused(message, source, "unreadable", path.name, _REPACK) from error
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        message = "is not a whole zip archive"
        raise refused(message, source, "truncated_zip", path.name, _AGAIN) from error
    if len(entries) > MAX_MEMBERS:
        message = f"holds {len(entries)} entries; at most {MAX_MEMBERS} are read"
        raise refused(message, source, "zip_bomb", path.name)
    return entries


def _unzip(path: Path, entry: zipfile.ZipInfo) -> AbstractContextManager[Readable]:
    with zipfile.ZipFile(path) as archive:
        return archive.open(entry)


def _plain(path: Path) -> AbstractContextManager[Readable]:
    return path.open("rb")


def _gunzip(path: Path) -> AbstractContextManager[Readable]:
    return gzip.open(path)


def _judge_names(names: list[str], source: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if CLIMBS.search(name):
            message = "its path leads out of the bundle or is written for another system"
            raise refused(message, source, "zip_path", ascii(name))
        plain = unicodedata.normalize("NFC", name).casefold()
        if plain in seen:
            message = f"comes twice, counting names that differ only by case (see {seen[plain]})"
            raise refused(message, source, "zip_duplicate_entry", name)
        seen[plain] = name
        if PurePosixPath(plain).suffix in _ARCHIVES:
            raise refused(_NESTED, source, "nested_zip", name, _FLATTEN)


def _is_litter(name: str) -> bool:
    return any(part.casefold() in _LITTER for part in PurePosixPath(name).parts)


def _is_spreadsheet(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _SPREADSHEETS
