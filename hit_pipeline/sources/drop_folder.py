"""What lies in a drop folder, whole and settled."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hit_pipeline.landing.bundle import is_temporary
from hit_pipeline.landing.delivery import Arrival


def settled_files(folder: Path, *, now: datetime, settle_seconds: int) -> list[Path]:
    """Return the files of a folder and of the folders in it that nobody is still writing.

    Left out: links, names that programs give to files they are writing (see `is_temporary`, also
    of folders), and files last changed less than `settle_seconds` before `now`. A folder that is
    not there holds nothing.
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(is_temporary(part) for part in path.relative_to(folder).parts)
        and is_settled(path, now=now, settle_seconds=settle_seconds)
    ]


def is_settled(path: Path, *, now: datetime, settle_seconds: int) -> bool:
    """Say whether a file was last changed at least `settle_seconds` before `now`.

    A time of change later than `now` by as much says nothing of the writing and counts as settled.
    """
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return abs(now - changed) >= timedelta(seconds=settle_seconds)


def as_arrivals(
    source: str, folder: Path, paths: Iterable[Path], now: datetime
) -> Sequence[Arrival]:
    """Return arrivals of a drop folder, oldest first.

    Order is that of the minute of the last change, then of the name: copies made at one go keep
    no useful times, but their names carry dates. Each is received one microsecond after the one
    before it, beginning at `now`, so that later deliveries stay later.
    """
    ordered = sorted(paths, key=lambda path: (_minute(path), path.relative_to(folder).as_posix()))
    return [
        Arrival(
            source,
            path.relative_to(folder).as_posix() if path != folder else folder.name,
            path,
            now.astimezone(UTC) + timedelta(microseconds=place),
            changed_at=datetime.fromtimestamp(_minute(path) * 60, UTC),
        )
        for place, path in enumerate(ordered)
    ]


def _minute(path: Path) -> int:
    """Return the minute of the newest change; of a folder, that of its newest file."""
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    return max((int(one.stat().st_mtime) // 60 for one in files), default=0)
