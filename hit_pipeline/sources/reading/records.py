"""Which stretches of a delimited file are plain: every record certain, nothing to mend.

The check is exact for the grammar of RFC 4180 with any one-byte delimiter and quote. It looks at
bytes with numpy, a few megabytes at a time, so that a night's largest file costs a second; what
is not plain goes through `hit_pipeline.sources.reading.mend`, record by record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

PIECE_BYTES = 4 * 1024 * 1024
"""How much of a file is looked at together."""

_LF, _CR = 10, 13

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """What a record must look like.

    Attributes:
        delimiter: Between cells; one ASCII byte for a file that can be plain.
        quote: Around cells; empty for none.
        columns: Cells of every record.
        max_cell_bytes: Longest cell, in bytes.
    """

    delimiter: bytes
    quote: bytes
    columns: int
    max_cell_bytes: int


@dataclass(frozen=True)
class Plain:
    """A stretch of whole records.

    Attributes:
        records: How many.
        carriage_returns: True when every line ends in CR LF; False when in LF alone.
        longest: Bytes of its longest record.
    """

    records: int
    carriage_returns: bool
    longest: int


def pieces(handle: IO[bytes], quote: bytes) -> Iterator[bytes]:
    """Cut the rest of a file into pieces that end with a line, outside quotes where possible.

    Only the last piece may lack its line end, or any piece when one line alone is longer than
    `PIECE_BYTES`.
    """
    carry = b""
    while chunk := handle.read(PIECE_BYTES):
        data = carry + chunk
        end = last_end(data, quote) or len(data)
        yield data[:end]
        carry = data[end:]
    if carry:
        yield carry


def last_end(data: bytes, quote: bytes) -> int:
    """Return where the last line ends that ends outside quotes, or else the last line; 0: none."""
    last = data.rfind(b"\n") + 1
    if not quote or quote not in data:
        return last
    buffer = np.frombuffer(data, dtype=np.uint8)
    quotes, ends = np.flatnonzero(buffer == ord(quote)), np.flatnonzero(buffer == _LF)
    outside = ends[_outside(ends, quotes)]
    return int(outside[-1]) + 1 if outside.size else last


def _outside(places: Places, quotes: Places) -> npt.NDArray[np.bool_]:
    even: npt.NDArray[np.bool_] = np.searchsorted(quotes, places) % 2 == 0
    return even


def plain(data: bytes, layout: Layout) -> Plain | None:
    """Say whether a piece that ends with a line end is plain; None when it is not.

    Plain means: valid UTF-8 without NUL; quotes only around whole cells, doubled inside; no lone
    CR outside quotes; one kind of line end; every record has all its cells, none too long. Empty
    lines are allowed unless the file has one column.
    """
    one_byte = len(layout.delimiter) == 1 and len(layout.quote) <= 1
    if not one_byte or not data.endswith(b"\n") or b"\0" in data or not _is_utf8(data):
        return None
    buffer = np.frombuffer(data, dtype=np.uint8)
    is_mark = (buffer == _LF) | (buffer == layout.delimiter[0])
    marks = np.flatnonzero(is_mark)
    quotes: Places = np.empty(0, dtype=np.intp)
    if layout.quote and layout.quote in data:
        quotes = np.flatnonzero(buffer == layout.quote[0])
        if not _quotes_fit(buffer, quotes, layout):
            return None
        marks = marks[_outside(marks, quotes)]
    returns = _carriage_returns(data, buffer, marks, quotes)
    if returns is None:
        return None
    return _measure(buffer, marks, layout, carriage_returns=returns)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _quotes_fit(buffer: Bytes, quotes: Places, layout: Layout) -> bool:
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, _LF, buffer[opening - 1])
    after = buffer[closing + 1]
    cell_ends = [layout.delimiter[0], _LF, layout.quote[0]]
    fits = np.isin(before, cell_ends).all() and np.isin(after, [*cell_ends, _CR]).all()
    return bool(fits)


def _carriage_returns(data: bytes, buffer: Bytes, marks: Places, quotes: Places) -> bool | None:
    """Say whether lines end in CR LF; None when they do not agree or a CR stands alone."""
    if b"\r" not in data:
        return False
    found = np.flatnonzero(buffer == _CR)
    found = found[_outside(found, quotes)]
    if not found.size:
        return False
    lines = np.count_nonzero(buffer[marks] == _LF)
    return True if (buffer[found + 1] == _LF).all() and found.size == lines else None


def _measure(
    buffer: Bytes, marks: Places, layout: Layout, *, carriage_returns: bool
) -> Plain | None:
    if not marks.size or np.diff(marks, prepend=-1).max() - 1 > layout.max_cell_bytes:
        return None
    kinds = buffer[marks]
    line_ends = marks[kinds == _LF]
    lengths = np.diff(line_ends, prepend=-1)
    empty = lengths <= 1 + carriage_returns
    if empty.any():
        if layout.columns == 1:
            return None
        kept = ~np.isin(marks, line_ends[empty], assume_unique=True)
        kinds = kinds[kept]
    if kinds.size % layout.columns:
        return None
    grid = kinds.reshape(-1, layout.columns)
    if not ((grid[:, :-1] == layout.delimiter[0]).all() and (grid[:, -1] == _LF).all()):
        return None
    return Plain(len(grid), carriage_returns, int(lengths.max()))
