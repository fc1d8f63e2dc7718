"""A night killed at random instants: the release stays whole, nothing landed is lost or doubled.

The number of kills is CRASH_KILLS (3 unless told otherwise), the instants follow from CRASH_SEED.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import dagster as dg
import pytest

from hit_pipeline.definitions import instance_of
from hit_pipeline.lake import Lake
from hit_pipeline.landing.store import deliveries
from hit_pipeline.release.catalog import current, damaged
from hit_pipeline.settings_file import load_district
from hit_pipeline.synth.demo import NIGHTS
from tests.nights import night, one_row
from tests.pipeline.conftest import arrive, copy

KILLS = int(os.environ.get("CRASH_KILLS", "3"))
SEED = int(os.environ.get("CRASH_SEED", "20261113"))
COUNTS = """
    SELECT (SELECT count(*) FROM delivery) AS deliveries,
        (SELECT sum(rows) FROM delivery) AS landed,
        (SELECT count(*) FROM session_participant) AS participants,
        (SELECT sum(present_seconds) FROM session_participant) AS seconds,
        (SELECT count(*) FROM student) AS students,
        (SELECT count(*) FROM assessment_result) AS results
"""


def killed_after(folder: Path, seconds: float) -> None:
    """Run a night in a process of its own and kill it after some seconds, unless it has ended."""
    child = multiprocessing.get_context("fork").Process(target=night, args=(folder, NIGHTS[1]))
    child.start()
    child.join(seconds)
    if child.is_alive() and child.pid is not None:
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode in {0, -signal.SIGKILL}, "it ended by itself, in another way"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_night_killed_at_random_instants_recovers(district: Path) -> None:
    calm = district.with_name("calm")
    copy(district, calm)
    arrive(calm, 2)
    begun = time.monotonic()
    assert night(calm, NIGHTS[1])["failed"] == []
    whole = time.monotonic() - begun
    arrive(district, 2)
    drawn = random.Random(SEED)  # noqa: S311 (instants, not secrets)
    lake = Lake.open(load_district(district, {}).lake_path)
    landed: set[str] = set()
    for _ in range(KILLS):
        killed_after(district, drawn.uniform(0, whole))
        release = current(lake)
        assert release is not None
        assert damaged(release) == []
        assert one_row(district, COUNTS)["participants"] > 0
        now_landed = [one.delivery_id for one in deliveries(lake)]
        assert len(now_landed) == len(set(now_landed))
        assert landed <= set(now_landed)
        landed = set(now_landed)
    assert night(district, NIGHTS[1])["failed"] == []
    assert one_row(district, COUNTS) == one_row(calm, COUNTS)
    assert unfinished_runs(district) == 0


def unfinished_runs(folder: Path) -> int:
    """Count the runs that Dagster's list shows as under way."""
    statuses = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    with contextlib.chdir(folder), instance_of(load_district(folder, {})) as instance:
        return instance.get_runs_count(dg.RunsFilter(statuses=statuses))
