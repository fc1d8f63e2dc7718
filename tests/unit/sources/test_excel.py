"""Workbooks: typed cells in, one plain text form out."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped] # it publishes no types

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.reading.excel import Cell, Sheet, as_text, read_excel
from tests.unit.sources.reading import Read, collected, unread

Value = str | float | bool | datetime


def book(path: Path, sheets: dict[str, dict[tuple[int, int], Value]]) -> Path:
    """Write sheets of cells by (row, column), 0-based."""
    with xlsxwriter.Workbook(path) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, cells in sheets.items():
            sheet = workbook.add_worksheet(name)
            for (row, column), value in cells.items():
                if isinstance(value, datetime):
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                else:
                    sheet.write(row, column, value)
    return path


def read(engine: Engine, path: Path, sheet: Sheet, limits: Thresholds | None = None) -> Read:
    return collected(engine, read_excel(engine, unread(path, path.parent / "work", limits), sheet))


def test_cells_are_read_as_text(engine: Engine, tmp_path: Path) -> None:
    cells: dict[tuple[int, int], Value] = {
        (0, 0): " id ",
        (0, 1): "n",
        (0, 2): "when",
        (1, 0): "00012",
        (1, 1): 12,
        (1, 2): datetime(2026, 11, 2, 9, 15),  # noqa: DTZ001 (a sheet knows no zone)
        (3, 0): "00013",
        (3, 1): 1.5,
    }
    path = book(tmp_path / "log.xlsx", {"Log": cells})
    found = read(engine, path, Sheet())
    assert found.text.header == ("id", "n", "when")
    assert found.rows == [
        {"id": "00012", "n": "12", "when": "2026-11-02 09:15:00"},
        {"id": "00013", "n": "1.5", "when": None},
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", None),
        (None, None),
        (12.0, "12"),
        (-0.5, "-0.5"),
        (1e-7, "1e-07"),
        (2.0**53, "9007199254740992"),
        (1.234567890123457e17, "1.234567890123457e+17"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2026, 11, 2), "2026-11-02"),
        (time(9, 5), "09:05:00"),
        (timedelta(hours=36, seconds=5), "36:00:05"),
        (" 007 ", " 007 "),
    ],
)
def test_every_kind_of_cell_has_one_form(cell: Cell, text: str | None) -> None:
    assert as_text(cell) == text


def test_a_named_sheet_with_its_header_further_down(engine: Engine, tmp_path: Path) -> None:
    cells: dict[tuple[int, int], Value] = {
        (0, 0): "Report",
        (3, 1): "a",
        (3, 2): "b",
        (4, 1): 1,
        (4, 2): 2,
    }
    path = book(tmp_path / "log.xlsx", {"Cover": {(0, 0): "x"}, "Data": cells})
    found = read(engine, path, Sheet("Data", header_row=4))
    assert found.text.header == ("", "a", "b")
    assert [(row["a"], row["b"]) for row in found.rows] == [("1", "2")]


def test_a_sheet_without_header_keeps_its_first_column(engine: Engine, tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", {"Data": {(0, 1): 1, (1, 1): 2}})
    found = read(engine, path, Sheet(header_row=0, columns=("a", "b")))
    assert found.rows == [{"a": None, "b": "1"}, {"a": None, "b": "2"}]


def test_rows_that_do_not_fit_are_kept_aside(engine: Engine, tmp_path: Path) -> None:
    cells: dict[tuple[int, int], Value] = {
        (0, 0): "a",
        (1, 0): "1",
        (1, 1): "beyond",
        (2, 0): "x" * 200,
        (3, 0): "3",
    }
    path = book(tmp_path / "log.xlsx", {"Data": cells})
    found = read(engine, path, Sheet(), Thresholds(max_cell_bytes=100))
    assert found.rows == [{"a": "3"}]
    assert found.malformed == [(2, "landing.ragged"), (3, "landing.cell_too_large")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"PK\x03\x04 cut", "landing.truncated_zip"),
        (b"id,n\n1,2\n", "landing.unreadable"),
        (b"", "landing.unreadable"),
    ],
)
def test_what_is_no_workbook_is_refused(
    engine: Engine, tmp_path: Path, data: bytes, rule: str
) -> None:
    path = tmp_path / "log.xlsx"
    path.write_bytes(data)
    with pytest.raises(DeliveryRefused) as caught:
        read(engine, path, Sheet())
    assert caught.value.rule == rule


def test_a_missing_sheet_and_an_empty_one_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", {"Data": {}})
    for sheet, rule in ((Sheet("Other"), "landing.unreadable"), (Sheet(), "landing.empty_file")):
        with pytest.raises(DeliveryRefused) as caught:
            read(engine, path, sheet)
        assert caught.value.rule == rule
