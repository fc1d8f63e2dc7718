"""One engine for all tests of drafts."""

from collections.abc import Iterator

import pytest

from hit_pipeline.engine import Engine, EngineOptions


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened
