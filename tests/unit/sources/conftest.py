"""One engine for all tests of readers, and districts to drop bundles into or to ask with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_bench import Dropped
from tests.unit.sources.serving import Served
from tests.unit.sources.vendor_bench import Vendor


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture
def dropped(tmp_path: Path, engine: Engine) -> Dropped:
    return Dropped(tmp_path, engine)


@pytest.fixture
def vendor(engine: Engine, tmp_path: Path) -> Callable[..., Vendor]:
    """Return what makes a district that asks a server by a contract."""

    def make(served: Served, text: str, **stated: Any) -> Vendor:
        (tmp_path / "vendor.toml").write_text(text, encoding="utf-8")
        rest = {"url": f"{served.address}/v1", "retries": 1, "retry_seconds": 0, **stated}
        source = {
            "adapter": "vendor_rest",
            "contract": "vendor.toml",
            "kind": "log",
            "rest": rest,
        }
        return Vendor(Asked(engine, tmp_path, source), served)

    return make
