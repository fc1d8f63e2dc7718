"""Files of a test's own making, read by a shipped contract as the adapter reads them, and typed."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.files import FilesAdapter
from tests.unit.contracts.bench import Row, Typed, shipped_contract, typed_table

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Delivered:
    """A file that was read.

    Attributes:
        engine: The engine.
        read: What the adapter made of it.
        spec: The file of the contract it was taken for.
        landed: Its rows with provenance.
        made: What feeds made of it so far, by their place in the contract.
    """

    engine: Engine
    read: ReadFile
    spec: FileSpec
    landed: ir.Table
    made: dict[int, Typed] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The contract's name of the file."""
        return self.read.file

    @property
    def rules(self) -> dict[str, int]:
        """What was noticed: rule to count."""
        return {one.rule: one.count for one in self.read.findings}

    def feed(self, at: int = 0) -> Typed:
        """Return what a feed makes of it; it is worked out once."""
        if at not in self.made:
            self.made[at] = typed_table(self.engine, self.spec, self.landed, feed=at)
        return self.made[at]

    def good(self) -> list[Row]:
        """Return the typed rows of all feeds."""
        return [row for at in range(len(self.spec.feeds)) for row in self.feed(at).good]


def csv_text(rows: Sequence[Mapping[str, str]], header: Sequence[str] | None = None) -> str:
    """Write rows as CSV; what a row does not have is blank."""
    names = header or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def deliver(engine: Engine, folder: Path, contract: str, name: str, data: str | bytes) -> Delivered:
    """Read a file as a source that has a shipped contract would; text is written as UTF-8."""
    inbox, workspace = folder / "inbox", folder / "workspace"
    inbox.mkdir()
    workspace.mkdir()
    (inbox / name).write_bytes(data.encode() if isinstance(data, str) else data)
    spec = shipped_contract(contract)
    adapter = FilesAdapter("given", spec, NOW, 0, Thresholds())
    (arrival,) = adapter.arrivals(inbox)
    (read,) = adapter.read(engine, arrival, workspace)
    assert read.rows is not None
    texts = {"_source": "given", "_delivery_id": "d1", "_file": read.file}
    landed = read.rows.mutate(
        _row=ibis.row_number() + 1,
        _received_school_year=ibis.literal("2026-27"),
        **{column: ibis.literal(text) for column, text in texts.items()},
    )
    return Delivered(engine, read, spec.files[read.file], engine.keep(landed))
