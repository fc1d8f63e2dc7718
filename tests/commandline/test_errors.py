"""What every command says of a district it cannot read."""

from pathlib import Path

import pytest

from tests.commandline.conftest import installed_hit
from tests.commandline.invoke import hit, refusal

NAME = "district.toml"
COMMANDS = [
    ("doctor",),
    ("run",),
    ("source", "list"),
    ("source", "check"),
    ("source", "check", "sis"),
    ("source", "preview", "sis", NAME),
    ("explain", "1"),
    ("quarantine", "list"),
    ("release", "list"),
    ("release", "diff", "current"),
    ("release", "rollback", "current"),
    ("query", "SELECT 1"),
]
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
BROKEN = """\
[district]
name = "Alder"
time_zone = "Mars/Olympus"

[sources.sis]
adaptor = "files"
adapter = "oneroster"
kind = "roster"
owner = "nobody"

[lake]
settle_seconds = "soon"
"""
MISTAKES = {
    3: "district.time_zone",
    6: "sources.sis.adaptor: unknown key, did you mean adapter?",
    7: "sources.sis.adapter",
    9: "sources.sis.owner",
    12: "lake.settle_seconds",
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district whose file has several mistakes."""
    (tmp_path / NAME).write_text(BROKEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIT_DISTRICT", str(tmp_path))
    return tmp_path


@EVERY_COMMAND
def test_every_mistake_of_the_district_is_told_with_its_line(
    broken: Path, command: tuple[str, ...]
) -> None:
    told = refusal(*command)
    assert told["error"] == "SettingsError"
    heading, *lines = told["message"].splitlines()
    assert heading == f"{broken / NAME} has {len(MISTAKES)} mistakes:"
    for line, (number, words) in zip(lines, MISTAKES.items(), strict=True):
        assert line.startswith(f"  line {number}: {words}")


@EVERY_COMMAND
def test_a_folder_without_a_district_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (tmp_path / NAME).mkdir()  # a sample for the preview, and no file
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIT_DISTRICT", "")
    message = refusal(*command)["message"]
    assert message.startswith(f"there is no {NAME} in {tmp_path}. ")
    assert all(way in message for way in ("--district", "HIT_DISTRICT", "hit init"))


@pytest.mark.usefixtures("new")
def test_an_unknown_variable_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIT_MEMROY", "1GB")
    assert "HIT_MEMROY: unknown variable, did you mean HIT_MEMORY?" in refusal("run")["message"]


@pytest.mark.usefixtures("broken")
def test_dev_tells_mistakes_too() -> None:
    result = hit("dev")
    assert result.exit_code == 1
    assert "has 5 mistakes" in result.stderr


@pytest.mark.usefixtures("broken")
def test_the_option_wins_over_the_variable(tmp_path: Path) -> None:
    assert hit("init", tmp_path / "other").exit_code == 0
    assert hit("source", "list", "-d", tmp_path / "other").exit_code == 0


@pytest.mark.usefixtures("broken")
def test_the_installed_program_tells_an_error_without_a_traceback() -> None:
    result = installed_hit("source", "list", "--json")
    assert result.returncode == 1
    assert result.stdout.startswith('{"error": "SettingsError"')
    assert "Traceback" not in result.stderr
    assert "nanobind" not in result.stderr
