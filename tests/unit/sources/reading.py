"""What the tests of readers share: a file of bytes in, rows of text out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Read:
    """What a reader gave."""

    text: TextRows
    rows: list[Row]
    malformed: list[tuple[int, str]]

    @property
    def rules(self) -> dict[str, int]:
        """Findings: rule to count."""
        return {finding.rule: finding.count for finding in self.text.findings}


def unread(path: Path, workspace: Path, limits: Thresholds | None = None) -> Unread:
    workspace.mkdir(exist_ok=True)
    return Unread(path, "vendor", "sessions", path.name, workspace, limits or Thresholds())


def collected(engine: Engine, text: TextRows) -> Read:
    rows = [] if text.rows is None else engine.collect(text.rows).to_pylist()
    lines = [] if text.malformed is None else engine.collect(text.malformed).to_pylist()
    assert len(rows) == text.count
    malformed = [(line["_line"], line["error"].partition(":")[0]) for line in lines]
    return Read(text, rows, malformed)


def read_bytes(
    engine: Engine,
    folder: Path,
    data: bytes,
    dialect: Dialect | None = None,
    limits: Thresholds | None = None,
) -> Read:
    path = folder / "sessions.csv"
    path.write_bytes(data)
    given = unread(path, folder / "workspace", limits)
    return collected(engine, read_delimited(engine, given, dialect or Dialect()))


def refusal(engine: Engine, folder: Path, data: bytes, dialect: Dialect | None = None) -> str:
    with pytest.raises(DeliveryRefused) as caught:
        read_bytes(engine, folder, data, dialect)
    return caught.value.rule
