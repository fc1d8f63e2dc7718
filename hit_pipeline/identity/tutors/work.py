"""Where and when accounts work: employers on lists, sources of logs, days and hours of sessions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.truth import holds
from hit_pipeline.engine_functions import utc_to_local
from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.identity.tutors.accounts import ROLE, Accounts

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

LOG, LIST = "typed_session_log", "typed_tutor_event"
_SECONDS = 1800
"""Length of a session that states none."""
_BEFORE_NEXT = 300
"""Seconds by which one session may run into another and still be led by one tutor."""

_MEETING = {
    "account": "string",
    "source": "string",
    "session": "string",
    "start": "int64",
    "finish": "int64",
    "own": "boolean",
}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Shared:
    """What two accounts have at one time.

    Attributes:
        both: How much both have.
        least: How much the one that has less has in all.
    """

    both: int
    least: int


@dataclass(frozen=True)
class Work:
    """The work of accounts.

    Only sessions of one's own count: who stands in may take a second group along.

    Attributes:
        logs: Account -> sources whose sessions it is named in.
        employers: Account -> employers as lists name them.
        days: Pair of two accounts with identifiers of one log -> days in that log; of several logs
            the one with the greatest share in common.
        rooms: Pair of two accounts -> sessions held at the same time.
    """

    logs: dict[str, set[str]]
    employers: dict[str, set[str]]
    days: dict[tuple[str, str], Shared]
    rooms: dict[tuple[str, str], Shared]


def work_of(context: "BuildContext", accounts: Accounts, pairs: Pairs) -> Work:
    """Return the work of all accounts, and what those of pairs have at one time."""
    engine = context.engine
    of = engine.from_arrow(
        pa.table(
            {
                "record": pa.array(list(accounts.records), pa.string()),
                "account": pa.array(list(accounts.records.values()), pa.string()),
            }
        )
    )
    asked = engine.from_arrow(
        pa.table(
            {
                "left": pa.array([one for one, _ in pairs], pa.string()),
                "right": pa.array([other for _, other in pairs], pa.string()),
            }
        )
    )
    meetings = engine.keep(_meetings(context, of, asked))
    return Work(
        logs=_sets(context, LOG, "_source", of),
        employers=_sets(context, LIST, "employer", of),
        days=_shared(context, _common_days(asked, meetings)),
        rooms=_shared(context, _common_hours(asked, meetings)),
    )


def _sets(context: "BuildContext", table: str, column: str, of: ir.Table) -> dict[str, set[str]]:
    """Return the distinct values of a column per account."""
    found: dict[str, set[str]] = defaultdict(set)
    if table in naming_tables(context, ROLE):
        rows = context.typed(table)
        stated = rows.select(record=rows.tutor_record_id, value=rows[column]).distinct()
        named = stated.join(of, "record").select("account", "value").drop_null().distinct()
        for row in context.engine.collect(named).to_pylist():
            found[row["account"]].add(row["value"])
    return found


def _meetings(context: "BuildContext", of: ir.Table, asked: ir.Table) -> ir.Table:
    """Return the sessions of the accounts of pairs: start and finish in seconds of local time."""
    if LOG not in naming_tables(context, ROLE):
        return ibis.memtable([], schema=_MEETING)
    rows = context.typed(LOG)
    zone = context.district.district.time_zone
    begun = rows.started_at_local.coalesce(utc_to_local(rows.started_at_utc, zone))
    ended = rows.ended_at_local.coalesce(utc_to_local(rows.ended_at_utc, zone))
    start, finish = begun.epoch_seconds(), ended.epoch_seconds()
    lasting = ibis.coalesce(rows.held_seconds, rows.planned_seconds, _SECONDS)
    stated = rows.select(
        record=rows.tutor_record_id,
        source=rows["_source"],
        session=rows.session_id_source,
        start=start.cast("int64"),
        finish=finish.coalesce(start + lasting).cast("int64"),
        own=ibis.coalesce(*(rows[f"tutor_id_{system}"] for system in SCOPED)).notnull(),
        stands_in=holds(rows.tutor_role == "substitute"),
    )
    wanted = asked.select(account="left").union(asked.select(account="right")).distinct()
    known = of.semi_join(wanted, "account")
    named = stated.filter(stated.start.notnull() & ~stated.stands_in).join(known, "record")
    return named.select(*_MEETING).distinct()


def _common_days(asked: ir.Table, meetings: ir.Table) -> ir.Table:
    """Return the days both accounts of a pair work in one log, and those of the idler."""
    numbered = meetings.filter(meetings.own)
    days = numbered.select("account", "source", day=numbered.start // 86_400).distinct()
    total = days.group_by("account", "source").agg(days=lambda t: t.count())
    mine = days.rename(left="account")
    theirs = days.rename(right="account")
    met = asked.join(mine, "left").join(theirs, ["right", "source", "day"])
    met = met.group_by("left", "right", "source").agg(both=lambda t: t.count())
    left = total.rename(left="account", mine="days")
    right = total.rename(right="account", theirs="days")
    both = asked.join(left, "left").join(right, ["right", "source"])
    held = both.left_join(met, ["left", "right", "source"])
    return held.select(
        "left",
        "right",
        both=held.both.fill_null(0),
        least=ibis.least(held.mine, held.theirs),
    )


def _common_hours(asked: ir.Table, meetings: ir.Table) -> ir.Table:
    """Return the sessions of the idler of a pair that lie in a session of the other elsewhere."""
    whole = [meetings[name].cast("string").fill_null("") for name in ("source", "session", "start")]
    dated = meetings.mutate(day=meetings.start // 86_400, meeting=ibis.literal("\x1f").join(whole))
    total = meetings.group_by("account").agg(sessions=lambda t: t.count())
    left = total.rename(left="account", mine="sessions")
    right = total.rename(right="account", theirs="sessions")
    counted = asked.join(left, "left").join(right, "right")
    mine = dated.rename(left="account")
    theirs = dated.select(
        "day",
        right="account",
        other_source="source",
        other_session="session",
        other_start="start",
        other_finish="finish",
        other_meeting="meeting",
    )
    met = asked.join(mine, "left").join(theirs, ["right", "day"])
    elsewhere = (met.source != met.other_source) | (met.session != met.other_session)
    together = ibis.least(met.finish, met.other_finish) - ibis.greatest(met.start, met.other_start)
    met = met.filter(elsewhere & (together > _BEFORE_NEXT))
    met = met.group_by("left", "right").agg(
        both=lambda t: ibis.least(t.meeting.nunique(), t.other_meeting.nunique())
    )
    held = counted.left_join(met, ["left", "right"])
    return held.select(
        "left", "right", both=held.both.fill_null(0), least=ibis.least(held.mine, held.theirs)
    )


def _shared(context: "BuildContext", rows: ir.Table) -> dict[tuple[str, str], Shared]:
    """Read shared work; of several rows of a pair the one with the greatest share counts."""
    found: dict[tuple[str, str], Shared] = {}
    for row in context.engine.collect(rows.order_by("left", "right")).to_pylist():
        pair, one = (row["left"], row["right"]), Shared(row["both"], row["least"])
        known = found.get(pair)
        if known is None or one.both * known.least > known.both * one.least:
            found[pair] = one
    return found
