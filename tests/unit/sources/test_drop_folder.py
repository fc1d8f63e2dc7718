"""What is taken from a drop folder, and in which order."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hit_pipeline.sources.drop_folder import as_arrivals, settled_files

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def put(folder: Path, name: str, age: float, data: bytes = b"x") -> Path:
    """Make a file last changed some seconds before now."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    changed = (NOW - timedelta(seconds=age)).timestamp()
    os.utime(path, (changed, changed))
    return path


def names(folder: Path) -> list[str]:
    found = settled_files(folder, now=NOW, settle_seconds=30)
    return [path.relative_to(folder).as_posix() for path in found]


def test_a_file_that_just_changed_is_not_picked_up(tmp_path: Path) -> None:
    put(tmp_path, "half.csv", age=29)
    put(tmp_path, "whole.csv", age=30)
    assert names(tmp_path) == ["whole.csv"]


def test_names_of_files_being_written_and_links_are_passed_over(tmp_path: Path) -> None:
    for name in (".x.csv", "x.csv.part", "~$x.xlsx", "x.tmp", ".sync/x.csv", "up.part/x.csv"):
        put(tmp_path, name, age=999)
    (tmp_path / "link.csv").symlink_to(put(tmp_path, "deep/real.csv", age=999))
    assert names(tmp_path) == ["deep/real.csv"]


def test_a_file_from_the_future_is_taken_and_no_folder_holds_nothing(tmp_path: Path) -> None:
    put(tmp_path, "tomorrow.csv", age=-86_400)
    assert names(tmp_path) == ["tomorrow.csv"]
    assert names(tmp_path / "absent") == []


def test_arrivals_are_ordered_and_received_one_after_the_other(tmp_path: Path) -> None:
    paths = [
        put(tmp_path, "sessions_03.csv", age=3_601),
        put(tmp_path, "sessions_01.csv", age=3_605),
        put(tmp_path, "sessions_02.csv", age=3_603),
        put(tmp_path, "old.csv", age=90_000),
    ]
    found = as_arrivals("vendor", tmp_path, paths, NOW)
    expected = ["old.csv", "sessions_01.csv", "sessions_02.csv", "sessions_03.csv"]
    assert [one.name for one in found] == expected
    times = [one.received_at for one in found]
    assert times[0] == NOW
    assert times == sorted(set(times))
    assert times[-1] - NOW < timedelta(seconds=1)
    ages = [NOW - one.changed_at for one in found if one.changed_at is not None]
    minute = timedelta(minutes=1)
    expected_ages = [timedelta(seconds=one) for one in (90_000, 3_605, 3_603, 3_601)]
    assert all(0 * minute <= a - b < minute for a, b in zip(ages, expected_ages, strict=True))
