"""What a value of a session log means in one unit or another, as an expression."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.rules.units import AS_STATED, KIND_OF


def read_as(
    reading: str, column: str, value: ir.NumericValue, length: ir.NumericValue
) -> ir.NumericValue:
    """Return the seconds a value means; null where it cannot be in that unit.

    Hours as a bare number, and the minutes after their point, are read to the whole minute: two
    decimals tell no more.

    Args:
        reading: ``as_stated``, or one of `READINGS`.
        column: The column, as in `KIND_OF`.
        value: Seconds, a share or a number, as typed.
        length: Seconds of the whole session, which a share is of.
    """
    match KIND_OF[column], reading:
        case "length", _:
            found = _length(reading, value)
        case "share", "minutes":
            found = value * 6000
        case "share", _:
            found = value * (1 if reading == AS_STATED else 100) * length
        case _:
            found = _number(reading, value)
    return found


def _length(reading: str, value: ir.NumericValue) -> ir.NumericValue:
    factors = {AS_STATED: value, "sixtieth": value / 60, "sixtyfold": value * 60}
    return factors[reading]


def _number(reading: str, value: ir.NumericValue) -> ir.NumericValue:
    hours = value.floor()
    minutes = ((value - hours) * 100).round()
    readings = {
        AS_STATED: ibis.null("float64"),
        "hours": (value * 60).round() * 60,
        "hours_minutes": (minutes < 60).ifelse(hours * 3600 + minutes * 60, None),
        "minutes": value * 60,
    }
    return cast("ir.NumericValue", readings[reading])
