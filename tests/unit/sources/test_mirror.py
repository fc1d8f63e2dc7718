"""A mirror of a folder: what is fetched, when, how often, and what crashes leave."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.lake import Lake
from hit_pipeline.settings import Thresholds
from hit_pipeline.settings_remote import Store
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.files import FilesAdapter
from hit_pipeline.sources.mirror import object_store
from hit_pipeline.sources.mirror.mirroring import LONGEST_PAUSE, Mirror
from hit_pipeline.sources.mirror.opening import folder_of
from hit_pipeline.sources.mirror.remote import Listing, Remote, free_name, is_safe, is_wanted
from hit_pipeline.sources.oneroster.bundle import OneRosterCsv
from hit_pipeline.sources.retry import Patience
from tests.unit.sources.asked import Asked
from tests.unit.sources.ssh_server import PASSWORD, USER, serving
from tests.unit.sources.test_sftp import LOG

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
CONTRACT = load_contract("plain_files", Path())
NO_DELIVERY = cast("Any", None)
"""A mirror asks nothing of the delivery: whatever it came to, it is durable."""


class Power(BaseException):
    """The power went."""


@dataclass
class Wrapped:
    """A real remote that loses power after so many chunks, or says other sizes."""

    inner: Remote
    desk: "Desk"
    is_atomic: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def listing(self) -> Listing:
        found = self.inner.listing()
        return replace(found, files=tuple(self.desk.told(one) for one in found.files))

    def find(self, name: str) -> Any:
        if self.desk.steps_left == 0:
            raise Power
        found = self.inner.find(name)
        return found and self.desk.told(found)

    def read(self, name: str, size: int) -> Iterator[bytes]:
        for chunk in self.inner.read(name, size):
            for at in range(0, len(chunk), 4):
                if self.desk.steps_left == 0:
                    raise Power
                self.desk.steps_left -= 1
                yield chunk[at : at + 4]


@dataclass
class Desk:
    """A share, a lake, and a clock that only tests turn."""

    share: Path
    lake: Lake
    together: bool = False
    settle: float = 30
    seconds: float = 1_000_000.0
    steps_left: int = -1
    told: Callable[[Any], Any] = field(default=lambda one: one)
    during_sleep: Callable[[], None] = field(default=lambda: None)
    slept: list[float] = field(default_factory=list)
    archive: str | None = None

    def put(self, name: str, data: bytes, changed: int = 1_600_000_000) -> None:
        path = self.share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (changed, changed))

    @property
    def mirror(self) -> Mirror:
        """A new one, as every process makes it."""
        return Mirror(
            "sis",
            self.lake,
            self._connected,
            ("*.csv", "*.zip"),
            folder_of if self.together else str,
            self.archive is not None,
            self.settle,
            Patience(0),
            lambda: self.seconds,
            self._sleep,
        )

    @contextmanager
    def _connected(self) -> Iterator[Remote]:
        place = Store(url=f"file://{self.share}", archive=self.archive)
        with object_store.connected("sis", place) as inner:
            yield Wrapped(inner, self)

    def _sleep(self, pause: float) -> None:
        self.slept.append(pause)
        self.seconds += pause
        self.during_sleep()

    def land(self) -> dict[str, bytes]:
        """Take what waits, as landing does; return it by name."""
        mirror, taken = self.mirror, {}
        for one in mirror.arrivals(FilesAdapter("sis", CONTRACT, NOW, 0, Thresholds())):
            taken[one.name] = one.path.read_bytes()
            mirror.done(one, NO_DELIVERY)
        assert mirror.end() is None
        return taken

    def groups(self) -> dict[str, list[str]]:
        """Take what a OneRoster's adapter finds; return names of files by arrival."""
        oneroster = load_contract("oneroster", Path())
        adapter = OneRosterCsv("sis", oneroster, "*", NOW, 0, Thresholds(), self.lake)
        mirror, taken = self.mirror, {}
        for one in mirror.arrivals(adapter):
            taken[one.name] = [path.name for path in one.files] or [one.path.name]
            mirror.done(one, NO_DELIVERY)
        return taken

    def local(self) -> list[str]:
        folder = self.mirror.copies.folder
        found = [one for one in folder.rglob("*") if one.is_file()]
        return sorted(one.relative_to(folder).as_posix() for one in found)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "share").mkdir()
    return Desk(tmp_path / "share", Lake.open(tmp_path / "lake"))


def test_one_pause_is_enough_for_files_that_lie_still(desk: Desk) -> None:
    desk.put("a.csv", b"1")
    desk.put("b.csv", b"2")
    desk.mirror.bring()
    assert desk.slept == [30]
    assert desk.land() == {"a.csv": b"1", "b.csv": b"2"}
    desk.mirror.bring()
    assert desk.slept == [30]
    assert desk.land() == {}


def test_the_other_sides_clock_does_not_matter(desk: Desk) -> None:
    for number, changed in enumerate((0, 1_600_000_000, 4_000_000_000)):
        desk.put(f"{number}.csv", b"x", changed)
    desk.during_sleep = lambda: desk.put("1.csv", b"xx", 1_600_000_000)
    desk.mirror.bring()
    assert sorted(desk.land()) == ["0.csv", "2.csv"]


def test_a_listing_of_before_counts_and_a_clock_set_back_does_not(desk: Desk) -> None:
    desk.put("a.csv", b"1")
    assert desk.mirror.news() == ""
    assert desk.local() == []
    desk.seconds += 31
    assert desk.mirror.news() != ""
    desk.seconds -= 1000
    assert desk.mirror.news() == ""
    desk.seconds += 30
    desk.mirror.bring()
    assert desk.slept == []
    assert desk.land() == {"a.csv": b"1"}
    assert desk.mirror.news() == ""


def test_a_settling_time_beyond_patience_is_left_to_the_next_call(desk: Desk) -> None:
    desk.settle = LONGEST_PAUSE + 1
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    assert desk.slept == []
    assert desk.land() == {}
    desk.seconds += desk.settle
    desk.mirror.bring()
    assert desk.land() == {"a.csv": b"1"}


def test_what_was_landed_is_known_when_the_copies_are_lost(desk: Desk) -> None:
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    desk.land()
    shutil.rmtree(desk.mirror.copies.folder)
    desk.mirror.bring()
    assert desk.land() == {}


def test_copies_that_are_lost_before_they_were_landed_are_fetched_again(desk: Desk) -> None:
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    shutil.rmtree(desk.mirror.copies.folder)
    desk.mirror.bring()
    assert desk.land() == {"a.csv": b"1"}


def test_a_lost_or_broken_memory_costs_only_another_fetch(desk: Desk) -> None:
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    desk.land()
    (desk.lake.landing / "sis" / "fetched.json").write_text("{ half")
    desk.mirror.bring()
    assert desk.land() == {"a.csv": b"1"}


def test_a_crash_between_landing_and_clearing_lands_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", _power)
        with pytest.raises(Power):
            desk.land()
    assert desk.local() == ["a.csv"]
    assert desk.land() == {}
    assert desk.local() == []


def test_a_crash_before_archiving_is_made_up_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.archive = f"file://{desk.share}/done"
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", _power)
        with pytest.raises(Power):
            desk.land()
    desk.mirror.bring()
    assert (desk.share / "done/a.csv").read_bytes() == b"1"
    assert desk.land() == {}


def test_a_file_that_changed_after_it_was_fetched_is_not_archived(desk: Desk) -> None:
    desk.archive = f"file://{desk.share}/done"
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    desk.put("a.csv", b"22")
    assert desk.land() == {"a.csv": b"1"}
    assert (desk.share / "a.csv").exists()
    desk.mirror.bring()
    assert desk.land() == {"a.csv": b"22"}
    assert (desk.share / "done/a.csv").read_bytes() == b"22"


def test_what_another_process_fetched_meanwhile_is_not_taken_for_landed(desk: Desk) -> None:
    desk.settle = 0
    desk.put("a.csv", b"1")
    desk.mirror.bring()
    slow = desk.mirror
    (arrival,) = slow.arrivals(FilesAdapter("sis", CONTRACT, NOW, 0, Thresholds()))
    desk.put("a.csv", b"22")
    desk.mirror.bring()
    slow.done(arrival, NO_DELIVERY)
    assert desk.land() == {"a.csv": b"22"}


def _power(*_arguments: object, **_options: object) -> None:
    raise Power


def test_a_full_disk_is_told_as_that_and_leaves_nothing_half(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.settle = 0
    desk.put("a.csv", b"12345")

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("hit_pipeline.sources.mirror.copies.sync_file", full)
        with pytest.raises(PermanentSourceError, match="the disk is full"):
            desk.mirror.bring()
    assert desk.land() == {}
    desk.mirror.bring()
    assert desk.land() == {"a.csv": b"12345"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_disk_that_fills_while_a_file_comes_is_told_as_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.settle = 0
    desk.put("a.csv", b"x" * 100_000)
    really = Path.open

    def opened(path: Path, *arguments: Any, **options: Any) -> Any:
        is_part = path.suffix == ".part"
        return really(Path("/dev/full") if is_part else path, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", opened)
        with pytest.raises(PermanentSourceError, match="the disk is full"):
            desk.mirror.bring()
    assert [(desk.mirror.copies.folder / one).stat().st_size for one in desk.local()] == [0]


@pytest.mark.parametrize("lie", [-1, 1])
def test_a_file_of_another_size_than_listed_is_not_taken(desk: Desk, lie: int) -> None:
    desk.settle = 0
    desk.put("a.csv", b"12345")
    desk.put("b.csv", b"1")
    desk.told = lambda one: replace(one, size=one.size + lie) if one.name == "a.csv" else one
    with pytest.raises(TransientSourceError, match="changed while"):
        desk.mirror.bring()
    assert desk.land() == {"b.csv": b"1"}


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "a/../../b.csv", "C:a.csv", "a\\b.csv"])
def test_a_name_that_climbs_is_never_written(desk: Desk, name: str) -> None:
    desk.settle = 0
    desk.put("odd.csv", b"1")
    desk.put("b.csv", b"2")
    desk.told = lambda one: replace(one, name=name) if one.name == "odd.csv" else one
    with pytest.raises(PermanentSourceError, match="lead out of the folder"):
        desk.mirror.bring()
    assert desk.land() == {"b.csv": b"2"}
    assert desk.local() == []


def test_files_of_a_roster_come_together_or_not_at_all(desk: Desk) -> None:
    desk.together, desk.settle = True, 0
    for name in ("manifest.csv", "orgs.csv", "users.csv"):
        desk.put(f"night/{name}", name.encode())
    desk.put("other.zip", b"PK\x03\x04")
    desk.steps_left = 5
    with pytest.raises(Power):
        desk.mirror.bring()
    assert "night" not in desk.groups()
    desk.steps_left = -1
    desk.mirror.bring()
    assert desk.groups()["night"] == ["manifest.csv", "orgs.csv", "users.csv"]


def test_one_changed_file_of_a_roster_brings_all_of_it(desk: Desk) -> None:
    desk.together, desk.settle = True, 0
    for name in ("manifest.csv", "orgs.csv", "users.csv"):
        desk.put(name, name.encode())
    desk.mirror.bring()
    assert list(desk.groups()) == ["sis"]
    desk.mirror.bring()
    assert desk.groups() == {}
    desk.put("users.csv", b"more")
    desk.mirror.bring()
    assert desk.groups() == {"sis": ["manifest.csv", "orgs.csv", "users.csv"]}


def test_a_roster_with_one_file_still_written_waits(desk: Desk) -> None:
    desk.together = True
    for name in ("manifest.csv", "users.csv"):
        desk.put(name, name.encode())
    desk.during_sleep = lambda: desk.put("users.csv", b"users.csv and more")
    desk.mirror.bring()
    assert desk.groups() == {}
    desk.during_sleep = lambda: None
    desk.mirror.bring()
    assert desk.groups() == {"sis": ["manifest.csv", "users.csv"]}


NAMES = st.sampled_from(["a.csv", "b.csv", "deep/a.csv", "deep/c.csv"])
WRITES = st.tuples(st.just("write"), NAMES, st.binary(max_size=40))
STEPS = st.lists(
    WRITES
    | st.tuples(st.just("remove"), NAMES)
    | st.tuples(st.just("bring"), st.integers(-1, 25))
    | st.tuples(st.just("land"))
    | st.tuples(st.just("clear")),
    max_size=25,
)


@dataclass
class World:
    """A share that lives on while it is mirrored, and what was landed of it."""

    desk: Desk
    now: int = 1_600_000_000
    sent: dict[str, list[bytes]] = field(default_factory=dict)
    landed: list[tuple[str, bytes]] = field(default_factory=list)

    def write(self, name: str, data: bytes) -> None:
        self.now += 1
        self.desk.put(name, data, self.now)
        self.sent.setdefault(name, []).append(data)

    def remove(self, name: str) -> None:
        (self.desk.share / name).unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.desk.mirror.copies.folder, ignore_errors=True)

    def bring(self, steps: int) -> None:
        self.desk.steps_left = steps
        with suppress(Power):
            self.desk.mirror.bring()
        self.desk.steps_left = -1

    def land(self) -> None:
        for name, data in self.desk.land().items():
            assert data in self.sent[name], "what was landed was never sent"
            self.landed.append((name, data))


@settings(max_examples=60)
@given(STEPS)
def test_whatever_happens_each_version_is_landed_once_whole_or_not_yet(
    steps: list[tuple[Any, ...]],
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        share = Path(scratch) / "share"
        share.mkdir()
        world = World(Desk(share, Lake.open(Path(scratch) / "lake"), settle=0))
        for name, *arguments in [*steps, ("bring", -1), ("land",)]:
            getattr(world, name)(*arguments)
        for path in share.rglob("*.csv"):
            name = path.relative_to(share).as_posix()
            assert (name, path.read_bytes()) in world.landed, "what lies there was not landed"
        for name, versions in world.sent.items():
            count = sum(one == name for one, _ in world.landed)
            assert count <= len(versions), "one version was landed twice"


@given(st.text(max_size=30))
def test_a_safe_name_stays_below_its_folder(name: str) -> None:
    if is_safe(name):
        assert os.path.normpath(f"/folder/{name}") == f"/folder/{name}"


@given(st.text("ab./", min_size=1, max_size=12), st.integers(1, 9), st.integers(1, 9))
def test_names_in_the_archive_differ_by_their_turn(name: str, one: int, other: int) -> None:
    if is_safe(name):
        assert (free_name(name, one) == free_name(name, other)) == (one == other)
        assert is_safe(free_name(name, one))


@pytest.mark.parametrize(
    ("name", "patterns", "wanted"),
    [
        ("Deep/A.CSV", ("*.csv",), True),
        ("deep/a.csv", ("deep/*.CSV",), True),
        ("deep/a.csv", ("other/*",), False),
        ("a.csv.filepart", ("*",), False),
        (".tmp/a.csv", ("*",), False),
        ("a.txt", ("*.csv", "*.txt"), True),
    ],
)
def test_patterns_match_names_or_paths(name: str, patterns: tuple[str, ...], wanted: bool) -> None:
    assert is_wanted(name, patterns) is wanted


BRING = """
import sys
from datetime import datetime
from pathlib import Path
from hit_pipeline.landing.collect import bring
from hit_pipeline.settings import District
district = District.model_validate_json(Path(sys.argv[1]).read_bytes())
print(bring(district, "sis", datetime.now().astimezone()))
"""


def test_a_process_killed_in_the_middle_of_a_file_leaves_the_next_one_all(
    tmp_path: Path, engine: Engine
) -> None:
    rows = b"Visit\n" + b"".join(b"%d\n" % one for one in range(200_000))
    with serving(tmp_path / "served") as server:
        (tmp_path / "log.toml").write_text(LOG)
        place = {
            "host": "127.0.0.1",
            "port": server.port,
            "username": USER,
            "password": PASSWORD,
            "host_keys": [server.line],
        }
        source = {"adapter": "files", "contract": "log.toml", "kind": "log", "sftp": place}
        asked = Asked(engine, tmp_path, source)
        server.put("a.csv", b"Visit\n1\n", 1_500_000_000)
        server.put("b.csv", rows, 1_600_000_000)
        server.hold_at, server.held = 500_000, threading.Event()
        told = tmp_path / "district.json"
        told.write_text(asked_json(asked))
        process = subprocess.Popen([sys.executable, "-c", BRING, str(told)])
        assert server.reached.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server.held.set()
        server.hold_at = None
        folder = asked.lake.landing / ".fetched" / "sis"
        assert sorted(one.name for one in folder.iterdir()) == ["a.csv", "b.csv.part"]
        got = asked.landed()
        assert [(one.name, one.rows) for one in got.deliveries] == [
            ("a.csv", 1),
            ("b.csv", 200_000),
        ]
        assert server.opened == ["a.csv", "b.csv", "b.csv"]


def asked_json(asked: Asked) -> str:
    """Return a district with its secrets, for another process."""
    text = asked.district.model_dump_json()
    return text.replace('"**********"', f'"{PASSWORD}"')


def test_an_error_of_the_place_is_one_of_the_source(desk: Desk) -> None:
    shutil.rmtree(desk.share)
    with pytest.raises(SourceError):
        desk.mirror.bring()
