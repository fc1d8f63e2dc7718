"""How the dates of a column are written: the fewest formats that read them, and what is not proven.

Formats are tried by the engine itself, so that what a draft says is what the pipeline will read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from hit_pipeline.engine import Engine

DateKind = Literal["date", "date and time", "instant"]

_ISO: tuple[tuple[DateKind, str], ...] = (
    ("date", r"\d{4}-\d{2}-\d{2}"),
    ("date and time", r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"),
    (
        "instant",
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s?(Z|UTC|[+-]\d{2}(:?\d{2})?)",
    ),
)
_DAYS = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%m-%d-%Y", "%d-%m-%Y", "%m-%d-%y", "%d.%m.%Y",
    "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y",
    "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d-%b-%y", "%a, %b %d, %Y", "%A, %B %d, %Y", "%Y%m%d", "%m%d%Y",
)  # fmt: skip
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H:%M:%S.%f")
_BETWEEN = (" ", "T", ", ", " at ")
_DATEISH = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[A-Za-z]{3,9}\.?,? ([A-Za-z]{3,9} )?\d{1,2},? \d{4}"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"
)
_COMPACT = re.compile(r"\d{8}")
_MOST_FORMATS = 3
_SWAPPED = {"%m": "%d", "%d": "%m"}


@dataclass(frozen=True)
class Dates:
    """How dates are written.

    Attributes:
        kind: A date, a wall-clock time, or an instant with an offset.
        formats: strptime formats, the most frequent first; empty for ISO 8601.
        read: Cells they read.
        doubtful_order: True when day and month can be exchanged in every cell.
        days: Days from the earliest to the latest, inclusive.
    """

    kind: DateKind
    formats: tuple[str, ...]
    read: int
    doubtful_order: bool = False
    days: int = 0

    @property
    def described(self) -> str:
        """The formats in words."""
        return ", ".join(self.formats) or "ISO"

    def with_day_first(self) -> "Dates":
        """Return the same with day and month exchanged."""
        return replace(self, formats=tuple(map(swapped, self.formats)), doubtful_order=False)


def swapped(form: str) -> str:
    """Return a format with day and month exchanged."""
    return re.sub(r"%[md]", lambda found: _SWAPPED[found[0]], form)


def dates(engine: Engine, counts: Mapping[str, int]) -> Dates | None:
    """Return how the dates in a column are written; None when few cells look like dates.

    Args:
        engine: The table engine.
        counts: Cells and how often each stands there.
    """
    total = sum(counts.values())
    iso = _iso(counts, total)
    if iso is not None:
        return Dates(iso, (), total, days=_days(engine, counts))
    dated = sum(count for text, count in counts.items() if _DATEISH.match(text))
    compact = all(_COMPACT.fullmatch(text) for text in counts)
    if dated < 0.8 * total and not compact:
        return None
    marked = [form for form in _DAYS if re.search(r"[-/. ]", form)]
    return _by_formats(engine, counts, [one for one in _DAYS if (one in marked) != compact])


def _iso(counts: Mapping[str, int], total: int) -> DateKind | None:
    """Return the one ISO form of all cells; a few dates among times count as midnight."""
    found: dict[DateKind, int] = {}
    for kind, shape in _ISO:
        pattern = re.compile(shape)
        found[kind] = sum(count for text, count in counts.items() if pattern.fullmatch(text))
    if found["instant"] == total:
        return "instant"
    if found["date"] == total:
        return "date"
    return "date and time" if found["date"] + found["date and time"] == total else None


def _days(engine: Engine, counts: Mapping[str, int]) -> int:
    first, last = min(counts)[:10], max(counts)[:10]
    found = engine.duckdb.execute(
        "SELECT date_diff('day', try_cast(? AS DATE), try_cast(? AS DATE)) + 1", [first, last]
    ).fetchall()
    return int(found[0][0] or 0)


def _by_formats(engine: Engine, counts: Mapping[str, int], days: Sequence[str]) -> Dates | None:
    """Return the fewest formats that read most cells."""
    chosen: list[str] = []
    left, read, doubtful = dict(counts), 0, False
    forms = _forms(days, timed=any(":" in text for text in counts))
    while left and len(chosen) < _MOST_FORMATS:
        hits = _hits(engine, left, forms)
        best = max(forms, key=lambda form: (hits[form], -forms.index(form)))
        if not hits[best]:
            break
        other = swapped(best)
        doubtful |= other != best and _is_numeric(best) and hits.get(other) == hits[best]
        chosen.append(best)
        read += hits[best]
        left = _unread(engine, left, best)
    if not chosen:
        return None
    timed = any("%H" in one or "%I" in one for one in chosen)
    kind: DateKind = "date and time" if timed else "date"
    return Dates(kind, tuple(chosen), read, doubtful, _span(engine, counts, chosen))


def _forms(days: Sequence[str], *, timed: bool) -> list[str]:
    """Return every format to try, those of dates alone first."""
    if not timed:
        return list(days)
    times = [f"{day}{mark}{clock}" for day in days for mark in _BETWEEN for clock in _CLOCKS]
    return [*days, *times]


def _is_numeric(form: str) -> bool:
    return "%b" not in form.lower()


def _given(counts: Mapping[str, int]) -> pa.Table:
    return pa.table({"cell": list(counts), "n": list(counts.values())})


_READS = "year(try_strptime(cell, {})) BETWEEN 1900 AND 2100"


def _hits(engine: Engine, counts: Mapping[str, int], forms: Sequence[str]) -> dict[str, int]:
    tried = [f"coalesce(sum(n) FILTER (WHERE {_READS.format('?')}), 0)" for _ in forms]
    with _registered(engine, counts):
        found = engine.duckdb.execute(f"SELECT {', '.join(tried)} FROM draft_cells", list(forms))  # noqa: S608 (our own words)
        return dict(zip(forms, map(int, found.fetchall()[0]), strict=True))


def _unread(engine: Engine, counts: Mapping[str, int], form: str) -> dict[str, int]:
    with _registered(engine, counts):
        query = f"SELECT cell, n FROM draft_cells WHERE NOT coalesce({_READS.format('?')}, false)"  # noqa: S608 (our own words)
        return dict(engine.duckdb.execute(query, [form]).fetchall())


def _span(engine: Engine, counts: Mapping[str, int], forms: Sequence[str]) -> int:
    with _registered(engine, counts):
        told = "SELECT try_strptime(cell, ?) AS told FROM draft_cells"
        query = f"SELECT date_diff('day', min(told), max(told)) + 1 FROM ({told})"  # noqa: S608 (our own words)
        ((days,),) = engine.duckdb.execute(query, [list(forms)]).fetchall()
    return int(days or 0)


@contextmanager
def _registered(engine: Engine, counts: Mapping[str, int]) -> Iterator[None]:
    """Lend a column to the engine for a block."""
    engine.duckdb.register("draft_cells", _given(counts))
    try:
        yield
    finally:
        engine.duckdb.unregister("draft_cells")
