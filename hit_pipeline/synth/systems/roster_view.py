"""What the district's records hold on a night: who is enrolled where, under which name and number.

Entries are known on their day, exits the day after, closures from when they became known. A school
year is active from its first instructional day until the next one's.
"""

from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import CLOSURE, Calendar
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts
from hit_pipeline.synth.truth.zone import Zone

DISTRICT_ROSTER = ("district",)
PARTNER_ROSTER = ("partner_school", "home_school")
END_OF_YEAR = "End of year"
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Roster:
    """The pupils a roster has on a night.

    Attributes:
        today: Local date of the night.
        year: Position of the active school year.
        spells: Positions in `Spells` of all that began by today, whatever the year.
        exits: Their last days as far as known; NaT while the pupil is enrolled. Who stayed to the
            end of a year has its last day once the next one is active.
        reasons: Why they ended, as far as known.
        pupils: Positions in `Students` of who is enrolled tonight in the active year, in order.
        main: Position in `Spells` of each pupil's main enrolment.
        here: Positions in `Spells` of all enrolments of tonight, second schools included.
        members: Positions in `SectionMembers` of the pupils' places in classes tonight.
    """

    today: np.datetime64
    year: int
    spells: Ints
    exits: Days
    reasons: Texts
    pupils: Ints
    main: Ints
    here: Ints
    members: Ints


def roster(zone: Zone, today: np.datetime64, origins: tuple[str, ...] = DISTRICT_ROSTER) -> Roster:
    """Return what a roster has at the end of a day.

    Args:
        zone: The zone.
        today: Local date.
        origins: Whose pupils the roster holds: values of ``Students.origin``.
    """
    year = active_year(zone.calendar, today)
    ours = np.isin(zone.students.origin.astype(str), origins)
    spells = np.flatnonzero(ours[zone.spells.student] & (zone.spells.entry <= today))
    left = zone.spells.exit[spells] < today
    over = ~left & (zone.spells.year[spells] < year)
    here = spells[~left & ~over]
    pupils, main = _main(zone, here)
    exits = np.where(left, zone.spells.exit[spells], _NEVER)
    return Roster(
        today=today,
        year=year,
        spells=spells,
        exits=np.where(over, _last_days(zone.calendar)[zone.spells.year[spells]], exits),
        reasons=np.where(left, zone.spells.reason[spells], np.where(over, END_OF_YEAR, "")),
        pupils=pupils,
        main=main,
        here=here,
        members=_places(zone, today, here),
    )


def _last_days(calendar: Calendar) -> Days:
    last = [calendar.last_day(year) for year in range(len(calendar.years))]
    return np.array(last, dtype="datetime64[D]")


def _main(zone: Zone, here: Ints) -> tuple[Ints, Ints]:
    """Return enrolled pupils and the main spell of each: not a second school, then the earliest."""
    second = (zone.spells.kind[here] == "co_enrolled").astype(np.int64)
    order = np.lexsort((zone.spells.entry[here], second, zone.spells.student[here]))
    pupils, first = np.unique(zone.spells.student[here[order]], return_index=True)
    return pupils, here[order][first]


def _places(zone: Zone, today: np.datetime64, here: Ints) -> Ints:
    """Return the places in classes, of tonight, in the schools pupils are enrolled in."""
    known = zone.section_members
    schools = len(zone.schools.code)
    enrolled = zone.spells.student[here] * schools + zone.spells.school[here]
    taken = known.student * schools + zone.sections.school[known.section]
    open_now = (known.begin <= today) & ~(known.end < today)
    years = zone.spells.year[here]
    current = open_now & np.isin(zone.sections.year[known.section], years)
    return np.flatnonzero(current & np.isin(taken, enrolled))


def known_places(zone: Zone, view: Roster) -> tuple[Ints, Days]:
    """Return all places in classes taken by today, whatever the year, and their known ends."""
    known = zone.section_members
    at = np.flatnonzero(known.begin <= view.today)
    year = zone.sections.year[known.section[at]]
    end = np.where(known.end[at] < view.today, known.end[at], _NEVER)
    over = np.isnat(end) & (year < view.year)
    return at, np.where(over, _last_days(zone.calendar)[year], end)


def active_year(calendar: Calendar, today: np.datetime64) -> int:
    """Return the school year that began last; the first one before any has begun."""
    begun = [y for y in range(len(calendar.years)) if calendar.first_day(y) <= today]
    return begun[-1] if begun else 0


def names(zone: Zone, students: Ints, today: np.datetime64) -> Texts:
    """Return surnames as they are recorded on a day."""
    people = zone.students
    changed = (people.renamed_on[students] <= today) & (people.last_new[students] != "")
    return np.where(changed, people.last_new[students], people.last[students])


def renumbered_from(zone: Zone) -> Days:
    """Return, by student, the day from which the new number is in force; NaT when there is none."""
    changed = np.flatnonzero(zone.spells.renumbered)
    first = np.full(len(zone.students.person), np.iinfo(np.int64).max)
    np.minimum.at(first, zone.spells.student[changed], zone.spells.entry[changed].astype(np.int64))
    days = np.where(first == np.iinfo(np.int64).max, 0, first).astype("datetime64[D]")
    return np.where(first == np.iinfo(np.int64).max, _NEVER, days)


def numbers(zone: Zone, students: Ints, days: Days | np.datetime64) -> Texts:
    """Return the district number each pupil has on a day."""
    return number_of(zone, students, renumbered_from(zone)[students] <= days)


def number_of(zone: Zone, students: Ints, renumbered: Flags) -> Texts:
    """Return the old or the new district number of pupils."""
    return np.where(renumbered, zone.students.number_new[students], zone.students.number[students])


def records(zone: Zone, spells: Ints) -> Ints:
    """Return which record an enrolment belongs to: a new number is a new record of the pupil.

    A pupil's first record is twice the position in `Students`, the second one more.
    """
    return 2 * zone.spells.student[spells] + zone.spells.renumbered[spells]


def day_types(calendar: Calendar, today: np.datetime64) -> Ints:
    """Return the type of day by school and day as known on a day: later closures are not yet."""
    unknown = (calendar.actual == CLOSURE) & ~(calendar.known_on <= today)
    return np.where(unknown, calendar.planned[np.newaxis, :], calendar.actual)
