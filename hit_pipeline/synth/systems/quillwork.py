"""Quillwork Online: a REST API's lessons as JSON, one object per lesson with its participants.

Each night the lessons updated since the night before, one page per zone; the first night those of
all time. A lesson always comes whole; one the vendor has deleted is not told of. All instants are
UTC with a ``Z``. ``status`` is ``scheduled``, ``completed``, ``missed`` (no pupil came),
``no_show_tutor`` or ``canceled``, then with who did it and a note; nobody did what failed for
technical reasons. ``scheduled_minutes`` is the plan, ``duration_seconds`` how long anybody was
there. Participants are known by e-mail address first, by district number (``external_id``) where
the district gave it, and by an account number of the vendor's own. ``attended`` is null while
there is no result and when there was no lesson; why a pupil did not come is not said. ``rating``
is what some pupils gave the lesson, 1 to 5.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.json_text import booleans, objects, quoted
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.meetings import Gathered, gather, of_touched_meetings
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.systems.vendor_cells import (
    HELD,
    UNMAPPED,
    accounts,
    school_name,
    state_on,
    status_on,
    substitute,
    timestamps,
    took_part,
    tutor_name,
    unique_number,
)
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "quillwork"
_STATUS = (
    "completed",
    "canceled",
    "canceled",
    "canceled",
    "no_show_tutor",
    "canceled",
    "canceled",
    "canceled",
    "scheduled",
    "transferred",
    "missed",
)
_MISSED = UNMAPPED + 1
_CANCELED_BY = ("", "provider", "school", "student", "", "provider", "school", "", "")
_NOTES = (
    "",
    "tutor unavailable",
    "school event",
    "canceled by family",
    "",
    "rescheduled",
    "school closed",
    "technical problem",
    "",
)
_RATINGS = ("5", "", "4", "5", "", "", "3", "4", "", "5", "1", "", "2")


def sheets(zone: Zone, log: Log, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Yield the lessons of which an entry is new, changed or gone, one a row."""
    lessons = gather(log, of_touched_meetings(log, night))
    participants = lessons.listed(
        _participants(zone, log, claims, night, lessons),
        ",",
        np.ones(len(lessons.entries), dtype=np.bool_),
    )
    fields = _lesson(zone, log, night, lessons) | {
        "updated_at": _utc(lessons.latest(log.updated_at(night))),
        "participants": cells.joined("[", participants, "]"),
    }
    rows = pa.table({"lesson": objects(len(lessons.first), fields, keeps_nulls=True)})
    file = f"lessons_{night.stamp}_p{zone.number:04d}.json"
    members = (lessons.row, lessons.entries)
    yield Sheet(SOURCE, file, rows, nobody(rows), "student", members=members, form="json")


def _lesson(zone: Zone, log: Log, night: Night, lessons: Gathered) -> dict[str, pa.StringArray]:
    at = lessons.first
    state = state_on(log, night)[at]
    came = took_part(log, night)
    status = status_on(log, night)[at]
    status = np.where((status == HELD) & ~lessons.any(came), _MISSED, status)
    duration = lessons.largest(np.where(came, log.present_on(night), 0))
    return {
        "id": _id("ql_", unique_number(zone, log.meeting[at])),
        "series_id": _id("qs_", unique_number(zone, log.group[at])),
        "starts_at": _utc(to_utc(log.start_local[at])),
        "scheduled_minutes": cells.number(log.planned[at] // 60),
        "duration_seconds": cells.where(state == HELD, cells.number(duration), None),
        "status": quoted(cells.lookup(_STATUS, status)),
        "canceled_by": quoted(cells.lookup(_CANCELED_BY, state)),
        "cancel_note": quoted(cells.lookup(_NOTES, state)),
        "school": quoted(school_name(zone, log.group[at])),
        "tutor": _tutor(zone, log.tutor[at]),
        "substitute": _tutor(zone, substitute(log, night)[at]),
    }


def _tutor(zone: Zone, tutor: Ints) -> pa.StringArray:
    everybody = np.arange(len(zone.tutors.person))
    fields = {
        "id": _id("qt_", zone.tutors.person * 5 + 31),
        "name": quoted(tutor_name(zone, everybody)),
        "email": quoted(cells.text(zone.tutors.email)),
    }
    return cells.lookup(objects(len(everybody), fields, keeps_nulls=True), tutor)


def _participants(
    zone: Zone, log: Log, claims: Claims, night: Night, lessons: Gathered
) -> pa.StringArray:
    """Return one JSON object per entry, in the order of the lessons."""
    at = lessons.entries
    held = (state_on(log, night)[lessons.first] == HELD)[lessons.row]
    came = took_part(log, night)[at] & held
    present = np.where(came, log.present_on(night)[at], 0)
    joined = to_utc(log.start_local[at]) + log.joined[at].astype("timedelta64[s]")
    rating = cells.lookup(_RATINGS, log.key[at] % len(_RATINGS))
    members = _identity(zone, claims, at) | {
        "attended": cells.where(held, booleans(came), None),
        "joined_at": _utc(_only(came, joined)),
        "left_at": _utc(_only(came, joined + present.astype("timedelta64[s]"))),
        "seconds_present": cells.where(held, cells.number(present), None),
        "rating": cells.where(came, rating, None),
    }
    return objects(len(at), members, keeps_nulls=True)


def _identity(zone: Zone, claims: Claims, at: Ints) -> dict[str, pa.StringArray]:
    return {
        "participant_id": _id("qp_", accounts(zone, claims)[at]),
        "external_id": quoted(cells.text(claims.second_id[at])),
        "email": quoted(cells.text(claims.id[at])),
        "first_name": quoted(cells.text(claims.first[at])),
        "last_name": quoted(cells.text(claims.last[at])),
        "birthdate": quoted(cells.moments(claims.birth[at], "%Y-%m-%d")),
    }


def _id(prefix: str, numbers: Ints) -> pa.StringArray:
    return quoted(cells.joined(prefix, cells.number(numbers)))


def _only(flags: Flags, moments: Days) -> Days:
    return np.where(flags, moments, np.datetime64("NaT"))


def _utc(moments: Days) -> pa.StringArray:
    return quoted(timestamps(moments, "%Y-%m-%dT", "%H:%M:%SZ"))
