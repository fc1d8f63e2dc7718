"""The scorecard of the district written by hand."""

from pathlib import Path

import pytest

from hit_pipeline.synth.score.card import score
from tests.unit.synth.score.asked import Card
from tests.unit.synth.score.district import write_district


@pytest.fixture(scope="session")
def hand_written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the district; tests do not change it."""
    return write_district(tmp_path_factory.mktemp("hand_written"))


@pytest.fixture(scope="session")
def card(hand_written: Path) -> Card:
    """Its scorecard."""
    return Card(score(hand_written))
