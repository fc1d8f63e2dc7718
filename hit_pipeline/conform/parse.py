"""Text cells to declared types, as expressions.

Every parser returns null for a text it cannot read and for null itself, so that the caller can tell
a blank from a mistake. Nothing here knows contracts, rules or rows: which text is parsed to which
column, and what follows from a null, is in `hit_pipeline.conform.typing`.
"""

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir
from ibis.expr import datatypes as dt

from hit_pipeline.tables.model import Type

OLDEST = "1800-01-01"
"""What is earlier is a two-digit year or a slip of the finger, never a date of a pupil."""

_ISO_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
)
_ISO_DATES = (
    "%Y-%m-%d",
    "%Y-%m-%d 00:00:00",
    "%Y-%m-%dT00:00:00",
    "%Y-%m-%d 00:00:00.000",
    "%Y-%m-%dT00:00:00.000",
)
_FRACTION = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}\.\d{1,9}$"
_INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s?(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
_INTEGER = r"^[+-]?\d{1,18}(\.0*)?$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$"
_DECIMAL = r"^[+-]?(\d{1,14}(\.\d{0,4}0*)?|\.\d{1,4}0*)$"
_AMOUNT = r"^[+-]?(\d{1,9}(\.\d*)?|\.\d+)$"
_TRUE = ("y", "yes", "true", "t", "1", "1.0")
_FALSE = ("n", "no", "false", "f", "0", "0.0")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
_CLOCKS = {
    "hh:mm": (r"^\d{1,4}:[0-5]?\d$", (3600, 60)),
    "hh:mm:ss": (r"^\d{1,4}:[0-5]?\d:[0-5]?\d$", (3600, 60, 1)),
    "mm:ss": (r"^\d{1,5}:[0-5]?\d$", (60, 1)),
}


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator] # ibis has no types
def _local_of(text: str, formats: list[str]) -> ibis.dtype("timestamp"):  # type: ignore[valid-type] # a declaration of DuckDB's own function, evaluated by ibis
    """Read a wall-clock time by the first format that fits; null when none does."""


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator] # ibis has no types
def _instant_of(text: str, formats: list[str]) -> ibis.dtype("timestamp('UTC')"):  # type: ignore[valid-type] # as above; with %z DuckDB returns an instant
    """Read an instant by the first format that fits; null when none does."""


@ibis.udf.scalar.builtin(name="round_even")  # type: ignore[untyped-decorator] # ibis has no types
def _round_even(number: dt.Decimal(18, 6), digits: int) -> dt.Decimal(18, 0):  # type: ignore[valid-type] # as above
    """Round, halves to the even neighbour."""


def parser(
    kind: Type, *, formats: Sequence[str] = (), unit: str | None = None
) -> Callable[[ir.StringValue], ir.Value]:
    """Return the function that parses cleaned text to a declared type.

    Args:
        kind: The declared type.
        formats: strptime formats for dates and times, tried in order; ISO 8601 when empty.
        unit: For integers that hold seconds: what the text counts.
    """
    if kind == "integer" and unit is not None:
        return lambda text: duration(text, unit)
    if kind == "date":
        return lambda text: local_date(text, formats)
    if kind == "local_timestamp":
        return lambda text: local_time(text, formats)
    if kind == "timestamp":
        return lambda text: instant(text, formats)
    plain: dict[Type, Callable[[ir.StringValue], ir.Value]] = {
        "text": lambda text: text,
        "integer": integer,
        "number": number,
        "decimal": decimal,
        "boolean": boolean,
    }
    return plain[kind]


def local_date(text: ir.StringValue, formats: Sequence[str] = ()) -> ir.DateValue:
    """Parse a calendar date.

    Without formats ``2026-09-14`` is meant; an ISO time is a date only at midnight. With formats a
    time of day is cut off. See `is_ancient` for two-digit years.
    """
    return _local_of(text, list(formats or _ISO_DATES)).date()


def local_time(text: ir.StringValue, formats: Sequence[str] = ()) -> ir.TimestampValue:
    """Parse a wall-clock time.

    Without formats: ISO with ``T`` or a blank, seconds and fractions optional; a date alone is its
    midnight. A text with a zone or offset is not a wall-clock time. See `is_ancient` for two-digit
    years.
    """
    if formats:
        return _local_of(text, list(formats))
    with_fraction = _only(text, _FRACTION).try_cast(dt.Timestamp(scale=6))
    return ibis.coalesce(_local_of(text, list(_ISO_TIMES)), with_fraction)


def instant(text: ir.StringValue, formats: Sequence[str] = ()) -> ir.TimestampValue:
    """Parse an instant, in UTC.

    Without formats: ISO with ``Z`` or an offset; a text without either says no instant and is not
    read. A format without ``%z`` or ``%Z`` is read as UTC. See `is_ancient` for two-digit years.
    """
    utc = dt.Timestamp("UTC", 6)
    if not formats:
        return _only(text, _INSTANT).try_cast(utc)
    zoned = [one for one in formats if "%z" in one or "%Z" in one]
    naive = [one for one in formats if one not in zoned]
    found = [_instant_of(text, zoned)] if zoned else []
    found += [_local_of(text, naive).cast(utc)] if naive else []
    return ibis.coalesce(*found)


def is_ancient(read: ir.DateValue | ir.TimestampValue) -> ir.BooleanValue:
    """Say whether a date or time that was read lies before 1800, so that it is none.

    ``%Y`` reads ``26`` as the year 26; a format that means two-digit years says ``%y``.
    """
    return read < ibis.literal(OLDEST).cast(read.type())


def integer(text: ir.StringValue) -> ir.IntegerValue:
    """Parse a whole number: ``12``, ``-3``, ``12.0``; no thousands, no exponent."""
    return _only(text, _INTEGER).try_cast(dt.int64)


def number(text: ir.StringValue) -> ir.FloatingValue:
    """Parse a number: digits with an optional point and exponent; neither infinite nor NaN."""
    return _only(text, _NUMBER).try_cast(dt.float64)


def decimal(text: ir.StringValue) -> ir.DecimalValue:
    """Parse an exact amount of at most 14 digits before and 4 after the point; never rounded."""
    return _only(text, _DECIMAL).try_cast(dt.Decimal(18, 4))


def boolean(text: ir.StringValue) -> ir.BooleanValue:
    """Parse a flag: Y/N, Yes/No, True/False, T/F, 1/0, in any case."""
    lower = text.lower()
    return ibis.cases(
        (lower.isin(_TRUE), ibis.literal(value=True)),
        (lower.isin(_FALSE), ibis.literal(value=False)),
        else_=ibis.null("boolean"),
    )


def duration(text: ir.StringValue, unit: str) -> ir.IntegerValue:
    """Parse a duration to whole seconds; half a second goes to the even second.

    Args:
        text: A number, or a clock such as ``1:05`` when the unit is one.
        unit: ``seconds``, ``minutes``, ``hours``, ``hh:mm``, ``hh:mm:ss`` or ``mm:ss``.
    """
    if unit in _SECONDS:
        amount = _only(text, _AMOUNT).try_cast(dt.Decimal(18, 6))
        return _round_even(amount * ibis.literal(_SECONDS[unit], dt.int16), 0).cast(dt.int64)
    pattern, weights = _CLOCKS[unit]
    parts = _only(text, pattern).split(":")
    terms = [parts[at].try_cast(dt.int64) * weight for at, weight in enumerate(weights)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _only(text: ir.StringValue, pattern: str) -> ir.StringValue:
    return text.re_search(pattern).ifelse(text, ibis.null("string"))
