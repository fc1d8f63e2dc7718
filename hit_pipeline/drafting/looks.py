"""What the cells of a column look like: numbers, dates and their formats, flags, codes, texts.

Cells are counted and tried, never interpreted: which column of ours they fill is decided elsewhere.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from hit_pipeline.drafting.dates import Dates, dates
from hit_pipeline.engine import Engine

Kind = Literal[
    "nothing",
    "flag",
    "whole number",
    "number",
    "percent",
    "date",
    "date and time",
    "instant",
    "time of day",
    "clock",
    "e-mail",
    "list",
    "code",
    "text",
]

ENOUGH = 0.95
"""Least share of the filled cells that a column must have in common to look like something."""

_TRIED = 5_000
_FEW_CODES = 25
_LONGEST_CODE = 40
_TEMPORAL = ("date", "date and time", "instant")
_SHAPES: tuple[tuple[Kind, str], ...] = (
    ("flag", r"(?i)(y|n|yes|no|true|false|t|f)"),
    ("whole number", r"[+-]?\d{1,18}(\.0*)?"),
    ("number", r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?"),
    ("percent", r"[+-]?\d+(\.\d+)?\s*%"),
    ("clock", r"\d{1,4}:[0-5]\d(:[0-5]\d)?"),
    ("time of day", r"(?i)[012]?\d:[0-5]\d(:[0-5]\d)?\s*[ap]\.?m\.?"),
    ("e-mail", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
)


@dataclass(frozen=True)
class Look:
    """A column as it looks.

    Attributes:
        name: Its header.
        kind: What most of its cells are.
        rows: Rows of the samples.
        counts: Cells that are not blank and how often each stands there; never printed.
        dates: How dates in it are written; None when they are none.
        odd: Cells that are not of the kind.
        empty_words: Cells that say there is nothing, such as NA, as they stand.
        separator: Between the parts of a list.
    """

    name: str
    kind: Kind
    rows: int
    counts: Mapping[str, int] = field(repr=False)
    dates: Dates | None = None
    odd: int = 0
    empty_words: tuple[str, ...] = ()
    separator: str = ""

    @property
    def filled(self) -> int:
        """Cells that are not blank."""
        return sum(self.counts.values())

    @property
    def distinct(self) -> int:
        """Different cells."""
        return len(self.counts)

    @property
    def is_temporal(self) -> bool:
        """Whether a date stands in it."""
        return self.kind in _TEMPORAL

    @property
    def is_number(self) -> bool:
        """Whether plain numbers stand in it."""
        return self.kind in ("whole number", "number")

    @property
    def is_json(self) -> bool:
        """Whether every cell is a list in JSON."""
        return bool(self.counts) and all(text.startswith("[") for text in self.counts)

    @property
    def described(self) -> str:
        """The look in words, without any cell."""
        if self.kind == "nothing":
            return "blank"
        words = self.kind if self.dates is None else f"{self.kind} ({self.dates.described})"
        few = self.kind in ("code", "flag")
        told = f"{words}, {self.distinct} different" if few else words
        blank = self.rows - self.filled
        return f"{told}, {blank} of {self.rows} blank" if blank else told


def looks(engine: Engine, cells: pa.Table, nothing: Collection[str]) -> dict[str, Look]:
    """Return how every column looks.

    Args:
        engine: The table engine; formats of dates are tried as the pipeline would read them.
        cells: Rows of text.
        nothing: Cells that mean nothing, in lower case.
    """
    return {name: _look(engine, name, cells[name], nothing) for name in cells.column_names}


def _look(engine: Engine, name: str, column: pa.ChunkedArray, nothing: Collection[str]) -> Look:
    stated = Counter(text.strip() for text in column.to_pylist() if text and text.strip())
    empty = tuple(sorted(text for text in stated if text.casefold() in nothing))
    counts = {text: count for text, count in stated.items() if text not in empty}
    rows = len(column)
    if not counts:
        return Look(name, "nothing", rows, {}, empty_words=empty)
    tried = dict(list(counts.items())[:_TRIED])
    total = sum(tried.values())
    written = dates(engine, tried)
    if written is not None and written.read >= ENOUGH * total:
        return Look(name, written.kind, rows, counts, written, total - written.read, empty)
    kind, read = _kind(tried, total)
    separator = _separator(tried, total) if kind == "text" else ""
    if separator:
        kind, read = "list", total
    if kind == "text" and _is_code(counts):
        kind = "code"
    return Look(name, kind, rows, counts, None, total - read, empty, separator)


def _kind(counts: Mapping[str, int], total: int) -> tuple[Kind, int]:
    """Return the narrowest shape that enough cells have, and how many have it."""
    for kind, shape in _SHAPES:
        pattern = re.compile(shape)
        read = sum(count for text, count in counts.items() if pattern.fullmatch(text))
        if read >= ENOUGH * total:
            return kind, read
    return "text", total


def _is_code(counts: Mapping[str, int]) -> bool:
    """Say whether cells are few words that repeat."""
    repeat = sum(counts.values()) >= 2 * len(counts)
    return repeat and len(counts) <= _FEW_CODES and max(map(len, counts)) <= _LONGEST_CODE


def _separator(counts: Mapping[str, int], total: int) -> str:
    """Return what separates the parts of cells that are lists of ids or addresses; else empty."""
    for mark in (";", "|", ","):
        several = {text: count for text, count in counts.items() if mark in text}
        if sum(several.values()) < 0.2 * total:
            continue
        parts = [part.strip() for text in counts for part in text.strip("[]").split(mark)]
        if _share(parts, _is_id) >= ENOUGH:
            return mark
    return ""


def _is_id(part: str) -> bool:
    """Say whether a part of a list is an id or an address, so that no prose is taken for a list."""
    return re.fullmatch(r"[\"']?(?=[^ ]*\d)[\w.@-]+[\"']?|[^@\s]+@[^@\s]+", part) is not None


def _share(parts: list[str], fits: Callable[[str], bool]) -> float:
    filled = [part for part in parts if part]
    return sum(map(fits, filled)) / len(filled) if filled else 0.0
