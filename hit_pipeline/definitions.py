"""The composition root: the only core module that sees the other rooms.

`dagster dev` and `hit dev` load `defs`; tests and the command line call `build_defs`.
"""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from assets.jobs import jobs
from assets.landing import landing_assets, source_specs
from assets.night import Runner
from assets.night import run_night as night_in_process
from assets.people import identity_asset, typed_assets
from assets.release import release_asset
from assets.sensors import nightly_schedule, sensors
from assets.tables import table_assets
from hit_pipeline.settings import District
from resources.district import DistrictResource, load_from_environment

TABLE_GROUPS = ("conformed", "marts")
DISTRICT_VARIABLE = "HIT_DISTRICT"
DEMO_FOLDER = Path(".demo") / "district"


def build_defs(district: District) -> dg.Definitions:
    """Return everything Dagster runs for a district."""
    # Checks per partition and single-run backfills are what the design stands on; Dagster calls
    # them preview and beta, which is for us to know and not for every run to print.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _definitions(district)


def _definitions(district: District) -> dg.Definitions:
    by_name = jobs()
    return dg.Definitions(
        assets=[
            *source_specs(district),
            *landing_assets(district),
            *typed_assets(district),
            identity_asset(district),
            *table_assets(district),
            release_asset(district),
        ],
        jobs=list(by_name.values()),
        schedules=[nightly_schedule(district, by_name)],
        sensors=sensors(district, by_name),
        resources={"district": DistrictResource(folder=str(district.folder))},
        executor=dg.in_process_executor,
    )


def run_night(
    district: District, now: datetime, progress: Callable[[str, str], None]
) -> dict[str, Any]:
    """Run a whole night in this process, recorded on the instance the UI shows.

    Args:
        district: The district.
        now: The instant the night stands for, UTC.
        progress: Told the job and the step of every step that finished.

    Returns:
        ``steps`` and ``tables`` (one mapping each), ``failed`` (messages), ``release`` (name or
        None) and ``release_path``, as JSON data.
    """
    with instance_of(district) as instance:
        runner = Runner(build_defs(district), instance, now, progress)
        night = night_in_process(runner, district, DistrictResource(folder=str(district.folder)))
    steps = [asdict(step) for step in night.steps]
    tables = [
        {
            "table": step.asset.partition("/")[2],
            "year": step.partition,
            "rows": step.rows,
            "seconds": round(step.seconds, 2),
        }
        for step in night.steps
        if step.asset.startswith(TABLE_GROUPS) and "typed" not in step.asset
    ]
    path = str(district.lake_path / "releases" / night.release) if night.release else None
    return {
        "steps": steps,
        "tables": tables,
        "failed": night.failed,
        "release": night.release,
        "release_path": path,
    }


@contextlib.contextmanager
def instance_of(district: District) -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance runs are recorded on, the one `hit dev` shows.

    ``DAGSTER_HOME`` when it is set; else the working directory when it holds a ``dagster.yaml``;
    else ``.dagster`` in the district folder, made where there is none.
    """
    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
        return
    home = dagster_home(district)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def dagster_home(district: District) -> Path:
    """Return the folder of ``dagster.yaml`` when ``DAGSTER_HOME`` does not say."""
    if Path("dagster.yaml").exists():
        return Path.cwd()
    home = district.folder / ".dagster"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(_INSTANCE.format(home=home), encoding="utf-8")
    return home


_INSTANCE = """\
telemetry: {{enabled: false}}
nux: {{enabled: false}}
run_storage:
  module: dagster._core.storage.runs
  class: SqliteRunStorage
  config: {{base_dir: "{home}/storage/runs"}}
event_log_storage:
  module: resources.event_log
  class: EventLog
  config: {{base_dir: "{home}/storage/events"}}
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config: {{base_dir: "{home}/storage/schedules"}}
local_artifact_storage:
  module: dagster.core.storage.root
  class: LocalArtifactStorage
  config: {{base_dir: "{home}/artifacts"}}
compute_logs:
  module: dagster.core.storage.local_compute_log_manager
  class: LocalComputeLogManager
  config: {{base_dir: "{home}/compute_logs"}}
concurrency: {{pools: {{granularity: run, default_limit: 1}}}}
"""


def district_folder() -> Path:
    """Return the district to open.

    ``HIT_DISTRICT``, else the working directory when it holds a ``district.toml``, else the demo
    district, which is made where there is none.
    """
    stated = os.environ.get(DISTRICT_VARIABLE)
    if stated:
        return Path(stated)
    if Path("district.toml").exists():
        return Path.cwd()
    from hit_pipeline.commands.demo import demo_district

    return demo_district(Path.cwd() / DEMO_FOLDER)


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of the district to open; read when Dagster loads them."""
    return build_defs(load_from_environment(district_folder()))
