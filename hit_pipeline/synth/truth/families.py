"""Families and their children: names, birth dates, numbers, flags, abilities."""

import numpy as np

from hit_pipeline.synth.truth.calendar import LAST_YEAR
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts, chance, choose, stream, texts
from hit_pipeline.synth.truth.names import (
    ORIGIN_SHARES,
    ORIGINS,
    first_names,
    last_names,
    nicknames,
)
from hit_pipeline.synth.truth.schools import PUPIL, addresses, person_ids
from hit_pipeline.synth.truth.zone import Students

EMAIL_DOMAIN = "students.cedarvalleyschools.example"
FIRST_NUMBER = 100_000
_GRADES = 13
_SIZES = (0.55, 0.31, 0.11, 0.03)
_TWIN_SHARE = 0.012
_RACES = {
    "anglo": "White",
    "hispanic": "Hispanic/Latino",
    "black": "Black or African American",
    "asian": "Asian",
    "african": "Black or African American",
    "native": "American Indian or Alaska Native",
}
_LEARNERS = {"hispanic": 0.30, "asian": 0.20, "african": 0.40}
_ELSEWHERE = {"partner_school": 0.02, "home_school": 0.008}


def draw_students(seed: int, zone: int, first_number: int, count: int, years: int) -> Students:
    """Draw the pupils of a zone, family by family.

    Args:
        seed: Seed of the district.
        zone: Number of the zone.
        first_number: District numbers of the zone's pupils are drawn from here on.
        count: Pupils in school in one year; over several years more pass through.
        years: School years of the district.
    """
    size = count + round(count * (years - 1) / _GRADES)
    rng = stream(seed, zone, "families")
    household = _households(rng, size)
    families = int(household[-1]) + 1
    origin = choose(rng, list(ORIGIN_SHARES.values()), families)[household]
    grade, twin = _grades(rng, household, years)
    birth = _births(rng, grade, household, twin, years)
    girl = rng.random(size) < 0.5
    first = _first_names(rng, origin, girl, household)
    last = _family_names(rng, origin, household, families)
    low_income = (rng.random(families) < 0.48)[household]
    math = rng.normal(0, 0.95, size) + np.where(low_income, -0.25, 0.25)
    number, state_id = _numbers(rng, household, first_number)
    person = person_ids(zone, PUPIL, size)
    renamed, last_new, renamed_on = _renamed(rng, origin, last, years)
    middle = np.where(rng.random(size) < 0.7, first_names(rng, origin, girl), "")
    return Students(
        person=person,
        household=household,
        twin=twin,
        first=first,
        middle=middle,
        last=last,
        last_new=np.where(renamed, last_new, ""),
        renamed_on=renamed_on,
        preferred=_preferred(rng, first, middle),
        birth=birth,
        gender=np.where(rng.random(size) < 0.01, "X", np.where(girl, "F", "M")).astype(object),
        race=_races(rng, origin, household, families),
        ell=_flag(rng, np.array([_LEARNERS.get(o, 0.01) for o in ORIGINS])[origin]),
        iep=_flag(rng, np.where(girl, 0.10, 0.17)),
        low_income=np.where(rng.random(size) < 0.02, -1, low_income.astype(np.int64)),
        gifted=_flag(rng, np.where(math > 0.8, 0.15, 0.03)),
        number=number,
        number_new=texts([""] * size),
        state_id=state_id,
        email=addresses(first, last, person % 1_000_000 + zone * 20_011, EMAIL_DOMAIN),
        grade_first=grade,
        math=math,
        reading=0.6 * math + rng.normal(0, 0.8, size),
        absence_rate=np.minimum(0.4, rng.beta(0.9, 15.5, size)),
        origin=_origins(rng, size),
    )


def _households(rng: np.random.Generator, size: int) -> Ints:
    """Return the family of each child; families have one to four."""
    sizes = choose(rng, _SIZES, size) + 1
    return np.repeat(np.arange(size), sizes)[:size]


def _grades(rng: np.random.Generator, household: Ints, years: int) -> tuple[Ints, Ints]:
    """Draw grades of the first year, -(years - 1) to 12; a twin has its sibling's grade.

    Siblings are two grades apart or more: one year's grades wrap around.
    """
    size, span = len(household), _GRADES + years - 1
    first = np.flatnonzero(np.r_[True, household[1:] != household[:-1]])
    place = np.arange(size) - np.repeat(first, np.diff(np.r_[first, size]))
    base = rng.permutation(np.arange(size) % span)[household % size]
    step = rng.integers(2, 4, int(household[-1]) + 1)[household]
    grade = (base + place * step) % span
    twin = np.full(size, -1)
    born = np.flatnonzero((place == 1) & (rng.random(size) < _TWIN_SHARE * 4))
    grade[born] = grade[born - 1]
    twin[born], twin[born - 1] = born - 1, born
    return grade - (years - 1), twin


def _births(rng: np.random.Generator, grade: Ints, household: Ints, twin: Ints, years: int) -> Days:
    """Draw birth dates: five years old by 1 September of the kindergarten year.

    Some families send all their children a year later.
    """
    older = grade + (rng.random(len(grade)) < 0.04)[household]
    year = LAST_YEAR - years - 5 - older
    start = np.array([f"{y - 1}-09-02" for y in year], dtype="datetime64[D]")
    born = start + rng.integers(0, 365, len(grade)).astype("timedelta64[D]")
    second = np.flatnonzero((twin >= 0) & (twin < np.arange(len(twin))))
    born[second] = born[twin[second]]
    return born


def _first_names(rng: np.random.Generator, origin: Ints, girl: Flags, household: Ints) -> Texts:
    """Draw first names; brothers and sisters never share one."""
    names = first_names(rng, origin, girl)
    while True:
        again = _repeats(household, names)
        if not len(again):
            return names
        names[again] = first_names(rng, origin[again], girl[again])


def _repeats(household: Ints, names: Texts) -> Ints:
    _, code = np.unique(names.astype(str), return_inverse=True)
    _, kept = np.unique(household * (code.max() + 1) + code, return_index=True)
    return np.setdiff1d(np.arange(len(names)), kept)


def _family_names(rng: np.random.Generator, origin: Ints, household: Ints, families: int) -> Texts:
    """Draw the family's name; some are two joined, and a stepchild bears another."""
    start = np.flatnonzero(np.r_[True, household[1:] != household[:-1]])
    of_family = origin[start]
    name, other = last_names(rng, of_family), last_names(rng, of_family)
    double = chance(rng, np.where(of_family == ORIGINS.index("hispanic"), 0.25, 0.05), families)
    double &= name != other
    glue = np.where(rng.random(families) < 0.6, "-", " ")
    family = np.where(double, name + glue.astype(object) + other, name)
    own = chance(rng, 0.06, len(household))
    return np.where(own, last_names(rng, origin), family[household])


def _renamed(
    rng: np.random.Generator, origin: Ints, last: Texts, years: int
) -> tuple[Flags, Texts, Days]:
    """Draw changes of surname: a new one, or the old joined with a new one by a hyphen."""
    size = len(last)
    renamed = chance(rng, 0.02 * years, size)
    new = last_names(rng, origin)
    joined = chance(rng, 0.4, size)
    first = np.datetime64(f"{LAST_YEAR - years}-08-20")
    days = first + rng.integers(0, 280 + 365 * (years - 1), size).astype("timedelta64[D]")
    renamed &= new != last
    days[~renamed] = np.datetime64("NaT")
    return renamed, np.where(joined, last + "-" + new, new), days


def _preferred(rng: np.random.Generator, first: Texts, middle: Texts) -> Texts:
    usual = texts([nicknames().get(name, "") for name in first])
    usual = np.where(usual == "", middle, usual)
    usual = np.where(usual == first, "", usual)
    return np.where(rng.random(len(first)) < 0.10, usual, "")


def _races(rng: np.random.Generator, origin: Ints, household: Ints, families: int) -> Texts:
    several = (rng.random(families) < 0.07)[household]
    return np.where(several, "Two or More Races", texts([_RACES[o] for o in ORIGINS])[origin])


def _flag(rng: np.random.Generator, share: np.ndarray) -> Ints:
    """Draw a flag; one in fifty is not recorded."""
    drawn = rng.random(len(share))
    return np.where(drawn > 0.98, -1, (drawn < share).astype(np.int64))


def _origins(rng: np.random.Generator, size: int) -> Texts:
    shares = [1.0 - sum(_ELSEWHERE.values()), *_ELSEWHERE.values()]
    return texts(["district", *_ELSEWHERE])[choose(rng, shares, size)]


NUMBERS_PER_PUPIL = 4
"""District numbers set aside per pupil; the last quarter is for pupils who come back."""


def _numbers(rng: np.random.Generator, household: Ints, first_number: int) -> tuple[Texts, Texts]:
    """Give district numbers, often consecutive for siblings, and state ids of no order."""
    size = len(household)
    sibling = np.r_[False, household[1:] == household[:-1]]
    steps = np.where(sibling & (rng.random(size) < 0.5), 1, rng.integers(2, 4, size))
    numbers = first_number + np.cumsum(steps)
    mixed = (numbers * 7_368_787 + 1_234_567_891) % 8_999_999_963 + 1_000_000_000
    return texts([f"{n:07d}" for n in numbers]), texts([str(n) for n in mixed])
