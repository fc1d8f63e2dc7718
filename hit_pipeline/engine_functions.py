"""Text and time functions of the engine that ibis has not, or writes at length."""

import ibis
import ibis.expr.types as ir

_BLANK = r"[\s\v\x1C-\x1F\p{Z}\x{85}\x{200B}-\x{200D}\x{2060}\x{FEFF}]"
TRIMMED_MACRO = rf"""
CREATE TEMP MACRO hit_trimmed(cell) AS nullif(
    CASE WHEN cell < '!' OR cell[-1] < '!' OR strlen(cell) <> length(cell)
    THEN regexp_replace(cell, '^{_BLANK}+|{_BLANK}+$', '', 'g') ELSE cell END, '')
"""
"""Most cells have no blank at their ends and are told apart without a regular expression. A macro,
because every cell of every file goes through it: written out, it was a fifth of a night's SQL."""


@ibis.udf.scalar.builtin(name="hit_trimmed")  # type: ignore[untyped-decorator] # ibis has no types
def _trimmed(cell: str) -> str:  # type: ignore[empty-body] # our macro, evaluated by ibis
    """Trim a text; null when nothing is left."""


def trimmed(cell: ir.StringValue) -> ir.StringValue:
    """Return a text without blanks at its ends; null when nothing is left.

    Blanks are white space of any script, no-break spaces, zero-width characters and the byte order
    mark.
    """
    text: ir.StringValue = _trimmed(cell)
    return text


@ibis.udf.scalar.builtin(name="left")  # type: ignore[untyped-decorator] # ibis has no types
def _first_letters(text: str, count: int) -> str:  # type: ignore[empty-body] # DuckDB's own
    """Cut a text."""


def first_letters(text: ir.StringValue, count: ir.IntegerValue | int) -> ir.StringValue:
    """Return the first letters of a text; ibis' own writes the text twice."""
    letters: ir.StringValue = _first_letters(text, count)
    return letters


@ibis.udf.scalar.builtin(name="timezone")  # type: ignore[untyped-decorator] # ibis has no types
def _timezone(zone: str, wall_clock: ibis.dtype("timestamp")) -> ibis.dtype("timestamp('UTC', 6)"):  # type: ignore[valid-type] # a declaration of DuckDB's own function, evaluated by ibis
    """Read a wall-clock time in an IANA zone as an instant."""


def local_to_utc(wall_clock: ir.TimestampValue, zone: ir.StringValue | str) -> ir.TimestampValue:
    """Return the instant of a wall-clock time in a zone, which may differ from row to row.

    In the hour that daylight saving repeats, the later instant (standard time) is meant; a time it
    skips is read with the offset before the change (so 02:30 becomes 03:30).
    """
    instant: ir.TimestampValue = _timezone(
        ibis.literal(zone) if isinstance(zone, str) else zone, wall_clock
    )
    return instant


@ibis.udf.scalar.builtin(name="timezone")  # type: ignore[untyped-decorator] # ibis has no types
def _wall_clock(zone: str, instant: ibis.dtype("timestamp('UTC')")) -> ibis.dtype("timestamp(6)"):  # type: ignore[valid-type] # a declaration of DuckDB's own function, evaluated by ibis
    """Read an instant on the clocks of an IANA zone."""


def utc_to_local(instant: ir.TimestampValue, zone: ir.StringValue | str) -> ir.TimestampValue:
    """Return the wall-clock time of an instant in a zone; the inverse of `local_to_utc`.

    A zone that is the same for all rows is many times faster as text than as a column.
    """
    shown: ir.TimestampValue = _wall_clock(
        ibis.literal(zone) if isinstance(zone, str) else zone, instant
    )
    return shown
