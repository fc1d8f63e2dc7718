"""Writing a workbook people can fill in without training: xlsxwriter, and nothing but the look.

White cells are to be filled in, grey ones are locked; the sheet is protected without a password, to
prevent accidents and not to keep anybody out. Excel itself checks dates, minutes and lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # no type information is published
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from hit_pipeline.templates.layout import (
    CODE,
    INFO,
    INSTRUCTIONS,
    LISTS,
    ROSTER,
    SHEETS,
    VERSION,
    Field,
    Sheet,
)

Workbook = Any
Worksheet = Any
Format = Any

_GRID = {"border": 1, "border_color": "#BFBFBF", "valign": "top"}
_LOCKED = {**_GRID, "bg_color": "#EDEDED", "font_color": "#404040", "num_format": "@"}
_BANDS = ("#FFFFFF", "#F3F8FD")
_FORMATS = {"date": "m/d/yyyy", "time": "h:mm AM/PM", "minutes": "0", "scale": "0"}
_MAY = {"format_columns": True, "format_rows": True, "select_locked_cells": True}


def write_workbook(path: Path, sheet: Sheet) -> None:
    """Write a workbook; an existing file is replaced.

    The same sheet gives the same bytes but for the time of writing, which xlsxwriter notes inside.
    """
    with xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": sheet.title, "comments": f"{CODE} {sheet.code}"})
        _instructions(book, sheet)
        _entries(book, sheet)
        _lists(book, sheet)
        _info(book, sheet)
        if sheet.roster:
            _table(
                book, ROSTER, list(sheet.roster[0]), [list(one.values()) for one in sheet.roster]
            )
        book.get_worksheet_by_name(SHEETS[sheet.kind]).activate()


def _instructions(book: Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(INSTRUCTIONS)
    page.hide_gridlines(2)
    page.set_column(0, 0, 96)
    page.write(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 16}))
    plain = book.add_format({"text_wrap": True, "valign": "top", "font_size": 11})
    heading = book.add_format({"bold": True, "font_size": 12, "font_color": "#1F4E79"})
    for number, text in enumerate(sheet.instructions, start=2):
        page.write(number, 0, text, heading if text.endswith(":") else plain)
    page.protect()


def _entries(book: Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(SHEETS[sheet.kind])
    page.write(0, 0, "")
    first = next(i for i, field in enumerate(sheet.fields) if not field.is_hidden)
    page.write(0, first, sheet.title, book.add_format({"bold": True, "font_size": 14}))
    label = book.add_format({"bold": True, "font_color": "#404040"})
    for number, (name, text) in enumerate(sheet.above.items(), start=1):
        page.write(number, first, name, label)
        page.write_string(number, first + 1, text)
    _header(book, page, sheet)
    _body(book, page, sheet)
    page.freeze_panes(sheet.header_row, sheet.frozen)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(sheet.header_row - 1)
    page.protect("", _MAY)


def _header(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    look = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    entry = book.add_format({**look, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
    locked = book.add_format({**look, "bg_color": "#D0CECE"})
    long = max(len(field.name) / field.width for field in sheet.fields if not field.is_hidden)
    page.set_row(sheet.header_row - 1, 16 * min(8, int(long) + 2))
    for column, field in enumerate(sheet.fields):
        page.set_column(column, column, field.width, None, {"hidden": field.is_hidden})
        page.write(sheet.header_row - 1, column, field.name, entry if field.is_entry else locked)


@dataclass(frozen=True)
class _Looks:
    """The formats of a sheet's cells: by column and band."""

    book: Workbook
    made: dict[tuple[str, bool, int], Format]

    def of(self, field: Field, band: int) -> Format:
        key = (field.kind, field.is_entry, band)
        if key not in self.made:
            self.made[key] = self.book.add_format(self._look(field, band))
        return self.made[key]

    def _look(self, field: Field, band: int) -> dict[str, Any]:
        if not field.is_entry:
            return _LOCKED
        look = {**_GRID, "bg_color": _BANDS[band], "locked": False}
        number = _FORMATS.get(field.kind)
        return {**look, "num_format": number} if number else {**look, "text_wrap": True}


def _body(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    looks = _Looks(book, {})
    shown: dict[object, int] = {}
    for number, row in enumerate(sheet.rows):
        group = row.get(sheet.shade_by) if sheet.shade_by else None
        band = shown.setdefault(group, len(shown) % 2)
        for column, field in enumerate(sheet.fields):
            _cell(
                page, sheet.header_row + number, column, row.get(field.name), looks.of(field, band)
            )
    last = sheet.header_row + len(sheet.rows) - 1
    for column, field in enumerate(sheet.fields):
        rule = _rule(sheet, field)
        if field.is_entry and rule is not None:
            page.data_validation(sheet.header_row, column, last, column, rule)


def _cell(page: Worksheet, row: int, column: int, value: object, look: Format) -> None:
    if value is None:
        page.write_blank(row, column, None, look)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, look)
    else:
        page.write_string(row, column, str(value), look)


def _rule(sheet: Sheet, field: Field) -> dict[str, Any] | None:
    """Return what Excel checks in a column; None: only the hint, or nothing."""
    told = {"input_title": field.name[:32], "input_message": field.hint[:255]} if field.hint else {}
    stop = {"error_title": "Please check", "ignore_blank": True, **told}
    if field.kind == "choice" and field.words:
        kind = "information" if field.is_open else "stop"
        words = {"validate": "list", "source": _place(sheet, field), "error_type": kind}
        return {**stop, **words, "error_message": "Please choose from the list."}
    if field.kind == "minutes":
        most = sheet.max_minutes
        limits = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": most}
        return {**stop, **limits, "error_message": f"Whole minutes, 0 to {most}."}
    if field.kind == "scale":
        limits = {"validate": "list", "source": [1, 2, 3, 4, 5]}
        return {**stop, **limits, "error_message": "A number from 1 to 5."}
    if field.kind == "date":
        first, last = sheet.first_day or date(2000, 1, 1), sheet.last_day or date(2099, 12, 31)
        limits = {"validate": "date", "criteria": "between", "minimum": first, "maximum": last}
        return {**stop, **limits, "error_message": f"A date from {us(first)} to {us(last)}."}
    if field.kind == "time":
        limits = {"validate": "time", "criteria": "between"}
        limits |= {"minimum": time(0, 0), "maximum": time(23, 59)}
        return {**stop, **limits, "error_message": "A time such as 3:30 PM."}
    return {"validate": "any", **told} if told else None


def us(day: date) -> str:
    """Write a date as people here do: month/day/year."""
    return f"{day.month}/{day.day}/{day.year}"


def _listed(sheet: Sheet) -> list[Field]:
    return [field for field in sheet.fields if field.kind == "choice" and field.words]


def _place(sheet: Sheet, field: Field) -> str:
    column = xl_col_to_name(_listed(sheet).index(field), col_abs=True)
    return f"={LISTS}!{column}$2:{column}${len(field.words) + 1}"


def _lists(book: Workbook, sheet: Sheet) -> None:
    page = _hidden(book, LISTS)
    for column, field in enumerate(_listed(sheet)):
        for row, word in enumerate((field.name, *field.words)):
            page.write_string(row, column, word)


def _info(book: Workbook, sheet: Sheet) -> None:
    told = {
        "template": sheet.kind,
        "version": str(VERSION),
        "code": sheet.code,
        "first_day": sheet.first_day.isoformat() if sheet.first_day else "",
        "last_day": sheet.last_day.isoformat() if sheet.last_day else "",
        "max_minutes": str(sheet.max_minutes),
        "rows": str(len(sheet.rows)),
    }
    _table(book, INFO, ["what", "value"], [list(pair) for pair in told.items()])


def _table(book: Workbook, name: str, header: list[str], rows: Sequence[Sequence[Any]]) -> None:
    page = _hidden(book, name)
    for number, row in enumerate([header, *rows]):
        for column, value in enumerate(row):
            page.write_string(number, column, "" if value is None else str(value))


def _hidden(book: Workbook, name: str) -> Worksheet:
    page = book.add_worksheet(name)
    page.hide()
    page.protect()
    return page
