"""Reading back a workbook somebody filled in, as it stands: typed cells, formulas, merged cells.

For `hit template check` only, which tells people what to correct. What counts is what the pipeline
lands and types by the contracts; nothing here feeds a table.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hit_pipeline.errors import HitError
from hit_pipeline.landing.bundle import check_workbook
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.reading.excel import as_text
from hit_pipeline.templates.layout import HIDDEN, INFO, INSTRUCTIONS, LISTS, ROSTER, ROW_ID, SHEETS

Cell = int | float | str | bool | time | date | datetime | timedelta | None
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class FilledRow:
    """One row below the header.

    Attributes:
        number: Its row in the sheet, 1-based.
        cells: Header to cell; blank ones are None.
    """

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Filled:
    """A workbook somebody filled in.

    Attributes:
        sheet: Name of the sheet with entries.
        headers: Its header row, trimmed; empty when none was found.
        rows: The rows below that have any cell.
        info: What the hidden sheet says of the workbook; empty when it was lost.
        lists: The words of the drop-downs, by column.
        roster: Students by their number in the workbook.
        strange_sheets: Visible sheets that were not there.
        merged: First row and column of merged cells, 1-based, below the header.
        formulas: Row and column of formulas, 1-based; empty when the format hides them (ods).
    """

    sheet: str
    headers: tuple[str, ...]
    rows: Sequence[FilledRow]
    info: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    roster: Mapping[str, Mapping[str, str]]
    strange_sheets: Sequence[str]
    merged: Sequence[tuple[int, int]]
    formulas: Sequence[tuple[int, int]]


def read_filled(path: Path) -> Filled:
    """Read a workbook.

    Raises:
        HitError: It is no workbook, or none of its sheets is one people fill in.
    """
    book = _open(path)
    names = book.sheet_names
    sheet = next((one for one in SHEETS.values() if one in names), None)
    if sheet is None:
        wanted = " or ".join(SHEETS.values())
        message = f"{path.name} has no sheet {wanted}; its sheets are {', '.join(names)}"
        raise HitError(message, remedy="Hand back the workbook you were given.")
    page = book.get_sheet_by_name(sheet)
    top, headers, rows = _table(page)
    merged = [(first[0] + 1, first[1] + 1) for first, _ in page.merged_cell_ranges or ()]
    known = {*HIDDEN, INSTRUCTIONS, sheet}
    return Filled(
        sheet=sheet,
        headers=headers,
        rows=rows,
        info={row[0]: row[1] for row in _texts(book, INFO)[1:] if len(row) > 1},
        lists=_lists(_texts(book, LISTS)),
        roster=_roster(_texts(book, ROSTER)),
        strange_sheets=[name for name in names if name not in known],
        merged=[place for place in merged if place[0] > top],
        formulas=[place for place in _formulas(path, sheet) if place[0] > top],
    )


def _open(path: Path) -> CalamineWorkbook:
    check_workbook(path, path.name, source="template", thresholds=Thresholds())
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        message = f"{path.name} is not a workbook that can be opened ({type(error).__name__})"
        raise HitError(message, remedy="Save it as .xlsx, without a password.") from None


def _lines(page: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    if page.start is None:
        return
    left: list[Cell] = [None] * page.start[1]
    for number, row in enumerate(page.iter_rows(), start=1):
        cells = (None if isinstance(one, str) and not one.strip() else one for one in row)
        yield number, [*left, *cells]


def _table(page: CalamineSheet) -> tuple[int, tuple[str, ...], list[FilledRow]]:
    """Return the row of the header, the header and the rows below."""
    top, headers = 0, tuple[str, ...]()
    rows: list[FilledRow] = []
    for number, cells in _lines(page):
        texts = tuple((as_text(cell) or "").strip() for cell in cells)
        if not headers and (ROW_ID in texts or "Date" in texts or "Last name" in texts):
            top, headers = number, texts
        elif headers and any(cell is not None for cell in cells):
            named = {name: cell for name, cell in zip(headers, cells, strict=False) if name}
            rows.append(FilledRow(number, named))
    return top, headers, rows


def _texts(book: CalamineWorkbook, name: str) -> list[list[str]]:
    """Return the cells of a sheet as text; nothing where the sheet was lost."""
    if name not in book.sheet_names:
        return []
    page = book.get_sheet_by_name(name)
    return [[as_text(cell) or "" for cell in cells] for _, cells in _lines(page)]


def _lists(texts: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    if not texts:
        return {}
    return {
        name: [row[column] for row in texts[1:] if column < len(row) and row[column]]
        for column, name in enumerate(texts[0])
    }


def _roster(texts: Sequence[Sequence[str]]) -> dict[str, dict[str, str]]:
    if not texts:
        return {}
    return {row[0]: dict(zip(texts[0], row, strict=False)) for row in texts[1:] if row}


def _formulas(path: Path, sheet: str) -> list[tuple[int, int]]:
    """Return where a sheet of an xlsx file has formulas: calamine tells their last result only."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as parts:
        part = _part_of(parts, sheet)
        if part is None:
            return []
        cells = _xml(parts, part).iter(f"{_MAIN}c")
        return [_place(cell.get("r", "")) for cell in cells if cell.find(f"{_MAIN}f") is not None]


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """Return which part of an xlsx file is the sheet; None where the file is none."""
    if "xl/workbook.xml" not in parts.namelist():
        return None
    listed = _xml(parts, "xl/workbook.xml").iter(f"{_MAIN}sheet")
    link = next((one.get(_LINK) for one in listed if one.get("name") == sheet), None)
    for one in _xml(parts, "xl/_rels/workbook.xml.rels"):
        if one.get("Id") == link:
            target = (one.get("Target") or "").lstrip("/")
            return target if target.startswith("xl/") else f"xl/{target}"
    return None


def _xml(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # `check_workbook` has bounded the size; expat itself refuses entities that explode.
    return ElementTree.fromstring(parts.read(name))  # noqa: S314


def _place(reference: str) -> tuple[int, int]:
    """Return row and column of a reference such as H12."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    if found is None:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column
