"""How fast files are landed: each reader beside a plain copy and beside DuckDB's own CSV reader.

Run: ``python -m benchmarks.landing_scale --rows 1000000``. Every format holds the same rows.
Printed are MB of the file a second: for landing (original copied and digested, every line checked,
rows and provenance written as Parquet, all synced), for copying the file, and for DuckDB reading
the same rows as CSV into Parquet.
"""

import argparse
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.lake import Lake
from hit_pipeline.landing.collect import bring, collect
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
_COLUMNS = (
    "session_id", "student_id", "last_name", "first_name", "tutor_id", "school", "date", "start",
    "minutes", "status", "subject", "note",
)  # fmt: skip
_WIDTHS = (10, 10, 14, 12, 8, 20, 10, 8, 4, 10, 6, 24)


@dataclass(frozen=True)
class Format:
    """One way the rows are written.

    Attributes:
        name: Its name in the table.
        shape: Keys of the contract's file.
        write: Writes rows to a path.
        suffix: Of the file.
        most: Most rows it is tried with: a spreadsheet holds no more than a million.
    """

    name: str
    shape: dict[str, Any]
    write: Callable[[pa.Table, Path], None]
    suffix: str = ".csv"
    most: int = 100_000_000


def rows(count: int) -> pa.Table:
    """Return rows of a session log of invented people, all text."""
    words = {
        "session_id": lambda n: f"S{n // 3:08d}",
        "student_id": lambda n: f"{n % 99991:07d}",
        "last_name": lambda n: ("Alder", "Birch", "Cedar", "Dogwood-Elm")[n % 4],
        "first_name": lambda n: ("Noor", "Ida", "Tomás", "Wren")[n // 4 % 4],
        "tutor_id": lambda n: f"T{n % 487:04d}",
        "school": lambda n: ("Alder Elementary", "Birch Middle School")[n % 2],
        "date": lambda n: f"2026-{9 + n % 3:02d}-{1 + n % 28:02d}",
        "start": lambda n: f"{8 + n % 7:02d}:{n % 4 * 15:02d}",
        "minutes": lambda n: str(20 + n % 26),
        "status": lambda n: ("Completed", "No Show", "Cancelled")[n % 17 % 3],
        "subject": lambda n: ("Math", "ELA")[n % 2],
        "note": lambda n: "worked on fractions, unit 3" if n % 11 == 0 else "",
    }
    return pa.table({name: [word(n) for n in range(count)] for name, word in words.items()})


def _csv(table: pa.Table, path: Path) -> None:
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))


def _below_a_title(table: pa.Table, path: Path) -> None:
    body = path.with_suffix(".body")
    _csv(table, body)
    with path.open("wb") as out, body.open("rb") as rest:
        out.write(b"Session report\nPrinted 11/03/2026\n\n")
        shutil.copyfileobj(rest, out)
    body.unlink()


def _fixed(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for batch in table.to_batches(max_chunksize=50_000):
            cells = zip(*(batch.column(name).to_pylist() for name in _COLUMNS), strict=True)
            out.writelines(
                "".join(c[:w].ljust(w) for c, w in zip(row, _WIDTHS, strict=True)) + "\n"
                for row in cells
            )


def _json_lines(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for batch in table.to_batches(max_chunksize=50_000):
            out.writelines(f"{json.dumps(row)}\n" for row in batch.to_pylist())


def _json(table: pa.Table, path: Path) -> None:
    path.write_text(json.dumps({"sessions": table.to_pylist()}), encoding="utf-8")


def _excel(table: pa.Table, path: Path) -> None:
    frame = pd.DataFrame(table.to_pydict())
    frame.to_excel(path, index=False, engine="xlsxwriter")


def _names(**more: Any) -> dict[str, Any]:
    return {"columns": [{"name": name} for name in _COLUMNS], **more}


def _positions() -> dict[str, Any]:
    starts = [1 + sum(_WIDTHS[:n]) for n in range(len(_WIDTHS))]
    columns = [
        {"name": name, "start": start, "width": width}
        for name, start, width in zip(_COLUMNS, starts, _WIDTHS, strict=True)
    ]
    return {"format": "fixed_width", "header_row": 0, "columns": columns}


def _searched() -> dict[str, Any]:
    found = _names(find_header=True)
    found["columns"][0]["required"] = True
    return found


FORMATS = (
    Format("delimited", _names(), _csv),
    Format("delimited, header searched", _searched(), _below_a_title),
    Format("fixed width", _positions(), _fixed, ".txt"),
    Format("JSON lines", _names(format="json_lines"), _json_lines, ".jsonl"),
    Format("JSON", _names(format="json", records="sessions"), _json, ".json"),
    Format("Excel", _names(format="excel"), _excel, ".xlsx", most=200_000),
)


def district(folder: Path, shape: dict[str, Any], suffix: str) -> District:
    """Write a contract for a format and return a district that lands files by it."""
    spec = {"pattern": f"*{suffix}", "delivers": "increment", "feeds": [], **shape}
    contract = {"id": "log", "version": 1, "title": "A log", "files": {"sessions": spec}}
    (folder / "log.toml").write_text(_toml(contract), encoding="utf-8")
    source = {"adapter": "files", "kind": "log", "contract": "log.toml"}
    return _district(folder, source)


def _district(folder: Path, source: dict[str, Any]) -> District:
    return District.model_validate(
        {
            "folder": folder,
            "district": {"name": "Benchmark", "time_zone": "America/Chicago"},
            "lake": {"settle_seconds": 0},
            "thresholds": {"max_bundle_ratio": 1_000_000},
            "sources": {"vendor": source},
        }
    )


def _toml(value: Any) -> str:
    """Write a contract as TOML: nested tables inline, which JSON's own marks almost are."""
    if isinstance(value, dict) and "files" in value:
        head = "".join(f"{key} = {_toml(one)}\n" for key, one in value.items() if key != "files")
        return f"{head}files = {_toml(value['files'])}\n"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def landed(one: District) -> tuple[float, int]:
    """Land what waits and return the seconds and the rows."""
    begun = time.monotonic()
    failure = bring(one, "vendor", NOW)
    options = EngineOptions("1GB", None, one.lake_path / "spill")
    with (
        Registry.open(f"sqlite:///{one.folder / 'registry.db'}") as registry,
        Engine.open(options) as engine,
    ):
        context = BuildContext(engine, Lake.open(one.lake_path), one, registry, NOW)
        got = collect(context, "vendor", context.today, failure)
    if got.failure or got.refused:
        message = f"nothing was landed: {got.failure or got.refused[0].refused_message}"
        raise SystemExit(message)
    return time.monotonic() - begun, got.rows


def copied(path: Path) -> float:
    """Copy a file and return the seconds."""
    begun = time.monotonic()
    shutil.copyfile(path, path.with_suffix(".copy"))
    seconds = time.monotonic() - begun
    path.with_suffix(".copy").unlink()
    return seconds


def read_by_duckdb(path: Path) -> float:
    """Read a CSV as text into Parquet with DuckDB alone and return the seconds."""
    target = path.with_suffix(".parquet")
    begun = time.monotonic()
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (FROM read_csv('{path}', all_varchar = true, header = true)) "
            f"TO '{target}' (COMPRESSION zstd)"
        )
    seconds = time.monotonic() - begun
    target.unlink()
    return seconds


def measured(folder: Path, count: int) -> Iterator[tuple[str, int, float, float, float, float]]:
    """Yield name, rows, MB, and the seconds of landing, copying and DuckDB, format by format."""
    table = rows(count)
    for one in FORMATS:
        part = table.slice(0, min(count, one.most))
        place = folder / one.name.replace(" ", "_").replace(",", "")
        inbox = place / "inbox" / "vendor"
        inbox.mkdir(parents=True)
        path = inbox / f"sessions{one.suffix}"
        one.write(part, path)
        plain = place / "plain.csv"
        _csv(part, plain)
        seconds, found = landed(district(place, one.shape, one.suffix))
        if found < part.num_rows:  # lines of a title are landed as well, and excluded
            message = f"{one.name}: {found} rows landed of {part.num_rows}"
            raise SystemExit(message)
        size = path.stat().st_size / 1e6
        yield one.name, found, size, seconds, copied(path), read_by_duckdb(plain)
        shutil.rmtree(place)
    yield _asked(folder, table)


def _asked(folder: Path, table: pa.Table) -> tuple[str, int, float, float, float, float]:
    """Measure a query of a SQLite database; its MB are those of the rows as CSV."""
    place = folder / "sql"
    place.mkdir()
    plain, database = place / "plain.csv", place / "sis.db"
    _csv(table, plain)
    marks = ", ".join("?" for _ in _COLUMNS)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"CREATE TABLE log ({', '.join(f'{name} TEXT' for name in _COLUMNS)})")
        for batch in table.to_batches(max_chunksize=50_000):
            cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO log VALUES ({marks})", cells)  # noqa: S608
        connection.commit()
    query = f"SELECT {', '.join(_COLUMNS)} FROM log"  # noqa: S608 (our own columns)
    spec = _names(delivers="full", feeds=[], query={"sql": query})
    contract = {"id": "log", "version": 1, "title": "A log", "files": {"sessions": spec}}
    (place / "log.toml").write_text(_toml(contract), encoding="utf-8")
    sql = {"url": f"sqlite:///{database}"}
    source = {"adapter": "sis_sql", "kind": "log", "contract": "log.toml", "sql": sql}
    seconds, found = landed(_district(place, source))
    size = plain.stat().st_size / 1e6
    return "query of a database", found, size, seconds, copied(plain), read_by_duckdb(plain)


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(f"{'':28}{'rows':>10}{'MB':>8}{'landed':>12}{'copied':>12}{'DuckDB CSV':>12}")
    with tempfile.TemporaryDirectory(prefix="hit-bench-") as folder:
        for name, count, size, ours, copy, duck in measured(Path(folder), asked.rows):
            speeds = "".join(f"{size / one:>7.0f} MB/s" for one in (ours, copy, duck))
            print(f"{name:28}{count:>10,}{size:>8.0f}{speeds}   {ours / duck:5.1f}x of DuckDB")


if __name__ == "__main__":
    main()
