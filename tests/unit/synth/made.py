"""Reading what `generate` wrote with `csv`, `json`, `zipfile` and Parquet: nothing of its own."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hit_pipeline.synth.plan import SYSTEMS, Plan
from hit_pipeline.synth.truth.build import District

Rows = list[list[str]]
CLEAN = Plan(District(seed=7, students=500, schools=8), "none", "final", SYSTEMS)
YEAR = (
    *("2025-09-20", "2025-10-18", "2025-11-15", "2025-12-13", "2026-01-24"),
    *("2026-02-21", "2026-03-21", "2026-04-18", "2026-05-30", "2026-07-31"),
)
DIRTY = Plan(District(9, students=160, schools=4), "nasty", "weekly", ("oneroster",), YEAR)
DELIMITERS = {"harborlight": ";"}
"""Sources whose files are not separated by commas."""


@dataclass(frozen=True)
class File:
    """One file of the inbox, or one entry of an archive in it.

    Attributes:
        name: Path in the source's folder; ``bundle.zip/users.csv`` is an entry of an archive.
    """

    source: str
    name: str
    content: bytes

    @property
    def place(self) -> tuple[str, str]:
        """Source and name, as the key states them."""
        return self.source, self.name

    @property
    def is_table(self) -> bool:
        """Whether the file has a header and rows of cells."""
        return self.name.endswith(".csv")

    def rows(self) -> Rows:
        """Return header and rows of a table."""
        text = io.StringIO(self.content.decode(), newline="")
        delimiter = DELIMITERS.get(self.source, ",")
        return list(csv.reader(text, delimiter=delimiter, strict=True))

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of a table, or the objects of a JSON file."""
        if self.name.endswith(".json"):
            return list(json.loads(self.content))
        header, *rows = self.rows()
        return [dict(zip(header, row, strict=True)) for row in rows]

    def count(self) -> int:
        """Return how many rows or objects there are."""
        if self.name.endswith(".json"):
            return len(self.records())
        if self.is_table:
            return len(self.rows()) - 1
        return len(self.content.decode().splitlines())


def inbox(folder: Path) -> Iterator[File]:
    """Yield every file of a district's inbox, entries of archives by themselves."""
    for path in sorted((folder / "inbox").rglob("*")):
        if path.is_dir():
            continue
        source, *parts = path.relative_to(folder / "inbox").parts
        name = "/".join(parts)
        if not name.endswith(".zip"):
            yield File(source, name, path.read_bytes())
            continue
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                yield File(source, f"{name}/{entry}", archive.read(entry))


def source(folder: Path, name: str, stem: str = "") -> list[dict[str, Any]]:
    """Return the rows of all files of a source whose names begin so, one file after another."""
    files = [one for one in inbox(folder) if one.source == name and one.name.startswith(stem)]
    return [row for one in files for row in one.records()]


def key(folder: Path, table: str) -> list[dict[str, Any]]:
    """Return a table of the answer key."""
    rows: list[dict[str, Any]] = pq.read_table(folder / "key" / f"{table}.parquet").to_pylist()
    return rows


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a district, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def identifiers(folder: Path) -> dict[int, set[str]]:
    """Return every number and address of each pupil of the key."""
    return {
        row["person_id"]: {row[name] for name in ("number", "number_new", "state_id", "email")}
        - {None, ""}
        for row in key(folder, "person")
        if row["role"] == "student"
    }
