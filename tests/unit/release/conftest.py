"""Fixtures of the tests of releases."""

import copy
import shutil
from pathlib import Path

import pytest

from tests.unit.release.bench import Bench, filled


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return filled(tmp_path_factory.mktemp("district"))


@pytest.fixture(scope="session")
def _published(_template: Bench, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = _copied(_template, tmp_path_factory.mktemp("published"))
    assert bench.publish() is not None
    return bench


@pytest.fixture
def bench(_template: Bench, tmp_path: Path) -> Bench:
    """A district whose tables are promoted; nothing was published."""
    return _copied(_template, tmp_path)


@pytest.fixture
def published(_published: Bench, tmp_path: Path) -> Bench:
    """The same after its first release, a day later."""
    bench = _copied(_published, tmp_path)
    bench.night()
    return bench


def _copied(bench: Bench, folder: Path) -> Bench:
    shutil.copytree(bench.root, folder, dirs_exist_ok=True)
    made = copy.deepcopy(bench)
    made.root = folder
    return made
