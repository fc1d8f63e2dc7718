"""How fast `hit synth` makes a district, and in how much memory, from 5,000 to 1,000,000 students.

Run: ``python -m benchmarks.synth_scale --students 5000 100000 1000000``. A million students are
about 50,000,000 seats at meetings and 25 GB of files; they are removed again.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_PAGE = 4096
_PAUSE = 0.25


@dataclass(frozen=True)
class Measured:
    """One district made.

    Attributes:
        peak_mib: Peak of the resident memory of the program and its workers together.
    """

    students: int
    seconds: float
    rows: int
    seats: int
    peak_mib: float


def resident(process: int) -> int:
    """Return the resident bytes of a process and of all it started (Linux)."""
    found = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                _, _, rest = (folder / "stat").read_text().rpartition(") ")
                group = int(rest.split()[2])
                pages = int((folder / "statm").read_text().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            found += pages * _PAGE if group == process else 0
    return found


def measure(students: int, folder: Path) -> Measured:
    """Make one district, all files at the end of the year, and remove it."""
    hit = str(Path(sys.executable).parent / "hit")
    target = folder / "district"
    command = [hit, "synth", str(target), "--students", str(students), "--deliveries", "final"]
    begun, peak = time.monotonic(), 0
    with (folder / "printed").open("w+b") as output:
        process = subprocess.Popen([*command, "--json"], stdout=output, start_new_session=True)
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(_PAUSE)
        seconds = time.monotonic() - begun
        output.seek(0)
        told = json.loads(output.read())
    if process.returncode != 0:
        message = f"hit synth ended with status {process.returncode}"
        raise SystemExit(message)
    shutil.rmtree(target)
    return Measured(students, seconds, told["rows"], told["seats"], peak / 2**20)


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[500, 5_000, 1_000_000])
    parser.add_argument("--into", type=Path, help="where there is room for the files")
    asked = parser.parse_args()
    made = []
    for students in asked.students:
        with tempfile.TemporaryDirectory(dir=asked.into, prefix="hit-bench-") as folder:
            made.append(measure(students, Path(folder)))
            one = made[-1]
            print(
                f"{one.students:>9,} students {one.seconds:8.1f} s {one.rows:>12,} rows of files "
                f"{one.seats:>11,} seats {one.rows / one.seconds:>9,.0f} rows/s "
                f"{one.students / one.seconds:>6,.0f} students/s {one.peak_mib:6.0f} MiB",
                flush=True,
            )
    first, last = made[0], made[-1]
    print(
        f"{last.students / first.students:,.0f}x the students: "
        f"{last.seconds / first.seconds:.1f}x the time, "
        f"{last.peak_mib / first.peak_mib:.2f}x the memory"
    )


if __name__ == "__main__":
    main()
