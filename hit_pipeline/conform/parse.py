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
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?"
"""A number as `number` reads it: digits with an optional point and exponent."""
_DECIMAL = r"^[+-]?(\d{1,14}(\.\d{0,4}0*)?|\.\d{1,4}0*)$"
_TRUE = ("y", "yes", "true", "t", "1", "1.0")
_FALSE = ("n", "no", "false", "f", "0", "0.0")
_EPOCHS = {"epoch_s": (r"^\d{9,11}(\.\d{1,9})?$", "1000000"), "epoch_ms": (r"^\d{12,14}$", "1000")}
_SERIAL = r"^\d{4,5}(\.\d+)?$"
_SERIAL_OF_1970 = 25569
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "m mo mon monday",
            "t tu tue tues tuesday",
            "w we wed weds wednesday",
            "r th thu thur thurs thursday",
            "f fr fri friday",
            "sa sat saturday",
            "u su sun sunday",
        )
    )
    for name in names.split()
}
_MIDNIGHT = r"(^|[^:\d])24:00(:00)?($|[^:\d])"


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator] # ibis has no types
def _local_of(text: str, formats: list[str]) -> ibis.dtype("timestamp"):  # type: ignore[valid-type] # a declaration of DuckDB's own function, evaluated by ibis
    """Read a wall-clock time by the first format that fits; null when none does."""


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator] # ibis has no types
def _instant_of(text: str, formats: list[str]) -> ibis.dtype("timestamp('UTC')"):  # type: ignore[valid-type] # as above; with %z DuckDB returns an instant
    """Read an instant by the first format that fits; null when none does."""


@ibis.udf.scalar.builtin(name="round_even")  # type: ignore[untyped-decorator] # ibis has no types
def round_even(number: dt.Decimal(18, 6), digits: int) -> dt.Decimal(18, 0):  # type: ignore[valid-type] # as above
    """Round, halves to the even neighbour."""


@ibis.udf.scalar.builtin(name="make_timestamp")  # type: ignore[untyped-decorator] # as above
def _of_micros(micros: int) -> ibis.dtype("timestamp"):  # type: ignore[valid-type] # as above
    """Return the time so many millionths of a second after 1970 began."""


def parser(kind: Type, *, formats: Sequence[str] = ()) -> Callable[[ir.StringValue], ir.Value]:
    """Return the function that parses cleaned text to a declared type.

    Args:
        kind: The declared type.
        formats: strptime formats for dates and times, tried in order; ISO 8601 when empty. Also
            ``excel`` and, for instants, ``epoch_s`` and ``epoch_ms``.
    """
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
    return _clock(text, formats or _ISO_DATES).date()


def local_time(text: ir.StringValue, formats: Sequence[str] = ()) -> ir.TimestampValue:
    """Parse a wall-clock time.

    Without formats: ISO with ``T`` or a blank, seconds and fractions optional; a date alone is its
    midnight. A text with a zone or offset is not a wall-clock time. 24:00 is the midnight that ends
    the day. See `is_ancient` for two-digit years.
    """
    read = [_clock(text, formats or _ISO_TIMES)]
    if not formats:
        read.append(only(text, _FRACTION).try_cast(dt.Timestamp(scale=6)))
    midnight = only(text, _MIDNIGHT).re_replace(_MIDNIGHT, r"\100:00\2\3")
    next_day = _clock(midnight, formats or _ISO_TIMES) + ibis.interval(days=1)
    return ibis.coalesce(*read, next_day)


def instant(text: ir.StringValue, formats: Sequence[str] = ()) -> ir.TimestampValue:
    """Parse an instant, in UTC.

    Without formats: ISO with ``Z`` or an offset; a text without either says no instant and is not
    read. A format without ``%z`` or ``%Z`` is read as UTC. ``epoch_s`` (9 to 11 digits, with or
    without decimals) and ``epoch_ms`` (12 to 14) count from 1970. See `is_ancient` for two-digit
    years.
    """
    utc = dt.Timestamp("UTC", 6)
    if not formats:
        return only(text, _INSTANT).try_cast(utc)
    zoned = [one for one in formats if "%z" in one or "%Z" in one]
    naive = [one for one in formats if one not in zoned and one not in _EPOCHS]
    found = [_instant_of(text, zoned)] if zoned else []
    found += [_clock(text, naive).cast(utc)] if naive else []
    found += [_since_1970(text, one).cast(utc) for one in formats if one in _EPOCHS]
    return ibis.coalesce(*found)


def _clock(text: ir.StringValue, formats: Sequence[str]) -> ir.TimestampValue:
    """Read a wall-clock time by strptime's formats or as a spreadsheet's count of days."""
    # Years of two digits first: `%Y` would read 26 as the year 26, `%y` refuses four digits.
    written = sorted((one for one in formats if one != "excel"), key=lambda one: "%Y" in one)
    found = [_local_of(text, written)] if written else []
    if len(written) < len(formats):
        found.append(_of_serial(text))
    return ibis.coalesce(*found) if len(found) > 1 else found[0]


def _of_serial(text: ir.StringValue) -> ir.TimestampValue:
    """Read days since 1899-12-30 with their share of a day, to the second; from 1902 on."""
    days = only(text, _SERIAL).try_cast(dt.Decimal(18, 6))
    seconds = round_even(days * ibis.literal(86400, dt.int32), 0).cast(dt.int64)
    return _of_micros((seconds - _SERIAL_OF_1970 * 86400) * 1_000_000)


def _since_1970(text: ir.StringValue, unit: str) -> ir.TimestampValue:
    pattern, micros = _EPOCHS[unit]
    count = only(text, pattern).try_cast(dt.Decimal(20, 6))
    return _of_micros((count * ibis.literal(int(micros), dt.int32)).cast(dt.int64))


def on_weekday(week: ir.Value, day: ir.StringValue) -> ir.Value:
    """Move a date or time to the first day of that name on or after it.

    Args:
        week: The first day of a week, or a time on it.
        day: ``Monday``, ``Mon``, ``Mo`` or ``M``, and so on, in any case; ``T`` is Tuesday, ``R``
            Thursday. Null, and what is no day, give null.
    """
    number = day.lower().re_replace(r"\.$", "").cases(*_WEEKDAYS.items(), else_=ibis.null("int64"))
    return week + ((number - week.day_of_week.index() + 7) % 7).as_interval("D")


def is_ancient(read: ir.DateValue | ir.TimestampValue) -> ir.BooleanValue:
    """Say whether a date or time that was read lies before 1800, so that it is none.

    ``%Y`` reads ``26`` as the year 26; a format that means two-digit years says ``%y``.
    """
    return read < ibis.literal(OLDEST).cast(read.type())


def integer(text: ir.StringValue) -> ir.IntegerValue:
    """Parse a whole number: ``12``, ``-3``, ``12.0``; no thousands, no exponent."""
    return only(text, _INTEGER).try_cast(dt.int64)


def number(text: ir.StringValue) -> ir.FloatingValue:
    """Parse a number: digits with an optional point and exponent; neither infinite nor NaN."""
    return only(text, f"^{NUMBER}$").try_cast(dt.float64)


def decimal(text: ir.StringValue) -> ir.DecimalValue:
    """Parse an exact amount of at most 14 digits before and 4 after the point; never rounded."""
    return only(text, _DECIMAL).try_cast(dt.Decimal(18, 4))


def boolean(text: ir.StringValue) -> ir.BooleanValue:
    """Parse a flag: Y/N, Yes/No, True/False, T/F, 1/0, in any case."""
    lower = text.lower()
    return ibis.cases(
        (lower.isin(_TRUE), ibis.literal(value=True)),
        (lower.isin(_FALSE), ibis.literal(value=False)),
        else_=ibis.null("boolean"),
    )


def only(text: ir.StringValue, pattern: str) -> ir.StringValue:
    """Return a text that has a match of a regular expression; else null."""
    return text.re_search(pattern).ifelse(text, ibis.null("string"))
