"""What each pair of session state and attendance counts as: the table ``status_effect.toml``.

Belongs here: reading that table and proving it whole. Mapping a vendor's code to a pair is the
business of contracts; applying the table to sessions that of `hit_pipeline.conform.sessions`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.errors import ConfigurationError, Misfit
from hit_pipeline.located_toml import parse_toml
from hit_pipeline.mistakes import in_order, placed
from hit_pipeline.tables.vocabulary import ATTENDANCE, MINUTE_BUCKETS, SESSION_STATES

FILE = "status_effect.toml"
ATTENDED = ("present", "partial", "late")
"""Attendance of a student who was there, for all of the session or some of it."""
_COUNTS = ("scheduled", "delivered", "attended")


@dataclass(frozen=True)
class StatusEffect:
    """What one pair counts as.

    Attributes:
        session_state: State of the session.
        attendance: Attendance of the student.
        possible: False when the pair cannot occur; it then counts as nothing.
        counts_scheduled: The student was due in it.
        counts_delivered: It was held for the student.
        counts_attended: The student was there.
        bucket: Where the planned time goes that the student was not present for.
        reason: Why the pair cannot occur; empty when it can.
    """

    session_state: str
    attendance: str
    possible: bool
    counts_scheduled: bool
    counts_delivered: bool
    counts_attended: bool
    bucket: str
    reason: str


def parse_effects(text: str, file: str) -> tuple[StatusEffect, ...]:
    """Read a status table and prove it whole.

    Every pair must be there once; an attended one must be delivered, a delivered one scheduled;
    somebody attended only where the attendance says so.

    Args:
        text: The table, as TOML.
        file: Its name in error messages.

    Raises:
        ConfigurationError: It is not TOML, lacks a pair, names an unknown one or contradicts
            itself; every mistake with its line.
    """
    document = parse_toml(text, file, ConfigurationError)
    if found := [placed(misfit, document) for misfit in _misfits(document.values)]:
        raise ConfigurationError(file, in_order(found))
    return tuple(
        _effect(state, attendance, document.values[state][attendance])
        for state in SESSION_STATES
        for attendance in ATTENDANCE
    )


@cache
def status_effects() -> tuple[StatusEffect, ...]:
    """Return the shipped table: one entry per pair, states and attendances in their own order.

    Raises:
        ConfigurationError: The shipped file holds mistakes.
    """
    text = (resources.files("hit_pipeline.rules") / FILE).read_text(encoding="utf-8")
    return parse_effects(text, FILE)


def impossible_pairs() -> frozenset[tuple[str, str]]:
    """Return the (session state, attendance) pairs that cannot occur."""
    return frozenset(
        (one.session_state, one.attendance) for one in status_effects() if not one.possible
    )


def effect_table() -> ir.Table:
    """Return the shipped table as rows: the attributes of `StatusEffect`, ``reason`` aside."""
    columns = [name for name in StatusEffect.__dataclass_fields__ if name != "reason"]
    rows = {name: [getattr(one, name) for one in status_effects()] for name in columns}
    return ibis.memtable(pa.table(rows))


def is_possible(session_state: ir.StringValue, attendance: ir.StringValue) -> ir.BooleanValue:
    """Say of each row whether its pair can occur; a null counts as unknown."""
    pair = session_state.fill_null("unknown") + "/" + attendance.fill_null("unknown")
    return pair.notin(sorted(f"{state}/{shown}" for state, shown in impossible_pairs()))


def _effect(state: str, attendance: str, entry: dict[str, Any]) -> StatusEffect:
    reason = entry.get("impossible", "")
    scheduled, delivered, attended = (bool(entry.get(name)) for name in _COUNTS)
    bucket = entry.get("bucket", "unknown")
    return StatusEffect(
        state, attendance, not reason, scheduled, delivered, attended, bucket, reason
    )


def _misfits(values: dict[str, Any]) -> Iterator[Misfit]:
    for state in sorted(values.keys() - set(SESSION_STATES)):
        yield Misfit((state,), "is not a session state", valid=SESSION_STATES)
    for state in SESSION_STATES:
        entries = values.get(state)
        if not isinstance(entries, dict):
            yield Misfit((state,), "is missing: every session state needs a table")
            continue
        for attendance in sorted(entries.keys() - set(ATTENDANCE)):
            yield Misfit((state, attendance), "is not an attendance", valid=ATTENDANCE)
        for attendance in ATTENDANCE:
            if problem := _problem(attendance, entries.get(attendance)):
                yield Misfit((state, attendance), problem)


def _problem(attendance: str, entry: object) -> str | None:
    """Return what is wrong with the entry of one pair; None when nothing is."""
    if not isinstance(entry, dict):
        return "is missing: every attendance needs an entry"
    if set(entry) == {"impossible"}:
        reason = entry["impossible"]
        return None if isinstance(reason, str) and reason else "must say why it is impossible"
    if set(entry) != {*_COUNTS, "bucket"}:
        return f"must give {', '.join(_COUNTS)} and bucket, or impossible alone"
    if any(not isinstance(entry[name], bool) for name in _COUNTS):
        return f"{', '.join(_COUNTS)} must be true or false"
    if entry["bucket"] not in MINUTE_BUCKETS:
        return f"bucket must be one of {', '.join(MINUTE_BUCKETS)}"
    return _contradiction(attendance, entry)


def _contradiction(attendance: str, entry: dict[str, Any]) -> str | None:
    scheduled, delivered, attended = (entry[name] for name in _COUNTS)
    if attended and not delivered:
        return "counts as attended but not as delivered"
    if delivered and not scheduled:
        return "counts as delivered but not as scheduled"
    if attended and attendance not in ATTENDED:
        return f"counts as attended, which only {', '.join(ATTENDED)} may"
    if (entry["bucket"] == "delivered") != (attended and attendance == "present"):
        return "has the bucket delivered exactly when a present student attended"
    return None
