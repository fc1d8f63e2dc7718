"""Any text encoding to UTF-8, without hiding a byte that does not fit.

A byte sequence that is no text in the declared encoding is written on as bytes that are no UTF-8
either, so that the row it stands in is found and reported by the reader of rows.
"""

import codecs
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.sources.reading.text_rows import Unread

_CHUNK = 4 * 1024 * 1024
_HEAD_BYTES = 1024 * 1024
_BOM = codecs.BOM_UTF8
_NOT_UTF8 = b"\xff"


@dataclass(frozen=True)
class Utf8File:
    """A file in UTF-8.

    Attributes:
        path: The file itself when it was UTF-8 (or plain ASCII) already, else a copy.
        bom: Length of the byte order mark it begins with, in bytes.
        tolerance: Rule id of what was forgiven; None for nothing.
    """

    path: Path
    bom: int
    tolerance: str | None


def to_utf8(given: Unread, encoding: str, copy: Path) -> Utf8File:
    """Return a file as UTF-8.

    A UTF-16 byte order mark wins over the declared encoding; it cannot be anything else.

    Args:
        given: The file.
        encoding: Declared encoding: ``utf-8``, ``latin-1``, ``windows-1252`` or ``utf-16``.
        copy: Where to write a copy if one is needed.

    Raises:
        DeliveryRefused: ``landing.unreadable``: declared UTF-16 and certainly something else.
    """
    path = given.path
    with path.open("rb") as handle:
        start = handle.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _transcode(path, "utf-16", copy)
        return Utf8File(copy, 0, None if encoding == "utf-16" else "tolerance.utf16_bom")
    if start.startswith(_BOM):
        return Utf8File(path, len(_BOM), "tolerance.bom")
    if encoding == "utf-16":
        if len(start) >= 2 and 0 not in start[:2]:
            message = "is declared UTF-16 and is not"
            raise given.refused(
                rule="unreadable", message=message, remedy="Correct `encoding` in the contract."
            )
        _transcode(path, "utf-16-be" if start[:1] == b"\0" else "utf-16-le", copy)
        return Utf8File(copy, 0, None)
    if encoding == "utf-8" or _is_ascii(path):
        return Utf8File(path, 0, None)
    _transcode(path, encoding, copy)
    return Utf8File(copy, 0, None)


@dataclass(frozen=True)
class Lines:
    """A file in UTF-8 whose lines end in LF, with or without a CR before it.

    Attributes:
        path: The file itself, or a copy.
        bom: Length of the byte order mark it begins with, in bytes.
        forgiven: What was forgiven, by rule id.
    """

    path: Path
    bom: int
    forgiven: Counter[str]


def to_lines(given: Unread, encoding: str, stem: Path) -> Lines:
    """Return a file as lines of UTF-8; see `to_utf8`. Copies are named after `stem`."""
    utf8 = to_utf8(given, encoding, stem.with_name(f"{stem.name}.utf8"))
    path, old_ends = _with_line_feeds(utf8.path, stem.with_name(f"{stem.name}.lf"))
    forgiven = Counter({utf8.tolerance: 1} if utf8.tolerance else {})
    forgiven["tolerance.line_ends"] += old_ends
    return Lines(path, utf8.bom, forgiven)


def _with_line_feeds(path: Path, copy: Path) -> tuple[Path, bool]:
    """Return a file whose lines end in LF; a copy when they end in CR alone, as on old Macs."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
        if b"\r" not in head or b"\n" in head:
            return path, False
        handle.seek(0)
        with copy.open("wb") as out:
            while chunk := handle.read(_HEAD_BYTES):
                out.write(chunk.replace(b"\r", b"\n"))
    return copy, True


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as handle:
        return all(chunk.isascii() for chunk in iter(lambda: handle.read(_CHUNK), b""))


def _transcode(path: Path, encoding: str, copy: Path) -> None:
    wide = encoding.startswith("utf-16")
    strange = "surrogatepass" if wide else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors=strange)
    with path.open("rb") as handle, copy.open("wb") as out:
        while chunk := handle.read(_CHUNK):
            out.write(_encode(decoder, chunk, strange))
        if decoder.getstate()[0]:
            out.write(_NOT_UTF8)


def _encode(decoder: codecs.IncrementalDecoder, chunk: bytes, strange: str) -> bytes:
    return decoder.decode(chunk).encode("utf-8", strange)
