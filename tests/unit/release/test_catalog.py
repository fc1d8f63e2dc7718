"""The releases of a lake: which there are, which is current, going back."""

from pathlib import Path

import pytest

from hit_pipeline.errors import LakeError, NotFound, ReleaseRefused
from hit_pipeline.lake import Lake, digest, write_json
from hit_pipeline.release import catalog

FIRST, SECOND, THIRD = (f"2026-11-2{day}T0605Z-000{day}" for day in (1, 2, 3))


def made(lake: Lake, name: str, rows: int = 3) -> Path:
    """Make a release of one file by hand."""
    folder = lake.releases / name
    place = folder / "restricted" / "student" / "part-0.parquet"
    place.parent.mkdir(parents=True)
    place.write_bytes(name.encode())
    told = {"path": str(place.relative_to(folder)), "sha256": digest(place), "tier": "restricted"}
    file = {**told, "table": "student", "school_year": None, "rows": rows, "bytes": 1}
    write_json(
        folder / "manifest.json",
        {"created_at": f"{name[:10]}T06:05:00+00:00", "inputs": f"of {name}", "files": [file]},
    )
    return place


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.open(tmp_path)
    for name in (FIRST, SECOND, THIRD):
        made(lake, name)
    catalog.point_to(lake, THIRD)
    return lake


def pointer(lake: Lake) -> str:
    return (lake.releases / "current").read_text()


def name_of_current(lake: Lake) -> str:
    found = catalog.current(lake)
    assert found is not None
    return found.name


def test_a_lake_without_releases_has_none(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path)
    assert catalog.releases(lake) == []
    assert catalog.current(lake) is None
    assert catalog.published_inputs(lake) == set()
    with pytest.raises(NotFound, match="there is no release yet"):
        catalog.named(lake, "current")


def test_releases_come_newest_first_and_folders_without_a_manifest_are_none(lake: Lake) -> None:
    (lake.releases / ".staging").mkdir()
    (lake.releases / "2026-11-24T0605Z-0004").mkdir()
    assert [one.name for one in catalog.releases(lake)] == [THIRD, SECOND, FIRST]


def test_a_release_tells_its_tables_and_rows(lake: Lake) -> None:
    found = catalog.named(lake, SECOND)
    assert (found.tables, found.rows, found.created_at.day) == (1, 3, 22)
    assert [file["path"] for file in found.files_of("student")] == [
        "restricted/student/part-0.parquet"
    ]
    assert found.files_of("student", "analyst") == []


def test_an_unknown_name_is_answered_with_the_known_ones(lake: Lake) -> None:
    with pytest.raises(NotFound) as caught:
        catalog.named(lake, "2026-01-01T0605Z-ffff")
    assert caught.value.valid == (FIRST, SECOND, THIRD)


@pytest.mark.parametrize("name", ["../elsewhere", "", ".staging", "current/../x"])
def test_a_name_cannot_climb_out(lake: Lake, name: str) -> None:
    with pytest.raises(NotFound):
        catalog.rollback(lake, name)


def test_going_back_and_forth_moves_only_the_pointer(lake: Lake) -> None:
    catalog.rollback(lake, FIRST)
    assert pointer(lake) == f"{FIRST}\n{THIRD}\n"
    assert name_of_current(lake) == FIRST
    assert catalog.published_inputs(lake) == {f"of {FIRST}", f"of {THIRD}"}
    catalog.rollback(lake, SECOND)
    assert pointer(lake) == f"{SECOND}\n{THIRD}\n"
    catalog.rollback(lake, "current")
    assert pointer(lake) == f"{SECOND}\n{THIRD}\n"
    catalog.rollback(lake, THIRD)
    assert pointer(lake) == f"{THIRD}\n"
    assert len(catalog.releases(lake)) == 3


@pytest.mark.parametrize("harm", ["change", "delete"])
def test_a_damaged_release_is_not_gone_back_to_unless_told_quick(lake: Lake, harm: str) -> None:
    (file,) = catalog.named(lake, FIRST).files
    place = lake.releases / FIRST / file["path"]
    if harm == "change":
        place.write_bytes(b"another")
    else:
        place.unlink()
    with pytest.raises(ReleaseRefused) as caught:
        catalog.rollback(lake, FIRST)
    (reason,) = caught.value.reasons
    assert file["path"] in reason
    assert pointer(lake) == f"{THIRD}\n"
    assert catalog.rollback(lake, FIRST, quick=True).name == FIRST


def test_a_pointer_to_a_lost_release_is_an_error_one_can_go_back_from(lake: Lake) -> None:
    (lake.releases / THIRD / "manifest.json").write_text("{")
    with pytest.raises(LakeError, match="rollback"):
        catalog.current(lake)
    with pytest.raises(LakeError):
        catalog.named(lake, "current")
    assert catalog.published_inputs(lake) == set()
    catalog.rollback(lake, SECOND)
    assert name_of_current(lake) == SECOND
