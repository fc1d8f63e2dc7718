"""What a mirror remembers: since when it sees a file, what it fetched and what was landed.

A small JSON file beside the deliveries of the source. It is never needed to be right: without it
everything is fetched again, and the same bytes are not landed twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from hit_pipeline.lake import Lake, write_json

_FILE = "fetched.json"
_WAIT_SECONDS = 60


@dataclass
class Memory:
    """What is known of the files of one place, by their names there.

    Attributes:
        listed: Version a file was listed with last, and since when, by the clock of this machine.
        fetched: Version of the local copy that waits to be landed.
        landed: Version that was landed last.
        unarchived: Why a landed file could not be moved to the archive last; empty: it could.
    """

    listed: dict[str, tuple[str, float]] = field(default_factory=dict)
    fetched: dict[str, str] = field(default_factory=dict)
    landed: dict[str, str] = field(default_factory=dict)
    unarchived: str = ""


_DATA = TypeAdapter(Memory)


def read_memory(lake: Lake, source: str) -> Memory:
    """Return what is remembered; nothing when the file is lost or broken."""
    try:
        return _DATA.validate_json(_path(lake, source).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Memory()


@contextmanager
def memory_of(lake: Lake, source: str) -> Iterator[Memory]:
    """Give the memory to be changed, one process at a time; it is written durably at the end."""
    holder = f"the memory of the files of {source}"
    now = datetime.now(UTC)
    with lake.lease(holder, now, wait_seconds=_WAIT_SECONDS, name=f"fetched-{source}"):
        memory = read_memory(lake, source)
        before = asdict(memory)
        yield memory
        if asdict(memory) != before:
            write_json(_path(lake, source), asdict(memory))


def _path(lake: Lake, source: str) -> Path:
    return lake.landing / source / _FILE
