"""Asking a service or a database: what to ask for, what came so far, and when it is a delivery.

A pull is a folder below ``landing/.pulls/<source>``. Answers are written there as they come, so a
pull that broke off goes on where it stopped. When every part is whole the folder is landed like a
dropped one, and with it the cursors the next pull begins at: they stand in the delivery, so they
move when its rows are durable and not before.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter

from hit_pipeline.engine import sync_file
from hit_pipeline.errors import SourceError, TransientSourceError
from hit_pipeline.lake import Lake, write_json
from hit_pipeline.landing.delivery import Arrival, Delivery, Finding
from hit_pipeline.landing.store import deliveries
from hit_pipeline.sources.base import Adapter
from hit_pipeline.sources.pull.pages import Pages
from hit_pipeline.sources.transport import Look

RECORD = "pull.json"
"""Name of the file in a pull that says what its parts are."""
NAME = "pull"
"""Name every pull arrives under."""
_KEY = ".key.json"
_MEMORY = "pulled.json"


Mode = Literal["bulk", "delta"]


@dataclass(frozen=True)
class Part:
    """One file of the contract to be asked for.

    Attributes:
        file: The contract's name of it.
        since: Where its increment begins; None: everything is asked for.
    """

    file: str
    since: str | None

    @property
    def mode(self) -> Mode:
        """What its answers are."""
        return "bulk" if self.since is None else "delta"


@dataclass(frozen=True)
class PulledPart:
    """One file of a pull, whole.

    Attributes:
        file: The contract's name of it.
        entry: Name of the file in the pull's folder.
        mode: ``bulk``: it is everything there is; ``delta``: what changed.
        rows: Rows the answers hold.
        cursor: Where the next increment begins; None: it is asked for whole.
        findings: What was noticed while asking.
    """

    file: str
    entry: str
    mode: Mode
    rows: int
    cursor: str | None = None
    findings: tuple[Finding, ...] = ()


_PARTS = TypeAdapter(dict[str, PulledPart])


class Puller(Protocol):
    """What asks one kind of service."""

    @property
    def files(self) -> Sequence[str]:
        """Names of the contract's files that are asked for, in order."""
        ...

    @property
    def fingerprint(self) -> str:
        """What a broken pull must have in common with this one to be continued: no secret."""
        ...

    def pull(self, spool: "Spool", parts: Sequence[Part]) -> None:
        """Ask for every part that the spool does not hold whole, and write it there.

        Raises:
            TransientSourceError: It may work in the next night.
            PermanentSourceError: Somebody must change something.
        """
        ...

    def look(self) -> Iterator[Look]:
        """See `hit_pipeline.sources.transport.Transport.look`."""
        ...


@dataclass
class Spool:
    """The folder answers are written to while a pull is under way.

    Attributes:
        folder: The folder.
    """

    folder: Path

    @property
    def begun(self) -> datetime:
        """Instant the pull was begun at, UTC; of one that is continued that of its first night."""
        return datetime.fromisoformat(_read_json(self.folder / _KEY)["begun"])

    def whole(self, file: str) -> PulledPart | None:
        """Return a part that is whole already; None while it is not."""
        path = self.folder / f".{file}.whole.json"
        return _PARTS.validate_json(path.read_bytes())[file] if path.exists() else None

    def finish(self, part: PulledPart) -> None:
        """Say that a part is whole; its file is synced to disk before it counts."""
        sync_file(self.folder / part.entry)
        write_json(self.folder / f".{part.file}.whole.json", {part.file: asdict(part)})

    def pages(self, file: str) -> "Pages":
        """Open the answers of a part, with those of a broken pull already there."""
        return Pages(self.folder / f"{file}.jsonl")


def read_pull(folder: Path) -> dict[str, PulledPart]:
    """Return the parts of a pull that lies in a folder, by name of their file."""
    return _PARTS.validate_python(json.loads((folder / RECORD).read_text("utf-8"))["parts"])


@dataclass(frozen=True)
class Pull:
    """The transport of sources that are asked.

    Attributes:
        source: Name of the source.
        puller: Makes what asks; called only when something is asked, so that a secret that is not
            set keeps nothing from being landed that was brought before.
        lake: The lake.
        now: Instant of the run, UTC.
        full_every: After how long everything is asked for again; zero: each time.
        resume_within: How old a broken pull may be to be continued.
    """

    source: str
    puller: Callable[[], Puller]
    lake: Lake
    now: datetime
    full_every: timedelta
    resume_within: timedelta

    @property
    def folder(self) -> Path:
        """Where pulls of the source lie until they are landed."""
        return self.lake.landing / ".pulls" / self.source

    def bring(self) -> None:
        """Ask for what is new; a pull of before that is whole waits to be landed first."""
        if (self.folder / NAME / RECORD).exists():
            return
        try:
            self._ask(self.puller())
        except OSError as error:
            message = f"{self.source}: what it answers cannot be written ({error.strerror})."
            remedy = f"See to {self.folder}: room, and the right to write."
            raise TransientSourceError(message, source=self.source, remedy=remedy) from error

    def _ask(self, puller: Puller) -> None:
        parts = self._parts(puller)
        spool = self._spool(puller, parts)
        puller.pull(spool, parts)
        whole = [part for part in (spool.whole(one.file) for one in parts) if part is not None]
        told = {one.file: asdict(one) for one in whole if one.rows or one.mode == "bulk"}
        if told:
            write_json(spool.folder / RECORD, {"parts": told})
        else:
            self._remember(whole)
            _clear(spool.folder)

    def arrivals(self, adapter: Adapter) -> Sequence[Arrival]:
        """Return the pull that is whole, if there is one."""
        if not (self.folder / NAME / RECORD).exists():
            return []
        return adapter.arrivals(self.folder)

    def done(self, arrival: Arrival, delivery: Delivery) -> None:
        """Remember when each part was asked for, and clear the pull away."""
        if delivery.status == "landed":
            self._remember(list(read_pull(arrival.path).values()))
        _clear(arrival.path)

    def end(self) -> None:
        """Do nothing: a service keeps what it has."""

    def look(self) -> Iterator[Look]:
        """Look at the service."""
        try:
            yield from self.puller().look()
        except SourceError as failure:
            yield Look("settings", ok=False, seen=str(failure))

    def _parts(self, puller: Puller) -> list[Part]:
        known, memory = cursors(self.lake, self.source), self._memory()
        found = []
        for file in puller.files:
            last = memory.get(file)
            is_due = last is None or self.now - datetime.fromisoformat(last) >= self.full_every
            found.append(Part(file, None if is_due else known.get(file)))
        return found

    def _spool(self, puller: Puller, parts: Sequence[Part]) -> Spool:
        """Return the folder of a broken pull that asked the same not long ago, or an empty one."""
        folder = self.folder / NAME
        key = _key(puller, parts)
        known = _read_json(folder / _KEY)
        begun = datetime.fromisoformat(known.get("begun", "1970-01-01T00:00:00+00:00"))
        if known.get("key") != key or self.now - begun > self.resume_within:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write_json(folder / _KEY, {"key": key, "begun": self.now.astimezone(UTC).isoformat()})
        return Spool(folder)

    def _memory(self) -> dict[str, str]:
        return _read_json(_memory_of(self.lake, self.source))

    def _remember(self, parts: Sequence[PulledPart]) -> None:
        """Remember when everything of a part was asked for last."""
        asked = {one.file: self.now.isoformat() for one in parts if one.mode == "bulk"}
        if asked:
            write_json(_memory_of(self.lake, self.source), {**self._memory(), **asked})


def _clear(folder: Path) -> None:
    """Remove a pull; what a crash leaves of it is taken neither for whole nor for broken off."""
    (folder / RECORD).unlink(missing_ok=True)
    (folder / _KEY).unlink(missing_ok=True)
    shutil.rmtree(folder)


def _key(puller: Puller, parts: Sequence[Part]) -> str:
    told = json.dumps([puller.fingerprint, [asdict(one) for one in parts]])
    return sha256(told.encode()).hexdigest()


def refresh(lake: Lake, source: str, files: Iterable[str]) -> None:
    """Have files asked for whole the next time, whatever is known of them; nothing is reset."""
    path = _memory_of(lake, source)
    asked = set(files)
    write_json(path, {name: at for name, at in _read_json(path).items() if name not in asked})


def _memory_of(lake: Lake, source: str) -> Path:
    return lake.landing / source / _MEMORY


def cursors(lake: Lake, source: str) -> dict[str, str]:
    """Return where the next increment of each file begins: by its newest landed delivery."""
    return {
        file.file: file.cursor
        for one in deliveries(lake, source)
        if one.status == "landed"
        for file in one.files
        if file.cursor is not None
    }


def pulled(source: str, folder: Path, now: datetime) -> Sequence[Arrival]:
    """Return the pull that lies whole in a folder, for an adapter's `arrivals`.

    Files that begin with a dot are ours and no part of what came.
    """
    path = folder / NAME
    files = tuple(one for one in sorted(path.iterdir()) if not one.name.startswith("."))
    return [Arrival(source, NAME, path, now.astimezone(UTC), files)]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
