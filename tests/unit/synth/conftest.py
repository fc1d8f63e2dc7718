"""Districts made once: the demo after both nights, and generated ones; tests only read them."""

import csv
import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hit_pipeline.synth.demo import write_district, write_night
from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.joining import Made
from tests.unit.synth.made import CLEAN, DIRTY

STAMPS = {1: "20251113", 2: "20251114"}
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Written:
    """The demo district's folder with both nights in its inbox.

    Attributes:
        told: By night, how many faults were said to be in its files.
    """

    folder: Path
    told: dict[int, int]

    def rows(self, source: str, stem: str, night: int) -> Rows:
        """Read one CSV of a night."""
        path = self.folder / "inbox" / source / f"{stem}_{STAMPS[night]}.csv"
        return _rows(path.read_text(encoding="utf-8"))

    def bundle(self, night: int) -> dict[str, Rows]:
        """Read the OneRoster bundle of a night: file name without .csv to rows."""
        path = self.folder / "inbox" / "sis" / f"oneroster_{STAMPS[night]}.zip"
        with zipfile.ZipFile(path) as bundle:
            return {
                name.removesuffix(".csv"): _rows(bundle.read(name).decode())
                for name in bundle.namelist()
            }

    def key(self, table: str) -> list[dict[str, Any]]:
        """Read a table of the answer key."""
        found: list[dict[str, Any]] = pq.read_table(
            self.folder / "key" / f"{table}.parquet"
        ).to_pylist()
        return found


def _rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The demo district after both nights; read only."""
    folder = tmp_path_factory.mktemp("demo")
    write_district(folder)
    return Written(folder, {night: write_night(folder, night) for night in STAMPS})


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two zones without a fault, every form of a student information system; read only."""
    folder = tmp_path_factory.mktemp("clean") / "district"
    generate(CLEAN, folder, workers=1)
    return folder


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    """A year with all faults; read only."""
    folder = tmp_path_factory.mktemp("dirty") / "district"
    return folder, generate(DIRTY, folder, workers=1)


@pytest.fixture(scope="session")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clean district once more, with all faults; read only."""
    folder = tmp_path_factory.mktemp("spoilt") / "district"
    generate(replace(CLEAN, dirt="nasty", systems=("oneroster",)), folder, workers=1)
    return folder
