"""The district's list of tutors: who they are, who employs them, and what they were trained for.

Two files a night, each whole. ``tutors`` has one row per tutor and employer: somebody who works for
two vendors has two references and is one human. ``trainings`` has one row per event of such a row.
Dates are ISO; a background check is yes or no and nothing more. Volunteers give no birth date.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "hr"
ROLE = "tutor"
ROLES = {
    "employee": "District employee",
    "vendor_staff": "Vendor staff",
    "volunteer": "Volunteer",
    "peer": "Peer tutor",
    "teacher": "Teacher",
}
COACHED_AFTER = (45, 120, 210)
"""Days from the start to each coaching."""
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Posts:
    """Tutor x employer, tutor by tutor.

    Attributes:
        tutor: Position in the zone's `Tutors`.
        vendor: Position among the programs.
    """

    tutor: Ints
    vendor: Ints


def posts(zone: Zone) -> Posts:
    """Return every employer of every tutor."""
    bits = np.arange(len(zone.programs))
    tutor, vendor = np.nonzero((zone.tutors.vendors[:, None] >> bits[None, :]) & 1)
    return Posts(tutor.astype(np.int64), vendor.astype(np.int64))


def references(zone: Zone, at: Posts) -> pa.StringArray:
    """Return the list's own reference of each post; two of one human have nothing in common."""
    numbers = (zone.tutors.person[at.tutor] * 32 + at.vendor) * 7_368_787 % 1_000_000_000_039
    return cells.joined("T", cells.number(numbers, at_least=12))


def sheets(zone: Zone, night: Night) -> Iterator[Sheet]:
    """Return both files as known on a night: those recruited by then, events that have happened."""
    every = posts(zone)
    known = zone.tutors.recruited[every.tutor] <= night.today
    at = Posts(every.tutor[known], every.vendor[known])
    person = zone.tutors.person[at.tutor]
    yield Sheet(SOURCE, f"tutors_{night.stamp}.csv", _tutors(zone, at, night.today), person, ROLE)
    row, rows = _trainings(zone, at, night.today)
    yield Sheet(SOURCE, f"trainings_{night.stamp}.csv", rows, person[row], ROLE)


def _tutors(zone: Zone, at: Posts, today: np.datetime64) -> pa.Table:
    tutors, who = zone.tutors, at.tutor
    started, left = tutors.started[who] <= today, tutors.left[who] <= today
    kinds = [ROLES[kind] for kind in tutors.kind]
    told = tutors.kind[who] != "volunteer"
    return pa.table(
        {
            "Tutor Ref": references(zone, at),
            "Legal First": cells.lookup(tutors.first, who),
            "Legal Last": cells.lookup(tutors.last, who),
            "Email": cells.lookup(tutors.email, who),
            "Birth Date": cells.where(told, _dates(tutors.birth[who]), None),
            "Employer": cells.lookup([program.vendor for program in zone.programs], at.vendor),
            "Role": cells.lookup(kinds, who),
            "Start Date": cells.where(started, _dates(tutors.started[who]), None),
            "End Date": cells.where(left, _dates(tutors.left[who]), None),
            "Background Check": cells.where(tutors.screened[who] <= today, "Y", "N"),
            "Status": _status(started, left),
        }
    )


def _status(started: Flags, left: Flags) -> pa.StringArray:
    return cells.where(left, "Left", cells.where(started, "Active", "Onboarding"))


def _dates(days: Days) -> pa.StringArray:
    return cells.moments(days, "%Y-%m-%d")


def _trainings(zone: Zone, at: Posts, today: np.datetime64) -> tuple[Ints, pa.Table]:
    """Return, in order of posts and days, the events that have happened and their posts."""
    tutors, who = zone.tutors, at.tutor
    events = [
        ("recruited", tutors.recruited[who]),
        ("screened", tutors.screened[who]),
        ("trained", tutors.trained[who]),
        ("started", tutors.started[who]),
        *(("coached", tutors.started[who] + days * _DAY) for days in COACHED_AFTER),
        ("left", tutors.left[who]),
    ]
    days = np.stack([days for _, days in events], axis=1)
    # Nobody is coached who has left.
    happened = (days <= today) & ~(days > tutors.left[who][:, None])
    row, event = np.nonzero(happened)
    order = np.lexsort((event, days[row, event], row))
    row, event = row[order].astype(np.int64), event[order].astype(np.int64)
    return row, pa.table(
        {
            "Tutor Ref": references(zone, Posts(at.tutor[row], at.vendor[row])),
            "Event": cells.lookup([name for name, _ in events], event),
            "Event Date": _dates(days[row, event]),
        }
    )
