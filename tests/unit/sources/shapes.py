"""What the tests of awkward files share: a contract of one or more files, bytes in, rows out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.delivery import Arrival
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.files import FilesAdapter

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
OTHERS = "_other_lines"
Row = dict[str, str | None]


@dataclass(frozen=True)
class Found:
    """What was read of one file of the contract."""

    file: ReadFile
    rows: list[Row]
    malformed: list[tuple[int, str]]

    @property
    def rules(self) -> dict[str, int]:
        """Findings: rule to count."""
        return {one.rule: one.count for one in self.file.findings}


def columns(*names: str, required: int | None = None) -> list[dict[str, Any]]:
    """Return columns, the first few of them required; all when no number is given."""
    many = len(names) if required is None else required
    return [{"name": name, "required": at < many} for at, name in enumerate(names)]


def using(*headers: str) -> list[dict[str, Any]]:
    """Return a feed that uses headers."""
    return [{"table": "typed_student", "columns": {"school_name": {"from": list(headers)}}}]


def contract(**files: Mapping[str, Any]) -> Contract:
    """Return a contract of files that match every name unless they say otherwise."""
    told = {"pattern": "*", "delivers": "full", "feeds": []}
    whole = {name: file if "like" in file else {**told, **file} for name, file in files.items()}
    return Contract.model_validate({"id": "v", "version": 1, "title": "V", "files": whole})


def read(engine: Engine, path: Path, agreed: Contract, name: str | None = None) -> dict[str, Found]:
    """Read an arrival; `name` is its name in the drop folder."""
    adapter = FilesAdapter("vendor", agreed, NOW, 30, Thresholds())
    workspace = path.parent / "workspace"
    workspace.mkdir(exist_ok=True)
    arrival = Arrival("vendor", name or path.name, path, NOW)
    return {one.file: _found(engine, one) for one in adapter.read(engine, arrival, workspace)}


def read_text(engine: Engine, folder: Path, text: str, agreed: Contract) -> dict[str, Found]:
    """Read a file of text."""
    path = folder / "report.csv"
    path.write_bytes(text.encode())
    return read(engine, path, agreed)


def refused(engine: Engine, folder: Path, text: str, agreed: Contract) -> DeliveryRefused:
    """Return why a file of text is refused."""
    with pytest.raises(DeliveryRefused) as caught:
        read_text(engine, folder, text, agreed)
    return caught.value


def kinds(found: Mapping[str, Found]) -> list[tuple[str | None, str | None]]:
    """Return line and kind of every line that is in no table."""
    rows = found[OTHERS].rows if OTHERS in found else []
    return [(row["line"], row["kind"]) for row in rows]


def _found(engine: Engine, one: ReadFile) -> Found:
    rows = [] if one.rows is None else engine.collect(one.rows).to_pylist()
    lines = [] if one.malformed is None else engine.collect(one.malformed).to_pylist()
    assert one.count == len(rows)
    malformed = [(line["_line"], line["error"].partition(":")[0]) for line in lines]
    return Found(one, rows, malformed)
