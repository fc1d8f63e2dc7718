"""Fixtures of the tests of conformed tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.conform import received
from hit_pipeline.engine import Engine
from tests.unit.conform.roster_bench import Bench

SOURCES: dict[str, dict[str, Any]] = {
    "sis": {"adapter": "oneroster_csv", "kind": "roster", "priority": 10},
    "sis_files": {
        "adapter": "files",
        "contract": "plain_files",
        "kind": "completion",
        "priority": 20,
    },
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


@pytest.fixture
def bench(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(engine, tmp_path, dict(SOURCES))
    monkeypatch.setattr(received, "deliveries", lambda _lake: list(made.deliveries))
    return made
