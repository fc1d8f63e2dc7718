"""A small demo district that has run its first night, copied afresh for tests that change it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from hit_pipeline.commands.setup import write_secret
from hit_pipeline.synth.demo import NIGHTS, write_district, write_night
from tests.nights import night

STUDENTS = 260


def arrive(folder: Path, number: int) -> None:
    """Write a demo night's files as if they had come an hour before it."""
    write_night(folder, number, students=STUDENTS)


def copy(folder: Path, target: Path) -> None:
    """Copy a district without the records of its runs."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(".dagster"))


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo district after its first night; read only."""
    folder = tmp_path_factory.mktemp("nights") / "district"
    write_district(folder, students=STUDENTS)
    write_secret(folder)
    arrive(folder, 1)
    told = night(folder, NIGHTS[0])
    assert told["failed"] == []
    assert told["release"] is not None
    return folder


@pytest.fixture
def district(first_night: Path, tmp_path: Path) -> Path:
    """A copy of that district, to change."""
    folder = tmp_path / "district"
    copy(first_night, folder)
    return folder


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as opened:
        yield opened
