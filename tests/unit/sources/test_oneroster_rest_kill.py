"""A served district of ten thousand objects, pulled by a process that is killed on the way."""

import multiprocessing
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.oneroster.rest_objects import RESOURCES
from hit_pipeline.sources.pull.pages import read_pages
from hit_pipeline.sources.pull.pulling import RECORD, read_pull
from tests.unit.sources.asked import Asked
from tests.unit.sources.oneroster_asked import asked
from tests.unit.sources.oneroster_rows import objects, tables
from tests.unit.sources.oneroster_service import Service

PAGE_SIZES = (1, 7, 100, 500, 1000)
_STUDENTS = 1850


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with Service(objects(tables(_STUDENTS, "1.2"))).running() as service:
        assert sum(map(len, service.objects.values())) >= 10_000
        yield service


def _bring(folder: Path, source: dict[str, Any]) -> None:
    """Ask in a process of its own; what fails ends it with a status."""
    with Engine.open() as engine:
        failure = Asked(engine, folder, source).bring()
    raise SystemExit(0 if failure is None else 3)


def _run(district: Asked, service: Service, kill_at: int | None) -> int | None:
    """Ask in a process, killed when the n-th request comes in; return how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.unit.sources.test_oneroster_rest_kill"])
    process = context.Process(target=_bring, args=(district.folder, dict(district.source)))
    process.start()
    if kill_at is not None:
        service.killing(process.pid or 0, kill_at)
    process.join(300)
    if process.is_alive():
        process.kill()
    service.when = lambda _number: None
    return process.exitcode


def _pulled(district: Asked) -> dict[str, list[Any]]:
    """Return every object of the pull that lies whole, by file, as often as it was received."""
    folder = district.lake.landing / ".pulls" / "sis" / "pull"
    assert (folder / RECORD).exists()
    return {
        part.file: [
            one
            for _, body in read_pages(folder / part.entry)
            for one in body[RESOURCES[part.file].path]
        ]
        for part in read_pull(folder).values()
    }


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_every_object_is_received_once_at_any_page_size_in_spite_of_a_kill(
    engine: Engine, tmp_path: Path, running: Service, page_size: int
) -> None:
    district = asked(engine, tmp_path, running, page_size=page_size)
    requests = sum(len(rows) // page_size + 2 for rows in running.objects.values())
    begun = running.number
    at = random.Random(page_size).randrange(requests // 4, requests * 3 // 4)  # noqa: S311
    assert _run(district, running, at) == -9
    assert _run(district, running, None) == 0
    assert running.number - begun <= requests + 2 * len(running.objects) + 2
    got = _pulled(district)
    expected = {
        file: sorted(running.objects[one.path], key=lambda row: str(row["sourcedId"]))
        for file, one in RESOURCES.items()
    }
    assert got == expected
