"""What starts jobs by itself: the nightly schedule, new files, and one job after another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from assets import jobs, partitions
from hit_pipeline import inputs
from hit_pipeline.landing.collect import mirrored, news_outside, what_waits
from hit_pipeline.settings import District
from resources.district import DistrictResource

Jobs = Mapping[str, jobs.Job]
_IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def nightly_schedule(district: District, by_name: Jobs) -> dg.ScheduleDefinition:
    """Return the schedule that lands the day that ends, in the district's zone.

    What comes after landing is started by `after_landing` and its followers.
    """
    zone = district.district.time_zone

    @dg.schedule(
        name="nightly",
        job=by_name[jobs.LANDING],
        cron_schedule=district.schedule.cron,
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING
        if district.schedule.enabled
        else dg.DefaultScheduleStatus.STOPPED,
        description="Land everything that waits; the other jobs follow by themselves.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date().isoformat()
        return dg.RunRequest(run_key=day, partition_key=day)

    return nightly


def sensors(district: District, by_name: Jobs) -> list[dg.SensorDefinition]:
    """Return the sensors: those that look for files, and the ones that pass the night on."""
    status = (
        dg.DefaultSensorStatus.RUNNING
        if district.schedule.enabled
        else dg.DefaultSensorStatus.STOPPED
    )
    return [
        _drop_folder(district, by_name[jobs.LANDING], status),
        *([_remote_files(district, by_name[jobs.LANDING], status)] if mirrored(district) else []),
        _after_landing(by_name, status),
        _after_conform(district, by_name, status),
        _after_school_year(by_name, status),
    ]


def _drop_folder(
    district: District, landing: jobs.Job, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    @dg.sensor(
        name="drop_folder",
        job=landing,
        minimum_interval_seconds=60,
        default_status=status,
        description="Lands files as soon as they lie still in the drop folder.",
    )
    def drop_folder(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return _landing_of(context, district, lambda now: (what_waits(district, now), ()))

    return drop_folder


def _remote_files(
    district: District, landing: jobs.Job, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    @dg.sensor(
        name="remote_files",
        job=landing,
        minimum_interval_seconds=600,
        default_status=status,
        description="Lands files as soon as they lie still on a server, in a bucket or on a share.",
    )
    def remote_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return _landing_of(context, district, lambda now: news_outside(district, now))

    return remote_files


def _landing_of(
    context: dg.SensorEvaluationContext,
    district: District,
    look: Callable[[datetime], tuple[str | None, Sequence[str]]],
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a landing when there is news.

    Args:
        context: Of the sensor; its cursor is what was asked for last.
        district: Its zone says which day is landed.
        look: Returns a digest of what is new, None for nothing, and what could not be looked at.
    """
    now = datetime.now(UTC)
    if _in_flight(context.instance, jobs.LANDING):
        return dg.SkipReason("a landing is under way")
    news, failures = look(now)
    if not news:
        return dg.SkipReason(" ".join(failures) or "nothing new lies still")
    key = f"{now:%Y-%m-%dT%H}:{news}"  # the same files are tried again an hour after a failure
    if key == context.cursor:
        return dg.SkipReason(" ".join(["what is new was asked for already.", *failures]))
    context.update_cursor(key)
    day = now.astimezone(ZoneInfo(district.district.time_zone)).date().isoformat()
    return dg.RunRequest(run_key=key, partition_key=day)


def _after_landing(by_name: Jobs, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="after_landing",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[by_name[jobs.LANDING]],
        request_job=by_name[jobs.CONFORM],
        default_status=status,
        description="Types and identifies what was landed, once no landing is under way.",
    )
    def after_landing(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if _in_flight(context.instance, jobs.LANDING):
            return dg.SkipReason("another landing is under way")
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return after_landing


def _after_conform(
    district: District, by_name: Jobs, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="after_conform",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[by_name[jobs.CONFORM]],
        request_jobs=[by_name[jobs.SCHOOL_YEAR], by_name[jobs.RELEASE]],
        default_status=status,
        description="Rebuilds the touched school years; with none, goes on to the release.",
    )
    def after_conform(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest]:
        run = context.dagster_run.run_id
        resource = DistrictResource(folder=str(district.folder))
        with resource.open("the plan", datetime.now(UTC), writes=False) as opened:
            touched = inputs.touched_years(opened)
        start = district.district.year_start
        keys = [key for year in touched if (key := partitions.year_key(year, start))]
        if not keys:
            yield dg.RunRequest(run_key=run, job_name=jobs.RELEASE)
        for key in keys:
            yield dg.RunRequest(
                run_key=f"{run}:{key}", job_name=jobs.SCHOOL_YEAR, partition_key=key
            )

    return after_conform


def _after_school_year(by_name: Jobs, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="after_school_year",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[by_name[jobs.SCHOOL_YEAR]],
        request_job=by_name[jobs.RELEASE],
        default_status=status,
        description="Publishes when the last touched school year is done.",
    )
    def after_school_year(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if _in_flight(context.instance, jobs.SCHOOL_YEAR):
            return dg.SkipReason("another school year is under way")
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return after_school_year


def _in_flight(instance: dg.DagsterInstance, job: str) -> bool:
    wanted = dg.RunsFilter(job_name=job, statuses=_IN_FLIGHT)
    return bool(instance.get_run_records(wanted, limit=1))
