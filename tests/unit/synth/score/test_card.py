"""The scorecard as a whole, and the command that prints it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hit_pipeline.cli import app
from hit_pipeline.synth.score.card import score
from hit_pipeline.synth.score.layouts import KEY, RELEASE
from hit_pipeline.synth.score.tables import NothingToScore
from tests.unit.synth.score.asked import Card
from tests.unit.synth.score.district import write, write_district


def hit(*words: str) -> tuple[int, str]:
    """Run the command on a terminal of 80 columns; return its exit code and what it printed."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["score", *words])
    return result.exit_code, result.output


def test_nothing_is_left_behind(hand_written: Path, card: Card) -> None:
    assert card.sections
    left = {path.name for path in hand_written.iterdir()}
    assert left - {"scorecard.json"} == {"inbox", "key", "lake"}


def test_json_holds_what_the_sections_hold(hand_written: Path, card: Card) -> None:
    code, told = hit(str(hand_written), "--json")
    assert code == 0
    document = json.loads(told)
    assert document["release"] == "R1"
    assert document["students"] == list(card.sections["students"])
    assert json.loads((hand_written / "scorecard.json").read_text("utf-8")) == document


def test_the_tables_fit_a_terminal(hand_written: Path) -> None:
    code, told = hit(str(hand_written))
    assert code == 0
    paths = ("release:", "scorecard:")
    assert max(len(line) for line in told.splitlines() if not line.startswith(paths)) <= 80
    assert "57.143%" in told
    assert "no detector yet" in told


def test_scoring_twice_says_the_same(hand_written: Path) -> None:
    assert score(hand_written).as_json() == score(hand_written).as_json()


def test_without_a_key_the_remedy_is_told(tmp_path: Path) -> None:
    folder = write_district(tmp_path)
    (folder / "key" / "row_truth.parquet").unlink()
    code, told = hit(str(folder))
    assert code == 1
    assert "there is no answer key" in told
    assert "hit synth" in told


def test_without_a_release_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToScore, match="there is no release") as caught:
        score(tmp_path)
    assert "hit run" in caught.value.remedy


def test_a_release_of_nothing_scores_without_shares(tmp_path: Path) -> None:
    releases = tmp_path / "lake" / "releases"
    write(releases / "R0" / "restricted" / "delivery" / "part-0.parquet", [], RELEASE["delivery"])
    (releases / "current").write_text("R0")
    write(tmp_path / "key" / "row_truth.parquet", [], KEY["row_truth"])
    figures = [row for section in score(tmp_path).sections for row in section.rows]
    assert figures
    assert all(row["value"] is None for row in figures if "value" in row)
    json.dumps(figures, allow_nan=False)
