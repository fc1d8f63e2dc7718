"""When sessions were: wall clock, zone, local date and instants of the rows of session logs."""

from collections.abc import Callable, Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine_functions import local_to_utc, utc_to_local
from hit_pipeline.settings import District


def with_clock(rows: ir.Table, district: District, zones: Sequence[str]) -> ir.Table:
    """Replace the times of session rows by times that are known in every form.

    A row's zone is the one it states, else that of its source, else the district's. A start at
    exactly midnight is a date without a time: it gives the date, and no instant. Where no start is
    stated, the time the student joined is taken.

    Args:
        rows: Rows with the time columns of ``typed_session_log``.
        district: The district.
        zones: The zones that rows state, as far as they exist.

    Returns:
        The rows with ``time_zone, local_date`` (null when nothing dates the row),
        ``started_at_local, started_at_utc, ended_at_utc``; ``ended_at_local`` is gone.
    """
    usual = _usual_zone(rows, district)
    zone = rows.time_zone.isin(zones).ifelse(rows.time_zone, usual) if zones else usual
    every = [*dict.fromkeys([*zones, *_usual_zones(district)])]
    rows = rows.mutate(time_zone=zone)
    shown = _by_zone(rows, every, lambda zone: utc_to_local(rows.started_at_utc, zone))
    midnight = rows.started_at_local.date().cast("timestamp")
    clock = rows.started_at_local.nullif(midnight).coalesce(shown, rows.joined_at_local)
    local_date = rows.started_at_local.coalesce(clock).date()
    timed = rows.mutate(started_at_local=clock, local_date=local_date)
    started = _by_zone(timed, every, lambda zone: local_to_utc(timed.started_at_local, zone))
    ended = _by_zone(timed, every, lambda zone: local_to_utc(timed.ended_at_local, zone))
    return timed.mutate(
        started_at_utc=timed.started_at_utc.coalesce(started),
        ended_at_utc=timed.ended_at_utc.coalesce(ended),
    ).drop("ended_at_local")


def seconds_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.IntegerValue:
    """Return whole seconds from one time to a later one; null unless it is later."""
    length = end.epoch_seconds().cast("int64") - start.epoch_seconds().cast("int64")
    return cast("ir.IntegerValue", (length > 0).ifelse(length, None))


def _usual_zones(district: District) -> list[str]:
    own = [source.time_zone for source in district.sources.values() if source.time_zone]
    return [district.district.time_zone, *own]


def _usual_zone(rows: ir.Table, district: District) -> ir.StringValue:
    """Return the zone of each row's source, else the district's."""
    own = [
        (rows["_source"] == name, source.time_zone)
        for name, source in district.sources.items()
        if source.time_zone
    ]
    zone = ibis.literal(district.district.time_zone)
    return cast("ir.StringValue", ibis.cases(*own, else_=zone) if own else zone)


def _by_zone(
    rows: ir.Table, zones: Sequence[str], convert: Callable[[str], ir.TimestampValue]
) -> ir.TimestampValue:
    """Convert each row in its own zone; a fixed zone is far quicker than one read per row."""
    if len(zones) == 1:
        return convert(zones[0])
    one_each = ((rows.time_zone == zone, convert(zone)) for zone in zones)
    return cast("ir.TimestampValue", ibis.cases(*one_each))
