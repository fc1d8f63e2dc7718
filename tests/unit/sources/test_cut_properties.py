"""A report says the same whether it is a text or a workbook, and as much as was written."""

import csv
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped] # it publishes no types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.sources.shapes import OTHERS, Found, columns, contract, read, using

HEADER = ["School", "Student", "Minutes"]
SHAPE: dict[str, Any] = {
    "find_header": True,
    "columns": columns(*HEADER),
    "fill_down": ["School"],
    "ends_at": "^Total$",
    "preamble": {"Week": r"^Week:\|(.+)$"},
    "feeds": using("_preamble.Week"),
    "empty": "nothing_happened",
}
TEXT = st.text("ab ,\"';|\n0é", min_size=1, max_size=5).filter(lambda text: bool(text.strip()))
ROW = st.tuples(st.none() | TEXT, TEXT, st.none() | TEXT).map(list)
LABEL = TEXT.filter(lambda text: "\n" not in text)
BLOCK = st.tuples(
    st.lists(TEXT.map(lambda text: [text]), max_size=2), LABEL, st.lists(ROW, max_size=4)
)
Lines = list[list[str | None]]


def written(blocks: list[Any]) -> tuple[Lines, list[tuple[str | None, ...]], int]:
    """Return the lines of a report, its rows as they must come out, and how many others."""
    lines: Lines = []
    rows: list[tuple[str | None, ...]] = []
    others = 0
    for titles, week, told in blocks:
        lines += [*titles, ["Week:", week], [], list(HEADER), *told, ["Total"]]
        others += len(titles) + 2
        above = None
        for school, student, minutes in told:
            above = school if school and school.strip() else above
            rows.append((above, student, minutes, week.strip()))
    return lines, rows, others + max(0, len(blocks) - 1)


def as_text(path: Path, lines: Lines) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows(lines)
    return path


def as_workbook(path: Path, lines: Lines) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for at, line in enumerate(lines):
            for place, cell in enumerate(line):
                if cell is not None:
                    sheet.write_string(at, place, cell)
    return path


def told(found: dict[str, Found]) -> tuple[list[tuple[str | None, ...]], int]:
    names = (*HEADER, "_preamble.Week")
    rows = [tuple(row[name] for name in names) for row in found["log"].rows]
    return rows, len(found[OTHERS].rows)


@pytest.mark.parametrize("form", ["delimited", "excel"])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(blocks=st.lists(BLOCK, min_size=1, max_size=3))
def test_rows_and_other_lines_are_those_that_were_written(
    engine: Engine, tmp_path: Path, form: str, blocks: list[Any]
) -> None:
    lines, rows, others = written(blocks)
    agreed = contract(log={**SHAPE, "format": form})
    if form == "delimited":
        path = as_text(tmp_path / "report.csv", lines)
    else:
        path = as_workbook(tmp_path / "report.xlsx", lines)
    assert told(read(engine, path, agreed)) == (rows, others)
