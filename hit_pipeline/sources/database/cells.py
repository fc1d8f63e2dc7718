"""Values of a database as text cells, and the greatest value seen as a cursor."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import UnionType
from typing import Any
from uuid import UUID

Changed = datetime | date | int | Decimal | str
"""What a column of changes may hold: a time, a date, or a number or text that grows."""


def as_text(value: object) -> str | None:
    r"""Return a value as text; null stays null.

    Times are ISO 8601 with a blank between date and time, truth is ``true`` or ``false``, numbers
    have no exponent, bytes are hexadecimal, lengths of time are ``H:MM:SS``, the rest is JSON.

    >>> as_text(None), as_text(Decimal("1E+3")), as_text(True), as_text(b"\x01")
    (None, '1000', 'true', '01')
    """
    if value is None or isinstance(value, str):
        return value
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def cursor_of(greatest: Changed) -> str:
    """Return a value of a column of changes as a cursor; `since_of` reads it.

    >>> cursor_of(12), cursor_of(date(2026, 9, 1))
    ('number:12', 'date:2026-09-01')
    """
    if isinstance(greatest, datetime):
        return f"time:{greatest.isoformat()}"
    if isinstance(greatest, date):
        return f"date:{greatest.isoformat()}"
    if isinstance(greatest, int | Decimal):
        return f"number:{greatest}"
    return f"text:{greatest}"


def since_of(cursor: str, look_back: timedelta) -> Changed:
    """Return where an increment begins; a time or a date is set back.

    A text is a time when it reads as one (SQLite has no other): it is set back as well, in its own
    manner of writing.

    >>> since_of("number:12", timedelta(hours=1)), since_of("date:2026-09-02", timedelta(hours=1))
    (12, datetime.date(2026, 9, 1))
    """
    kind, _, said = cursor.partition(":")
    if kind == "time":
        return datetime.fromisoformat(said) - look_back
    if kind == "date":
        return date.fromisoformat(said) - timedelta(days=-(-look_back // timedelta(days=1)))
    if kind == "number":
        return int(said) if said.lstrip("-").isdigit() else Decimal(said)
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        return said
    back = when - look_back
    if len(said) <= len("2026-09-01"):
        return back.date().isoformat()
    return back.isoformat(sep=" " if " " in said else "T")


def _length(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_WRITERS: tuple[tuple[type | UnionType, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (Decimal, lambda value: format(value, "f")),
    (datetime, lambda value: value.isoformat(sep=" ")),
    (date | time, lambda value: value.isoformat()),
    (timedelta, _length),
    (bytes | bytearray | memoryview, lambda value: bytes(value).hex()),
    (UUID | int, str),
    (float, repr),
)
"""Kinds of value in the order they are tried: truth is a number too, and a time a date."""
