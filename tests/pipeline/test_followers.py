"""One job after another, as the sensors ask for them; and the partitions they ask for."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets import jobs, metadata, partitions
from hit_pipeline.school_year import YearStart
from tests.nights import ask, drop, night, one_row
from tests.pipeline.small_district import (
    CALENDAR,
    NOON,
    STUDENTS,
    Clock,
    definitions,
    drop_folder,
    run_of,
    small_district,
)

FAR_AHEAD = b"school_id,date,day_type\n10,2062-09-01,holiday\n"
Asked = tuple[str, str | None]
"""A job and its partition."""
FOLLOWERS = {
    jobs.LANDING: "after_landing",
    jobs.CONFORM: "after_conform",
    jobs.SCHOOL_YEAR: "after_school_year",
}


def run_job(
    defs: dg.Definitions, instance: dg.DagsterInstance, asked: Asked
) -> dg.ExecuteInProcessResult:
    """Run a job as it was asked for; it must succeed."""
    job, partition = asked
    stands_for = {metadata.NOW_TAG: NOON.isoformat()}
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=partition, tags=stands_for
    )


def followers(
    defs: dg.Definitions, instance: dg.DagsterInstance, run: dg.DagsterRun
) -> list[Asked]:
    """Return what is asked for when a run has succeeded."""
    name = FOLLOWERS[run.job_name]
    sensor = defs.resolve_sensor_def(name)
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, run.job_name)
    context = dg.build_run_status_sensor_context(name, event, instance, run)
    told = sensor(context)
    requests = list(told) if isinstance(told, Iterator) else [told]
    return [
        (one.job_name or sensor.job.name, one.partition_key)
        for one in requests
        if isinstance(one, dg.RunRequest)
    ]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Asked]]:
    """A district whose drop folder was followed to the end, and all that was asked for."""
    place = tmp_path_factory.mktemp("followed")
    inbox = {"roster/students.csv": STUDENTS, "roster/calendar.csv": CALENDAR}
    folder = small_district(place / "district", inbox)
    defs, done = definitions(folder), []
    with (
        pytest.MonkeyPatch.context() as patch,
        dg.instance_for_test(temp_dir=str(place)) as instance,
    ):
        patch.setattr("assets.sensors.datetime", Clock())
        (first,) = drop_folder(folder, instance)
        asked: list[Asked] = [(jobs.LANDING, first.partition_key)]
        while asked:
            done += asked
            last = [run_job(defs, instance, one) for one in asked][-1].dagster_run
            asked = followers(defs, instance, last) if last.job_name in FOLLOWERS else []
    return folder, done


def test_one_job_after_another_is_asked_for_until_a_release_is_published(
    followed: tuple[Path, list[Asked]],
) -> None:
    folder, done = followed
    assert done == [
        (jobs.LANDING, "2026-11-20"),
        (jobs.CONFORM, None),
        (jobs.SCHOOL_YEAR, "2026-07-01"),
        (jobs.SCHOOL_YEAR, "2027-07-01"),
        (jobs.RELEASE, None),
    ]
    days = one_row(folder, "SELECT count(*) AS n FROM calendar_day WHERE origin = 'stated'")
    assert days == {"n": 2}


def test_a_date_that_slipped_is_quarantined_and_the_night_goes_on(
    followed: tuple[Path, list[Asked]], tmp_path: Path
) -> None:
    folder = tmp_path / "district"
    shutil.copytree(followed[0], folder)
    drop(folder, "dates/calendar.csv", FAR_AHEAD, NOON)
    told = night(folder, NOON + timedelta(hours=1))
    assert told["failed"] == []
    assert told["release"] is not None
    (held,) = ask(folder, 'SELECT rule, "column" FROM quarantine').to_pylist()
    assert held == {"rule": "conform.year.slipped", "column": "local_date"}
    years = ask(folder, "SELECT DISTINCT school_year FROM calendar_day ORDER BY 1")
    assert years["school_year"].to_pylist() == ["2026-27", "2027-28"]


@pytest.mark.parametrize("job", [jobs.LANDING, jobs.SCHOOL_YEAR])
def test_the_next_job_waits_until_the_last_of_its_kind_is_done(
    tmp_path: Path, instance: dg.DagsterInstance, job: str
) -> None:
    folder = small_district(tmp_path / "district", {})
    defs = definitions(folder)
    done = run_of(folder, instance, job, dg.DagsterRunStatus.SUCCESS)
    under_way = run_of(folder, instance, job, dg.DagsterRunStatus.STARTED)
    assert followers(defs, instance, done) == []
    instance.report_run_failed(under_way)
    assert len(followers(defs, instance, done)) == 1


@pytest.mark.parametrize(
    ("school_year", "key"),
    [
        ("2000-01", "2000-08-15"),
        ("2026-27", "2026-08-15"),
        ("1999-00", None),
        ("2062-63", None),
        ("0000-01", None),
    ],
)
def test_a_school_year_has_the_key_of_a_partition_or_none(
    school_year: str, key: str | None
) -> None:
    start = YearStart(8, 15)
    assert partitions.year_key(school_year, start) == key
    assert key is None or partitions.school_year_of(key, start) == school_year
