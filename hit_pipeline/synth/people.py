"""Pupils and their families: names, birth dates, numbers, flags and school enrolments.

What only a vendor or a test knows about a pupil does not belong here.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from hit_pipeline.synth.draw import opaque_id, stream
from hit_pipeline.synth.names import first_name, last_name, nickname, plain_letters
from hit_pipeline.synth.school_days import FIRST_DAY, instructional_days
from hit_pipeline.synth.schools import GRADES, school_of

EMAIL_DOMAIN = "students.cedarvalleyschools.example"
_ORIGIN_WEIGHTS = {
    "anglo": 46,
    "hispanic": 24,
    "black": 14,
    "asian": 8,
    "african": 6,
    "native": 2,
}
_RACES = {
    "anglo": "White",
    "hispanic": "Hispanic/Latino",
    "black": "Black or African American",
    "asian": "Asian",
    "african": "Black or African American",
    "native": "American Indian or Alaska Native",
}
_LEARNER_SHARE = {"hispanic": 0.30, "asian": 0.20, "african": 0.40}
_TWIN_GRADES = ("04", "02")
_SIBLING_GAP = timedelta(days=300)
_EXIT_REASONS = ("Moved out of district", "Transferred to private school", "Home schooled")


@dataclass(frozen=True)
class Spell:
    """One enrolment of a pupil at a school.

    Attributes:
        entry: First day enrolled.
        exit: Last day enrolled, that day included; None while enrolled.
        known_from: First night whose exports show this spell.
        exit_known_from: First night whose exports show its exit.
    """

    school_id: str
    grade: str
    entry: date
    exit: date | None = None
    exit_reason: str = ""
    known_from: int = 1
    exit_known_from: int = 1


@dataclass(frozen=True)
class Student:
    """One pupil as he or she is, whatever any file says.

    Attributes:
        gender: ``F``, ``M`` or ``X``.
        preferred: Name used at home when it differs from the legal first name; else empty.
        english_learner: True, False or None (not recorded); the other flags likewise.
        math: Standardised ability, mean 0, spread 1; likewise ``reading``.
        absence_rate: Chance of being absent from school on a day.
    """

    number: str
    state_id: str
    sourced_id: str
    first: str
    middle: str
    last: str
    preferred: str
    birth_date: date
    gender: str
    race: str
    household: int
    english_learner: bool | None
    special_education: bool | None
    low_income: bool | None
    gifted: bool | None
    math: float
    reading: float
    absence_rate: float
    spells: tuple[Spell, ...]

    @property
    def email(self) -> str:
        """School e-mail address; the end of the number keeps namesakes apart."""
        name = f"{plain_letters(self.first)}.{plain_letters(self.last)}"
        return f"{name}{self.number[-4:]}@{EMAIL_DOMAIN}"

    def spells_known(self, night: int) -> list[Spell]:
        """Return the enrolments as the systems show them on a night, oldest first."""
        known = [spell for spell in self.spells if spell.known_from <= night]
        return [
            spell if spell.exit_known_from <= night else replace(spell, exit=None, exit_reason="")
            for spell in known
        ]

    def enrolled(self, day: date, night: int) -> Spell | None:
        """Return the enrolment that holds on a day as known on a night; None when there is none."""
        for spell in reversed(self.spells_known(night)):
            if spell.entry <= day and (spell.exit is None or day <= spell.exit):
                return spell
        return None


@dataclass(frozen=True)
class _Household:
    key: int
    origin: str
    last: str
    race: str
    low_income: bool


def draw_students(seed: int, count: int) -> list[Student]:
    """Draw the pupils of the district, family by family, about as many in every grade."""
    room = Counter(GRADES[n % len(GRADES)] for n in range(count))
    numbers = _NumberSource(stream(seed, "numbers"), count)
    made: list[Student] = []
    key = 0
    while room.total():
        rng = stream(seed, "household", key)
        household = _household(rng, key)
        made += _children(seed, rng, household, _grades(rng, key, room), numbers)
        key += 1
    return made


def newcomer(seed: int, household_key: int, number: str, spell: Spell) -> Student:
    """Draw one pupil who was not in the district before: a family of one child, its spell given."""
    rng = stream(seed, "household", household_key)
    household = _household(rng, household_key)
    state_id = str(rng.randrange(10**9, 10**10))
    born = _birth_date(rng, spell.grade)
    student = _child(seed, rng, household, born, (number, state_id))
    return replace(student, spells=(spell,))


class _NumberSource:
    """District numbers, often consecutive for siblings, and state ids; none is given twice."""

    def __init__(self, rng: Random, count: int) -> None:
        self._rng = rng
        self._last = 600_017
        self._widest_step = 1_800_000 // max(count, 1)
        self._state_ids = iter(rng.sample(range(10**9, 10**10), count))

    def take(self, *, sibling: bool) -> tuple[str, str]:
        """Return the next pupil's district number and state id."""
        beside = sibling and self._rng.random() < 0.5
        self._last += 1 if beside else self._rng.randint(2, self._widest_step)
        return f"{self._last:07d}", str(next(self._state_ids))


def _household(rng: Random, key: int) -> _Household:
    origin = rng.choices(list(_ORIGIN_WEIGHTS), list(_ORIGIN_WEIGHTS.values()))[0]
    race = "Two or More Races" if rng.random() < 0.07 else _RACES[origin]
    return _Household(key, origin, last_name(rng, origin), race, rng.random() < 0.48)


def _grades(rng: Random, key: int, room: Counter[str]) -> list[str]:
    """Take one grade per child out of the room left; two alike mean twins."""
    if key < len(_TWIN_GRADES) and room[_TWIN_GRADES[key]] >= 2:
        grades = [_TWIN_GRADES[key]] * 2
    else:
        size = rng.choices((1, 2, 3), (58, 31, 11))[0]
        grades = []
        for _ in range(size):
            left = {g: n for g, n in room.items() if n > 0 and _is_apart(g, grades)}
            if left:
                grades += rng.choices(list(left), list(left.values()))
    room.subtract(grades)
    return grades


def _is_apart(grade: str, taken: list[str]) -> bool:
    """Say whether a child of this grade can be born far enough from its siblings: two grades."""
    return all(abs(GRADES.index(grade) - GRADES.index(other)) >= 2 for other in taken)


def _children(
    seed: int, rng: Random, household: _Household, grades: list[str], numbers: _NumberSource
) -> list[Student]:
    made: list[Student] = []
    for grade in grades:
        twin = next((s for s in made if s.spells[0].grade == grade), None)
        born = twin.birth_date if twin else _birth_date(rng, grade)
        while not twin and any(abs(born - s.birth_date) < _SIBLING_GAP for s in made):
            born = _birth_date(rng, grade)
        taken = frozenset(s.first for s in made)
        student = _child(seed, rng, household, born, numbers.take(sibling=bool(made)), taken)
        made.append(replace(student, spells=(_spell(rng, grade),)))
    return made


def _child(
    seed: int,
    rng: Random,
    household: _Household,
    born: date,
    ids: tuple[str, str],
    taken: frozenset[str] = frozenset(),
) -> Student:
    """Draw one child; no two of a family share a first name (``taken``)."""
    gender = rng.choices("FMX", (49, 50, 1))[0]
    first = first_name(rng, household.origin, gender)
    while first in taken:
        first = first_name(rng, household.origin, gender)
    middle = first_name(rng, household.origin, gender) if rng.random() < 0.7 else ""
    usual = nickname(first) or middle
    math = rng.gauss(-0.25 if household.low_income else 0.25, 0.95)
    learner = _LEARNER_SHARE.get(household.origin, 0.01)
    return Student(
        number=ids[0],
        state_id=ids[1],
        sourced_id=opaque_id(seed, "student", ids[0]),
        first=first,
        middle="" if middle == first else middle,
        last=household.last,
        preferred=usual if usual != first and rng.random() < 0.10 else "",
        birth_date=born,
        gender=gender,
        race=household.race,
        household=household.key,
        english_learner=_flag(rng, learner),
        special_education=_flag(rng, 0.17 if gender == "M" else 0.10),
        low_income=None if rng.random() < 0.02 else household.low_income,
        gifted=_flag(rng, 0.15 if math > 0.8 else 0.03),
        math=math,
        reading=0.6 * math + rng.gauss(0, 0.8),
        absence_rate=min(0.4, rng.betavariate(0.9, 15.5)),
        spells=(),
    )


def _flag(rng: Random, share: float) -> bool | None:
    """Draw a flag; one in fifty is not recorded."""
    draw = rng.random()
    return None if draw > 0.98 else draw < share


def _birth_date(rng: Random, grade: str) -> date:
    """Draw a birth date: five years old by 1 September for KG; one in 25 is a year older."""
    older = GRADES.index(grade) + (rng.random() < 0.04)
    return date(2020 - older, 9, 2) + timedelta(days=rng.randrange(365))


def _spell(rng: Random, grade: str) -> Spell:
    """Draw the enrolment; a few pupils enter late, a few have already left."""
    school_id = school_of(grade).school_id
    spell = Spell(school_id, grade, FIRST_DAY)
    draw = rng.random()
    if draw < 0.015:
        days = instructional_days(school_id, date(2026, 8, 24), date(2026, 11, 6))
        return replace(spell, entry=rng.choice(days))
    if draw < 0.025:
        days = instructional_days(school_id, date(2026, 9, 21), date(2026, 11, 6))
        return replace(spell, exit=rng.choice(days), exit_reason=rng.choice(_EXIT_REASONS))
    return spell
