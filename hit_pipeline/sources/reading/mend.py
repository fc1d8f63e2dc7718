"""Records of a delimited file one by one, where a stretch of it is not plain.

Good records are written on as plain UTF-8; what cannot be split is kept aside by line. Left out
without a word: lines that hold nothing but blanks. Forgiven and counted: blanks around a quoted
cell, a delimiter too many at the end of a line, one too few after two blank cells, both kinds of
line end in one file.

A quote that is never closed costs one line, not the rest of the file: reading goes on with the
next line.
"""

from collections import Counter
from collections.abc import Sequence
from typing import IO

from hit_pipeline.sources.reading.cells import Cells, Grammar, Split
from hit_pipeline.sources.reading.malformed import MalformedLines
from hit_pipeline.sources.reading.records import PIECE_BYTES, Layout, last_end, plain

_LOOK_AHEAD = 1_000
_WINDOW_BYTES = 64 * 1024


class Mender:
    """Takes pieces of a file and writes its good records, all with the same line end.

    Attributes:
        line: Number of the next line of the file, 1-based.
        records: Good records so far.
        longest: Bytes of the longest good record.
        forgiven: Times each tolerance was used, by rule id.
    """

    def __init__(
        self,
        layout: Layout,
        out: IO[bytes],
        malformed: MalformedLines,
        *,
        line: int,
        line_end: bytes,
    ) -> None:
        """Start at a line of the file, to write records that end in LF or CR LF."""
        self.line = line
        self.records = 0
        self.longest = 0
        self.forgiven: Counter[str] = Counter()
        self._layout = layout
        self._grammar = Grammar(layout.delimiter.decode(), layout.quote.decode())
        self._out, self._malformed = out, malformed
        self._carry = b""
        self._skipping = False
        self._end = line_end

    def take(self, piece: bytes) -> None:
        """Take the next piece of the file; an unfinished record waits for the piece after it."""
        data = self._carry + piece
        done = not self._carry and self._write_plain(data)
        self._carry = b"" if done else self._in_windows(data)

    def _in_windows(self, data: bytes) -> bytes:
        """Handle data a small window at a time, so that one bad line costs little.

        A window begins where a record does. It grows while the record it begins with needs more.
        """
        at, size = 0, _WINDOW_BYTES
        while len(data) - at >= size:
            window = data[at : at + size]
            window = window[: last_end(window, self._layout.quote) or size]
            rest = b"" if self._write_plain(window) else self._lines(window, last=False)
            size = 2 * size if len(rest) == len(window) else _WINDOW_BYTES
            at += len(window) - len(rest)
        return data[at:]

    def _write_plain(self, data: bytes) -> bool:
        """Write data that is plain as a whole; False when it is not and nothing was done."""
        found = None if self._skipping else plain(data, self._layout)
        if found is None or found.carriage_returns != (self._end == b"\r\n"):
            return False
        self._out.write(data)
        self.records += found.records
        self.longest = max(self.longest, found.longest)
        self.line += data.count(b"\n")
        return True

    def finish(self) -> None:
        """Take what is left after the last piece."""
        self._carry = self._lines(self._carry, last=True)

    def _lines(self, data: bytes, *, last: bool) -> bytes:
        """Handle whole lines; return the beginning of a record that needs more."""
        *lines, rest = data.split(b"\n")
        if last and rest:
            lines, rest = [*lines, rest], b""
        if lines and self._skipping:
            self._skipping = False
            self.line += 1
            del lines[0]
        at = 0
        while at < len(lines):
            used = self._record(lines, at, last=last)
            if not used:
                return b"\n".join([*lines[at:], rest])
            at, self.line = at + used, self.line + used
        return self._bounded(rest)

    def _bounded(self, rest: bytes) -> bytes:
        """Return the start of a line, or give up on it when it is longer than any could be."""
        longest = PIECE_BYTES + self._layout.max_cell_bytes * self._layout.columns
        if len(rest) > longest and not self._skipping:
            self._malformed.add(self.line, "landing.cell_too_large", rest)
            self._skipping = True
        return b"" if self._skipping else rest

    def _record(self, lines: Sequence[bytes], at: int, *, last: bool) -> int:
        """Handle the record that begins with a line; return its lines, 0 when it needs more."""
        line = lines[at]
        if self._is_simple(line):
            self._write(line.removesuffix(b"\r"), line)
            return 1
        split = self._split(line)
        for end in range(at + 1, min(at + _LOOK_AHEAD, len(lines))):
            if split.cells != "open":
                break
            if self._layout.quote in lines[end]:
                whole = b"\n".join(lines[at : end + 1])
                longer = self._split(whole)
                if isinstance(longer.cells, list):
                    self._judge(longer, whole)
                    return end + 1 - at
                split = longer
        if split.cells == "open" and not last and len(lines) - at < _LOOK_AHEAD:
            return 0
        self._judge(split, line)
        return 1

    def _is_simple(self, line: bytes) -> bool:
        """Say whether a line is a record that can be written on as it is."""
        layout = self._layout
        if line.count(layout.delimiter) != layout.columns - 1 or b"\0" in line:
            return False
        if (layout.quote and layout.quote in line) or line.find(b"\r", 0, -1) >= 0:
            return False
        blank = layout.columns == 1 and not line.strip()
        return not blank and len(line) <= layout.max_cell_bytes and not _ill_fitting(line)

    def _split(self, record: bytes) -> Split:
        return self._grammar.split(record.removesuffix(b"\r").decode("utf-8", "surrogateescape"))

    def _judge(self, split: Split, record: bytes) -> None:
        """Write a record that was split, or keep it aside."""
        if not record.strip(b" \t\r\n\x0b\x0c"):
            return
        cells = self._fitted(split.cells) if isinstance(split.cells, list) else split.cells
        rule = self._fault(cells, record)
        if rule is not None or not isinstance(cells, list):
            self._malformed.add(self.line, rule or "landing.bad_quote", record)
            return
        if split.blanks:
            self.forgiven["tolerance.blank_around_quote"] += split.blanks
        self._write(self._grammar.join(cells).encode("utf-8"), record)

    def _fitted(self, cells: Cells) -> Cells:
        """Take off an empty cell too many at the end, or add the one missing after two blanks."""
        over = len(cells) - self._layout.columns
        if over == 1 and cells[-1] is None:
            self.forgiven["tolerance.trailing_delimiter"] += 1
            return cells[:-1]
        if over == -1 and len(cells) > 1 and not (cells[-1] or cells[-2]):
            self.forgiven["tolerance.missing_delimiter"] += 1
            return [*cells, None]
        return cells

    def _fault(self, cells: object, record: bytes) -> str | None:
        """Return the rule a record is malformed by, or None."""
        if b"\0" in record:
            return "landing.nul_byte"
        if _ill_fitting(record):
            return "landing.encoding"
        if not isinstance(cells, list):
            return "landing.bad_quote"
        limit = self._layout.max_cell_bytes
        if len(record) > limit and any(cell and len(cell.encode()) > limit for cell in cells):
            return "landing.cell_too_large"
        if len(cells) != self._layout.columns:
            return "landing.ragged"
        unquoted_return = not self._layout.quote and b"\r" in record.removesuffix(b"\r")
        return "landing.line_end" if unquoted_return else None

    def _write(self, record: bytes, as_read: bytes) -> None:
        self._out.write(record + self._end)
        if as_read.endswith(b"\r") != (self._end == b"\r\n"):
            self.forgiven["tolerance.line_ends"] += 1
        self.records += 1
        self.longest = max(self.longest, len(record) + len(self._end))


def _ill_fitting(record: bytes) -> bool:
    if record.isascii():
        return False
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
