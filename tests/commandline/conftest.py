"""The district of docs/your-first-vendor.md after its two nights, and an empty new one."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import Result

from tests.commandline.example import ROOT, commands, map_snow_day
from tests.commandline.invoke import document, hit, said

FIRST_NIGHT = datetime(2026, 9, 21, 8, 0, tzinfo=UTC)
SECOND_NIGHT = "2026-09-22T08:00Z"


class Clock(datetime):
    """A clock that stands at the first night: the guide's commands name no instant."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(FIRST_NIGHT.timestamp(), tz)


@dataclass(frozen=True)
class Guide:
    """What came of following the guide.

    Attributes:
        folder: The district folder.
        steps: The result of each `hit` command of the guide, by its words, in its order.
        held: What `hit quarantine list --json` told between the two nights.
        again: The second night, run by the installed `hit` with `--json`.
        releases: Names of the releases of the two nights.
    """

    folder: Path
    steps: dict[str, Result]
    held: list[dict[str, Any]]
    again: subprocess.CompletedProcess[str]
    releases: tuple[str, str]


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """The guide followed to its end; read only."""
    place = tmp_path_factory.mktemp("guide")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.delenv("DAGSTER_HOME", raising=False)
        patch.setattr("hit_pipeline.commands.terminal.datetime", Clock)
        steps: dict[str, Result] = {}
        for words in commands():
            result = _follow(words, place, patch)
            if result is not None:
                steps[" ".join(words)] = result
        held = document("quarantine", "list", "--source", "riverside")
        folder = Path(os.environ["HIT_DISTRICT"])
        map_snow_day(folder)
        again = installed_hit("run", "--now", SECOND_NIGHT, "--json")
        newest, first = (one["release"] for one in document("release", "list"))
        return Guide(folder, steps, held, again, (first, newest))


def _follow(words: list[str], place: Path, patch: pytest.MonkeyPatch) -> Result | None:
    """Do one command of the guide in a place of its own; the result, when it is one of `hit`."""
    match words:
        case ["cp", "-r", original, copy]:
            shutil.copytree(ROOT / original, place / copy)
        case ["export", stated]:
            name, _, value = stated.partition("=")
            patch.setenv(name, value.replace("$PWD", str(place)))
        case ["hit", *arguments]:
            return hit(*arguments)
        case _:
            pytest.fail(f"the guide has a command this test does not know: {words}")
    return None


def installed_hit(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed `hit` in a process of its own."""
    script = Path(sys.executable).with_name("hit")
    return subprocess.run([script, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def district(guide: Guide, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The district `hit` is asked about: that of the guide after its second night; read only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIT_DISTRICT", str(guide.folder))
    return guide.folder


@pytest.fixture
def copied(district: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of that district, to change."""
    folder = tmp_path / "copied"
    shutil.copytree(district, folder, ignore=shutil.ignore_patterns(".dagster"))
    monkeypatch.setenv("HIT_DISTRICT", str(folder))
    return folder


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A district made by `hit init`, before its first night."""
    monkeypatch.chdir(tmp_path)
    said("init", "new")
    monkeypatch.setenv("HIT_DISTRICT", str(tmp_path / "new"))
    return tmp_path / "new"
