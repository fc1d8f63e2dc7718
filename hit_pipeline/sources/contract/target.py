"""Where one column of a typed table comes from: the keys of a contract's target.

A target says which cells of a row are taken, how they are translated and how they are read. Feeds,
which hold targets, are in `hit_pipeline.sources.contract.feed`; the steps are executed in
`hit_pipeline.conform.cells`. Nothing here reads a data file or looks at a value.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self, get_args

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field, field_validator, model_validator

from hit_pipeline.errors import KeyPath
from hit_pipeline.settings_values import Model


def _re2(pattern: str) -> str:
    """Let Arrow try the pattern: it has the engine's syntax (RE2), which lacks look-around."""
    pc.match_substring_regex(pa.nulls(1, pa.string()), pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(_re2)]
"""A regular expression in RE2 syntax, as DuckDB has it."""
Unit = Literal[
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "hh:mm",
    "hh:mm:ss",
    "mm:ss",
    "stated",
    "percent",
    "share",
]
"""What a number counts.

Of durations: ``days`` are those of a spreadsheet, where a time of day is a share of one;
``stated``: the cell says it itself, as in ``1h 30m``, ``45 min``, ``PT45M`` or ``0:45:00``. Of
shares: ``percent`` are hundredths, ``share`` is 0 to 1; a percent sign always tells hundredths.
"""
SHARE_UNITS = ("percent", "share")
DURATION_UNITS = tuple(unit for unit in get_args(Unit) if unit not in SHARE_UNITS)
EPOCHS = ("epoch_s", "epoch_ms")
"""Formats of instants beside those of strptime: seconds or milliseconds since 1970."""
EXCEL = "excel"
"""The format of a date or time that a spreadsheet counts in days, such as 46279.5."""


class CodePattern(Model):
    """A family of codes that mean one thing.

    Attributes:
        matches: Regular expression searched in the whole text; case does not matter.
        to: What such a code means; empty: no value.
    """

    matches: Pattern
    to: str


class Target(Model):
    """Where one column of a typed table comes from.

    Exactly one of ``from`` and ``value`` is given. The type to parse to is that of the target
    column. Steps, in order: the cells of ``from`` are trimmed (blank is null) and joined with
    ``|`` when there are several; ``extract`` keeps group 1 of the first match (no match is null);
    ``map``, then ``patterns`` translate (a code without an entry quarantines the row, unless
    ``unmapped = "null"``); the result is parsed; a blank becomes ``default``.

    Attributes:
        from_: Header of the file's column, or several; ``_received_school_year`` is the school
            year the delivery was received in, for files that state no date at all;
            ``_landed_row`` is the place the row was landed at, which names the meeting in a log
            whose rows are meetings without an id.
        value: A constant for every row.
        default: What a blank becomes.
        extract: Regular expression with one group.
        map: Code to our vocabulary; keys are matched without regard to case.
        patterns: For codes ``map`` does not have, such as ``Absent - *``: the first that matches.
        unmapped: What a code without entry means.
        formats: strptime formats tried in order, for dates and times; ISO when empty. Besides:
            ``epoch_s`` and ``epoch_ms`` (seconds or milliseconds since 1970; of instants) and
            ``excel`` (days since 1899-12-30, as a spreadsheet counts).
        weekday_from: Dates and local times: header of the day of the week (``Mon``, ``Monday``).
            The day meant is the first such day on or after the date of ``from``, the week's first.
        instant: Local times only: the text is an instant (with ``Z``, an offset, or ``epoch_s``);
            the clock in the row's time zone is stored.
        unit: For durations: what the number counts; stored as whole seconds. For shares:
            ``percent`` or ``share``. Several are tried in order: ``["minutes", "hh:mm"]``.
        unit_from: Header of the column that names the unit of the row; blank: ``unit``.
        units: What is written there, to a unit; case does not matter.
        decimal: The mark before the decimals of a number.
        thousands: The mark between groups of three digits, such as ``,``; none when empty.
        true_when: Yes or no only: texts that mean yes, such as ``X``; case does not matter.
        false_when: Texts that mean no. A blank is unknown unless ``default`` says otherwise.
        null: Cell texts that mean "no value" besides the blank.
        first: When several columns are given: take the first that is not blank instead of joining.
        strict: False: a cell that cannot be parsed becomes null with a finding instead of
            quarantining the row.
        exclusive_end: Dates only: the source's date is the first day after the end (OneRoster);
            the day before it is stored.
    """

    from_: tuple[str, ...] = Field(
        default=(), alias="from", json_schema_extra={"type": ["string", "array"]}
    )
    value: str | None = None
    default: str | None = None
    extract: Pattern | None = None
    map: dict[str, str] | None = None
    patterns: tuple[CodePattern, ...] = ()
    unmapped: Literal["quarantine", "null"] = "quarantine"
    formats: tuple[str, ...] = ()
    weekday_from: str | None = None
    instant: bool = False
    unit: tuple[Unit, ...] = Field(default=(), json_schema_extra={"type": ["string", "array"]})
    unit_from: str | None = None
    units: dict[str, Unit] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    true_when: tuple[str, ...] = ()
    false_when: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    first: bool = False
    strict: bool = True
    exclusive_end: bool = False

    @property
    def headers(self) -> Iterator[tuple[KeyPath, str]]:
        """Every header it uses, with the path of keys it stands at."""
        yield from ((("from",), header) for header in self.from_)
        for key, header in (("weekday_from", self.weekday_from), ("unit_from", self.unit_from)):
            if header is not None:
                yield (key,), header

    @property
    def every_unit(self) -> tuple[Unit, ...]:
        """Every unit a cell may be in."""
        return (*self.unit, *self.units.values())

    def meaning(self, code: str) -> str | None:
        """Return what a code is translated to; None when there is no entry for it."""
        for known, word in (self.map or {}).items():
            if known.casefold() == code.casefold():
                return word
        for one in self.patterns:
            found = pc.match_substring_regex(pa.array([code]), one.matches, ignore_case=True)
            if found[0].as_py():
                return one.to
        return None

    @field_validator("from_", "unit", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("extract")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        try:
            groups = 1 if pattern is None else re.compile(pattern).groups
        except re.error as problem:
            message = f"is not a regular expression: {problem}"
            raise ValueError(message) from None
        if groups != 1:
            message = "must be a regular expression with exactly one group in ( )"
            raise ValueError(message)
        return pattern

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if bool(self.from_) == (self.value is not None):
            message = "give exactly one of `from` and `value`"
            raise ValueError(message)
        if (self.unit_from is None) != (not self.units):
            message = "`unit_from` and `units` are given together"
            raise ValueError(message)
        if self.thousands == self.decimal:
            message = "`decimal` and `thousands` must differ"
            raise ValueError(message)
        return self
