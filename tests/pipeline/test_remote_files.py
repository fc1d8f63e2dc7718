"""Whole nights over SFTP, and the sensor that looks at servers: as if it had been dropped."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pysequoia
import pytest

from assets import jobs
from hit_pipeline.commands import setup, sources
from hit_pipeline.commands.setup import write_secret
from hit_pipeline.settings_file import load_district
from hit_pipeline.synth.demo import NIGHTS
from tests.nights import ask, night
from tests.pipeline.conftest import arrive
from tests.pipeline.small_district import NOON, STUDENTS, Clock, definitions, run_of, small_district
from tests.unit.sources.ssh_server import PASSWORD, USER, SshServer, serving

SFTP = """
[sources.{source}.sftp]
host = "127.0.0.1"
port = {port}
username = "{user}"
host_keys = ["{line}"]
folder = "{folder}"
archive = "done"
retries = 0
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with serving(tmp_path / "served") as started:
        yield started


def fetched_by(server: SshServer, folder: Path, *sources: str) -> None:
    """Have sources of a district come from a server, its password in a file of secrets."""
    settings = folder / "district.toml"
    told = [
        SFTP.format(source=one, port=server.port, user=USER, line=server.line, folder=one)
        for one in sources
    ]
    text = settings.read_text(encoding="utf-8")
    if "[lake]" not in text:
        told.append("[lake]\nsettle_seconds = 0\n")
    settings.write_text(text + "".join(told), encoding="utf-8")
    for one in sources:
        (server.root / one).mkdir(exist_ok=True)
        secret = folder / "secrets" / f"sources.{one}.sftp.password"
        secret.parent.mkdir(exist_ok=True)
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o600)


QUESTIONS = (
    "SELECT given_name, family_name, birth_date, school_id_current FROM student ORDER BY ALL",
    "SELECT source, session_id_source, local_date, planned_seconds, held_seconds, session_state"
    " FROM session ORDER BY ALL",
    "SELECT program_id, local_date, attendance, present_seconds"
    " FROM session_participant ORDER BY ALL",
)


def test_a_night_over_sftp_gives_the_rows_of_the_drop_folder(
    first_night: Path, tmp_path: Path, server: SshServer
) -> None:
    folder = tmp_path / "fetched"
    folder.mkdir()
    for name in ("district.toml", "synthetic.json"):
        if (first_night / name).exists():
            (folder / name).write_bytes((first_night / name).read_bytes())
    write_secret(folder)
    arrive(folder, 1)
    names = sorted(one.name for one in (folder / "inbox").iterdir() if one.is_dir())
    roster = next(one for one in names if list((folder / "inbox" / one).rglob("*.zip")))
    vendor = next(one for one in names if one == "northstar")
    fetched_by(server, folder, roster, vendor)
    key = pysequoia.Tsk.generate(user_id="The district")
    (folder / "key.asc").write_text(str(key))
    with (folder / "district.toml").open("a") as more:
        more.write(f'[sources.{vendor}.decrypt]\nkey_file = "key.asc"\n')
    for source in (roster, vendor):
        for path in [one for one in (folder / "inbox" / source).rglob("*") if one.is_file()]:
            target = server.root / path.relative_to(folder / "inbox")
            target.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            if source == vendor and path.suffix == ".csv":
                target = target.with_name(f"{target.name}.gz.pgp")
                data = pysequoia.encrypt(gzip.compress(data), [key.extract_certificate()])
            target.write_bytes(data)
            os.utime(target, (path.stat().st_mtime,) * 2)
            path.unlink()
    told = night(folder, NIGHTS[0])
    assert told["failed"] == []
    assert told["release"] is not None
    for question in QUESTIONS:
        told_here = ask(folder, question).to_pylist()
        assert told_here
        assert told_here == ask(first_night, question).to_pylist()
    assert [one for one in server.opened if one.endswith(".csv.gz.pgp")]
    assert [one for one in server.opened if one.endswith(".zip")]
    assert [one for one in server.root.rglob("*.pgp") if "done" not in one.parts] == []
    assert night(folder, NIGHTS[0])["release"] is None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    turned = Clock()
    monkeypatch.setattr("assets.sensors.datetime", turned)
    return turned


@pytest.fixture
def folder(tmp_path: Path, server: SshServer) -> Path:
    made = small_district(tmp_path / "district", {})
    fetched_by(server, made, "roster")
    return made


def tick(
    folder: Path, instance: dg.DagsterInstance, cursor: str | None = None
) -> tuple[list[dg.RunRequest], str, str | None]:
    """Return what the sensor asks for, what it says when it does not, and its cursor."""
    defs = definitions(folder)
    context = dg.build_sensor_context(
        instance, repository_def=defs.get_repository_def(), cursor=cursor
    )
    told = defs.resolve_sensor_def("remote_files").evaluate_tick(context)
    return list(told.run_requests or []), told.skip_message or "", told.cursor


@pytest.mark.usefixtures("clock")
def test_the_sensor_asks_once_for_what_is_new_on_a_server_and_fetches_nothing(
    folder: Path, server: SshServer, instance: dg.DagsterInstance
) -> None:
    assert tick(folder, instance)[0] == []
    server.put("roster/students.csv", STUDENTS)
    (asked,), _, cursor = tick(folder, instance)
    assert asked.partition_key == "2026-11-20"
    assert server.opened == []
    assert tick(folder, instance, cursor)[0] == []
    server.put("roster/students_2.csv", STUDENTS)
    (other,), _, _ = tick(folder, instance, cursor)
    assert other.run_key != asked.run_key


@pytest.mark.usefixtures("clock")
def test_a_server_that_fails_is_a_reason_to_skip(
    folder: Path, server: SshServer, instance: dg.DagsterInstance
) -> None:
    server.put("roster/students.csv", STUDENTS)
    (folder / "secrets" / "sources.roster.sftp.password").write_text("wrong", encoding="utf-8")
    asked, told, _ = tick(folder, instance)
    assert asked == []
    assert "not let in" in told


@pytest.mark.usefixtures("clock")
def test_no_server_is_looked_at_while_a_landing_is_under_way(
    folder: Path, server: SshServer, instance: dg.DagsterInstance
) -> None:
    run_of(folder, instance, jobs.LANDING, dg.DagsterRunStatus.STARTED)
    assert tick(folder, instance)[0] == []
    assert server.sessions == 0


def test_what_is_on_a_server_is_looked_at_there_and_no_inbox_is_asked_for(
    folder: Path, server: SshServer
) -> None:
    server.put("roster/students.csv", STUDENTS)
    district = load_district(folder, {})
    looks = {one["what"]: one for one in sources.examine(district, "roster", NOON)}
    assert all(one["ok"] for one in looks.values()), looks
    assert "1 new" in looks["files"]["seen"]
    assert "inbox of roster" not in [one["what"] for one in setup.examine(district)]
    assert server.opened == []


def test_a_district_without_servers_has_no_such_sensor(tmp_path: Path) -> None:
    defs = definitions(small_district(tmp_path / "plain", {}))
    names = {one.name for one in defs.get_repository_def().sensor_defs}
    assert "remote_files" not in names
    assert "drop_folder" in names
