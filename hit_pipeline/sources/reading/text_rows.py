"""A file as rows of text: what every reader gives, and how one that holds Python cells makes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import refused
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.settings import Thresholds

_BATCH = 10_000


@dataclass(frozen=True)
class Unread:
    """A file about to be read.

    Attributes:
        path: Where it is.
        source: Name of the source, for errors.
        file: The contract's name of the file, for findings.
        entry: Its name as it arrived, for errors.
        workspace: Folder for copies; it must outlive the use of the rows.
        thresholds: ``max_cell_bytes`` above all: a row with a longer cell is malformed.
        arrival: Name of the arrival in the drop folder, folders included; empty: not known.
    """

    path: Path
    source: str
    file: str
    entry: str
    workspace: Path
    thresholds: Thresholds
    arrival: str = ""

    def refused(self, *, rule: str, message: str, remedy: str) -> DeliveryRefused:
        """Return its refusal by a rule of landing."""
        return refused(message, self.source, rule, self.entry, remedy)


@dataclass(frozen=True)
class TextRows:
    """A file as rows of text.

    Attributes:
        header: Column names as they arrived, blanks around them trimmed.
        names: Names of the columns of ``rows``, in the same order: the header made unique without
            regard to case, a blank one called ``column_<place>``.
        rows: The rows in file order; None when there are none. Computed anew each time it is used.
        count: Number of rows.
        malformed: ``_line, error, raw`` of lines that could not be split; None when there are none.
        findings: What was noticed.
        scrubbed: What the reader itself left out because it is forbidden, as paths.
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    rows: ir.Table | None
    count: int
    malformed: ir.Table | None
    findings: tuple[Finding, ...]
    scrubbed: tuple[str, ...] = ()


class RowBatches:
    """Collects rows of text cells in Parquet files, a batch at a time, in order.

    Attributes:
        count: Rows so far.
    """

    def __init__(self, folder: Path, stem: str, columns: Sequence[str]) -> None:
        """Start with the columns known; a row may bring others."""
        self.count = 0
        self._folder, self._stem = folder, stem
        self._columns = dict.fromkeys(columns)
        self._waiting: list[Mapping[str, str | None]] = []
        self._paths: list[Path] = []

    def add(self, row: Mapping[str, str | None]) -> None:
        """Add a row; a column it does not have is null."""
        self._columns.update(dict.fromkeys(row))
        self._waiting.append(row)
        self.count += 1
        if len(self._waiting) >= _BATCH:
            self._flush()

    def paths(self) -> list[Path]:
        """Write what is left and return every file, in order; later ones may have more columns."""
        if self._waiting:
            self._flush()
        return self._paths

    def _flush(self) -> None:
        cells = {
            name: pa.array([row.get(name) for row in self._waiting], pa.string())
            for name in self._columns
        }
        path = self._folder / f"{self._stem}-{len(self._paths):05d}.parquet"
        pq.write_table(pa.table(cells), path)
        self._paths.append(path)
        self._waiting.clear()
