"""How a sample is written: format, encoding, delimiter, header line, sheet, path, positions.

Only bytes and lines are looked at here, never what a column means. What cannot be proven is a doubt
at the key it stands for.
"""

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from python_calamine import CalamineError, CalamineWorkbook

from hit_pipeline.drafting.positions import Positions, positions
from hit_pipeline.errors import HitError
from hit_pipeline.sources.reading.excel import as_text

Format = Literal["delimited", "fixed_width", "excel", "json", "json_lines"]

DELIMITERS = (",", "\t", ";", "|", "~", "^")
_HEAD = 1024 * 1024
_LINES = 300
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Layout:
    """How a file is written, in the words of a contract.

    Attributes:
        format: Format.
        encoding: Text encoding.
        delimiter: Between cells, where delimited.
        quote: Around cells; empty for none.
        header_row: Line of the header, 1-based; 0: none.
        sheet: Sheet of a workbook; None: the first.
        records: Path to the rows of a JSON document.
        spans: Columns of a fixed-width file.
        names: Columns of a file without a header, named by place; else empty.
        doubts: Key of the contract to what is not certain about it.
    """

    format: Format
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    sheet: str | None = None
    records: str = ""
    spans: Positions = ()
    names: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)


def layout(path: Path) -> Layout:
    """Return how a file is written.

    Raises:
        HitError: It is empty, or no rows can be found in it.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    if not head.strip(b" \t\r\n\0\x1a"):
        raise _unusable(path, "is empty")
    if head.startswith(_BOOKS):
        return _workbook(path)
    encoding, doubts = _encoding(head)
    text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    if text.lstrip()[:1] in ("{", "["):
        found = _json(path, text, encoding)
        if found is not None:
            return replace(found, encoding=encoding, doubts={**doubts, **found.doubts})
    lines = re.split(r"\r\n|\r|\n", text)
    lines = (lines[:-1] if len(head) == _HEAD or not lines[-1] else lines)[:_LINES]
    found = _delimited(lines) or _fixed_width(lines) or _one_column(lines)
    return replace(found, encoding=encoding, doubts={**doubts, **found.doubts})


def header_line(rows: Sequence[Sequence[str]]) -> tuple[int, bool]:
    """Return the line of the header, 1-based, and whether that is sure.

    The header is the first line that fills most of the usual width with distinct short texts that
    are no numbers; lines before it are a preamble. 0: the first line already holds data.
    """
    width = _usual_width(rows)
    for number, row in enumerate(rows, start=1):
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) < max(1, 0.6 * width) or (width > 1 and len(filled) < 2):
            continue
        numbers = sum(cell[:1].isdigit() or cell[:1] in "-+." for cell in filled)
        distinct = len({cell.casefold() for cell in filled}) >= 0.8 * len(filled)
        if numbers > 0.2 * len(filled):
            return 0, False
        return number, distinct and max(map(len, filled)) <= 120
    return 1, False


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _encoding(head: bytes) -> tuple[str, dict[str, str]]:
    """Return the encoding of a text and doubts about it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", {}
    if head[1:2] == b"\0" or head[:1] == b"\0":
        return "utf-16", {"encoding": "UTF-16 without a byte order mark"}
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        extended = any(0x80 <= byte < 0xA0 for byte in head)
        encoding = "windows-1252" if extended else "latin-1"
        return encoding, {
            "encoding": f"is not UTF-8; {encoding} fits, look whether accents are right"
        }
    return "utf-8", {}


def _delimited(lines: Sequence[str]) -> Layout | None:
    """Return the dialect whose lines agree best on their number of cells; None: none has two."""
    best: tuple[float, Layout] | None = None
    for delimiter in DELIMITERS:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=False))
        width = _usual_width(rows)
        if width < 2:
            continue
        full = [row for row in rows if any(cell.strip() for cell in row)]
        alike = sum(len(row) == width for row in full) / len(full)
        score = alike * (1 + width**0.5 / 10)
        if alike >= 0.5 and (best is None or score > best[0]):
            best = score, _with_header(Layout("delimited", delimiter=delimiter), rows)
    return best[1] if best else None


def _with_header(found: Layout, rows: Sequence[Sequence[str]]) -> Layout:
    line, sure = header_line(rows)
    doubts = dict(found.doubts)
    if line == 0:
        doubts["header_row"] = "the first line looks like data: the columns are named by place"
        names = tuple(f"column_{place}" for place in range(1, _usual_width(rows) + 1))
        return replace(found, header_row=0, names=names, doubts=doubts)
    if not sure:
        doubts["header_row"] = "it is not sure that this line is the header"
    elif line > 1:
        doubts["header_row"] = (
            f"{line - 1} lines stand before the header; are there always as many?"
        )
    return replace(found, header_row=line, doubts=doubts)


def _fixed_width(lines: Sequence[str]) -> Layout | None:
    """Return positions guessed from a ruler or from columns of blanks; None: there are none."""
    found = positions(lines)
    if found is None:
        return None
    doubt = "positions are guessed from gaps: hold them against the sender's description"
    doubts = {} if found.ruled else {"format": doubt}
    return Layout("fixed_width", header_row=found.header_row, spans=found.spans, doubts=doubts)


def _one_column(lines: Sequence[str]) -> Layout:
    doubt = "no delimiter was found: one column, or a format that is not known"
    found = _with_header(Layout("delimited"), [[line] for line in lines])
    return replace(found, doubts={**found.doubts, "delimiter": doubt})


def _json(path: Path, text: str, encoding: str) -> Layout | None:
    first, _, rest = text.strip().partition("\n")
    row, more = _parsed(first), rest.strip()
    if (
        isinstance(row, dict)
        and row
        and (more.startswith("{") or (not more and _records(row) is None))
    ):
        return Layout("json_lines")
    whole = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    document = _parsed(whole)
    if document is None:
        return None
    records = _records(document)
    if records is None:
        raise _unusable(path, "is JSON without a list of objects")
    return Layout("json", records=records)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _records(document: Any, depth: int = 0) -> str | None:
    """Return the path to the longest list of objects, dotted; None: there is none."""
    if isinstance(document, list):
        return "" if document and all(isinstance(one, dict) for one in document) else None
    if not isinstance(document, dict) or depth > 4:
        return None
    found = {
        f"{key}.{path}" if path else key: value
        for key, value in document.items()
        if "." not in key and (path := _records(value, depth + 1)) is not None
    }
    return max(found, key=lambda path: len(str(found[path])), default=None)


def _workbook(path: Path) -> Layout:
    """Return the sheet with most rows that has a header."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except (CalamineError, OSError):
        raise _unusable(path, "is not a workbook that can be opened") from None
    filled = {
        name: rows
        for name, rows in sheets.items()
        if len(rows) > 1 and _usual_width(_texts(rows)) > 1
    }
    if not filled:
        raise _unusable(path, "has no sheet with a header and rows")
    name = max(filled, key=lambda name: len(filled[name]))
    found = _with_header(
        Layout("excel", sheet=None if len(sheets) == 1 else name), _texts(filled[name])
    )
    if len(filled) > 1:
        doubt = f"the workbook has {len(filled)} sheets with rows; this one has most"
        return replace(found, doubts={**found.doubts, "sheet": doubt})
    return found


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [[as_text(cell) or "" for cell in row] for row in rows[:_LINES]]


def _unusable(path: Path, what: str) -> HitError:
    message = f"{path.name} {what}."
    return HitError(message, remedy="Give a file with a header and some rows.")
