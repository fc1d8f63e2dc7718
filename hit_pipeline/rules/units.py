"""How units of a session log are proved: the parameters of ``units.toml``, and what is tried.

Belongs here: what a value may mean and when that is proved. The counts are made in
`hit_pipeline.conform.unit_evidence`, the decisions in `hit_pipeline.conform.unit_proofs`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from hit_pipeline.errors import ConfigurationError
from hit_pipeline.located_toml import read_toml
from hit_pipeline.mistakes import in_order, mistakes
from hit_pipeline.settings_values import Model

AS_STATED = "as_stated"
LENGTHS = ("planned_seconds", "held_seconds", "present_seconds")
START = "started_at_local"
KIND_OF: Mapping[str, str] = {
    **dict.fromkeys(LENGTHS, "length"),
    "present_share": "share",
    "planned_number": "number",
    START: "clock",
}
"""Columns of a session log whose units are proved, to their kind."""
AMOUNTS = tuple(column for column in KIND_OF if column != START)
HOURS: Mapping[str, int] = {"hour_late": -3600, "hour_early": 3600}
"""Readings of a start that is an hour off after the clocks were changed, to seconds to add."""
READINGS: Mapping[str, tuple[str, ...]] = {
    "length": ("sixtieth", "sixtyfold"),
    "share": ("minutes", "hundredfold"),
    "number": ("hours", "hours_minutes", "minutes"),
    "clock": ("utc", *HOURS),
}
"""Kind of a column to what its values may be instead of what the contract states.

sixtieth: a unit sixty times smaller (seconds for minutes). sixtyfold: one sixty times larger (hours
for minutes). minutes: whole or decimal minutes. hundredfold: shares for percents. hours: decimal
hours. hours_minutes: hours, and after the point minutes of two digits. utc: the clock of UTC.
hour_late, hour_early: the clock as it was before it was changed, in the week after.
"""
PROOFS = ("planned", "bell", "group", "distribution")
"""What proves a unit, the strongest first."""
_UNITS: Mapping[str, Mapping[str, str]] = {
    "sixtieth": {"hours": "minutes", "minutes": "seconds", "hh:mm": "mm:ss"},
    "sixtyfold": {"seconds": "minutes", "minutes": "hours", "mm:ss": "hh:mm"},
    "hundredfold": {"percent": "share"},
    "minutes": {},
    "hours": {},
    "hours_minutes": {},
    "utc": {},
    "hour_late": {},
    "hour_early": {},
}


class Shares(Model):
    """How many rows prove another unit.

    Attributes:
        fitting_share: Share of the rows that must fit another unit alone, inclusive.
        stated_share: Share of the rows that may fit the unit stated, inclusive.
    """

    fitting_share: float = Field(gt=0.5, le=1)
    stated_share: float = Field(ge=0, lt=0.5)


class Fit(Shares):
    """When values of one kind fit a length, and when enough of them do.

    Attributes:
        low: Least value that fits, as a multiple of the length, inclusive.
        high: Greatest value that fits, inclusive.
    """

    low: float = Field(gt=0)
    high: float = Field(gt=0)


class Distribution(Shares):
    """When lengths prove a unit with nothing but the source's other days to hold them against.

    Attributes:
        fewest_rows: Rows it takes, inclusive.
        others_share: Share of the rows of other days that must fit as stated, inclusive.
    """

    fewest_rows: int = Field(ge=1)
    others_share: float = Field(gt=0.5, le=1)


class UnitRules(Model):
    """The parameters of ``units.toml``; what each means stands there.

    Attributes:
        id: Rule id.
        version: Its version.
        shortest_minutes: Shortest length values are held against, inclusive.
        longest_minutes: Longest, inclusive; less than 60 times the shortest.
        usual_share: Share of a group's rows that must have one planned length, inclusive.
        fewest_rows: Rows of a week that decide by themselves, inclusive.
        unclear_share: Share of rows that fit another unit from which a week is unclear, inclusive.
        length: Of planned, held and present time.
        share: Of shares of the period.
        number: Of bare numbers.
        clock: Of starts.
        distribution: Of lengths without anything to hold them against.
    """

    id: str
    version: int = Field(ge=1)
    shortest_minutes: int = Field(ge=1)
    longest_minutes: int = Field(ge=1)
    usual_share: float = Field(gt=0.5, le=1)
    fewest_rows: int = Field(ge=1)
    unclear_share: float = Field(gt=0, lt=1)
    length: Fit
    share: Fit
    number: Fit
    clock: Shares
    distribution: Distribution

    @model_validator(mode="after")
    def _no_length_in_two_units(self) -> "UnitRules":
        if not self.shortest_minutes < self.longest_minutes < 60 * self.shortest_minutes:
            message = "longest_minutes must lie between shortest_minutes and 60 times as much"
            raise ValueError(message)
        return self

    def fit(self, column: str) -> Fit:
        """Return when values of an amount fit."""
        fits = {"length": self.length, "share": self.share, "number": self.number}
        return fits[KIND_OF[column]]

    def shares(self, column: str) -> Shares:
        """Return how many rows of a column prove another unit."""
        return self.clock if column == START else self.fit(column)


@cache
def unit_rules() -> UnitRules:
    """Return the shipped parameters."""
    return read_unit_rules(Path(str(resources.files("hit_pipeline.rules"))) / "units.toml")


def read_unit_rules(path: Path) -> UnitRules:
    """Read the parameters of a file.

    Raises:
        ConfigurationError: It holds mistakes.
    """
    document = read_toml(path, path.name, ConfigurationError)
    try:
        return UnitRules.model_validate(document.values)
    except ValidationError as objections:
        found = mistakes(objections, document, UnitRules)
        raise ConfigurationError(path.name, in_order(found)) from None


def unit_called(reading: str, stated: tuple[str, ...]) -> str | None:
    """Return the name of the unit a reading means; None where it has none.

    >>> unit_called("sixtieth", ("minutes", "hh:mm")), unit_called("minutes", ("percent",))
    ('seconds', 'minutes')
    >>> unit_called("as_stated", ("minutes", "hh:mm")), unit_called("sixtieth", ("stated",))
    ('minutes or hh:mm', None)

    Args:
        reading: ``as_stated``, or one of `READINGS`.
        stated: The units the contract states, none for a number it leaves open.
    """
    if reading == AS_STATED:
        return " or ".join(stated) or None
    names = _UNITS[reading]
    found = (names[one] for one in stated if one in names)
    return next(found, None) if names else reading
