"""The event log in one SQLite file, as a night and the Dagster UI use it side by side."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
import yaml

from hit_pipeline import definitions
from resources.event_log import EventLog

REPOSITORY = Path(__file__).parents[3]


def opened(folder: Path) -> dg.DagsterInstance:
    """Open the instance of a folder, its configuration being the repository's."""
    stated = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text(encoding="utf-8"))
    (folder / "dagster.yaml").write_text(yaml.safe_dump(stated), encoding="utf-8")
    return dg.DagsterInstance.from_config(str(folder))


def rows(instance: dg.DagsterInstance, key: str) -> int:
    """Count what an instance knows of an asset."""
    return len(instance.fetch_materializations(dg.AssetKey(key), limit=100).records)


def test_what_one_process_records_another_reads_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as night, opened(tmp_path) as ui:
        assert isinstance(night.event_log_storage, EventLog)
        for seen in range(3):
            assert rows(ui, "student") == seen
            night.report_runless_asset_event(dg.AssetMaterialization("student"))
        assert rows(ui, "student") == 3


def test_threads_and_instances_write_side_by_side_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as one, opened(tmp_path) as other, ThreadPoolExecutor(4) as threads:
        asked = [
            threads.submit(instance.report_runless_asset_event, dg.AssetMaterialization("tutor"))
            for instance in (one, other) * 20
        ]
        assert [each.result() for each in asked] == [None] * 40
        assert rows(one, "tutor") == rows(other, "tutor") == 40


def test_what_a_killed_process_recorded_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as instance:
        said = (
            "import os, signal; import dagster as dg\n"
            f"with dg.DagsterInstance.from_config({str(tmp_path)!r}) as instance:\n"
            "    for _ in range(5):\n"
            "        instance.report_runless_asset_event(dg.AssetMaterialization('course'))\n"
            "    os.kill(os.getpid(), signal.SIGKILL)"
        )
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        killed = subprocess.run([sys.executable, "-c", said], env=environment, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert rows(instance, "course") == 5


def test_a_table_made_by_another_process_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as instance:
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        assert not log.has_table("made_later")
        file = tmp_path / ".dagster" / "storage" / "events" / "event_log.db"
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE made_later (id INTEGER)")
        other.close()
        assert log.has_table("made_later")
        assert log.has_table("event_logs")


def test_a_district_of_ones_own_records_as_the_repository_does() -> None:
    own = yaml.safe_load(definitions._INSTANCE.format(home="/district"))
    stated = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text(encoding="utf-8"))
    for storage in ("run_storage", "event_log_storage", "schedule_storage"):
        assert own[storage]["class"] == stated[storage]["class"]
        assert own[storage]["module"] == stated[storage]["module"]
