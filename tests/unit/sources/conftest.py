"""One engine for all tests of readers, and a district to drop OneRoster bundles into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.sources.oneroster_bench import Dropped


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture
def dropped(tmp_path: Path, engine: Engine) -> Dropped:
    return Dropped(tmp_path, engine)
