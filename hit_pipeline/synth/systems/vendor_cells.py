"""Cells that several vendors write alike: names, times, accounts and the state of a meeting."""

from datetime import time
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.zone import Zone

HELD = OUTCOMES.index("held")
SCHEDULED = len(OUTCOMES)
"""Stands after the outcomes for a meeting without a result."""
UNMAPPED = SCHEDULED + 1
"""Stands after that for a result under a code the vendor told nobody of."""
PER_ZONE = 10**7
"""Room each zone has for the numbers a vendor gives its rows and meetings."""
_LEFT_EARLY = ATTENDANCE.index("left_early")
_STRANGERS = 9 * 10**9
_DAY_SECONDS = 86_400


def state_on(log: Log, night: Night) -> Ints:
    """Return entries' outcomes as known on a night: positions in `OUTCOMES`, or `SCHEDULED`."""
    return np.where(log.has_result(night), log.outcome, SCHEDULED)


def status_on(log: Log, night: Night) -> Ints:
    """Return states as worded: as `state_on` does, with `UNMAPPED` for codes nobody knows."""
    state = state_on(log, night)
    unknown = log.kinds.get("row_unmapped_code", np.zeros(len(state), dtype=np.bool_))
    return np.where(unknown & (state != SCHEDULED), UNMAPPED, state)


def took_part(log: Log, night: Night) -> Flags:
    """Say of each entry whether it has the pupil at a held meeting, if with no minutes."""
    return np.asarray((state_on(log, night) == HELD) & (log.attendance_on(night) <= _LEFT_EARLY))


def substitute(log: Log, night: Night) -> Ints:
    """Return who led each entry's meeting in place of the tutor planned; -1 for nobody else."""
    replaced = log.has_result(night) & (log.led_by >= 0) & (log.led_by != log.tutor)
    return np.where(replaced, log.led_by, -1)


def unique_number(zone: Zone, numbers: Ints) -> Ints:
    """Make numbers that are unique in a zone unique in the district."""
    return PER_ZONE * (zone.number + 1) + numbers


def accounts(zone: Zone, claims: Claims) -> Ints:
    """Return the number of the account each entry was made for, one for one person.

    Children of no roster and test accounts are told apart by what is written: name and birth date.
    """
    made = claims.person * 7 + 13
    strange = np.flatnonzero(claims.person < 0)
    written = claims.first[strange] + "|" + claims.last[strange] + "|"
    written = written + claims.birth[strange].astype(str).astype(object)
    _, rank = np.unique(written.astype(str), return_inverse=True)
    made[strange] = _STRANGERS + unique_number(zone, rank)
    return made


def full_name(first: Texts, last: Texts, between: str = " ") -> pa.StringArray:
    """Return two parts of names as one cell; a blank part is left out."""
    whole = pc.binary_join_element_wise(
        cells.text(first), cells.text(last), between, null_handling="skip"
    )
    return pc.if_else(pc.equal(whole, ""), None, whole)


def tutor_name(zone: Zone, tutor: Ints) -> pa.StringArray:
    """Return tutors' names, first name first; empty for position -1."""
    return cells.lookup(full_name(zone.tutors.first, zone.tutors.last), tutor)


def school_name(zone: Zone, group: Ints) -> pa.StringArray:
    """Return the names of the schools at which groups meet."""
    return cells.lookup(zone.schools.name, zone.groups.school[group])


def timestamps(values: Days, day: str, clock: str) -> pa.StringArray:
    """Return instants as a date in one `strftime` pattern and a time of day in another, end to end.

    Few dates and at most 86,400 times of day are ever formatted, however many instants there are.
    An empty pattern for the date leaves it out; NaT is an empty cell.
    """
    seconds = values.astype("datetime64[s]")
    days = seconds.astype("datetime64[D]")
    after = (seconds - days).astype(np.int64)
    times = _times_of_day(np.where(np.isnat(seconds), -1, after), clock)
    return cells.joined(cells.moments(days, day), times) if day else times


def _times_of_day(seconds: Ints, pattern: str) -> pa.StringArray:
    """Format seconds after midnight, each distinct one once in a process; -1 is an empty cell."""
    words = _formatted(pattern)
    used = np.zeros(_DAY_SECONDS, dtype=bool)
    used[seconds[seconds >= 0]] = True
    for s in np.flatnonzero(used & (words == "")):
        words[s] = time(s // 3600, s // 60 % 60, s % 60).strftime(pattern)
    place = np.where(seconds >= 0, (np.cumsum(used) - 1)[seconds], -1)
    return cells.lookup(words[used], place)


@cache
def _formatted(pattern: str) -> Texts:
    """Return the times of day formatted so far, by second; empty where none is."""
    del pattern
    return np.full(_DAY_SECONDS, "", dtype=object)
