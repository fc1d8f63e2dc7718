"""Tutors: who holds which groups, who stands in, who leaves and who comes after."""

from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import Days, Ints, choose, stream, texts
from hit_pipeline.synth.truth.names import ORIGIN_SHARES, first_names, last_names
from hit_pipeline.synth.truth.programs import Program
from hit_pipeline.synth.truth.schools import TUTOR, addresses, person_ids
from hit_pipeline.synth.truth.zone import Spells, Staff, Students, Tutors

_FLOATERS, _LEAVERS = 0.08, 1 / 12
_DOMAIN = "tutors.example"
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Hiring:
    """What tutors are found from."""

    seed: int
    zone: int
    staff: Staff
    students: Students
    spells: Spells
    calendar: Calendar
    programs: tuple[Program, ...]


@dataclass(frozen=True)
class Crew:
    """The tutors of a zone and their work.

    Attributes:
        of_group: First tutor of each group.
        substitutes: Program and school -> tutor who has no group and stands in.
        successor: Who takes the groups of each tutor who leaves; -1 for who stays.
    """

    tutors: Tutors
    of_group: Ints
    substitutes: dict[tuple[int, int], int]
    successor: Ints

    def on(self, tutor: Ints, day: Days) -> Ints:
        """Return who has a tutor's groups on a day: after the last day of one it is the next."""
        gone = self.tutors.left[tutor] < day
        return np.where(gone, self.successor[tutor], tutor)


def hire(hiring: Hiring, groups: dict[str, np.ndarray]) -> Crew:
    """Give every group a tutor: as many in a row of a school and program as there are starts.

    Every program has one tutor more in each school, who stands in for others.
    """
    nth = groups.pop("_nth")
    load = np.array([len(p.starts) * (2 if p.on_cycle else 1) for p in hiring.programs])
    post = np.stack([groups["program"], groups["school"], nth // load[groups["program"]]], axis=1)
    posts, of_group = np.unique(post, axis=0, return_inverse=True)
    places = np.unique(posts[:, :2], axis=0)
    spare = np.c_[places, np.full(len(places), -1)]
    rng = stream(hiring.seed, hiring.zone, "tutors")
    owner = _shared(rng, posts, hiring.programs)
    extra = np.arange(len(spare)) + int(owner.max(initial=-1)) + 1
    substitutes = {(int(p), int(s)): int(n) for (p, s), n in zip(places, extra, strict=True)}
    tutors, successor = _tutors(hiring, rng, np.r_[posts, spare], np.r_[owner, extra])
    return Crew(tutors, owner[of_group.reshape(-1)], substitutes, successor)


def _shared(rng: np.random.Generator, posts: np.ndarray, programs: tuple[Program, ...]) -> Ints:
    """Return the tutor of each post; some hold one more with another vendor, at other hours."""
    owner = np.arange(len(posts))
    taken: set[int] = set()
    for n in np.flatnonzero(rng.random(len(posts)) < _FLOATERS):
        for other in range(int(n)):
            pair = {int(n), other}
            apart = _never_meet(programs[posts[n, 0]], programs[posts[other, 0]])
            if posts[n, 1] == posts[other, 1] and apart and pair.isdisjoint(taken):
                owner[n] = other
                taken |= pair
                break
    return np.unique(owner, return_inverse=True)[1].astype(np.int64)


def _never_meet(one: Program, other: Program) -> bool:
    """Say whether no meeting of one program can overlap one of the other, or vice versa."""
    if one is other:
        return False
    gaps = [(a - b, a, b) for a in one.starts for b in other.starts]
    return all(
        gap >= other.minutes * 60 if gap >= 0 else -gap >= one.minutes * 60 for gap, _, _ in gaps
    )


def _tutors(
    hiring: Hiring, rng: np.random.Generator, posts: np.ndarray, owner: Ints
) -> tuple[Tutors, Ints]:
    """Draw the tutors of posts, and behind them a successor for each who leaves."""
    size = int(owner.max()) + 1 if len(owner) else 0
    home = np.zeros(size, dtype=np.int64)
    home[owner[::-1]] = np.arange(len(owner))[::-1]
    vendors = np.zeros(size, dtype=np.int64)
    np.bitwise_or.at(vendors, owner, 1 << posts[:, 0])
    careers = _careers(rng, hiring.calendar, size)
    leavers = np.flatnonzero(~np.isnat(careers["left"]))
    post = posts[np.r_[home, home[leavers]]]
    people = _people(hiring, rng, post)
    people["vendors"] = np.r_[vendors, vendors[leavers]]
    _become_teachers(people, hiring.staff, post[:, 1])
    _become_peers(people, hiring)
    later = _later_careers(rng, careers["left"][leavers])
    dates = {name: np.r_[days, later[name]] for name, days in careers.items()}
    successor = np.full(size + len(leavers), -1)
    successor[leavers] = size + np.arange(len(leavers))
    return Tutors(**people, **dates), successor


def _people(hiring: Hiring, rng: np.random.Generator, post: np.ndarray) -> dict[str, np.ndarray]:
    size = len(post)
    kinds = [_kind(rng, hiring.programs[int(program)]) for program in post[:, 0]]
    origin = choose(rng, list(ORIGIN_SHARES.values()), size)
    first, last = first_names(rng, origin, rng.random(size) < 0.66), last_names(rng, origin)
    person = person_ids(hiring.zone, TUTOR, size)
    age = rng.integers(0, 16_000, size).astype("timedelta64[D]")
    return {
        "person": person,
        "kind": texts(kinds),
        "first": first,
        "last": last,
        "email": addresses(first, last, person % 1_000_000 + hiring.zone * 1_009, _DOMAIN),
        "birth": np.datetime64("1958-01-01") + age,
        "student": np.full(size, -1),
        "staff": np.full(size, -1),
    }


def _kind(rng: np.random.Generator, program: Program) -> str:
    shares = (0.6, 0.25, 0.15)[: len(program.tutor_kinds)]
    return program.tutor_kinds[int(choose(rng, shares, 1)[0])]


def _become_teachers(columns: dict[str, np.ndarray], staff: Staff, school: Ints) -> None:
    """Let tutors of kind ``teacher`` be teachers of the school."""
    used: set[int] = set()
    for n in np.flatnonzero(columns["kind"] == "teacher"):
        fits = np.flatnonzero((staff.school == school[n]) & (staff.role == "teacher"))
        free = [int(at) for at in fits if int(at) not in used]
        if not free:
            columns["kind"][n] = "employee"
            continue
        at = free[int(n) % len(free)]
        used.add(at)
        columns["staff"][n] = at
        for name in ("person", "first", "last", "email"):
            columns[name][n] = getattr(staff, name)[at]


def _become_peers(columns: dict[str, np.ndarray], hiring: Hiring) -> None:
    """Let tutors of kind ``peer`` be pupils of the two highest grades, strong in the subject."""
    students = hiring.students
    steady = _steady(hiring)
    able = steady[students.math[steady] > 0.6].tolist()
    for at, n in enumerate(np.flatnonzero(columns["kind"] == "peer")):
        if at >= len(able):
            columns["kind"][n] = "vendor_staff"
            continue
        columns["student"][n] = able[at]
        for name in ("person", "first", "last", "email", "birth"):
            columns[name][n] = getattr(students, name)[able[at]]


def _steady(hiring: Hiring) -> Ints:
    """Return the pupils who are in high school here all the years, in the end in grade 11 or 12."""
    spells, calendar = hiring.spells, hiring.calendar
    last = len(calendar.years) - 1
    first_days = np.array([calendar.first_day(year) for year in range(last + 1)])
    moves = ~np.isnat(spells.exit) | (spells.entry > first_days[spells.year])
    wanted = (spells.year == last) & (spells.grade >= max(11, 9 + last)) & (spells.kind == "full")
    return np.setdiff1d(spells.student[wanted], spells.student[moves])


def _days(rng: np.random.Generator, low: int, high: int, size: int) -> np.ndarray:
    return rng.integers(low, high, size).astype("timedelta64[D]")


def _careers(rng: np.random.Generator, calendar: Calendar, size: int) -> dict[str, np.ndarray]:
    """Draw careers from the first year on; one tutor in twelve leaves in the last."""
    started = np.full(size, calendar.first_day(0)) + _days(rng, 0, 14, size)
    left = calendar.first_day(len(calendar.years) - 1) + _days(rng, 60, 300, size)
    left[rng.random(size) > _LEAVERS] = _NAT
    return _trained(rng, started) | {"left": left}


def _later_careers(rng: np.random.Generator, left: Days) -> dict[str, np.ndarray]:
    """Draw careers that begin on the day after others end."""
    nobody_left = np.full(len(left), _NAT)
    return _trained(rng, left + np.timedelta64(1, "D")) | {"left": nobody_left}


def _trained(rng: np.random.Generator, started: Days) -> dict[str, np.ndarray]:
    size = len(started)
    trained = started - _days(rng, 1, 12, size)
    screened = trained - _days(rng, 3, 20, size)
    recruited = screened - _days(rng, 5, 40, size)
    return {"recruited": recruited, "screened": screened, "trained": trained, "started": started}
