"""Which arrivals were landed before, known without reading them again.

A small memory beside the deliveries of each source. What it does not know is hashed again, and the
same bytes are not landed twice; only a renamed copy of a whole that was replaced since is taken for
a return when the memory is lost.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from hit_pipeline.lake import write_json
from hit_pipeline.landing.delivery import Arrival
from hit_pipeline.landing.original import arrival_files

Memory = dict[str, tuple[str, str]]
"""Name of an arrival to its stamp and the folder of its delivery, below that of the source."""

_FILE = "seen.json"
_DATA = TypeAdapter(Memory)


def unseen(lake_path: Path, source: str, arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Return the arrivals of a source not landed yet as they now are, in their order."""
    folder = lake_path / "landing" / source
    known = _memory(folder)
    return [arrival for arrival in arrivals if _seen_as(folder, known, arrival) is None]


def seen_as(lake_path: Path, arrival: Arrival) -> Path | None:
    """Return the folder of the delivery an arrival became; None when it must be looked at.

    An arrival is the same when its name, size and times of change are.
    """
    folder = lake_path / "landing" / arrival.source
    return _seen_as(folder, _memory(folder), arrival)


def last_under(lake_path: Path, arrival: Arrival) -> Path | None:
    """Return the folder of the last delivery that arrived under an arrival's name."""
    folder = lake_path / "landing" / arrival.source
    _, name = _memory(folder).get(arrival.name, ("", ""))
    return folder / name if name and (folder / name / "delivery.json").is_file() else None


def remember(lake_path: Path, arrival: Arrival, stamp: str, delivery: Path) -> None:
    """Remember that an arrival, when it had a stamp, became a delivery."""
    folder = lake_path / "landing" / arrival.source
    known = _memory(folder)
    kept = (stamp, delivery.relative_to(folder).as_posix())
    write_json(folder / _FILE, {**known, arrival.name: kept})


def stamp_of(arrival: Arrival) -> str:
    """Return what tells whether an arrival changed, without reading it; empty: it is not there."""
    digest = hashlib.sha256()
    try:
        for one in arrival_files(arrival):
            about = one.lstat()
            times = (about.st_size, about.st_mtime_ns, about.st_ctime_ns)
            digest.update(f"{one.name}\0{times}\0".encode("utf-8", "surrogateescape"))
    except OSError:
        return ""
    return digest.hexdigest()


def _seen_as(folder: Path, known: Memory, arrival: Arrival) -> Path | None:
    stamp, name = known.get(arrival.name, ("", ""))
    if not stamp or stamp != stamp_of(arrival):
        return None
    return folder / name if (folder / name / "delivery.json").is_file() else None


def _memory(folder: Path) -> Memory:
    try:
        return _DATA.validate_json((folder / _FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}
