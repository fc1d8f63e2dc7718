"""The file of corrections as CSV or Excel: every cell is text, so that zeros stay."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # no type information is published

from hit_pipeline.exports.correction_words import WORDS
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.tables.model import ID_SYSTEMS

_ALWAYS = ("your_student_id", "finding", "what_is_wrong", "right_system", "right_number")
Row = Mapping[str, Any]


def write_file(path: Path, found: Sequence[Row], system: str) -> None:
    """Write what was found to a file, one row per record of the vendor.

    Args:
        path: The file; its suffix ``.csv`` or ``.xlsx`` says which.
        found: What each record states, with ``finding`` and ``right``: the right number or None.
        system: System of the right numbers.
    """
    rows = [_row(one, system) for one in found]
    stated = [name for name in _STATED.values() if any(row[name] for row in rows)]
    columns = ["your_student_id", *stated, *_ALWAYS[1:]]
    if path.suffix.lower() == ".xlsx":
        _write_excel(path, columns, rows)
    else:
        _write_csv(path, columns, rows)


_STATED = {
    **{f"id_{one}": f"stated_{one}" for one in ID_SYSTEMS if one not in ("vendor", "source")},
    **{one: f"stated_{one}" for one in (*NAME_PARTS, "birth_date")},
}


def _row(found: Row, system: str) -> dict[str, str]:
    right = found["right"]
    return {
        "your_student_id": found["id_vendor"] or found["id_source"] or "",
        **{name: str(found[column] or "") for column, name in _STATED.items()},
        "finding": found["finding"],
        "what_is_wrong": WORDS[found["finding"]],
        "right_system": system if right is not None else "",
        "right_number": right or "",
    }


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _write_excel(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Corrections")
        sheet.set_column(0, len(columns) - 1, 22)
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name)
        for line, row in enumerate(rows, start=1):
            for at, name in enumerate(columns):
                sheet.write_string(line, at, row[name])
