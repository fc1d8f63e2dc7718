"""Landing: what is kept, once and whole, whatever arrives and whenever it is interrupted."""

import errno
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine, EngineOptions, sync_file, sync_folder
from hit_pipeline.errors import LakeError, PermanentSourceError, TransientSourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing import original, rows, store
from hit_pipeline.landing.delivery import Arrival, Delivery, LandedFile, shown_name
from hit_pipeline.landing.seen import unseen
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.settings import District, DistrictInfo, LakeSettings, Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.files import FilesAdapter

NIGHT = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)
DISTRICT = District(
    district=DistrictInfo(name="Riverside", time_zone="America/Chicago"), lake=LakeSettings()
)
SESSIONS: dict[str, Any] = {
    "pattern": "sessions*.csv",
    "delivers": "full",
    "feeds": [],
    "forbidden": ["^home phone$"],
    "columns": [{"name": "Session", "required": True}, {"name": "Minutes"}],
}
LOG = Contract.model_validate(
    {"id": "log", "version": 1, "title": "A log", "files": {"sessions": SESSIONS}}
)

CHANGES = Contract.model_validate(
    {
        "id": "changes",
        "version": 1,
        "title": "Changes of a log",
        "files": {
            "sessions": {**SESSIONS, "delivers": "increment", "natural_key": ["Session"]},
        },
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=2)) as opened:
        yield opened


@dataclass
class Desk:
    """A lake, a drop folder, and the landing of what is put there."""

    engine: Engine
    lake: Lake
    inbox: Path
    limits: Thresholds = field(default_factory=Thresholds)
    contract: Contract = LOG

    def put(self, name: str, data: bytes | str) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def arrivals(self, now: datetime = NIGHT) -> list[Arrival]:
        return list(self.adapter(now).arrivals(self.inbox))

    def adapter(self, now: datetime = NIGHT) -> FilesAdapter:
        return FilesAdapter("vendor", self.contract, now, 0, self.limits)

    def land(self, now: datetime = NIGHT) -> list[Delivery]:
        return [
            land(self.engine, self.lake, one, self.adapter(now), district=DISTRICT)
            for one in self.arrivals(now)
        ]

    def rows(self, delivery: Delivery) -> list[dict[str, Any]]:
        paths = [file.path for file in delivery.files if file.path is not None]
        return self.engine.collect(self.engine.read(paths)).to_pylist() if paths else []

    def everything(self) -> dict[str, bytes]:
        """Every file of the landing zone but the memory of what was seen."""
        return {
            path.relative_to(self.lake.landing).as_posix(): path.read_bytes()
            for path in sorted(self.lake.landing.rglob("*"))
            if path.is_file() and path.name != "seen.json"
        }


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    (tmp_path / "inbox").mkdir()
    return Desk(engine, Lake.open(tmp_path / "lake"), tmp_path / "inbox")


@pytest.mark.parametrize(
    ("changed", "tells_of"),
    [
        (None, date(2026, 11, 2)),
        (NIGHT - timedelta(days=40), date(2026, 9, 23)),
        (NIGHT + timedelta(days=3), date(2026, 11, 2)),  # a clock that is ahead
    ],
)
def test_a_delivery_tells_of_the_day_it_was_changed_until_it_was_received(
    desk: Desk, changed: datetime | None, tells_of: date
) -> None:
    desk.put("sessions_1.csv", b"Session,Minutes,Room\r\n007,,x\r\n")
    (arrival,) = desk.arrivals()
    dated = replace(arrival, changed_at=changed)
    landed = land(desk.engine, desk.lake, dated, desk.adapter(), district=DISTRICT)
    assert (landed.as_of, landed.received_date) == (tells_of, date(2026, 11, 2))


def test_a_delivery_keeps_its_bytes_and_its_rows_with_their_place(desk: Desk) -> None:
    data = b"Session,Minutes,Room\r\n007,,x\r\n008,30,\r\n"
    desk.put("sessions_1.csv", data)
    (one,) = desk.land()
    sha256 = hashlib.sha256(data).hexdigest()
    assert one.delivery_id == f"vendor-{sha256[:16]}"
    assert (one.sha256, one.bytes, one.status, one.rows) == (sha256, len(data), "landed", 2)
    assert (one.received_at, one.received_date) == (NIGHT, date(2026, 11, 2))
    assert one.folder == desk.lake.landing / "vendor/2026-11-02" / one.delivery_id
    assert (one.folder / "original/sessions_1.csv").read_bytes() == data
    place = {"_delivery_id": one.delivery_id}
    assert desk.rows(one) == [
        {"Session": "007", "Minutes": None, "Room": "x", **place, "_row": 1},
        {"Session": "008", "Minutes": "30", "Room": None, **place, "_row": 2},
    ]
    assert (desk.inbox / "sessions_1.csv").exists()


def test_malformed_lines_are_numbered_after_the_rows(desk: Desk) -> None:
    desk.put("sessions.csv", b"Session,Minutes\n1,2\n3\n4,5\n6,7,8\n")
    (one,) = desk.land()
    (file,) = one.files
    assert (file.rows, file.malformed) == (4, 2)
    assert file.malformed_path is not None
    lines = desk.engine.collect(desk.engine.read([file.malformed_path])).to_pylist()
    assert [(line["_row"], line["_line"], line["raw"]) for line in lines] == [
        (3, 3, "3"),
        (4, 5, "6,7,8"),
    ]
    assert {line["_delivery_id"] for line in lines} == {one.delivery_id}
    assert all(line["error"].startswith("landing.ragged: ") for line in lines)


def test_the_same_bytes_land_once_whatever_the_day_and_the_name(desk: Desk) -> None:
    desk.put("sessions_1.csv", "Session\n1\n")
    first = desk.land()
    before = desk.everything()
    assert desk.land(NIGHT + timedelta(days=1)) == first
    desk.put("sessions_2.csv", "Session\n1\n")
    assert desk.land(NIGHT + timedelta(days=2)) == first * 2
    assert desk.everything() == before
    assert deliveries(desk.lake) == first


@pytest.mark.parametrize("names", [("1.csv", "2.csv", "3.csv"), ("x.csv", "x.csv", "x.csv")])
def test_a_whole_that_comes_back_is_news(desk: Desk, names: tuple[str, str, str]) -> None:
    texts = ("Session\n1\n2\n", "Session\n1\n", "Session\n1\n2\n")
    for night, (name, text) in enumerate(zip(names, texts, strict=True)):
        desk.put(f"sessions_{name}", text)
        desk.land(NIGHT + timedelta(days=night))
    first, _, newest = deliveries(desk.lake, "vendor")
    assert newest.delivery_id == f"{first.delivery_id}-2"
    assert len(desk.rows(newest)) == 2
    before = desk.everything()
    desk.land(NIGHT + timedelta(days=4))
    assert desk.everything() == before


def test_a_copy_of_a_whole_lies_about_without_becoming_news(desk: Desk) -> None:
    desk.put("sessions_1.csv", "Session\n1\n2\n")
    desk.put("sessions_1_again.csv", "Session\n1\n2\n")
    desk.land()
    desk.put("sessions_2.csv", "Session\n1\n")
    desk.land(NIGHT + timedelta(days=1))
    copy = desk.inbox / "sessions_1_again.csv"
    os.utime(copy, (1, 1))
    desk.land(NIGHT + timedelta(days=2))
    assert len(deliveries(desk.lake, "vendor")) == 2


def test_changes_sent_once_more_are_no_news(desk: Desk) -> None:
    desk.contract = CHANGES
    for night, text in enumerate(("Session\n1\n", "Session\n2\n", "Session\n1\n")):
        desk.put(f"sessions_{night}.csv", text)
        desk.land(NIGHT + timedelta(days=night))
    assert len(deliveries(desk.lake, "vendor")) == 2


def test_what_was_landed_is_not_read_again_and_what_changed_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    assert unseen(desk.lake.root, "vendor", desk.arrivals()) == desk.arrivals()
    (first,) = desk.land()
    assert unseen(desk.lake.root, "vendor", desk.arrivals()) == []
    with monkeypatch.context() as patch:
        patch.setattr(original, "_copy", None)
        assert desk.land() == [first]
    desk.put("sessions.csv", "Session\n2\n")
    (second,) = desk.land()
    assert second.delivery_id != first.delivery_id


@pytest.mark.parametrize("memory", [None, b"", b"{", b"[]", b'{"sessions.csv": ["x", "y"]}'])
def test_a_lost_memory_does_no_harm(desk: Desk, memory: bytes | None) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    first = desk.land()
    seen = desk.lake.landing / "vendor/seen.json"
    if memory is None:
        seen.unlink()
    else:
        seen.write_bytes(memory)
    assert desk.land() == first
    assert unseen(desk.lake.root, "vendor", desk.arrivals()) == []


def test_two_sources_may_send_the_same_bytes(desk: Desk) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    (one,) = desk.land()
    other = replace(desk.arrivals()[0], source="other")
    landed = land(
        desk.engine, desk.lake, other, replace(desk.adapter(), source="other"), district=DISTRICT
    )
    assert landed.delivery_id == one.delivery_id.replace("vendor", "other")
    assert deliveries(desk.lake, "other") == [landed]
    assert len(deliveries(desk.lake)) == 2


def test_deliveries_come_in_the_order_they_were_received(desk: Desk) -> None:
    assert deliveries(desk.lake) == []
    for night in range(5):
        desk.put(f"sessions_{night}.csv", f"Session\n{night}\n")
    landed = desk.land()
    assert [one.name for one in deliveries(desk.lake)] == [one.name for one in landed]
    assert [one.name for one in landed] == [f"sessions_{night}.csv" for night in range(5)]


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("lunch.csv", b"a\n1\n", "landing.no_contract_file"),
        ("sessions.csv", b"", "landing.empty_file"),
        ("sessions.csv", b"Session\n", "landing.header_only"),
        ("sessions.csv", b"Minutes\n1\n", "contract.missing_column"),
        ("sessions.csv", b"\x89PNG\r\n\x1a\n\0", "landing.unreadable"),
        ("sessions.zip", b"PK\x03\x04 cut off", "landing.truncated_zip"),
    ],
)
def test_a_refused_arrival_is_recorded_with_its_bytes(
    desk: Desk, name: str, data: bytes, rule: str
) -> None:
    desk.put(name, data)
    (one,) = desk.land()
    assert (one.status, one.refused_rule, one.rows, one.files) == ("refused", rule, 0, ())
    assert one.refused_message is not None
    assert rule in one.refused_message
    assert (one.folder / "original" / name).read_bytes() == data
    assert not (one.folder / "rows").exists()
    assert desk.land(NIGHT + timedelta(days=1)) == [one]
    assert unseen(desk.lake.root, "vendor", desk.arrivals()) == []


def test_one_bad_arrival_does_not_stop_the_others(desk: Desk) -> None:
    desk.put("lunch.csv", "x")
    desk.put("sessions.csv", "Session\n1\n")
    assert sorted(one.status for one in desk.land()) == ["landed", "refused"]


def test_forbidden_columns_leave_nothing_behind(desk: Desk) -> None:
    text = "Session,Student SSN,Home Phone\n1,078-05-1120,555-0100\n2,219-09-9999\n"
    desk.put("sessions.csv", text)
    (one,) = desk.land()
    assert one.scrubbed
    assert [set(row) for row in desk.rows(one)] == [{"Session", "Minutes", "_delivery_id", "_row"}]
    assert (one.rows, one.files[0].malformed) == (2, 1)
    scrubbed = [found.column for found in one.findings if found.rule == "landing.scrubbed"]
    assert scrubbed == ["Student SSN", "Home Phone"]
    assert not (one.folder / "original").exists()
    for number in (b"078-05-1120", b"219-09-9999", b"555-0100"):
        assert not any(number in data for data in desk.everything().values())
    assert one.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert desk.land() == [one]


def test_one_forbidden_column_in_a_zip_destroys_the_zip(desk: Desk) -> None:
    path = desk.inbox / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sessions_1.csv", "Session\n1\n")
        archive.writestr("sessions_2.csv", "Session,ssn\n2,078-05-1120\n")
    (one,) = desk.land()
    assert [row["Session"] for row in desk.rows(one)] == ["1", "2"]
    assert not any(b"078-05-1120" in data for data in desk.everything().values())
    assert not (one.folder / "original").exists()


def test_findings_about_one_thing_are_one(desk: Desk) -> None:
    with zipfile.ZipFile(desk.inbox / "bundle.zip", "w") as archive:
        archive.writestr("sessions_1.csv", "Session,Minutes\n1\n2,3\n")
        archive.writestr("sessions_2.csv", "Session,Minutes\n4\n5\n")
    (one,) = desk.land()
    assert [(found.rule, found.count) for found in one.findings] == [("landing.ragged", 3)]


def test_a_refused_arrival_with_forbidden_columns_loses_its_bytes(desk: Desk) -> None:
    desk.put("sessions.csv", "Minutes,SSN\n1,078-05-1120\n")
    (one,) = desk.land()
    assert (one.status, one.scrubbed) == ("refused", True)
    assert not any(b"078-05-1120" in data for data in desk.everything().values())
    assert [found.rule for found in one.findings] == ["landing.scrubbed"]


def test_drift_is_told_against_the_newest_delivery_before(desk: Desk) -> None:
    headers = ["Session,Minutes", "Session,Minutes,Room", "Minutes,SESSION,Room"]
    found = []
    for night, header in enumerate(headers):
        cells = ",".join(str(night) for _ in header.split(","))
        desk.put("sessions.csv", f"{header}\n{cells}\n")
        (one,) = desk.land(NIGHT + timedelta(days=night))
        found.append({one.rule for one in one.findings if one.rule.startswith("drift.")})
    assert found == [set(), {"drift.new_column"}, {"drift.reordered", "drift.renamed"}]


def _stops(at: int) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Make a function fail at its n-th call, as a crash there would."""
    calls = 0

    def wrap(sync: Callable[[Path], None]) -> Callable[[Path], None]:
        def stop(path: Path) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                raise KeyboardInterrupt
            sync(path)

        return stop

    return wrap


@pytest.mark.parametrize("at", range(1, 13))
def test_a_crash_leaves_all_or_nothing_and_the_next_run_completes(
    desk: Desk, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("sessions.csv", b"Session,Minutes\n1,2\n3\n")
    stops = _stops(at)
    crashed = False
    with monkeypatch.context() as patch:
        patch.setattr(store, "sync_file", stops(sync_file))
        patch.setattr(store, "sync_folder", stops(sync_folder))
        try:
            desk.land()
        except KeyboardInterrupt:
            crashed = True
    assert [one.rows for one in deliveries(desk.lake)] in ([], [2])
    (one,) = desk.land(NIGHT + timedelta(days=1))
    assert (one.rows, one.files[0].malformed) == (2, 1)
    assert deliveries(desk.lake) == [one]
    assert not list((desk.lake.landing / ".incoming").iterdir())
    assert crashed or at > 9


def test_a_crash_while_copying_or_writing_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    for module, name in ((original, "_copy"), (rows, "_write"), (store, "_publish")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, _raise)
            with pytest.raises(KeyboardInterrupt):
                desk.land()
        assert deliveries(desk.lake) == []
    assert len(desk.land()) == 1


def _raise(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_file_that_grows_while_it_is_read_is_left_for_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("sessions.csv", "Session\n1\n")
    fstat = os.fstat

    def growing(handle: int) -> os.stat_result:
        with path.open("ab") as more:
            more.write(b"2\n")
        return fstat(handle)

    monkeypatch.setattr(os, "fstat", growing)
    with pytest.raises(TransientSourceError):
        desk.land()
    assert deliveries(desk.lake) == []


def test_a_file_that_is_gone_is_told_as_transient(desk: Desk) -> None:
    path = desk.put("sessions.csv", "Session\n1\n")
    (arrival,) = desk.arrivals()
    path.unlink()
    with pytest.raises(TransientSourceError):
        land(desk.engine, desk.lake, arrival, desk.adapter(), district=DISTRICT)


@dataclass(frozen=True)
class Fixed:
    """An adapter that gives what it was made with."""

    given: ReadFile

    def arrivals(self, inbox: Path) -> list[Arrival]:
        return [Arrival("vendor", inbox.name, inbox, NIGHT)]

    def is_whole(self, landed: LandedFile) -> bool:
        return landed.file == self.given.file

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        assert engine.backend is not None
        assert arrival.path.exists()
        assert not list(workspace.iterdir())
        yield self.given


def test_a_row_the_reader_counted_and_did_not_give_is_an_error(desk: Desk) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    table = desk.engine.duckdb.sql("SELECT '1' AS a").to_arrow_table()
    given = ReadFile(
        "sessions", "s", ("a",), desk.engine.from_arrow(table), None, mode="delta", count=2
    )
    with pytest.raises(LakeError, match="2 rows were counted and 1 read"):
        land(desk.engine, desk.lake, desk.arrivals()[0], Fixed(given), district=DISTRICT)
    assert deliveries(desk.lake) == []
    whole = Fixed(replace(given, count=1))
    one = land(desk.engine, desk.lake, desk.arrivals()[0], whole, district=DISTRICT)
    assert (one.mode, one.files[0].mode) == ("delta", "delta")


def test_what_the_engine_says_of_cells_is_not_told(desk: Desk) -> None:
    desk.put("sessions.csv", "Session\n1\n")
    desk.engine.duckdb.execute(
        "CREATE OR REPLACE VIEW broken AS SELECT CAST(CAST('Ann Lee' AS INTEGER) AS TEXT) AS a"
    )
    broken = desk.engine.backend.table("broken")
    given = ReadFile("sessions", "s", ("a",), broken, None)
    with pytest.raises(LakeError) as caught:
        land(desk.engine, desk.lake, desk.arrivals()[0], Fixed(given), district=DISTRICT)
    assert "Ann" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_folder_is_one_delivery_whose_digest_is_over_its_files(desk: Desk) -> None:
    folder = desk.inbox / "drop"
    desk.put("drop/sessions_1.csv", "Session\n1\n")
    desk.put("drop/deep/sessions_2.csv", "Session\n2\n")
    desk.put("drop/sessions_3.csv.part", "Session\n3\n")
    arrival = Arrival("vendor", "drop", folder, NIGHT)
    one = land(desk.engine, desk.lake, arrival, desk.adapter(), district=DISTRICT)
    assert sorted(row["Session"] for row in desk.rows(one)) == ["1", "2"]
    assert (one.folder / "original/drop/deep/sessions_2.csv").exists()
    assert one.bytes == 20
    (folder / "sessions_1.csv").rename(folder / "sessions_9.csv")
    other = land(desk.engine, desk.lake, arrival, desk.adapter(), district=DISTRICT)
    assert other.sha256 != one.sha256
    chosen = replace(arrival, files=(folder / "sessions_9.csv",))
    shutil.rmtree(desk.lake.landing)
    only = land(desk.engine, desk.lake, chosen, desk.adapter(), district=DISTRICT)
    assert [row["Session"] for row in desk.rows(only)] == ["1"]


def test_a_full_disk_is_told_as_that_and_the_next_run_takes_the_file_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    desk.put("sessions.csv", b"Session,Minutes\n1,2\n")
    with monkeypatch.context() as patch:
        patch.setattr(original, "_copy", full)
        with pytest.raises(TransientSourceError, match="the disk of the lake is full"):
            desk.land()
    assert deliveries(desk.lake) == []
    assert [one.rows for one in desk.land()] == [1]


def test_an_error_tells_no_name_of_a_file_for_it_may_be_a_pupils(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    desk.put("sessions_ada_noor.csv", b"Session,Minutes\n1,2\n")
    monkeypatch.setattr(original, "_copy", locked)
    with pytest.raises(PermanentSourceError) as caught:
        desk.land()
    assert "noor" not in str(caught.value)
    assert shown_name("sessions_ada_noor.csv") in str(caught.value)
