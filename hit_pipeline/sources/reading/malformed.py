"""Lines that could not be split into cells, kept aside in batches while a file is read."""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.landing.delivery import Finding

KEPT_CHARACTERS = 64 * 1024
"""How much of a malformed line is kept beside its number; the original has all of it."""

REASONS = {
    "landing.encoding": "bytes that are no text in the declared encoding",
    "landing.nul_byte": "a NUL byte",
    "landing.line_end": "a carriage return inside a line",
    "landing.ragged": "more or fewer cells than the header",
    "landing.bad_quote": "a quote that is not closed, or text after a closing quote",
    "landing.cell_too_large": "a cell above thresholds.max_cell_bytes",
    "landing.not_json": "not one JSON object",
}
"""Rule ids a line can be malformed by, in words."""

_SCHEMA = pa.schema([("_line", pa.int64()), ("error", pa.string()), ("raw", pa.string())])
_BATCH = 1_000


class MalformedLines:
    """Collects malformed lines in a Parquet file; a context manager. Without any, no file.

    Attributes:
        path: The file.
        counts: Lines by rule id.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._waiting: list[tuple[int, str, str]] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, line: int, rule: str, raw: bytes) -> None:
        """Keep a line: its number in the file, the rule and (the start of) what stands there."""
        text = raw[:KEPT_CHARACTERS].decode("utf-8", "replace").replace("\0", "\N{SYMBOL FOR NULL}")
        self._waiting.append((line, f"{rule}: {REASONS[rule]}", text))
        self.counts[rule] += 1
        if len(self._waiting) >= _BATCH:
            self._flush()

    def findings(self, file: str) -> list[Finding]:
        """Return one warning for each rule that any line fell to."""
        return [
            Finding(file, rule, "warning", count, f"lines with {REASONS[rule]}")
            for rule, count in sorted(self.counts.items())
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._waiting:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        columns = [list(values) for values in zip(*self._waiting, strict=True)]
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, _SCHEMA)
        self._writer.write_table(pa.table(columns, schema=_SCHEMA))
        self._waiting.clear()
