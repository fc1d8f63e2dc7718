"""A sheet of a workbook (xlsx, xlsm, xlsb, xls, ods) to rows of text.

The one reader that meets typed cells: each is written in one plain form, so that an id kept as
text keeps its zeros and an id kept as a number has no ``.0``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import ibis
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import check_workbook
from hit_pipeline.sources.reading.headers import clean_header, header_findings, unique_names
from hit_pipeline.sources.reading.line_text import Cells
from hit_pipeline.sources.reading.malformed import MalformedLines
from hit_pipeline.sources.reading.text_rows import RowBatches, TextRows, Unread

Cell = int | float | str | bool | time | date | datetime | timedelta | None

_EXACT = 2**53


@dataclass(frozen=True)
class Sheet:
    """Which sheet of a workbook, and where its columns are named.

    Attributes:
        name: Name of the sheet; None: the first.
        header_row: Row of the header, 1-based; 0: none, ``columns`` give the order.
        columns: Names of the columns of a sheet without header.
    """

    name: str | None = None
    header_row: int = 1
    columns: tuple[str, ...] = ()


def read_excel(engine: Engine, given: Unread, sheet: Sheet) -> TextRows:
    """Read a sheet.

    Blank cells and cells with an error value are null; rows without any cell are left out. See
    `as_text` for the others. A row with a cell outside the header or above ``max_cell_bytes`` is
    malformed.

    Raises:
        DeliveryRefused: ``landing.unreadable``: no workbook, with a password, or without the
            sheet. ``landing.empty_file``: the sheet has no header. Also those of a bundle.
    """
    rows = _numbered(_sheet(open_workbook(given), given, sheet.name))
    header = sheet.columns or _header(rows, sheet.header_row)
    if not header:
        raise given.refused(
            rule="empty_file", message="has no header", remedy="Send the file again."
        )
    names = unique_names(header)
    stem = ibis.util.gen_name(given.path.stem)
    batches = RowBatches(given.workspace, stem, names)
    with MalformedLines(given.workspace / f"{stem}.malformed.parquet") as malformed:
        for number, cells in rows:
            fault = fault_of(cells, len(names), given.thresholds.max_cell_bytes)
            if fault is not None:
                malformed.add(number, fault, "\t".join(cell or "" for cell in cells).encode())
            else:
                batches.add(dict(zip(names, cells, strict=False)))
    paths = batches.paths()
    return TextRows(
        header,
        names,
        engine.read(paths) if paths else None,
        batches.count,
        engine.read([malformed.path]) if malformed.counts else None,
        (*header_findings(given.file, header, names), *malformed.findings(given.file)),
    )


def as_text(cell: Cell) -> str | None:
    """Write a cell as text; a blank one is None.

    Whole numbers up to 2**53 have no point, others all their digits; dates and times are ISO with
    a blank between, durations ``H:MM:SS``, truth values ``TRUE`` and ``FALSE``.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) <= _EXACT else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return str(cell)


def open_workbook(given: Unread) -> CalamineWorkbook:
    """Open a workbook.

    Raises:
        DeliveryRefused: See `read_excel`.
    """
    check_workbook(given.path, given.entry, source=given.source, thresholds=given.thresholds)
    try:
        return CalamineWorkbook.from_path(str(given.path))
    except (CalamineError, OSError) as error:
        raise _unreadable(given, error) from None


def open_sheet(book: CalamineWorkbook, given: Unread, name: str) -> CalamineSheet:
    """Open a sheet that is there.

    Raises:
        DeliveryRefused: See `read_excel`.
    """
    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, OSError) as error:
        raise _unreadable(given, error) from None


def _sheet(book: CalamineWorkbook, given: Unread, name: str | None) -> CalamineSheet:
    if name is not None and name not in book.sheet_names:
        message = f"has no sheet {name!r}"
        raise given.refused(
            rule="unreadable", message=message, remedy="Correct `sheet` in the contract."
        )
    if name is None and not book.sheet_names:
        raise given.refused(rule="empty_file", message="has no sheet", remedy="Send it again.")
    return open_sheet(book, given, book.sheet_names[0] if name is None else name)


def _unreadable(given: Unread, error: Exception) -> DeliveryRefused:
    message = f"is not a workbook that can be opened ({type(error).__name__})"
    remedy = "Save it anew, without a password."
    return given.refused(rule="unreadable", message=message, remedy=remedy)


def sheet_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the rows of a sheet with their number, blank ones too; column A comes first."""
    if sheet.start is None:
        return
    left: list[str | None] = [None] * sheet.start[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [*left, *map(as_text, row)]


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the rows that have any cell, with their number."""
    for number, cells in sheet_rows(sheet):
        if any(cell is not None for cell in cells):
            yield number, cells


def _header(rows: Iterator[tuple[int, list[str | None]]], header_row: int) -> tuple[str, ...]:
    """Take rows up to the header, without blank columns at its end; empty when it is blank."""
    for number, cells in rows:
        if number == header_row:
            header = [clean_header(cell) for cell in cells]
            while header and not header[-1]:
                header.pop()
            return tuple(header)
        if number > header_row:
            return ()
    return ()


def fault_of(cells: Cells, columns: int, limit: int) -> str | None:
    """Return the rule a row is malformed by; None: it is not."""
    if any(cell is not None for cell in cells[columns:]):
        return "landing.ragged"
    if any(cell and "\0" in cell for cell in cells):
        return "landing.nul_byte"
    if any(cell and len(cell.encode()) > limit for cell in cells):
        return "landing.cell_too_large"
    return None
