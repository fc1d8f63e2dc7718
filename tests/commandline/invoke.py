"""Asking `hit` as a person at a terminal and as a program that reads JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hit_pipeline.cli import app
from hit_pipeline.commands.terminal import ERROR_EXIT
from tests.commandline.example import pupils

_RUNNER = CliRunner(env={"COLUMNS": "240", "FORCE_COLOR": None, "DAGSTER_HOME": None})


def hit(*arguments: str | Path) -> Result:
    """Run a command; what it does not expect to be raised is raised."""
    return _RUNNER.invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def said(*arguments: str | Path, exit_code: int = 0) -> str:
    """Run a command and return what it says to people."""
    result = hit(*arguments)
    assert result.exit_code == exit_code, result.output
    return result.stdout


def document(*arguments: str | Path, exit_code: int = 0) -> Any:
    """Run a command with `--json` and return the one document on standard output."""
    result = hit(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout, parse_constant=_no_json)


def _no_json(word: str) -> None:
    pytest.fail(f"{word} is no JSON")


def both(*arguments: str | Path, exit_code: int = 0) -> tuple[str, Any]:
    """Run a command for people and for programs."""
    return said(*arguments, exit_code=exit_code), document(*arguments, exit_code=exit_code)


def refusal(*arguments: str | Path) -> dict[str, str]:
    """Run a command that must fail, for both; return `error` and `message` of its JSON."""
    people = hit(*arguments)
    programs = hit(*arguments, "--json")
    assert (people.exit_code, programs.exit_code) == (ERROR_EXIT, ERROR_EXIT), people.output
    told: dict[str, str] = json.loads(programs.stdout)
    assert told.keys() == {"error", "message"}
    assert people.stdout == ""
    assert people.stderr == programs.stderr == f"error: {told['message']}\n"
    assert not [one for one in pupils() if one in told["message"]]
    return told
