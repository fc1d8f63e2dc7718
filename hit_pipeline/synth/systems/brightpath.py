"""Brightpath Learning: a table of meetings and a table of who joined them, changes only.

The layout is that of the contract ``brightpath``. The first night holds everything so far, a later
one the meetings that are new or changed, each with all its attendance. Attendance lists meetings
that took place only: one row per stay, so that a pupil who lost the connection for a while has
two, and one row without times for a pupil who did not come. Pupils are known by the vendor's own
number and by state id; the name is one cell. Times are local without a zone. The group stands in
brackets after the topic. The host is the tutor planned; a substitute has an id only. Why a meeting
did not take place is said by ``State`` and ``CancelReason`` together: one that was moved is the
provider's cancellation, one of a closed school the school's, one the technology failed is
``NOT_HELD``.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.meetings import Gathered, gather, of_touched_meetings
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.vendor_cells import (
    HELD,
    accounts,
    full_name,
    school_name,
    state_on,
    status_on,
    substitute,
    timestamps,
    took_part,
    tutor_name,
    unique_number,
)
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "brightpath"
_STATE = (
    "ENDED",
    "CANCELLED",
    "CANCELLED",
    "CANCELLED",
    "NOT_HELD",
    "CANCELLED",
    "CANCELLED",
    "NOT_HELD",
    "UPCOMING",
    "ARCHIVED",
)
_REASON = (
    "",
    "PROVIDER",
    "SCHOOL",
    "STUDENT",
    "TUTOR_ABSENT",
    "PROVIDER",
    "SCHOOL",
    "PROVIDER",
    "",
)
_TOPICS = (
    "Letter sounds",
    "Blending",
    "Sight words",
    "Short vowels",
    "Long vowels",
    "Fluency",
    "Main idea",
    "Retelling",
)
_MEETING_FAULTS = (
    "row_unmapped_code",
    "row_no_school_day",
    "row_tutor_overlap",
    "row_late",
    "row_withdrawn",
    "time_utc",
)
_RECONNECTS = 17
"""Every so many keys, a pupil who stayed longer than `_LONG` seconds lost the connection once."""
_LONG = 600


def sheets(zone: Zone, log: Log, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Yield a night's meetings, one a row, and their attendance, one row per pupil and stay."""
    meetings = gather(log, of_touched_meetings(log, night))
    first = meetings.first
    rows = pa.table(_meeting(zone, log, night, first))
    host = np.where(log.tutor[first] >= 0, zone.tutors.person[log.tutor[first]], -1)
    file = f"meetings_{night.stamp}.csv"
    yield Sheet(SOURCE, file, rows, host, "tutor", faults=_of_meetings(log, night, first))
    at, join, leave = _stays(log, night, _attended_or_missed(log, night, meetings))
    rows = pa.table(_attendance(zone, log, claims, at, join, leave, night))
    file = f"attendance_{night.stamp}.csv"
    yield Sheet(SOURCE, file, rows, claims.person[at], "student", log.seat[at], at)


def _of_meetings(log: Log, night: Night, first: Ints) -> dict[str, Flags]:
    """Return the faults of whole meetings that their rows show."""
    known = {kind: log.kinds[kind][first] for kind in _MEETING_FAULTS if kind in log.kinds}
    if "row_unmapped_code" in known:
        known["row_unmapped_code"] &= log.has_result(night)[first]
    return known


def _meeting(zone: Zone, log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    state = state_on(log, night)[at]
    status = status_on(log, night)[at]
    host = cells.joined("H", cells.number(zone.tutors.person * 7 + 7_000))
    end = log.start_local[at] + log.planned[at].astype("timedelta64[s]")
    return {
        "MeetingKey": _key(zone, log, at),
        "ProgramName": cells.constant(zone.programs[log.program].name, len(at)),
        "Topic": _topic(zone, log, at),
        "HostId": cells.lookup(host, log.tutor[at]),
        "HostName": tutor_name(zone, log.tutor[at]),
        "SubstituteHostId": cells.lookup(host, substitute(log, night)[at]),
        "SiteName": school_name(zone, log.group[at]),
        "ScheduledStart": _local(log.start_local[at]),
        "ScheduledEnd": _local(end),
        "State": cells.lookup(_STATE, status),
        "CancelReason": cells.lookup(_REASON, state),
    }


def _key(zone: Zone, log: Log, at: Ints) -> pa.StringArray:
    return cells.joined("BPM-", cells.number(unique_number(zone, log.meeting[at])))


def _topic(zone: Zone, log: Log, at: Ints) -> pa.StringArray:
    """Return the topic of the week and the group, as the vendor writes them in one cell."""
    week = log.start_local[at].astype("datetime64[W]").astype(np.int64)
    group = cells.lookup(zone.groups.key, log.group[at])
    return cells.joined(cells.lookup(_TOPICS, week % len(_TOPICS)), " (", group, ")")


def _attended_or_missed(log: Log, night: Night, meetings: Gathered) -> Ints:
    """Return the entries of meetings that took place, by meeting; others have no attendance."""
    held = state_on(log, night) == HELD
    listed: Ints = meetings.entries[held[meetings.first][meetings.row] & held[meetings.entries]]
    return listed


def _stays(log: Log, night: Night, at: Ints) -> tuple[Ints, Days, Days]:
    """Return entry, start and end of every stay; NaT for a pupil who did not come.

    The time without connection is added at the end, so that the stays add up to the time present.
    """
    came = took_part(log, night)[at]
    present = np.where(came, log.present_on(night)[at], 0)
    join = log.start_local[at] + log.joined[at].astype("timedelta64[s]")
    join[~came] = np.datetime64("NaT")
    key = log.key[at]
    twice = (key % _RECONNECTS == 0) & (present > _LONG)
    until = np.where(twice, present // 3 + key % 120, present)
    back = until + 20 + key % 100
    row = np.repeat(np.arange(len(at)), 1 + twice)
    again = np.diff(row, prepend=-1) == 0
    begin = np.where(again, back[row], 0)
    end = np.where(again, (back + present - until)[row], until[row])
    start = join[row]
    return at[row], start + begin.astype("timedelta64[s]"), start + end.astype("timedelta64[s]")


def _attendance(
    zone: Zone, log: Log, claims: Claims, at: Ints, join: Days, leave: Days, night: Night
) -> dict[str, pa.StringArray]:
    excused = log.attendance_on(night)[at] == ATTENDANCE.index("absent_school_excused")
    return {
        "MeetingKey": _key(zone, log, at),
        "ParticipantId": cells.joined("P", cells.number(accounts(zone, claims)[at])),
        "ExternalStudentId": cells.text(claims.id[at]),
        "DisplayName": full_name(claims.first[at], claims.last[at]),
        "JoinTime": _local(join),
        "LeaveTime": _local(leave),
        "Marked": cells.where(
            np.isnat(join),
            cells.where(excused, "EXCUSED", "NO_SHOW"),
            "ATTENDED",
        ),
    }


def _local(moments: Days) -> pa.StringArray:
    return timestamps(moments, "%m/%d/%Y ", "%I:%M:%S %p")
