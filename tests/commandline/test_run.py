"""`hit run`: how a night ends, well, badly, with nothing new or not at all."""

from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.lake import Lake
from tests.commandline.conftest import FIRST_NIGHT, Guide
from tests.commandline.example import LOG
from tests.commandline.invoke import document, hit, refusal, said

NIGHT: dict[str, Any] = {
    "steps": [
        {"job": "land", "asset": "landing/sis", "partition": None, "rows": 7, "seconds": 0.1}
    ],
    "tables": [],
    "failed": [],
    "release": None,
    "release_path": None,
}


def a_night(monkeypatch: pytest.MonkeyPatch, **outcome: Any) -> None:
    """Have every night come out so."""
    monkeypatch.setattr("hit_pipeline.definitions.run_night", lambda *_: {**NIGHT, **outcome})


def test_a_night_tells_its_steps_and_its_release(guide: Guide) -> None:
    told = guide.steps["hit run"].stdout
    assert all(
        word in told for word in ("conformed/typed/riverside", "marts/reach", "release/current")
    )


@pytest.mark.usefixtures("new")
def test_a_failed_night_exits_with_an_error_and_says_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed = "conformed/session: [session.key_unique] 3 rows"
    a_night(monkeypatch, failed=[failed])
    assert f"failed: {failed}" in said("run", exit_code=1)
    told = document("run", exit_code=1)
    assert (told["failed"], told["release"]) == ([failed], None)


@pytest.mark.usefixtures("new")
def test_a_night_with_nothing_new_is_none_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    a_night(monkeypatch)
    assert "nothing new: no release was published" in said("run")
    assert document("run")["steps"] == NIGHT["steps"]


def test_a_night_says_which_files_it_left_because_they_were_just_written(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_night(monkeypatch)
    assert "left for the next run" not in said("run", "--now", "2026-09-23T08:00Z")
    (copied / LOG).touch()
    told = said("run")
    assert "riverside: 1 changed less than 30 s ago, left for the next run" in told


def test_a_night_does_not_begin_while_another_is_under_way(new: Path) -> None:
    lake = Lake.open(new / "lake")
    with lake.lease("hit run", FIRST_NIGHT, name="night"):
        told = refusal("run")
    assert told["error"] == "LakeBusy"
    assert "in use by hit run, process" in told["message"]


@pytest.mark.usefixtures("new")
def test_an_instant_that_is_none_is_refused() -> None:
    result = hit("run", "--now", "tomorrow")
    assert result.exit_code == 2
    assert "--now" in result.stderr
