"""Delimited text to rows of text: one header, every cell as it stands, null apart from empty.

Nothing is guessed: the dialect is given. A file whose every record is certain is read by DuckDB
where it lies; any other is first rewritten record by record (`mend`), and what cannot be split is
kept aside by line. Either way the number of rows is known beforehand.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.reading.cells import Grammar
from hit_pipeline.sources.reading.encoding import to_lines
from hit_pipeline.sources.reading.headers import clean_header, header_findings, unique_names
from hit_pipeline.sources.reading.malformed import MalformedLines
from hit_pipeline.sources.reading.mend import Mender
from hit_pipeline.sources.reading.records import Layout, Plain, pieces, plain
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

_HEAD_BYTES = 1024 * 1024
_LINE_BYTES = 2 * 1024 * 1024
_LONE_RETURN = re.compile(rb"\r(?!\n)")
"""What DuckDB takes for the end of a line, though it stand in the header's quotes."""


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Attributes:
        encoding: ``utf-8``, ``latin-1``, ``windows-1252`` or ``utf-16``.
        delimiter: Between cells, one to four characters.
        quote: Around cells, doubled inside; empty for none. There is no escape character.
        header_row: Line of the header, 1-based; 0: none, ``columns`` give the order.
        columns: Names of the columns of a file without header.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Start:
    """Where the data begin: the header before them, their first byte and line, how lines end."""

    header: tuple[str, ...]
    offset: int
    line: int
    line_end: bytes


@dataclass(frozen=True)
class _Body:
    """Records DuckDB can read: where, lines to skip, how many, how long, what was forgiven."""

    path: Path
    skip: int
    records: int
    longest: int
    forgiven: Counter[str]


def read_delimited(engine: Engine, given: Unread, dialect: Dialect) -> TextRows:
    """Read a delimited file.

    Raises:
        DeliveryRefused: ``landing.empty_file``: no header and no row. ``landing.unreadable``: the
            header is no text in the declared encoding.
    """
    workspace, stem = given.workspace, ibis.util.gen_name(given.path.stem)
    lines = to_lines(given, dialect.encoding, workspace / stem)
    text = lines.path
    start = _start(text, lines.bom, dialect, given)
    names = unique_names(start.header)
    limit = given.thresholds.max_cell_bytes
    layout = Layout(dialect.delimiter.encode(), dialect.quote.encode(), len(names), limit)
    with MalformedLines(workspace / f"{stem}.malformed.parquet") as malformed:
        body = _plain_body(text, start, layout)
        if body is None:
            body = _mended_body(text, start, layout, workspace / f"{stem}.mended", malformed)
    findings = tolerances(given.file, lines.forgiven + body.forgiven)
    return TextRows(
        start.header,
        names,
        _scan(engine, body, dialect, names) if body.records else None,
        body.records,
        engine.read([malformed.path]) if malformed.counts else None,
        (
            *findings,
            *header_findings(given.file, start.header, names),
            *malformed.findings(given.file),
        ),
    )


def tolerances(file: str, forgiven: Counter[str]) -> list[Finding]:
    """Return what was forgiven in a file, by rule id, as findings."""
    return [
        Finding(file, rule, "info", count, _WORDS[rule])
        for rule, count in sorted(forgiven.items())
        if count
    ]


_WORDS = {
    "tolerance.bom": "the file begins with a byte order mark",
    "tolerance.utf16_bom": "the file is UTF-16 by its byte order mark, not as declared",
    "tolerance.blank_around_quote": "quoted cells with blanks around their quotes",
    "tolerance.missing_delimiter": "lines with blank cells and one too few at the end",
    "tolerance.trailing_delimiter": "lines with a delimiter too many at the end",
    "tolerance.line_ends": "lines with another line end than the rest, or all with CR alone",
}


def _start(path: Path, bom: int, dialect: Dialect, given: Unread) -> _Start:
    """Read the header and find where the data begin."""
    with path.open("rb") as handle:
        handle.seek(bom)
        head = handle.read(_HEAD_BYTES)
        if not head.strip(b" \t\r\n\0\x1a"):
            raise given.refused(
                rule="empty_file", message="is empty", remedy="Send the file again."
            )
        if dialect.header_row == 0:
            first, _, _ = head.partition(b"\n")
            return _Start(dialect.columns, bom, 1, _line_end(first))
        handle.seek(bom)
        for _ in range(dialect.header_row - 1):
            handle.readline(_HEAD_BYTES)
        raw, lines = _header_record(handle, dialect)
        end = handle.tell()
    grammar = Grammar(dialect.delimiter, dialect.quote)
    try:
        cells = grammar.split(raw.removesuffix(b"\r").decode("utf-8")).cells
    except UnicodeDecodeError:
        cells = "bad"
    if not isinstance(cells, list) or b"\0" in raw or not raw.strip():
        message = f"line {dialect.header_row} is no header in {dialect.encoding}"
        remedy = "Correct `encoding`, `quote` or `header_row` in the contract."
        raise given.refused(rule="unreadable", message=message, remedy=remedy)
    header = tuple(clean_header(cell) for cell in cells)
    return _Start(header, end, dialect.header_row + lines, _line_end(raw))


def _line_end(line: bytes) -> bytes:
    return b"\r\n" if line.endswith(b"\r") else b"\n"


def _header_record(handle: IO[bytes], dialect: Dialect) -> tuple[bytes, int]:
    """Return the header without its line end, and the lines it takes."""
    raw, lines = handle.readline(_HEAD_BYTES), 1
    quote = dialect.quote.encode()
    while quote and raw.count(quote) % 2 and len(raw) < _HEAD_BYTES:
        more = handle.readline(_HEAD_BYTES)
        if not more:
            break
        raw, lines = raw + more, lines + 1
    return raw.removesuffix(b"\n"), lines


def _plain_body(path: Path, start: _Start, layout: Layout) -> _Body | None:
    """Return the file itself when all of it is plain, after at most one line of header."""
    if start.line > 2:
        return None
    records, longest, kinds = 0, 0, set()
    with path.open("rb") as handle:
        if _LONE_RETURN.search(handle.read(start.offset)):
            return None
        for piece in pieces(handle, layout.quote):
            if not piece.endswith(b"\n") and handle.read(1):
                return None
            found = _plain_piece(piece, layout)
            if found is None:
                return None
            records, longest = records + found.records, max(longest, found.longest)
            kinds.add(found.carriage_returns)
    alike = kinds <= {start.line_end == b"\r\n"}
    return _Body(path, start.line - 1, records, longest, Counter()) if alike else None


def _plain_piece(piece: bytes, layout: Layout) -> Plain | None:
    return plain(piece if piece.endswith(b"\n") else piece + b"\n", layout)


def _mended_body(
    path: Path, start: _Start, layout: Layout, copy: Path, malformed: MalformedLines
) -> _Body:
    """Write the records that can be split into a copy, below a line of its own."""
    with path.open("rb") as handle, copy.open("wb") as out:
        handle.seek(start.offset)
        out.write(b"data" + start.line_end)
        mender = Mender(layout, out, malformed, line=start.line, line_end=start.line_end)
        for piece in pieces(handle, layout.quote):
            mender.take(piece)
        mender.finish()
    return _Body(copy, 1, mender.records, mender.longest, mender.forgiven)


def _scan(engine: Engine, body: _Body, dialect: Dialect, names: tuple[str, ...]) -> ir.Table:
    """Return the rows as a view over the file, whose first line shows DuckDB how lines end."""
    line = max(_LINE_BYTES, body.longest + 2)
    scan = engine.duckdb.read_csv(
        str(body.path),
        header=False,
        skiprows=body.skip,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.quote,
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
        allow_quoted_nulls=False,
        max_line_size=line,
        buffer_size=4 * line,
    )
    name = ibis.util.gen_name("scan")
    scan.create_view(name)
    rows: ir.Table = engine.backend.table(name)
    return rows
