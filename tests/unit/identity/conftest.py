"""What the tests of identity share."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.identity.desk import Desk


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=1)) as opened:
        yield opened


@pytest.fixture
def new_desk(tmp_path: Path, engine: Engine) -> Callable[..., Desk]:
    """Return a maker of desks, each with a lake and a registry of its own."""

    def make(**sources: Mapping[str, Any]) -> Desk:
        return Desk.open(tmp_path, engine, sources)

    return make
