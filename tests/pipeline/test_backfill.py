"""Backfills: a range of landing days in one run, and a school year built again."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets import jobs, landing, metadata
from assets.night import Night, Runner
from hit_pipeline.lake import Lake
from hit_pipeline.landing.collect import collect
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.landing.store import deliveries
from hit_pipeline.settings_file import load_district
from tests.nights import NOW, drop, lay, night, one_row
from tests.pipeline.small_district import STUDENTS, definitions

SETTINGS = """
[district]
name = "Backfilled"
time_zone = "America/Chicago"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.northstar]
adapter = "files"
contract = "northstar_sessions"
kind = "log"
program = "math"

[programs.math]
name = "Math"
"""
HEADER = "Session ID,Status,Student ID,Scheduled Start,Actual Minutes,Attendance\n"
SESSIONS = [
    "A1,Completed,001,2025-10-07 09:00,30,Present\n",
    "A2,Completed,001,2026-03-03 09:00,25,Present\n",
    "A3,Completed,001,2026-09-15 09:00,30,Late\n",
    "A4,Completed,001,2026-09-17 09:00,20,Present\n",
]
DAYS = ["2026-11-17", "2026-11-18", "2026-11-19"]
LOG = dg.AssetKey(["landing", "northstar"])
OLD_YEAR = "2025-26"


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T18:00:00").replace(tzinfo=UTC)


def history(rows: int) -> bytes:
    """Return the vendor's history as it was after some sessions."""
    return (HEADER + "".join(SESSIONS[:rows])).encode()


def landed(folder: Path) -> list[Delivery]:
    return deliveries(Lake.open(load_district(folder, {}).lake_path))


def backfill(
    folder: Path, instance: dg.DagsterInstance, first: str, last: str
) -> dg.ExecuteInProcessResult:
    """Run the landing of a range of days as Dagster does when it is backfilled in one run."""
    tags = {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
        metadata.NOW_TAG: noon(last).isoformat(),
    }
    job = definitions(folder).resolve_job_def(jobs.LANDING)
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def rows_by_day(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str | None, object]:
    """Return the rows each materialization of an asset told, by partition."""
    events = [one for one in result.get_asset_materialization_events() if one.asset_key == key]
    told = {one.partition: one.materialization.metadata for one in events}
    assert len(told) == len(events)
    return {day: shown["dagster/row_count"].value for day, shown in told.items()}


@pytest.fixture
def three_days(tmp_path: Path, instance: dg.DagsterInstance) -> Path:
    """A district that landed the vendor's history on two days and has a third one waiting."""
    folder = lay(tmp_path / "district", SETTINGS, {})
    runner = Runner(definitions(folder), instance, NOW, lambda *_step: None)
    for number, day in enumerate(DAYS, start=1):
        drop(folder, f"northstar/sessions_{day}.csv", history(number), noon(day))
        if day != DAYS[-1]:
            assert replace(runner, now=noon(day)).run(jobs.LANDING, Night(), day)
    return folder


def test_a_range_of_days_lands_what_waits_once_and_tells_every_day(
    three_days: Path, instance: dg.DagsterInstance
) -> None:
    before = landed(three_days)
    assert [one.received_date.isoformat() for one in before] == DAYS[:2]
    for _ in range(2):
        result = backfill(three_days, instance, DAYS[0], DAYS[-1])
        assert result.success
        assert rows_by_day(result, LOG) == dict(zip(DAYS, [1, 2, 3], strict=True))
        now = landed(three_days)
        assert now[:2] == before
        assert [(one.received_date.isoformat(), one.rows) for one in now[2:]] == [(DAYS[-1], 3)]
    assert instance.get_materialized_partitions(LOG) == set(DAYS)


def test_a_range_of_days_says_of_every_day_whether_something_was_refused(
    three_days: Path, instance: dg.DagsterInstance
) -> None:
    drop(three_days, "northstar/sessions_cut.csv", b"", noon(DAYS[-1]))
    result = backfill(three_days, instance, DAYS[0], DAYS[-1])
    told = {
        one.partition: one.passed
        for one in result.get_asset_check_evaluations()
        if one.asset_key == LOG
    }
    assert told == {DAYS[0]: True, DAYS[1]: True, DAYS[2]: False}


def test_a_backfill_that_dies_keeps_the_days_it_had_done(
    three_days: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_on_the_last_day(context: object, source: str, day: date, failure: None) -> object:
        if day.isoformat() == DAYS[-1]:
            message = "the disk is gone"
            raise OSError(message)
        return collect(context, source, day, failure)  # type: ignore[arg-type] # passed through

    instance.wipe_assets([LOG])
    monkeypatch.setattr(landing, "collect", dies_on_the_last_day)
    assert not backfill(three_days, instance, DAYS[0], DAYS[-1]).success
    assert instance.get_materialized_partitions(LOG) == set(DAYS[:2])
    assert [one.received_date.isoformat() for one in landed(three_days)] == DAYS[:2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose release holds sessions of two school years."""
    inbox = {"roster/students.csv": STUDENTS, "northstar/sessions.csv": history(4)}
    folder = lay(tmp_path_factory.mktemp("years") / "district", SETTINGS, inbox)
    told = night(folder)
    assert told["failed"] == []
    assert told["release"] is not None
    return folder


def year_files(folder: Path) -> dict[str, bytes]:
    """Return the old year's files in the lake, by table."""
    lake = load_district(folder, {}).lake_path
    return {
        path.parent.parent.name: path.read_bytes()
        for room in ("conformed", "marts")
        for path in (lake / room).glob(f"*/school_year={OLD_YEAR}/*.parquet")
    }


def test_an_old_school_year_is_built_again_alike_and_publishes_nothing_new(
    published: Path, instance: dg.DagsterInstance
) -> None:
    before = year_files(published)
    assert len(before) > 10
    lake = load_district(published, {}).lake_path
    for folder in lake.rglob(f"school_year={OLD_YEAR}"):
        if "releases" not in folder.parts:
            shutil.rmtree(folder)
    assert year_files(published) == {}
    runner = Runner(definitions(published), instance, NOW, lambda *_step: None)
    for _ in range(2):
        done = Night()
        assert runner.run(jobs.SCHOOL_YEAR, done, "2025-07-01"), done.failed
        assert {one.partition for one in done.steps} == {"2025-07-01"}
        assert year_files(published) == before
    again = night(published)
    assert (again["failed"], again["release"]) == ([], None)
    kept = one_row(
        published,
        "SELECT count(*) AS sessions, sum(present_seconds) AS seconds FROM session_participant "
        "WHERE school_year = '2025-26'",
    )
    assert kept == {"sessions": 2, "seconds": 55 * 60}
