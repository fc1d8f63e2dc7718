"""The parameters by which units of session logs are proved."""

from pathlib import Path

import pytest

from hit_pipeline.errors import ConfigurationError
from hit_pipeline.rules.units import (
    AMOUNTS,
    KIND_OF,
    READINGS,
    START,
    read_unit_rules,
    unit_called,
    unit_rules,
)
from hit_pipeline.tables.catalog import TABLES

SHIPPED = Path("hit_pipeline/rules/units.toml")


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the shipped parameters with one line changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "units.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_every_column_whose_unit_is_proved_is_one_of_the_log() -> None:
    log = TABLES["typed_session_log"]
    assert all(log.column(name).minimum == 0 for name in AMOUNTS)
    assert log.column(START).type == "local_timestamp"
    assert set(KIND_OF.values()) == set(READINGS)
    assert all(unit_rules().fit(column).low < unit_rules().fit(column).high for column in AMOUNTS)


def test_a_length_that_is_possible_in_two_units_is_refused(tmp_path: Path) -> None:
    longest = changed(tmp_path, "longest_minutes = 240", "longest_minutes = 299")
    assert read_unit_rules(longest).longest_minutes == 299
    with pytest.raises(ConfigurationError, match="60 times"):
        read_unit_rules(changed(tmp_path, "longest_minutes = 240", "longest_minutes = 300"))


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("usual_share = 0.6", "usual_share = 0.5", "usual_share"),
        ("fewest_rows = 10", "fewest_rows = 0", "fewest_rows"),
        ("unclear_share = 0.1", "unclear = 0.1", "unclear_share"),
        ("others_share = 0.9", "others_share = 1.1", "others_share"),
    ],
)
def test_parameters_out_of_bounds_are_refused_by_name(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    with pytest.raises(ConfigurationError, match=key):
        read_unit_rules(changed(tmp_path, old, new))


@pytest.mark.parametrize(
    ("reading", "stated", "called"),
    [
        ("as_stated", ("minutes",), "minutes"),
        ("as_stated", (), None),
        ("sixtieth", ("hh:mm", "minutes"), "mm:ss"),
        ("sixtieth", ("minutes", "hh:mm"), "seconds"),
        ("sixtyfold", ("seconds",), "minutes"),
        ("sixtyfold", ("days",), None),
        ("hundredfold", ("percent",), "share"),
        ("minutes", ("percent",), "minutes"),
        ("hours_minutes", (), "hours_minutes"),
        ("utc", ("local time",), "utc"),
    ],
)
def test_a_unit_is_called_by_its_name(
    reading: str, stated: tuple[str, ...], called: str | None
) -> None:
    assert unit_called(reading, stated) == called
