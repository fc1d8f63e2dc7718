"""Both nights of a small district, written once and read back with nothing but csv and zipfile."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from hit_pipeline.synth.demo import write_night
from hit_pipeline.synth.planted import PlantedFault

STUDENTS = 400
DATES = {1: "20261111", 2: "20261112"}
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Written:
    """A district folder with both nights in its inbox."""

    folder: Path
    planted: dict[int, list[PlantedFault]]

    def rows(self, source: str, stem: str, night: int) -> Rows:
        """Read one CSV of a night."""
        path = self.folder / "inbox" / source / f"{stem}_{DATES[night]}.csv"
        return _rows(path.read_text(encoding="utf-8"))

    def bundle(self, night: int) -> dict[str, Rows]:
        """Read the OneRoster bundle of a night: file name without .csv to rows."""
        path = self.folder / "inbox" / "sis" / f"oneroster_{DATES[night]}.zip"
        with zipfile.ZipFile(path) as bundle:
            return {
                name.removesuffix(".csv"): _rows(bundle.read(name).decode())
                for name in bundle.namelist()
            }

    def fault(self, name: str, night: int) -> PlantedFault:
        """Return a planted fault by name."""
        (found,) = [fault for fault in self.planted[night] if fault.name == name]
        return found

    def hit_rows(self, name: str, night: int) -> Rows:
        """Return the rows a fault says it stands in."""
        fault = self.fault(name, night)
        text = (self.folder / "inbox" / fault.source / fault.file).read_text(encoding="utf-8")
        rows = _rows(text)
        return [rows[n - 1] for n in fault.rows]


def _rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A district of 400 pupils after both nights."""
    folder = tmp_path_factory.mktemp("district")
    return Written(folder, {n: write_night(folder, n, students=STUDENTS) for n in (1, 2)})
