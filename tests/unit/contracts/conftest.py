"""The engine, and the demo district's files as the adapter reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.synth.demo import DATES, NIGHTS, write_night
from tests.unit.contracts.bench import Row, Typed, shipped_contract, typed_table

if TYPE_CHECKING:
    from hit_pipeline.sources.base import ReadFile
    from hit_pipeline.sources.contract.model import FileSpec

CONTRACTS = {
    "sis_files": "plain_files",
    "northstar": "northstar_sessions",
    "brightpath": "brightpath",
    "map_growth": "map_growth",
    "iready": "iready",
}
"""Folder of the demo's inbox and the contract that reads it, where every file of it is there."""


class Demo:
    """The first night of a small demo district, read by the shipped contracts."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        write_night(folder, 1, students=300)
        self._faults = pq.read_table(folder / "key" / "fault.parquet").to_pylist()
        self.files: dict[tuple[str, str], ReadFile] = {}
        self._engine = engine
        self._kept: dict[tuple[str, str], ir.Table] = {}
        self._typed: dict[tuple[str, str, int], Typed] = {}
        workspace = folder / "workspace"
        workspace.mkdir()
        for source, contract in CONTRACTS.items():
            adapter = FilesAdapter(source, shipped_contract(contract), NIGHTS[0], 0, Thresholds())
            for arrival in adapter.arrivals(folder / "inbox" / source):
                for one in adapter.read(engine, arrival, workspace):
                    self.files[source, one.file] = one

    def faults(self, source: str, file: str, kind: str) -> set[int]:
        """Return the rows of a file that bear a fault by the answer key; 1 is the first."""
        place = (source, f"{file}_{DATES[0].replace('-', '')}.csv", kind)
        return {
            one["row"] for one in self._faults if (one["source"], one["file"], one["kind"]) == place
        }

    def spec(self, source: str, file: str) -> "FileSpec":
        """Return the contract of a file."""
        return shipped_contract(CONTRACTS[source]).files[file]

    def rows(self, source: str, file: str) -> ir.Table:
        """Return the rows of a file with provenance."""
        if (source, file) not in self._kept:
            rows = self.files[source, file].rows
            assert rows is not None
            texts = {"_source": source, "_delivery_id": "d1", "_file": file}
            numbered = rows.mutate(
                _row=ibis.row_number() + 1,
                **{name: ibis.literal(text) for name, text in texts.items()},
            )
            self._kept[source, file] = self._engine.keep(numbered)
        return self._kept[source, file]

    def cells(self, source: str, file: str) -> list[Row]:
        """Return the cells of a file as they stand, in order."""
        return sorted(
            self._engine.collect(self.rows(source, file)).to_pylist(), key=lambda row: row["_row"]
        )

    def typed(self, source: str, file: str, feed: int = 0) -> Typed:
        """Return what a feed makes of a file."""
        key = (source, file, feed)
        if key not in self._typed:
            rows, spec = self.rows(source, file), self.spec(source, file)
            self._typed[key] = typed_table(self._engine, spec, rows, feed=feed)
        return self._typed[key]


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


@pytest.fixture(scope="package")
def demo(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(engine, tmp_path_factory.mktemp("demo"))
