"""The example district and its guide, read without the code under test."""

import csv
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/your-first-vendor.md"
DISTRICT = ROOT / "examples/district"
LOG = "inbox/riverside/riverside_visits_2026-09-18.csv"
CONTRACT = "contracts/riverside.toml"
TEST_STUDENT = "TEST01"
MAPS = ("session_state", "attendance")


def fenced(language: str) -> list[str]:
    """Return the fenced blocks of the guide in a language; "" for what is typed into a shell."""
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)
    return [block for told, block in blocks if told == language]


def commands() -> list[list[str]]:
    """Return what the guide has its reader type, in its order, split into words."""
    return [shlex.split(line) for block in fenced("") for line in block.splitlines()]


def rows() -> list[dict[str, str]]:
    """Return the rows of the vendor's file."""
    with (DISTRICT / LOG).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def code_maps(folder: Path = DISTRICT) -> list[dict[str, str]]:
    """Return the two maps of statuses of a district's contract."""
    contract = tomllib.loads((folder / CONTRACT).read_text(encoding="utf-8"))
    columns: dict[str, Any] = contract["files"]["visits"]["feeds"][0]["columns"]
    return [columns[name]["map"] for name in MAPS]


def map_snow_day(folder: Path) -> None:
    """Do what the guide says of the unmapped status: add it to both maps, raise the version."""
    path = folder / CONTRACT
    text, added = re.subn(
        r'("School Closed" = ("\w+"))', r'\1, "Snow Day" = \2', path.read_text(encoding="utf-8")
    )
    text, raised = re.subn(r"(?m)^version = 1\b", "version = 2", text)
    assert (added, raised) == (len(MAPS), 1)
    path.write_text(text, encoding="utf-8")


def pupils() -> set[str]:
    """Return what the vendor's file says of pupils and no error may repeat."""
    told = ("Student Number", "Student First", "Student Last")
    return {row[column] for row in rows() for column in told}
