"""Increments of a OneRoster resource: where they begin, and whether one can be believed.

An increment asks for rows changed after the newest one known. Not every server honours such a
filter: some ignore it, some refuse it, some give nothing for a field they do not know, and some
change the date of every row every night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.oneroster.rest_crawl import Check
from hit_pipeline.sources.oneroster.rest_objects import instant, modified, written

WHOLE = "whole"
"""Cursor of a resource that is asked for whole each time: its changes cannot be asked for."""
EVERY = "1970-01-01T00:00:00.000Z"
"""Every row was changed after this instant."""
NONE = "2100-01-01T00:00:00.000Z"
"""No row was."""
Reason = Literal["ignored", "refused", "blind", "large", "undated"]
_REASONS: dict[Reason, str] = {
    "ignored": "the server gives rows that were not changed since: it ignores the filter",
    "refused": "the server refuses the filter",
    "blind": "the server gives nothing for a filter that every row passes",
    "large": "as many rows were changed as there were",
    "undated": "not every row says when it was changed, or all say the same",
}


@dataclass(frozen=True)
class Since:
    """A cursor: when the newest row known was changed, and how many rows there were.

    Attributes:
        at: The instant.
        rows: Rows when everything was asked for last.
    """

    at: datetime
    rows: int

    @classmethod
    def read(cls, cursor: str | None) -> "Since | None":
        """Read a cursor; None when it says that everything is to be asked for."""
        stamp, _, rows = (cursor or "").partition(" of ")
        at = instant(stamp)
        return cls(at, int(rows)) if at is not None and rows.isdecimal() else None

    def __str__(self) -> str:
        """Return the cursor as it is kept."""
        return f"{written(self.at)} of {self.rows}"


class NotHonouredError(Exception):
    """An increment cannot be what was asked for.

    Attributes:
        reason: Why.
    """

    def __init__(self, *, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def check(after: datetime, rows: int) -> Check:
    """Return what looks at the pages of an increment.

    Args:
        after: Instant after which rows were to be changed; one changed at it passes.
        rows: Rows when everything was asked for last; as many in an increment are too many.
    """

    def looked(objects: Sequence[Any], known: int) -> None:
        dates = [modified(one) for one in objects]
        if any(at is None or at < after for at in dates):
            raise NotHonouredError(reason="ignored")
        if known >= rows > 0:
            raise NotHonouredError(reason="large")

    return looked


def asked_whole(file: str, reason: Reason | None) -> Finding:
    """Return the finding that a resource is asked for whole.

    Args:
        file: The contract's name of the file.
        reason: Why; None: because of what was found out earlier.
    """
    why = _REASONS[reason] if reason else "its changes could not be asked for earlier"
    detail = f"everything was asked for instead of what changed: {why}"
    return Finding(file, "oneroster.asked_whole", "info", 1, detail, "dateLastModified")


def at_most_now(at: datetime) -> datetime:
    """Return an instant, or now when it is later: a row from the future must not hide changes."""
    return min(at, datetime.now(UTC))
