"""`hit init`, `doctor`, `dev` and `demo`: making a district, looking at it, opening its UI."""

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from hit_pipeline.commands import setup
from hit_pipeline.synth.demo import write_district
from hit_pipeline.synth.generate import MARK
from tests.commandline.invoke import both, document, hit, refusal, said


@pytest.mark.usefixtures("new")
def test_a_new_district_is_accepted_and_healthy() -> None:
    assert all(one["ok"] for one in document("source", "check"))
    people, found = both("doctor")
    assert all(one["ok"] for one in found), found
    assert "no release yet" in people
    assert "0 students known" in people


def test_a_new_district_says_what_was_made_and_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "hit doctor --district people" in said("init", "people")
    made = document("init", "programs")
    assert [one["made"] for one in made] == [
        f"programs/{name}" for name in ("district.toml", "inbox", "secrets")
    ]


def test_the_secret_of_a_new_district_is_its_owners_alone(new: Path) -> None:
    secret = new / "secrets/pseudonym"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert secret.read_text() not in said("doctor")


def test_a_district_is_not_made_over_another(new: Path) -> None:
    before = (new / "district.toml").read_bytes(), (new / "secrets/pseudonym").read_bytes()
    assert "is there already" in refusal("init", new)["message"]
    after = (new / "district.toml").read_bytes(), (new / "secrets/pseudonym").read_bytes()
    assert after == before


def test_a_district_is_not_made_where_a_file_lies(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    for place in ("notes", "notes/district"):
        assert "cannot be made" in refusal("init", tmp_path / place)["message"]
    assert (tmp_path / "notes").read_text() == "mine"


def test_what_git_was_told_to_ignore_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("drafts/\nlake/")
    said("init", tmp_path)
    ignored = (tmp_path / ".gitignore").read_text().splitlines()
    assert ignored == ["drafts/", "lake/", "inbox/", "secrets/", ".dagster/"]


def test_the_doctor_tells_what_is_amiss_and_exits_with_an_error(new: Path) -> None:
    (new / "inbox/sis").rmdir()
    (new / "secrets/pseudonym").unlink()
    people, found = both("doctor", exit_code=1)
    assert {one["what"] for one in found if not one["ok"]} == {"inbox of sis", "pseudonym secret"}
    assert "no such folder" in people


def test_the_doctor_tells_of_a_lake_of_another_format(new: Path) -> None:
    (new / "lake").mkdir()
    (new / "lake/format.json").write_text('{"lake_format": 99}')
    (lake,) = (one for one in document("doctor", exit_code=1) if not one["ok"])
    assert lake["what"] == "lake"
    assert "99" in lake["seen"]


@dataclass
class Server:
    """Stands in for `subprocess`, whose one process is that of the Dagster UI."""

    wait: Callable[[], int]
    pid: int = 4321
    started: list[tuple[list[str], dict[str, str]]] = field(default_factory=list)

    def Popen(self, command: list[str], *, env: dict[str, str], **_: Any) -> "Server":  # noqa: N802
        self.started.append((command, env))
        return self


def test_the_ui_opens_on_this_district_and_loopback_only(
    new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "subprocess", server := Server(lambda: 3))
    assert hit("dev", "--port", "3456").exit_code == 3
    ((command, environment),) = server.started
    assert command[:4] == [sys.executable, "-m", "dagster", "dev"]
    assert command[-4:] == ["-h", "127.0.0.1", "-p", "3456"]
    assert environment["HIT_DISTRICT"] == str(new)
    assert Path(environment["DAGSTER_HOME"], "dagster.yaml").is_file()


@pytest.mark.usefixtures("new")
def test_interrupting_the_ui_ends_all_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    def interrupted() -> int:
        if ended:
            return 0
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "subprocess", server := Server(interrupted))
    monkeypatch.setattr(os, "killpg", lambda pid, _signal: ended.append(pid))
    assert hit("dev").exit_code == 0
    assert ended == [server.pid]


@pytest.fixture
def no_nights(monkeypatch: pytest.MonkeyPatch) -> None:
    """No night of the demo is run."""

    def run(*_: object) -> NoReturn:
        pytest.fail("a night was begun")

    monkeypatch.setattr("hit_pipeline.commands.demo.one_night", run)


@pytest.mark.usefixtures("no_nights")
def test_a_demo_never_replaces_what_is_no_demo(new: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/one.txt").write_text("mine")
    unreadable = tmp_path / "unreadable"
    unreadable.mkdir()
    (unreadable / "district.toml").write_text("[district")
    generated = tmp_path / "generated"
    write_district(generated)
    mark = generated / MARK
    mark.write_text(mark.read_text().replace("2025-11-13", "2025-11-08"))
    places = (new, new.parent / "letters", new / "district.toml", unreadable, generated)
    for place in places:
        assert "is no demo district" in refusal("demo", "--into", place)["message"]
    assert (new / "secrets/pseudonym").is_file()
    assert (tmp_path / "letters/one.txt").read_text() == "mine"


def test_a_demo_replaces_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "demo"
    write_district(place)
    (place / "left over").write_text("of the demo before")

    def run(*_: object) -> dict[str, Any]:
        assert not (place / "left over").exists()
        assert len(list((place / "inbox").rglob("*.zip"))) == 1
        return {"failed": ["the night of this test"]}

    monkeypatch.setattr("hit_pipeline.commands.demo.one_night", run)
    assert "the night of this test" in said("demo", "--into", place, exit_code=1)
