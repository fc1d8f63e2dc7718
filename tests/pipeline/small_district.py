"""A district with one student and whatever a test drops, and the runs of its jobs."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from hit_pipeline.definitions import build_defs
from hit_pipeline.settings_file import load_district
from tests.nights import lay

ZONE = "America/Denver"
NOON = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
"""Noon in the district."""
SETTINGS = """
[district]
name = "Small"
time_zone = "America/Denver"

[schedule]
cron = "{cron}"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.dates]
adapter = "files"
contract = "plain_files"
kind = "completion"
"""
STUDENTS = b"""student_number,last_name,first_name,grade,school_id
001,Alder,Ada,03,10
"""
CALENDAR = b"""school_id,date,day_type
10,2026-09-01,instructional
10,2027-09-01,instructional
"""


class Clock:
    """The sensors' clock, which only tests turn."""

    instant = NOON

    def now(self, zone: ZoneInfo | None = None) -> datetime:
        return self.instant.astimezone(zone or UTC)


def small_district(folder: Path, inbox: dict[str, bytes], cron: str = "0 2 * * *") -> Path:
    """Write the district; its files came an hour before noon."""
    return lay(folder, SETTINGS.format(cron=cron), inbox, NOON)


def definitions(folder: Path) -> dg.Definitions:
    """Return the definitions of a district."""
    return build_defs(load_district(folder, {}))


def drop_folder(folder: Path, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """Return what the sensor of the drop folder asks for, as the daemon would ask it."""
    defs = definitions(folder)
    context = dg.build_sensor_context(instance, repository_def=defs.get_repository_def())
    told = defs.resolve_sensor_def("drop_folder").evaluate_tick(context)
    assert bool(told.run_requests) != bool(told.skip_message)
    return list(told.run_requests or [])


def run_of(
    folder: Path, instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus
) -> dg.DagsterRun:
    """Record a run of a job that nobody executes."""
    return instance.create_run_for_job(definitions(folder).resolve_job_def(job), status=status)
