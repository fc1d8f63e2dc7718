"""A publication that dies at any step: the release before stays, the next one completes."""

import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline import inputs
from hit_pipeline.release import audit, catalog, documents
from hit_pipeline.release import views as release_views
from hit_pipeline.tables.catalog import TABLES
from tests.unit.release import bench as made_by_hand
from tests.unit.release.bench import YEAR, Bench

Step = tuple[str, ...]
FEW = tuple(TABLES[name] for name in ("student", "delivery"))
CALLS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "link"),
    (os, "chmod"),
    (os, "mkdir"),
    (os, "rename"),
    (os, "replace"),
    (shutil, "copyfile"),
    (release_views, "write"),
)
OURS = ("/release/", "/engine.py", "/lake.py")


class Crash(BaseException):
    """What no code catches."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, last: int) -> Iterator[list[Step]]:
    """Let the system calls of a block through until number `last` (0: none), which raises instead.

    Yields:
        The calls: what was called, and the functions of ours it was called from.
    """
    calls: list[Step] = []

    def counted(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            stack = traceback.extract_stack()
            ours = (one.name for one in stack if any(part in one.filename for part in OURS))
            calls.append((name, *ours))
            if len(calls) == last:
                raise Crash
            return plain(*given, **named)

        return call

    with monkeypatch.context() as patched:
        for module, name in CALLS:
            patched.setattr(module, name, counted(name, getattr(module, name)))
        yield calls


@pytest.fixture
def few(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A district of two tables with one release, and something new to publish."""
    for module in (audit, documents, inputs, made_by_hand):
        monkeypatch.setattr(module, "PUBLISHED", FEW)
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # no machine dies here, only programs
    bench.type_rows("typed_session_log", [])
    shutil.rmtree(bench.lake.part(TABLES["session_participant"], YEAR).parent)
    bench.build()
    assert bench.publish() is not None
    bench.night()
    bench.deliver("2", 0)
    bench.build()
    return bench


def _places(few: Bench, monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[int]:
    """Return the numbers of the calls to die at: the first and last from each place."""
    shutil.copytree(few.root, folder)
    with dying(monkeypatch, 0) as calls:
        assert Bench(folder, now=few.now).publish() is not None
    assert {name for _, name in CALLS} <= {call[0] for call in calls}
    first = {call: number for number, call in reversed([*enumerate(calls, start=1)])}
    last = {call: number for number, call in enumerate(calls, start=1)}
    return sorted({*first.values(), *last.values()})


def test_a_crash_at_any_step_leaves_the_release_before_current_and_whole(
    few: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = catalog.named(few.lake, "current").name
    for last in _places(few, monkeypatch, tmp_path / "counted"):
        folder = tmp_path / "crash"
        shutil.copytree(few.root, folder)
        trial = Bench(folder, now=few.now)
        with pytest.raises(Crash), dying(monkeypatch, last) as calls:
            trial.publish()
        swapped = any(call[0] == "replace" and "point_to" in call for call in calls[:-1])
        _is_whole(trial, first, swapped=swapped)
        trial.publish()
        _is_finished(trial, first)
        shutil.rmtree(folder)


def _is_whole(trial: Bench, first: str, *, swapped: bool) -> None:
    assert (catalog.named(trial.lake, "current").name != first) == swapped
    for one in catalog.releases(trial.lake):
        assert catalog.damaged(one) == []
        rows = release_views.query(trial.lake, "SELECT 1 FROM delivery", release=one.name)
        assert rows.num_rows == (1 if one.name == first else 2)


def _is_finished(trial: Bench, first: str) -> None:
    found = catalog.named(trial.lake, "current")
    assert found.manifest["previous"] == first
    assert catalog.damaged(found) == []
    assert {one.name for one in trial.lake.releases.iterdir()} == {"current", first, found.name}
    assert trial.publish() is None


def test_everything_is_on_disk_before_the_pointer_changes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    swapped: list[set[int]] = []
    sync, replace = os.fsync, os.replace

    def syncing(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        sync(handle)

    def replacing(source: Path, target: Path) -> None:
        if target.name == catalog.POINTER:
            swapped.append(synced.copy())
        replace(source, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", replacing)
    made = bench.publish()
    assert made is not None
    (before,) = swapped
    everything = [made.folder, made.folder.parent, *made.folder.rglob("*")]
    everything.append(bench.lake.releases / catalog.POINTER)
    assert [place for place in everything if place.stat().st_ino not in before] == []
