"""Fixtures of several rooms' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.tutoring_bench import TutoringBench


@pytest.fixture(scope="session")
def shared_engine() -> Iterator[Engine]:
    """One engine for many tests: tables it keeps are temporary and have names of their own."""
    with Engine.open(EngineOptions(memory="500MB", threads=2)) as opened:
        yield opened


@pytest.fixture
def tutoring(shared_engine: Engine, tmp_path: Path) -> TutoringBench:
    """Return a district without sources, programs or rows."""
    return TutoringBench(shared_engine, tmp_path)
