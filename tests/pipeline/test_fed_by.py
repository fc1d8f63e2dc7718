"""A table nothing feeds is written empty without asking its builder, which would say the same."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from hit_pipeline.builders import STEPS, Step, build
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.lake import Lake
from hit_pipeline.synth.demo import NIGHTS
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.schema import conform_to
from resources.district import DistrictResource
from tests.pipeline.conftest import copy

NOW: datetime = NIGHTS[0]
FED = [one for one in STEPS if one.fed_by]
EVERY_FED_STEP = pytest.mark.parametrize("one", FED, ids=[one.table.name for one in FED])


@pytest.fixture(scope="module")
def lake_folder(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the district after its first night; each test leaves it as it found it."""
    folder = tmp_path_factory.mktemp("fed") / "district"
    copy(first_night, folder)
    return folder


@pytest.fixture
def without_food(lake_folder: Path, one: Step) -> Iterator[None]:
    """Take away the files of the tables that feed a step, for one test."""
    lake = Lake.open(lake_folder / "lake")
    away = {
        path: path.with_suffix(".away")
        for name in one.fed_by
        for path in _files(lake, TABLES[name])
    }
    for path, other in away.items():
        path.rename(other)
    yield
    for path, other in away.items():
        other.rename(path)


def _files(lake: Lake, table: Table) -> list[Path]:
    return lake.typed_parts(table) if table.layer == "typed" else lake.parts(table)


def open_district(folder: Path, one: Step) -> contextlib.AbstractContextManager[BuildContext]:
    """Open the engine, lake and registry of a district for a step."""
    year = "2025-26" if one.table.partitioned else None
    return DistrictResource(folder=str(folder)).open("a test", NOW, year)


@EVERY_FED_STEP
@pytest.mark.usefixtures("without_food")
def test_a_builder_makes_no_row_of_nothing_and_the_same_file(lake_folder: Path, one: Step) -> None:
    with open_district(lake_folder, one) as context:
        built = build(context, one)
        assert built.rows == 0
        unasked = built.path.read_bytes()
        asked = context.engine.write(
            conform_to(one.table, one.builder(context)), built.path, order_by=one.table.key
        )
        assert asked == 0
        assert built.path.read_bytes() == unasked


FULL = ["section_enrollment", "session", "session_participant", "student_dosage", "reach"]


@pytest.mark.parametrize("name", FULL)
def test_what_is_fed_is_built(lake_folder: Path, name: str) -> None:
    (one,) = (one for one in FED if one.table.name == name)
    with open_district(lake_folder, one) as context:
        assert build(context, one).rows > 0
