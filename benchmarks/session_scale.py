"""CSV to checked release, beside a pandas script and beside hand-written SQL, in one run.

Run: ``python -m benchmarks.session_scale --sessions 5000000 --students 100000``.
Prints seconds, peak memory and the ratios; the total hours must agree.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import datas_files

NIGHT = datetime(2026, 6, 30, 6, tzinfo=UTC)
"""The last night of the school year the sessions lie in: one school year is built."""

DISTRICT = """\
dosage_rules = ["datas_60h"]

[district]
name = "Benchmark district"
time_zone = "America/Denver"
open_year = "2025-26"

[lake]
settle_seconds = 0

[sources.datas]
adapter = "files"
contract = "datas"
kind = "roster"
"""


@dataclass(frozen=True)
class Measured:
    """One program, run to its end.

    Attributes:
        what: Name of the program.
        seconds: Wall time, the interpreter's start included.
        peak_mib: Peak resident memory.
        printed: What it printed last, as JSON data.
    """

    what: str
    seconds: float
    peak_mib: float
    printed: dict[str, object]


def measure(what: str, command: list[str], folder: Path) -> Measured:
    """Run a program and return its time, its peak memory and what it printed."""
    begun = time.monotonic()
    with (folder / f"{what}.out").open("w+b") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        output.seek(0)
        text = output.read().decode()
    if status != 0:
        message = f"{what} ended with status {os.waitstatus_to_exitcode(status)}"
        raise SystemExit(message)
    return Measured(what, seconds, usage.ru_maxrss / 1024, json.loads(text))


def run(folder: Path, sessions: int, students: int) -> list[Measured]:
    """Measure the programs over the same files, ours first."""
    inbox = folder / "district" / "inbox" / "datas"
    datas_files.write(inbox, sessions=sessions, students=students)
    (folder / "district" / "district.toml").write_text(DISTRICT, encoding="utf-8")
    (folder / "district" / "secrets").mkdir(mode=0o700)
    secret = folder / "district" / "secrets" / "pseudonym"
    secret.write_text("0" * 64, encoding="utf-8")
    secret.chmod(0o600)
    for path in inbox.iterdir():
        os.utime(path, (NIGHT.timestamp() - 3600,) * 2)
    python = sys.executable
    ours = [str(Path(python).parent / "hit"), "run", "--json", "--now", f"{NIGHT:%Y-%m-%dT%H:%MZ}"]
    pandas, sql = (
        [python, "-m", "benchmarks.pandas_script"],
        [python, "-m", "benchmarks.duckdb_script"],
    )
    return [
        measure("hit run", [*ours, "-d", str(folder / "district")], folder),
        measure("pandas by cell", [*pandas, str(inbox), "cells"], folder),
        measure("pandas by column", [*pandas, str(inbox), "columns"], folder),
        measure("sql", [*sql, str(inbox), str(folder / "sql")], folder),
    ]


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=5_000_000)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder to work in and to keep")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="hit-bench-"))
    try:
        ours, cells, columns, sql = run(folder, asked.sessions, asked.students)
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{asked.sessions:,} session rows, {asked.students:,} students")
    for one in (ours, cells, columns, sql):
        print(f"{one.what:>18} {one.seconds:8.1f} s {one.peak_mib:8.0f} MiB")
    print(
        "faster than pandas as DATAS does it: "
        f"{cells.seconds / ours.seconds:.2f}x (bar: at least 3)"
    )
    print(f"faster than pandas by column:        {columns.seconds / ours.seconds:.2f}x")
    print(
        f"slower than hand-written SQL:        {ours.seconds / sql.seconds:.2f}x (bar: at most 5)"
    )
    print(f"peak memory:                         {ours.peak_mib / 1024:.2f} GiB (bar: at most 1.5)")


if __name__ == "__main__":
    main()
