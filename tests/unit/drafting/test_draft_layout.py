"""How a sample is written is found: format, encoding, delimiter, header, sheet, path, positions."""

import json
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped] # it publishes no types

from hit_pipeline.drafting.layout import layout
from hit_pipeline.engine import Engine
from hit_pipeline.errors import HitError
from tests.unit.drafting.bench import csv_text, drafted

HEADER = "Session ID,Student Name,Tutor,Session Date,Minutes"
ROWS = (
    "A1,Zoë Brandt,Coach 1,2026-09-14,30",
    "A2,Ivo Brandt,Coach 1,2026-09-14,45",
    "A3,Mei Sun,Coach 2,2026-09-15,30",
)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "~", "^"])
def test_the_delimiter_is_the_one_lines_agree_on(
    engine: Engine, tmp_path: Path, delimiter: str
) -> None:
    found = drafted(engine, tmp_path, {"log.txt": csv_text(HEADER, *ROWS, delimiter=delimiter)})
    assert (found.keys.get("delimiter", ","), found.file.rows) == (delimiter, len(ROWS))
    assert [one.name for one in found.contract.files["sessions"].columns] == HEADER.split(",")


@pytest.mark.parametrize(
    ("codec", "encoding", "is_asked"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", False),
        ("latin-1", "latin-1", True),
        ("utf-16", "utf-16", False),
    ],
)
def test_the_encoding_is_told_from_the_bytes(
    engine: Engine, tmp_path: Path, codec: str, encoding: str, is_asked: bool
) -> None:
    found = drafted(engine, tmp_path, {"log.csv": csv_text(HEADER, *ROWS).encode(codec)})
    assert found.contract.files["sessions"].encoding == encoding
    assert found.asks("not UTF-8") is is_asked


def test_curly_quotes_of_windows_are_told_from_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(csv_text(HEADER, "A1,O\u2019Neil,Coach,2026-09-14,30").encode("windows-1252"))
    assert layout(path).encoding == "windows-1252"


@pytest.mark.parametrize("shift", range(4))
def test_a_letter_cut_at_the_end_of_the_first_look_is_still_utf_8(
    tmp_path: Path, shift: int
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a,b\n" + b"x" * shift + "\N{SNOWMAN},1\n".encode() * 250_000)
    assert layout(path).encoding == "utf-8"


def test_a_preamble_is_skipped_and_asked_about(engine: Engine, tmp_path: Path) -> None:
    text = "Attendance report,,,,\nPrinted 2026-09-18,,,,\n" + csv_text(HEADER, *ROWS)
    found = drafted(engine, tmp_path, {"log.csv": text})
    assert found.contract.files["sessions"].header_row == 3
    assert found.asks("2 lines stand before the header")


def test_a_file_without_a_header_names_columns_by_place(engine: Engine, tmp_path: Path) -> None:
    text = "".join(f"{n},2026-09-{n},30,17\n" for n in range(10, 20))
    found = drafted(engine, tmp_path, {"log.csv": text})
    assert found.keys["header_row"] == 0
    assert [one["name"] for one in found.keys["columns"]] == [f"column_{n}" for n in range(1, 5)]
    assert found.file.rows == 10


def test_delimiters_and_line_ends_inside_quotes_are_text(engine: Engine, tmp_path: Path) -> None:
    rows = [f'A{n},"Brandt, Zoë","Coach\n{n}",2026-09-14,30' for n in range(5)]
    found = drafted(engine, tmp_path, {"log.csv": csv_text(HEADER, *rows)})
    assert (found.file.rows, len(found.file.looks)) == (5, 5)


def test_the_sheet_with_the_rows_is_chosen(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("About").write_row(0, 0, ["Made by", "us"])
        sheet = book.add_worksheet("Sessions")
        sheet.write_row(0, 0, ["Monthly report"])
        for at, line in enumerate((HEADER, *ROWS), start=2):
            sheet.write_row(at, 0, line.split(","))
    found = drafted(engine, tmp_path, {"book.xlsx": path.read_bytes()})
    spec = found.contract.files["sessions"]
    assert (spec.format, spec.sheet, spec.header_row) == ("excel", "Sessions", 3)
    assert found.file.rows == len(ROWS)


OBJECTS = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in ROWS]


@pytest.mark.parametrize(
    ("text", "form", "records"),
    [
        (json.dumps(OBJECTS), "json", ""),
        (json.dumps({"meta": {"n": 3}, "data": {"rows": OBJECTS}}, indent=1), "json", "data.rows"),
        ("\n".join(map(json.dumps, OBJECTS)), "json_lines", ""),
    ],
)
def test_json_is_told_from_json_lines_and_its_path_is_found(
    engine: Engine, tmp_path: Path, text: str, form: str, records: str
) -> None:
    found = drafted(engine, tmp_path, {"log.json": text})
    spec = found.contract.files["sessions"]
    assert (spec.format, spec.records, found.file.rows) == (form, records, len(ROWS))


def fixed(*, ruler: bool) -> str:
    """Return a fixed-width file with the header above, and a ruler below it where asked."""
    rows = [HEADER.split(","), *(row.split(",") for row in ROWS)]
    lines = ["".join(f"{cell:<14}" for cell in row).rstrip() for row in rows]
    marks = [" ".join(["-" * 13] * 5)] if ruler else []
    return "".join(f"{line}\n" for line in (lines[0], *marks, *lines[1:]))


@pytest.mark.parametrize("ruler", [True, False])
def test_positions_come_from_a_ruler_or_from_gaps(
    engine: Engine, tmp_path: Path, ruler: bool
) -> None:
    found = drafted(engine, tmp_path, {"log.txt": fixed(ruler=ruler)})
    spec = found.contract.files["sessions"]
    assert [(one.name, one.start) for one in spec.columns] == [
        (name, 1 + 14 * at) for at, name in enumerate(HEADER.split(","))
    ]
    assert (spec.format, spec.header_row, found.file.rows) == ("fixed_width", 1 + ruler, len(ROWS))
    assert found.asks("guessed from gaps") is not ruler


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{}", b"PK\x03\x04 no workbook"])
def test_what_holds_no_rows_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(HitError, match=r"log\.csv"):
        layout(path)


def test_files_of_two_kinds_become_two_files_of_one_contract(
    engine: Engine, tmp_path: Path
) -> None:
    meetings = csv_text(
        "Meeting ID,Topic,Host,Scheduled Start,State", "m1,Reading,h1,2026-09-14 09:00,Held"
    )
    people = csv_text(
        "Meeting ID,Participant ID,Join Time,Leave Time", "m1,p1,2026-09-14 09:01,2026-09-14 09:30"
    )
    found = drafted(engine, tmp_path, {"meetings_1.csv": meetings, "people_1.csv": people})
    assert [one.pattern for one in found.contract.files.values()] == [
        "meetings_*.csv",
        "people_*.csv",
    ]
