"""What a draft says is what the pipeline reads: a preview with it takes every row at once."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped] # it publishes no types

from hit_pipeline.engine import Engine
from hit_pipeline.preview import look_at
from hit_pipeline.settings import District
from tests.unit.drafting.bench import NAME, csv_text, drafted

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEADER = (
    "Visit ID", "Student Number", "Student First", "Student Last", "DOB", "Grade", "Coach Name",
    "Date", "Start Time", "Minutes Planned", "Minutes Attended", "Status", "Subject",
)  # fmt: skip
ROWS = [
    (
        f"V{n // 2}", f"00{4210 + n}", f"Ada{n}", f"Quick{n}", f"03/{14 + n}/2016", "3",
        f"Cy{n % 2}", f"09/{14 + n // 2}/2026", "9:30 AM", "30", "28",
        "Attended" if n % 3 else "No Show", "Math",
    )
    for n in range(12)
]  # fmt: skip
OBJECTS = [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Log")
        for at, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(at, 0, row)
    return path.read_bytes()


def fixed() -> str:
    return "".join("".join(f"{cell:<18}" for cell in row) + "\n" for row in (HEADER, *ROWS))


TEXT = csv_text(",".join(HEADER), *(",".join(row) for row in ROWS), delimiter=";")
SHAPES: dict[str, str | bytes] = {
    "log.csv": TEXT.encode("utf-16"),
    "log.json": json.dumps({"visits": OBJECTS}),
    "log.txt": fixed(),
    "log.xlsx": b"",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_row_of_the_sample_is_taken(engine: Engine, tmp_path: Path, name: str) -> None:
    content = SHAPES[name] or workbook(tmp_path / "made.xlsx")
    made = drafted(engine, tmp_path, {name: content})
    assert made.file.key.headers == ("Visit ID", "Student Number")
    settings = {
        "folder": tmp_path,
        "district": {"name": "Alder", "time_zone": "America/Denver"},
        "sources": {"vendor": {"adapter": "files", "contract": f"{NAME}.toml", "kind": "log"}},
    }
    (tmp_path / "preview").mkdir()
    district = District.model_validate(settings)
    told = look_at(district, "vendor", tmp_path / name, tmp_path / "preview", NOW)
    assert (told["refused"], told["quarantine"], told["rows"]) == (None, [], len(ROWS))
    assert told["tables"] == [{"table": "typed_session_log", "rows": len(ROWS)}]
    counted = {one["role"]: one["records"] for one in told["people"]}
    assert counted == {"student": len(ROWS), "tutor": 2}
