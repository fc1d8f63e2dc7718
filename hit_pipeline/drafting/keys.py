"""Which columns identify a row for good, and whether files are wholes or increments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.drafting.feed import FeedDraft
from hit_pipeline.drafting.filled import Filled
from hit_pipeline.drafting.sample import Sample

_PROVES = 20
_NO_KEY = (
    "no set of stable columns tells rows apart: a row is known by its whole content, and a "
    "corrected row is a new one"
)
_MOST_COLUMNS = 5
_WHOLE_SHARE = 0.9
_WHOLE_DAYS = 45


@dataclass(frozen=True)
class Key:
    """A natural key.

    Attributes:
        headers: Its columns; empty when no set of stable columns is unique.
        optional: Those that may be blank.
        doubt: What is asked of it.
    """

    headers: tuple[str, ...]
    optional: tuple[str, ...]
    doubt: str


@dataclass(frozen=True)
class Delivers:
    """What each file is: ``full`` or ``increment``, and what is asked of it."""

    mode: str
    doubt: str


def natural_key(feed: FeedDraft, samples: Sequence[Sample]) -> Key:
    """Return the first set of stable columns, in the vocabulary's order, that no two rows share.

    Status, minutes and whatever else a correction changes are never part of it.
    """
    rows = sum(one.cells.num_rows for one in samples)
    for wanted in feed.table.keys if feed.table else []:
        headers = _headers(feed.lines, wanted)
        if headers is None:
            continue
        unique = all(_is_unique(one.cells, headers) for one in samples)
        if unique and (optional := _blank(samples, headers)) != headers:
            few = f", but {rows} rows prove little" if rows < _PROVES else ""
            return Key(
                headers, optional, f"no two rows of the sample share it{few}: is it so for good?"
            )
    return Key((), (), _NO_KEY)


def _headers(lines: Mapping[str, Filled], wanted: Sequence[str]) -> tuple[str, ...] | None:
    """Return the columns of the file that fill targets; None when one of them is not filled."""
    found: dict[str, None] = {}
    for target in wanted:
        names = [
            name
            for name in lines
            if name == target or (target.endswith("_id") and name.startswith(f"{target}_"))
        ]
        headers = [header for name in names[:2] for header in lines[name].headers]
        if not headers:
            return None
        found |= dict.fromkeys(headers)
    return tuple(found)[:_MOST_COLUMNS]


def _is_unique(cells: pa.Table, headers: Sequence[str]) -> bool:
    """Say whether no two different rows share the cells of the columns; equal rows are one."""
    there = [header for header in headers if header in cells.column_names]
    whole = cells.group_by(cells.column_names).aggregate([])
    return bool(there) and whole.group_by(there).aggregate([]).num_rows == whole.num_rows


def _blank(samples: Sequence[Sample], headers: Sequence[str]) -> tuple[str, ...]:
    return tuple(h for h in headers if any(_has_blanks(one.cells, h) for one in samples))


def _has_blanks(cells: pa.Table, header: str) -> bool:
    if header not in cells.column_names:
        return True
    trimmed = pc.utf8_trim_whitespace(cells[header])
    return bool(pc.any(pc.fill_null(pc.equal(trimmed, ""), True)).as_py())  # noqa: FBT003 (Arrow's)


def delivery_mode(feed: FeedDraft, samples: Sequence[Sample], key: Key, days: int) -> Delivers:
    """Return whether each file is the whole; several files of one kind prove most.

    Args:
        feed: The feed.
        samples: Files of one kind, in the order of their names.
        key: The natural key.
        days: Days the rows of the samples span; 0: not known.
    """
    usual = feed.table.delivers if feed.table else "increment"
    if len(samples) > 1 and key.headers:
        first, last = sorted(samples, key=lambda one: one.name)[:: len(samples) - 1]
        kept = _kept(first.cells, last.cells, key.headers)
        if kept >= _WHOLE_SHARE:
            return Delivers("full", "the later file holds nearly all rows of the earlier one")
        return Delivers(
            "increment", f"the later file holds {kept:.0%} of the rows of the earlier one"
        )
    if usual == "full":
        return Delivers("full", "is each file the whole? One file does not prove it")
    if feed.table and feed.table.name == "typed_session_log" and days > _WHOLE_DAYS:
        return Delivers("full", f"one file spans {days} days: is each file the whole log?")
    return Delivers(
        "increment",
        "is each file the whole, or only what is new and changed? One file does not prove it",
    )


def _kept(first: pa.Table, last: pa.Table, headers: Sequence[str]) -> float:
    names = [
        header for header in headers if header in first.column_names and header in last.column_names
    ]
    earlier = first.select(names).group_by(names).aggregate([])
    later = last.select(names).group_by(names).aggregate([])
    same = earlier.join(later, names, join_type="left semi")
    return same.num_rows / earlier.num_rows if earlier.num_rows else 0.0
