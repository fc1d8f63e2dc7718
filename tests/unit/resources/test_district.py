import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hit_pipeline.errors import LakeError
from resources.district import DistrictResource

NOW = datetime(2026, 11, 12, 5, 0, tzinfo=UTC)
PUPIL = "Zebulon-4471"


@pytest.fixture
def resource(tmp_path: Path) -> DistrictResource:
    settings = '[district]\nname = "A district"\ntime_zone = "America/Chicago"\n'
    (tmp_path / "district.toml").write_text(settings, encoding="utf-8")
    return DistrictResource(folder=str(tmp_path))


def test_a_cell_the_engine_stumbles_over_is_not_repeated(resource: DistrictResource) -> None:
    with pytest.raises(LakeError) as stopped, resource.open("a test", NOW) as opened:
        opened.engine.duckdb.execute(f"SELECT CAST('{PUPIL}' AS INTEGER)").fetchall()
    told = "".join(traceback.format_exception(stopped.value))
    assert "ConversionException" in told
    assert PUPIL not in str(stopped.value)
    assert f"'{PUPIL}' to INT" not in told


def test_our_own_errors_pass_as_they_are(resource: DistrictResource) -> None:
    ours = LakeError("said on purpose")
    with pytest.raises(LakeError) as stopped, resource.open("a test", NOW):
        raise ours
    assert stopped.value is ours


def test_a_look_waits_for_no_writer_and_keeps_none_away(resource: DistrictResource) -> None:
    with (
        resource.open("a look", NOW, writes=False),
        resource.open("a step", NOW) as writing,
        resource.open("another look", NOW, writes=False) as looking,
    ):
        assert looking.lake == writing.lake
