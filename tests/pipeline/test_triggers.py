"""What starts a landing by itself: the drop folder and the nightly schedule."""

import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from assets import jobs
from assets.night import Night, Runner
from tests.nights import drop
from tests.pipeline.small_district import (
    CALENDAR,
    NOON,
    STUDENTS,
    ZONE,
    Clock,
    definitions,
    drop_folder,
    run_of,
    small_district,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    turned = Clock()
    monkeypatch.setattr("assets.sensors.datetime", turned)
    return turned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_district(tmp_path / "district", {})


def test_the_drop_folder_asks_for_one_landing_of_todays_partition(
    folder: Path, instance: dg.DagsterInstance, clock: Clock
) -> None:
    assert drop_folder(folder, instance) == []
    drop(folder, "roster/students.csv", STUDENTS, NOON)
    (asked,) = drop_folder(folder, instance)
    assert asked.run_key
    assert asked.partition_key == "2026-11-20"
    clock.instant = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)  # still the evening before in Denver
    (asked,) = drop_folder(folder, instance)
    assert asked.partition_key == "2026-11-20"


@pytest.mark.parametrize(
    ("name", "age"), [("students.csv.part", 3600), ("students.csv", 5), ("~$students.csv", 3600)]
)
def test_a_file_that_is_still_written_is_not_asked_for(
    folder: Path, instance: dg.DagsterInstance, clock: Clock, name: str, age: int
) -> None:
    drop(folder, f"roster/{name}", STUDENTS, NOON)
    path = folder / "inbox" / "roster" / name
    os.utime(path, (clock.instant.timestamp() - age,) * 2)
    assert drop_folder(folder, instance) == []


def test_a_landed_file_is_not_asked_for_again_and_a_changed_one_is(
    folder: Path, instance: dg.DagsterInstance, clock: Clock
) -> None:
    drop(folder, "roster/students.csv", STUDENTS, NOON)
    (first,) = drop_folder(folder, instance)
    runner = Runner(definitions(folder), instance, clock.instant, lambda *_step: None)
    night = Night()
    assert runner.run(jobs.LANDING, night, first.partition_key), night.failed
    assert drop_folder(folder, instance) == []
    drop(folder, "roster/students.csv", STUDENTS + b"002,Birch,Ben,04,10\n", NOON)
    (second,) = drop_folder(folder, instance)
    assert second.run_key != first.run_key


@pytest.mark.usefixtures("clock")
def test_nothing_is_asked_for_while_a_landing_is_under_way(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    drop(folder, "roster/students.csv", STUDENTS, NOON)
    under_way = run_of(folder, instance, jobs.LANDING, dg.DagsterRunStatus.STARTED)
    assert drop_folder(folder, instance) == []
    instance.report_run_failed(under_way)
    assert len(drop_folder(folder, instance)) == 1


def test_a_landing_that_failed_is_tried_once_an_hour_unless_a_file_came(
    folder: Path, instance: dg.DagsterInstance, clock: Clock
) -> None:
    """Dagster starts a run key once, so that equal keys are one run."""
    drop(folder, "roster/students.csv", STUDENTS, NOON)
    (first,) = drop_folder(folder, instance)
    run_of(folder, instance, jobs.LANDING, dg.DagsterRunStatus.FAILURE)
    clock.instant = NOON + timedelta(minutes=59)
    (soon,) = drop_folder(folder, instance)
    assert soon.run_key == first.run_key
    clock.instant = NOON + timedelta(minutes=60)
    (later,) = drop_folder(folder, instance)
    drop(folder, "roster/calendar.csv", CALENDAR, NOON)
    (with_more,) = drop_folder(folder, instance)
    assert len({first.run_key, later.run_key, with_more.run_key}) == 3


def ticks(cron: str, first: datetime) -> list[datetime]:
    """Return the first three ticks of a schedule, as Dagster's daemon finds them."""
    found = schedule_execution_time_iterator(first.timestamp(), cron, ZONE)
    return list(islice(found, 3))


@pytest.mark.parametrize("cron", ["0 2 * * *", "30 1 * * *", "30 23 * * *"])
@pytest.mark.parametrize("day", ["2025-03-08", "2025-11-01"])  # the clock changes the day after
def test_a_night_is_scheduled_once_a_local_day_when_the_clock_changes(
    tmp_path: Path, cron: str, day: str
) -> None:
    defs = definitions(small_district(tmp_path, {}, cron))
    nightly = defs.resolve_schedule_def("nightly")
    assert (nightly.cron_schedule, nightly.execution_timezone) == (cron, ZONE)
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(ZONE))
    asked = []
    for tick in ticks(cron, begin):
        context = dg.build_schedule_context(
            scheduled_execution_time=tick, repository_def=defs.get_repository_def()
        )
        (request,) = nightly.evaluate_tick(context).run_requests or []
        assert request.partition_key == request.run_key
        asked.append(request.partition_key)
    assert asked == [f"{begin + timedelta(days=n):%Y-%m-%d}" for n in range(3)]
    assert nightly.job_name == jobs.LANDING
