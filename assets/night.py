"""A whole night in one process, without a daemon: the four jobs, one after the other.

Used by `hit run` and `hit demo`. The runs are recorded on the instance, so they show in the UI.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

from assets import jobs, metadata, partitions
from hit_pipeline import inputs
from hit_pipeline.landing.collect import is_any_asked, what_waits
from hit_pipeline.release.catalog import current, published_inputs
from hit_pipeline.settings import District
from resources.district import DistrictResource

Progress = Callable[[str, str], None]
"""Told of every finished step: the job and the step."""


@dataclass(frozen=True)
class StepRun:
    """One step of the night.

    Attributes:
        job: Job it belongs to.
        asset: Asset key, slash separated.
        partition: Its partition; None without.
        rows: Rows it says it has; None when it has none to say.
        seconds: Time it took.
    """

    job: str
    asset: str
    partition: str | None
    rows: int | None
    seconds: float


@dataclass
class Night:
    """What a night did.

    Attributes:
        steps: Steps that finished.
        failed: ``job: step`` of those that failed, with the message.
        release: Name of the release published; None when nothing was new or something failed.
    """

    steps: list[StepRun] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    release: str | None = None


@dataclass(frozen=True)
class Runner:
    """Runs jobs of the definitions in this process.

    Attributes:
        defs: The definitions.
        instance: The Dagster instance the runs are recorded on.
        now: The instant the night stands for.
        progress: Told of every finished step.
    """

    defs: dg.Definitions
    instance: dg.DagsterInstance
    now: datetime
    progress: Progress

    def run(self, job: str, night: Night, partition: str | None = None) -> bool:
        """Run one job (of one partition); steps and failures are added to the night."""

        @dg.success_hook
        def told(context: dg.HookContext) -> None:
            self.progress(job, context.step_key)

        result = (
            self.defs.resolve_job_def(job)
            .with_hooks({told})
            .execute_in_process(
                instance=self.instance,
                partition_key=partition,
                tags={metadata.NOW_TAG: self.now.isoformat(), metadata.NIGHT_TAG: "1"},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        )
        night.steps += _steps(job, result)
        night.failed += _failures(job, result)
        return bool(result.success)


def run_night(runner: Runner, district: District, resource: DistrictResource) -> Night:
    """Land, conform, rebuild the touched school years and publish.

    A source that fails is told and harms no other: the night goes on with what was landed. Any
    other job that fails ends the night: what was landed stays landed, the release as it was.
    Only one night may run at a time: runs of an earlier one that was killed are told as failed.
    """
    night = Night()
    _end_orphans(runner.instance)
    today = runner.now.astimezone(ZoneInfo(district.district.time_zone)).date()
    if is_any_asked(district) or what_waits(district, runner.now):
        runner.run(jobs.LANDING, night, today.isoformat())
    with resource.open("the night's plan", runner.now, writes=False) as opened:
        published = current(opened.lake)
        if inputs.release_inputs(opened) in published_inputs(opened.lake):
            return night
    if not runner.run(jobs.CONFORM, night):
        return night
    with resource.open("the night's plan", runner.now, writes=False) as opened:
        touched = inputs.touched_years(opened)
    for year in touched:
        key = partitions.year_key(year, district.district.year_start)
        if key and not runner.run(jobs.SCHOOL_YEAR, night, key):
            return night
    if runner.run(jobs.RELEASE, night):
        with resource.open("the night's end", runner.now, writes=False) as opened:
            now_current = current(opened.lake)
            if now_current and now_current != published:
                night.release = now_current.name
    return night


def _end_orphans(instance: dg.DagsterInstance) -> None:
    unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    killed = dg.RunsFilter(tags={metadata.NIGHT_TAG: "1"}, statuses=unfinished)
    for run in instance.get_runs(killed):
        instance.report_run_failed(run, "The process of this night ended before the run did.")


def _steps(job: str, result: dg.ExecuteInProcessResult) -> Iterator[StepRun]:
    durations = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success
    }
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key is not None:
            yield StepRun(
                job,
                "/".join(event.asset_key.path),
                event.partition,
                _rows(event.materialization.metadata),
                durations.get(event.step_key, 0.0),
            )


def _rows(shown: Mapping[str, dg.MetadataValue]) -> int | None:
    value = shown.get("dagster/row_count")
    return value.value if isinstance(value, dg.IntMetadataValue) else None


def _failures(job: str, result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error is not None and error.cause is not None else error
            yield f"{job}: {event.step_key}: {cause.message.strip() if cause else 'no message'}"
    for said in result.get_asset_check_evaluations():
        if not said.passed and said.severity is dg.AssetCheckSeverity.ERROR and job == jobs.LANDING:
            yield f"{job}: {'/'.join(said.asset_key.path)}: {said.metadata['failure'].value}"
