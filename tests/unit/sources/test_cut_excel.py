"""Workbooks as people keep them: a sheet per tutor, titles, merged cells, several tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped] # it publishes no types

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from tests.unit.sources.shapes import OTHERS, columns, contract, read, using

Cell = str | int | datetime | None
LOG: dict[str, Any] = {"format": "excel", "columns": columns("Student", "Minutes")}
HEAD: Sequence[Cell] = ("Student", "Minutes")


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], merged: str = "") -> Path:
    """Write sheets row by row; `merged` is a range of the first one, such as ``A2:A3``."""
    with xlsxwriter.Workbook(path) as workbook:
        day = workbook.add_format({"num_format": "m/d/yyyy"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(at, place, cell, day)
                    elif cell is not None:
                        sheet.write(at, place, cell)
            if merged:
                first = rows[int(merged[1]) - 1][0]
                sheet.merge_range(merged, first)
                merged = ""
    return path


def test_every_sheet_with_the_columns_becomes_rows_and_the_others_are_noted(
    engine: Engine, tmp_path: Path
) -> None:
    path = book(
        tmp_path / "log.xlsx",
        {
            "Read me": [("How to fill this in",), ("Ask Pat",)],
            "Tutor A": [HEAD, ("1", 30), ("2", 25)],
            "Tutor B": [("Minutes", "Student", "Note"), (20, "3", "late")],
            "Empty": [],
        },
    )
    agreed = contract(log={**LOG, "sheet": "*", "feeds": using("Student", "_sheet")})
    found = read(engine, path, agreed)
    assert found["log"].rows == [
        {"Student": "1", "Minutes": "30", "Note": None, "_sheet": "Tutor A"},
        {"Student": "2", "Minutes": "25", "Note": None, "_sheet": "Tutor A"},
        {"Student": "3", "Minutes": "20", "Note": "late", "_sheet": "Tutor B"},
    ]
    assert found["log"].rules["contract.sheet_without_table"] == 2
    places = [(row["place"], row["line"]) for row in found[OTHERS].rows]
    assert places == [("sheet 1", "1"), ("sheet 1", "2")]


def test_a_pattern_takes_the_sheets_it_matches(engine: Engine, tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", {"Sep": [HEAD, ("1", 3)], "Summary": [HEAD, ("9", 9)]})
    found = read(engine, path, contract(log={**LOG, "sheet": "s?p"}))
    assert [row["Student"] for row in found["log"].rows] == ["1"]
    assert OTHERS not in found


def test_no_sheet_with_the_columns_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", {"Ann": [("Student", "Mins"), ("1", 3)]})
    for sheet, rule in (("*", "contract.missing_column"), ("B*", "landing.unreadable")):
        with pytest.raises(DeliveryRefused) as caught:
            read(engine, path, contract(log={**LOG, "sheet": sheet}))
        assert caught.value.rule == rule
        assert "Ann" not in str(caught.value)


def test_titles_labels_totals_and_merged_cells(engine: Engine, tmp_path: Path) -> None:
    rows: list[Sequence[Cell]] = [
        (None, "Attendance"),
        ("School:", None, "Lincoln"),
        (),
        (None, "Tutor", "Student", "Minutes"),
        (None, "T1", "1", 30),
        (None, None, "2", 25),
        (None, "T2", "3", 20),
        (),
        (None, "Total", None, 75),
    ]
    path = book(tmp_path / "log.xlsx", {"Data": rows}, merged="B5:B6")
    agreed = contract(
        log={
            "format": "excel",
            "find_header": True,
            "columns": columns("Tutor", "Student", "Minutes"),
            "fill_down": ["Tutor"],
            "ends_at": "^Total",
            "preamble": {"School": r"^School:\|(.+)$"},
            "feeds": using("_preamble.School", "_sheet"),
        }
    )
    found = read(engine, path, agreed)
    log = found["log"]
    told = [tuple(row[one] for one in ("Tutor", "Student", "_preamble.School")) for row in log.rows]
    assert told == [("T1", "1", "Lincoln"), ("T1", "2", "Lincoln"), ("T2", "3", "Lincoln")]
    assert {row["_sheet"] for row in log.rows} == {"Data"}
    kinds = [(row["line"], row["kind"]) for row in found[OTHERS].rows]
    assert kinds == [("1", "outside"), ("2", "label"), ("9", "end")]


def test_tables_on_sheets_of_their_own_come_apart(engine: Engine, tmp_path: Path) -> None:
    path = book(
        tmp_path / "log.xlsx",
        {"Cover": [("x",)], "Sessions": [HEAD, ("1", 3)], "Tutors": [("Tutor",), ("T1",)]},
    )
    tutors = {"format": "excel", "sheet": "Tutors", "columns": columns("Tutor")}
    found = read(engine, path, contract(log={**LOG, "sheet": "Sessions"}, tutors=tutors))
    assert [row["Student"] for row in found["log"].rows] == ["1"]
    assert [row["Tutor"] for row in found["tutors"].rows] == ["T1"]


def test_rows_that_do_not_fit_are_kept_aside(engine: Engine, tmp_path: Path) -> None:
    path = book(tmp_path / "log.xlsx", {"A": [HEAD, ("1", 3), ("2", 3, "beyond"), ("3", 4)]})
    found = read(engine, path, contract(log={**LOG, "find_header": True}))["log"]
    assert [row["Student"] for row in found.rows] == ["1", "3"]
    assert found.malformed == [(3, "landing.ragged")]


def test_dates_in_a_header_are_iso(engine: Engine, tmp_path: Path) -> None:
    head: Sequence[Cell] = ("Student", datetime(2026, 9, 14), datetime(2026, 9, 15))  # noqa: DTZ001
    path = book(tmp_path / "log.xlsx", {"A": [head, ("1", "P", "A")]})
    agreed = contract(log={"format": "excel", "columns": columns("Student")})
    assert read(engine, path, agreed)["log"].rows[0]["2026-09-14"] == "P"
