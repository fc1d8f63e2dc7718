"""Planned meetings and what became of them, and what every pupil expected at them did."""

from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import (
    CLOSURE,
    INSTRUCTIONAL,
    WEEKEND,
    Calendar,
    to_utc,
    weekday,
)
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, chance, choose, stream
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, CAUSES, OUTCOMES
from hit_pipeline.synth.truth.programs import SUMMER, Program
from hit_pipeline.synth.truth.tutoring import Plan, expand
from hit_pipeline.synth.truth.zone import Absences, Meetings, Schools, Seats

OUTCOME_SHARES = (0.905, 0.02, 0.02, 0.012, 0.02, 0.012, 0.0, 0.011)
"""By position in `OUTCOMES`; closures come from the calendar."""
TUTOR_LATE, CUT_SHORT, OVERRUN, SUBSTITUTE = 0.04, 0.03, 0.02, 0.03
LATE, LEFT_EARLY, ABSENT_TUTORING = 0.055, 0.04, 0.04
_DAY = np.timedelta64(1, "D")
_HELD, _VENDOR = OUTCOMES.index("held"), OUTCOMES.index("cancelled_vendor")
_RESCHEDULED, _CLOSED = OUTCOMES.index("rescheduled"), OUTCOMES.index("closed")
_CAUSE_OF_OUTCOME = np.array(
    [CAUSES.index(name) if name in CAUSES else 0 for name in OUTCOMES], dtype=np.int64
)
_NOBODY = np.int64(-1)


@dataclass(frozen=True)
class Setting:
    """What decides when groups meet and who comes."""

    seed: int
    zone: int
    calendar: Calendar
    programs: tuple[Program, ...]
    schools: Schools
    absences: Absences


def draw_meetings(setting: Setting, plan: Plan) -> tuple[Meetings, Seats]:
    """Draw all meetings of a zone with their seats."""
    group, day, makeup_of, outcome = _planned(setting, plan)
    groups, programs = plan.groups, setting.programs
    program = groups.program[group]
    start = groups.start[group]
    order = np.lexsort((group, start, day, program))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    makeup_of = np.where(makeup_of >= 0, place[makeup_of], -1)[order]
    group, day, outcome, start = group[order], day[order], outcome[order], start[order]
    program = program[order]
    drawn = _of_tutors(setting, plan, group, day, outcome)
    local = day.astype("datetime64[s]") + start.astype("timedelta64[s]")
    planned = groups.minutes[group] * 60
    rng = stream(setting.seed, setting.zone, "logged")
    wait = rng.integers(5, 240, len(group)) * 60 + (rng.random(len(group)) < 0.1) * 86_400
    begin = np.searchsorted(program, np.arange(len(programs)))
    meetings = Meetings(
        nth=np.arange(len(group)) - begin[program],
        group=group,
        day=day,
        start_local=local,
        planned_seconds=planned,
        outcome=outcome,
        makeup_of=makeup_of,
        logged_at=to_utc(local) + (planned + wait).astype("timedelta64[s]"),
        **drawn,
    )
    return _kept(meetings, draw_seats(setting, plan, meetings), len(programs), program)


def _planned(setting: Setting, plan: Plan) -> tuple[Ints, Days, Ints, Ints]:
    """Return group, day, meeting made up for, and outcome; make-ups stand behind the planned."""
    parts = []
    for term in plan.terms:
        at = np.flatnonzero(
            (plan.groups.program == term.program)
            & (plan.groups.term == term.term)
            & (plan.groups.year == term.year)
        )
        days = _term_days(setting.calendar, term.term, term.first, term.last)
        bits = (plan.groups.weekdays[at][:, None] >> weekday(days)[None, :]) & 1 == 1
        cycle = setting.calendar.cycle[setting.calendar.position(days)]
        bits |= (plan.groups.cycle[at][:, None] == cycle[None, :]) & (cycle[None, :] >= 0)
        row, column = np.nonzero(bits)
        parts.append((at[row], days[column]))
    group, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    rng = stream(setting.seed, setting.zone, "outcomes")
    outcome = choose(rng, OUTCOME_SHARES, len(group))
    closed = setting.calendar.actual[plan.groups.school[group], setting.calendar.position(day)]
    outcome = np.where(closed == CLOSURE, _CLOSED, outcome)
    return _with_makeups(setting, plan, group, day, outcome)


def _term_days(calendar: Calendar, term: int, first: np.datetime64, last: np.datetime64) -> Days:
    """Return the days a program term meets on as planned; in summer every weekday but a holiday."""
    inside = (calendar.days >= first) & (calendar.days <= last)
    if term == SUMMER:
        fourth = np.char.endswith(calendar.days.astype(str), "07-04")
        return calendar.days[inside & (weekday(calendar.days) < 5) & ~fourth]
    return calendar.days[inside & (calendar.planned == INSTRUCTIONAL)]


def _with_makeups(
    setting: Setting, plan: Plan, group: Ints, day: Days, outcome: Ints
) -> tuple[Ints, Days, Ints, Ints]:
    """Add a make-up on the next school day a group does not meet; none fits, none is promised."""
    at = np.flatnonzero(outcome == _RESCHEDULED)
    new = _next_free(setting, plan, group[at], day[at])
    slot = group[at] * 100_000 + setting.calendar.position(np.where(np.isnat(new), day[at], new))
    _, once = np.unique(slot, return_index=True)
    fits = np.isin(np.arange(len(at)), once) & ~np.isnat(new)
    outcome[at[~fits]] = _VENDOR
    at, new = at[fits], new[fits]
    origin = np.r_[np.full(len(group), -1), at]
    held = np.full(len(at), _HELD)
    return np.r_[group, group[at]], np.r_[day, new], origin, np.r_[outcome, held]


def _next_free(setting: Setting, plan: Plan, group: Ints, day: Days) -> Days:
    """Return the first day in the week after on which the school is open and the slot is free."""
    calendar, groups = setting.calendar, plan.groups
    found = np.full(len(day), np.datetime64("NaT", "D"))
    for ahead in range(7, 0, -1):
        then = np.minimum(day + ahead * _DAY, calendar.days[-1])
        kind = calendar.actual[groups.school[group], calendar.position(then)]
        is_open = np.where(groups.term[group] == SUMMER, weekday(then) < 5, kind == INSTRUCTIONAL)
        free = (groups.weekdays[group] >> weekday(then)) & 1 == 0
        fits = is_open & free & (groups.cycle[group] < 0) & (kind != WEEKEND)
        found = np.where(fits, then, found)
    return found


def _of_tutors(
    setting: Setting, plan: Plan, group: Ints, day: Days, outcome: Ints
) -> dict[str, Ints]:
    """Draw who led each meeting and what time it lost or gained through the tutor."""
    rng = stream(setting.seed, setting.zone, "tutors at work")
    size, held = len(group), outcome == _HELD
    program = plan.groups.program[group]
    quantum = np.array([p.quantum for p in setting.programs])[program]
    slider = np.array([p.on_cycle for p in setting.programs])
    spare = np.full((len(setting.programs), len(setting.schools.code)), -1)
    for (at, school), tutor in plan.crew.substitutes.items():
        spare[at, school] = tutor
    planned = plan.crew.on(plan.groups.tutor[group], day)
    stand_in = plan.crew.on(spare[program, plan.groups.school[group]], day)
    absent = chance(rng, SUBSTITUTE, size) & held & (stand_in >= 0)
    moment = stand_in * 10**12 + day.astype(np.int64) * 10**6 + plan.groups.start[group]
    _, once = np.unique(np.where(absent, moment, -1 - np.arange(size)), return_index=True)
    absent &= np.isin(np.arange(size), once)
    led = np.where(absent, stand_in, planned)
    late = _steps(rng, TUTOR_LATE, quantum, size) * held
    cut_short = _steps(rng, CUT_SHORT, quantum, size) * held
    # A slider of percent ends at the plan.
    may_run_over = held & ~slider[program] & (cut_short == 0)
    return {
        "tutor": planned,
        "led_by": np.where(held, led, _NOBODY),
        "started_late": late,
        "cut_short": cut_short,
        "overrun": _steps(rng, OVERRUN, quantum, size) * may_run_over,
    }


def _steps(rng: np.random.Generator, share: float, quantum: Ints, size: int) -> Ints:
    """Draw some minutes, 2 to 6, whole in the program's quantum; 0 for most."""
    seconds = rng.integers(120, 360, size)
    whole = -(-seconds // quantum) * quantum
    return np.where(rng.random(size) < share, whole, 0)


def draw_seats(setting: Setting, plan: Plan, meetings: Meetings) -> Seats:
    """Draw what every expected pupil did."""
    meeting, student, left_district = _expected(setting, plan, meetings)
    rng = stream(setting.seed, setting.zone, "seats")
    size = len(meeting)
    held = meetings.outcome[meeting] == _HELD
    shares = (1 - LATE - LEFT_EARLY - ABSENT_TUTORING, LATE, LEFT_EARLY, ABSENT_TUTORING)
    attendance = choose(rng, shares, size)
    away = _school_absence(setting, student, meetings.day[meeting])
    attendance = np.where(away == 1, ATTENDANCE.index("absent_school_excused"), attendance)
    attendance = np.where(away == 2, ATTENDANCE.index("absent_school_unexcused"), attendance)
    attendance = np.where(left_district, ATTENDANCE.index("not_enrolled"), attendance)
    attendance = np.where(held, attendance, ATTENDANCE.index("not_held"))
    came = attendance <= ATTENDANCE.index("left_early")
    return Seats(
        meeting=meeting,
        student=student,
        attendance=attendance,
        **_time(rng, setting, plan, meetings, meeting, attendance, came),
    )


def _time(
    rng: np.random.Generator,
    setting: Setting,
    plan: Plan,
    meetings: Meetings,
    meeting: Ints,
    attendance: Ints,
    came: Flags,
) -> dict[str, Ints]:
    """Work out the seconds of every seat."""
    length = meetings.planned_seconds[meeting]
    lost_tutor = (meetings.started_late + meetings.cut_short)[meeting]
    program = plan.groups.program[meetings.group[meeting]]
    quantum = np.array([p.quantum for p in setting.programs])[program]
    wish = -(-rng.integers(180, 780, len(meeting)) // quantum) * quantum
    most = np.maximum(length - lost_tutor - quantum, 0) // quantum * quantum
    missed = np.minimum(wish, most)
    late = np.where(attendance == ATTENDANCE.index("late"), missed, 0)
    early = np.where(attendance == ATTENDANCE.index("left_early"), missed, 0)
    stays_over = came & (early == 0)
    overrun = np.where(stays_over, meetings.overrun[meeting], 0)
    inside = np.where(came, length - lost_tutor - late - early, 0)
    is_makeup = meetings.makeup_of[meeting] >= 0
    joined = (meetings.started_late[meeting] + late) * came
    return {
        "planned": np.where(is_makeup, 0, length),
        "inside": np.where(is_makeup, 0, inside),
        "surplus": np.where(is_makeup, inside + overrun, overrun),
        "lost_pupil": np.where(came & ~is_makeup, late + early, 0),
        "lost_tutor": np.where(came & ~is_makeup, lost_tutor, 0),
        "cause": _causes(meetings.outcome[meeting], attendance, came),
        "joined": joined,
        "left": joined + inside + overrun,
    }


def _causes(outcome: Ints, attendance: Ints, came: Flags) -> Ints:
    of_attendance = {
        "absent_tutoring": "absent_from_tutoring",
        "absent_school_excused": "absent_from_school",
        "absent_school_unexcused": "absent_from_school",
        "not_enrolled": "not_enrolled",
    }
    cause = np.zeros(len(ATTENDANCE), dtype=np.int64)
    for name, means in of_attendance.items():
        cause[ATTENDANCE.index(name)] = CAUSES.index(means)
    made = np.where(outcome == _HELD, cause[attendance], _CAUSE_OF_OUTCOME[outcome])
    return np.where(came, 0, made)


def _expected(setting: Setting, plan: Plan, meetings: Meetings) -> tuple[Ints, Ints, Flags]:
    """Return meeting and pupil of every seat, and whether the pupil had left unnoticed."""
    members = plan.members
    counts = np.bincount(members.group, minlength=len(plan.groups.program))
    begin = np.cumsum(counts) - counts
    meeting, nth = expand(counts[meetings.group])
    member = begin[meetings.group[meeting]] + nth
    day = meetings.day[meeting]
    rng = stream(setting.seed, setting.zone, "unnoticed")
    unnoticed = rng.integers(0, 22, len(members.group)) * (rng.random(len(members.group)) < 0.8)
    known_last = members.last + unnoticed.astype("timedelta64[D]")
    here = (members.first[member] <= day) & (day <= known_last[member])
    gone = members.last[member] < day
    return meeting[here], members.student[member][here], gone[here]


def _school_absence(setting: Setting, student: Ints, day: Days) -> Ints:
    """Return the school's mark of each pupil and day; 0 for none."""
    absences, span = setting.absences, len(setting.calendar.days)
    key = absences.student * span + setting.calendar.position(absences.day)
    order = np.argsort(key, kind="stable")
    wanted = student * span + setting.calendar.position(day)
    at = np.minimum(np.searchsorted(key[order], wanted), max(len(order) - 1, 0))
    if not len(order):
        return np.zeros(len(student), dtype=np.int64)
    return np.where(key[order][at] == wanted, absences.status[order][at], 0)


def _kept(meetings: Meetings, seats: Seats, programs: int, program: Ints) -> tuple[Meetings, Seats]:
    """Leave out meetings nobody was expected at."""
    used = np.bincount(seats.meeting, minlength=len(meetings.group)) > 0
    used[meetings.makeup_of[used & (meetings.makeup_of >= 0)]] = True
    place = np.cumsum(used) - 1
    columns = {name: getattr(meetings, name)[used] for name in Meetings.__dataclass_fields__}
    origin = columns["makeup_of"]
    columns["makeup_of"] = np.where(origin >= 0, place[origin], -1)
    begin = np.searchsorted(program[used], np.arange(programs))
    columns["nth"] = np.arange(int(used.sum())) - begin[program[used]]
    moved = {name: getattr(seats, name) for name in Seats.__dataclass_fields__}
    moved["meeting"] = place[seats.meeting]
    return Meetings(**columns), Seats(**moved)
