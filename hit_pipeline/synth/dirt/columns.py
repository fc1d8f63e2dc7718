"""Faults that show in the columns of one vendor alone: unknown codes, other units, earlier dates.

Which entries bear them the log knows; here the cells of a sheet are changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Flags

_UNKNOWN_CODES = {"northstar": ("Status", "Make-Up TBD"), "lakeside": ("Mark", "Virtual?")}


def spoil_columns(sheet: Sheet, log: Log) -> Sheet:
    """Return a sheet of a log with the cells of the vendor's own columns as its log marks them."""
    code = _UNKNOWN_CODES.get(sheet.source)
    if code is not None and code[0] in sheet.rows.column_names:
        values = _column(sheet, code[0])
        hit = _flags(sheet, log, "row_unmapped_code") & _has_result(values)
        sheet = set_column(sheet, code[0], pc.if_else(pa.array(hit), code[1], values))
    for kind, (column, change) in _CHANGES.get(sheet.source, {}).items():
        hit = _flags(sheet, log, kind)
        if hit.any():
            cells = pc.if_else(pa.array(hit), change(sheet), _column(sheet, column))
            sheet = set_column(sheet, column, cells)
    return sheet


def set_column(sheet: Sheet, column: str, cells: pa.Array) -> Sheet:
    """Return a sheet with other cells in a column."""
    at = sheet.rows.column_names.index(column)
    return replace(sheet, rows=sheet.rows.set_column(at, column, cells))


def _column(sheet: Sheet, column: str) -> pa.Array:
    return sheet.rows[column].combine_chunks()


def _flags(sheet: Sheet, log: Log, kind: str) -> Flags:
    """Say which rows bear a fault; a row of several pupils does when an entry of it does."""
    flags, hit = log.kinds.get(kind), np.zeros(sheet.rows.num_rows, dtype=bool)
    if flags is not None and sheet.claim is not None:
        return flags[sheet.claim]
    if flags is not None and sheet.members is not None:
        row, claim = sheet.members
        hit[row[flags[claim]]] = True
    return hit


def _has_result(values: pa.Array) -> Flags:
    planned = pc.is_in(values, pa.array(["Scheduled"]))
    return np.asarray(~pc.or_(planned, values.is_null()).to_numpy(zero_copy_only=False))


def _each(cells: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Change every filled cell; each distinct one is changed once."""
    coded = cells.dictionary_encode()
    words = pa.array([change(word) for word in coded.dictionary.to_pylist()], pa.string())
    return words.take(coded.indices)


def _seconds(sheet: Sheet) -> pa.Array:
    return _each(_column(sheet, "Actual Minutes"), lambda minutes: str(int(minutes) * 60))


def _clock(sheet: Sheet) -> pa.Array:
    return _each(_column(sheet, "Actual Minutes"), _hours_minutes)


def _hours_minutes(minutes: str) -> str:
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


def _hours(sheet: Sheet) -> pa.Array:
    return _each(_column(sheet, "Length"), _decimal)


def _decimal(length: str) -> str:
    hours, minutes = length.split(":")
    return f"{int(hours) + int(minutes) / 60:.2f}"


def _minutes(sheet: Sheet) -> pa.Array:
    """Return whole minutes of a percent of the period, which was rounded down."""
    percent = _column(sheet, "Attendance Percent").cast(pa.int64())
    period = _column(sheet, "Period Minutes").cast(pa.int64())
    return pc.divide(pc.add(pc.multiply(percent, period), 50), 100).cast(pa.string())


def _day_before(sheet: Sheet) -> pa.Array:
    return _each(_column(sheet, "Date"), _earlier)


def _earlier(date: str) -> str:
    day = datetime.strptime(date, "%m/%d/%Y").date() - timedelta(days=1)  # noqa: DTZ007 - a date
    return f"{day.month}/{day.day}/{day.year}"


_CHANGES: Mapping[str, Mapping[str, tuple[str, Callable[[Sheet], pa.Array]]]] = {
    "northstar": {
        "unit_seconds": ("Actual Minutes", _seconds),
        "unit_clock": ("Actual Minutes", _clock),
    },
    "harborlight": {"unit_hours": ("Length", _hours)},
    "lakeside": {
        "unit_percent": ("Attendance Percent", _minutes),
        "time_midnight": ("Date", _day_before),
    },
}
"""Vendor -> fault -> its column, and what the cells of all rows become. A row bears one of those of
a column at most."""
