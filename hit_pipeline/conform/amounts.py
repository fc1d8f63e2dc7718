"""Durations and shares from text, in the units vendors use, as expressions.

Like those of `hit_pipeline.conform.parse`, every parser returns null for a text it cannot read and
for null itself. Which unit a cell is in is stated by the contract, never guessed.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis.expr import datatypes as dt

from hit_pipeline.conform.parse import NUMBER, number, only, round_even

_AMOUNT = r"^[+-]?(\d{1,9}(\.\d*)?|\.\d+)$"
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_CLOCKS = {
    "hh:mm": (r"^\d{1,4}:[0-5]?\d$", (3600, 60)),
    "hh:mm:ss": (r"^\d{1,4}:[0-5]?\d:[0-5]?\d$", (3600, 60, 1)),
    "mm:ss": (r"^\d{1,5}:[0-5]?\d$", (60, 1)),
}
_PART = r"(?:(\d{1,6}(?:\.\d*)?)\s*(?:%s)\.?)?"
_WORDS = (
    r"(?i)^(?:P(?:0+D)?T)?"
    + _PART % "h|hr|hrs|hour|hours"
    + r"[\s,]*(?:and\s)?\s*"
    + _PART % "m|min|mins|minute|minutes"
    + r"[\s,]*(?:and\s)?\s*"
    + _PART % "s|sec|secs|second|seconds"
    + "$"
)
_SHARES = ("percent", "share")
_GROUP_MARKS = {",": ",", ".": r"\.", " ": "[ \u00a0\u202f]", "'": "['\u2019]"}


def plain_marks(text: ir.StringValue, *, decimal: str, thousands: str) -> ir.StringValue:
    """Write a number the way the parsers read it: a decimal point, digits not in groups.

    Args:
        text: The cell.
        decimal: The mark before the decimals, ``.`` or ``,``; where it is a comma, a text that has
            a point as well is no number.
        thousands: The mark between groups of three digits; only groups of three are joined.
            Empty: none.
    """
    if thousands:
        mark, point = _GROUP_MARKS[thousands], _GROUP_MARKS[decimal]
        grouped = rf"^[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?:{point}\d*)?(?:[^\d.,].*)?$"
        text = text.re_search(grouped).ifelse(text.re_replace(mark, ""), text)
    if decimal == ",":
        text = text.contains(".").ifelse(ibis.null("string"), text).replace(",", ".")
    return text


def in_unit(text: ir.StringValue, units: Sequence[str]) -> ir.NumericValue:
    """Read a duration as whole seconds or a share as 0 to 1, by the first unit that can.

    Args:
        text: The cell.
        units: Units tried in order, all of durations or all of shares.
    """
    found = [share(text, one) if one in _SHARES else duration(text, one) for one in units]
    return ibis.coalesce(*found) if len(found) > 1 else found[0]


def in_stated_unit(
    text: ir.StringValue, said: ir.StringValue, codes: Mapping[str, str], usual: Sequence[str]
) -> ir.NumericValue:
    """Read an amount in the unit its row names.

    Args:
        text: The cell.
        said: What the row says the unit is; a word that is not in `codes` is no unit, and the cell
            cannot be read.
        codes: What it may say, to a unit; case does not matter.
        usual: Units tried in order where the row says nothing; none: the cell cannot be read.
    """
    read = [(said.lower() == code.lower(), in_unit(text, [one])) for code, one in codes.items()]
    if usual:
        read.append((said.isnull(), in_unit(text, usual)))
    return ibis.cases(*read, else_=ibis.null(read[0][1].type()))


def duration(text: ir.StringValue, unit: str) -> ir.IntegerValue:
    """Parse a duration to whole seconds; half a second goes to the even second.

    Args:
        text: A number, or a clock such as ``1:05`` when the unit is one.
        unit: ``milliseconds``, ``seconds``, ``minutes``, ``hours``, ``days``, ``hh:mm``,
            ``hh:mm:ss``, ``mm:ss``, or ``stated``: the text tells its unit.
    """
    if unit in _SECONDS:
        return _seconds(only(text, _AMOUNT), _SECONDS[unit])
    if unit == "milliseconds":
        return _seconds(only(text, _AMOUNT), Decimal("0.001"))
    if unit == "stated":
        return ibis.coalesce(_of_words(text), duration(text, "hh:mm:ss"))
    pattern, weights = _CLOCKS[unit]
    parts = only(text, pattern).split(":")
    terms = [parts[at].try_cast(dt.int64) * weight for at, weight in enumerate(weights)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def share(text: ir.StringValue, unit: str) -> ir.FloatingValue:
    """Parse a share to a number from 0 to 1; what lies outside is returned as it is.

    Args:
        text: A number; a percent sign after it tells hundredths whatever the unit.
        unit: ``percent`` (hundredths) or ``share``.
    """
    percent = number(text.re_extract(rf"({NUMBER})\s?%$", 1)) / 100
    plain = number(text)
    return ibis.coalesce(percent, plain / 100 if unit == "percent" else plain)


def _seconds(amount: ir.StringValue, factor: int | Decimal) -> ir.IntegerValue:
    whole = isinstance(factor, int)
    weight = ibis.literal(factor, dt.int32 if whole else dt.Decimal(4, 3))
    return round_even(amount.try_cast(dt.Decimal(18, 6)) * weight, 0).cast(dt.int64)


def _of_words(text: ir.StringValue) -> ir.IntegerValue:
    """Read ``1h 30m``, ``45 min``, ``1 hour and 5 minutes`` or ISO 8601's ``PT1H30M``."""
    told = only(only(text, _WORDS), r"\d")
    parts = [
        _seconds(told.re_extract(_WORDS, at).nullif(""), factor).fill_null(0)
        for at, factor in enumerate((3600, 60, 1), start=1)
    ]
    return told.notnull().ifelse(parts[0] + parts[1] + parts[2], ibis.null("int64"))
