"""A wrong unit in a contract shows in the findings of the deliveries it misreads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.conform.doubtful_units import FEWEST, RAREST
from hit_pipeline.engine import Engine
from tests.unit.conform.typing_bench import TypingBench, delimited


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def findings(
    engine: Engine, folder: Path, unit: str, *nights: list[str]
) -> list[tuple[str, str, int]]:
    """Return delivery, column and count of what is doubtful in nights of lengths."""
    feed: dict[str, Any] = {
        "table": "typed_session_log",
        "columns": {
            "record_level": {"value": "participant"},
            "student_id_district": {"from": "Id"},
            "started_at_local": {"value": "2026-11-02 09:30"},
            "present_seconds": {"from": "Length", "unit": unit},
        },
    }
    told = delimited(("Id", "Length"), feed, delivers="increment")
    source = TypingBench(engine, folder, {"log": told})
    for number, lengths in enumerate(nights):
        rows = [{"Id": f"{number}-{at}", "Length": one} for at, one in enumerate(lengths)]
        source.night("log", *rows)
    return [
        (one["delivery_id"], one["column"], one["count"])
        for one in source.build().findings
        if one["rule"] == "contract.unit_doubtful"
    ]


@pytest.mark.parametrize(
    ("unit", "length"), [("minutes", "1800"), ("hours", "30"), ("seconds", "30")]
)
def test_lengths_of_another_unit_are_noticed_by_delivery(
    engine: Engine, tmp_path: Path, unit: str, length: str
) -> None:
    right = {"minutes": "30", "hours": "0.5", "seconds": "1800"}[unit]
    nights = [[right] * FEWEST, [length] * FEWEST]
    assert findings(engine, tmp_path, unit, *nights) == [("d1", "present_seconds", FEWEST)]


def test_some_weeks_in_another_unit_are_noticed(engine: Engine, tmp_path: Path) -> None:
    night = ["1800"] * FEWEST + ["30"] * (RAREST - 1) * FEWEST
    assert findings(engine, tmp_path, "minutes", night) == [("d0", "present_seconds", FEWEST)]


def test_a_few_or_rare_lengths_prove_nothing(engine: Engine, tmp_path: Path) -> None:
    few, rare = ["1800"] * (FEWEST - 1), ["1800"] * FEWEST + ["30"] * RAREST * FEWEST
    short = ["1"] * FEWEST + ["30"] * FEWEST
    assert findings(engine, tmp_path, "minutes", few, rare, short, ["0"] * FEWEST) == []
