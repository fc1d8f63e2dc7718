"""A bench, and its pages on a real server of this machine."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hit_pipeline.registry.database import Registry
from hit_pipeline.review.guard import Keys
from hit_pipeline.review.rendering import Room
from hit_pipeline.review.serving import listening, server_of
from tests.unit.review.bench import ReviewBench
from tests.unit.review.browser import Visitor


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ReviewBench]:
    with Registry.open(f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        yield ReviewBench(tmp_path, registry)


@pytest.fixture
def keys(bench: ReviewBench) -> Iterator[Keys]:
    """The secrets of a server of the bench's pages."""
    with listening(0) as held:
        keys = Keys(held.getsockname()[1])
        room = Room(bench.desk(), keys, "Alder County Schools", ZoneInfo("America/Denver"))
        held.listen()
        server = server_of(room)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield keys
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def visitor(keys: Keys) -> Visitor:
    """A browser that has opened the address printed."""
    opened = Visitor(f"http://127.0.0.1:{keys.port}")
    opened.open(f"/?token={keys.token}")
    assert opened.status == 200
    return opened
