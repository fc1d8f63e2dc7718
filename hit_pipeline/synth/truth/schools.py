"""The schools of a zone, their employees and classes."""

import numpy as np

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import DISTRICT, Ints, Texts, choose, stream, texts
from hit_pipeline.synth.truth.names import ORIGIN_SHARES, first_names, last_names
from hit_pipeline.synth.truth.zone import Schools, Sections, Spells, Staff

DISTRICT_NAME = "Cedar Valley Public Schools"
DISTRICT_CODE = "0100"
STAFF_DOMAIN = "cedarvalleyschools.example"
PERSONS_PER_ZONE = 10_000_000
"""Person ids of a zone begin at its number times this; see `person_ids`."""
SUBJECTS = (
    ("Homeroom", "Mathematics", "English Language Arts"),
    ("Mathematics", "English Language Arts", "Science", "Social Studies"),
    ("Mathematics", "English Language Arts", "Science", "Social Studies"),
)
"""Subjects taught, by level of the school."""
PUPIL, EMPLOYEE, TUTOR, STRANGER = range(4)
_PLACES = (
    "Oak Maple Birch Willow Aspen Juniper Cypress Hickory Linden Poplar Sumac Hazel Alder Spruce "
    "Larch Magnolia Walnut Chestnut Laurel Rowan"
)
_KINDS = "Ridge Hill Creek Grove Park Valley Bend Point Meadow Crossing"
_LEVELS = ("Elementary School", "Middle School", "High School")
_GRADES = ((0, 5), (6, 8), (9, 12))
_LAYOUTS = {1: ((0, 0, 12),), 2: ((0, 0, 8), (2, 9, 12)), 3: ((0, 0, 5), (1, 6, 8), (2, 9, 12))}
_SECTION_SIZE = 24


def person_ids(zone: int, kind: int, count: int) -> Ints:
    """Return ids of humans in the answer key: unique over zones and kinds."""
    return zone * PERSONS_PER_ZONE + kind * 1_000_000 + np.arange(count, dtype=np.int64)


def layout(schools: int) -> list[tuple[int, int, int]]:
    """Return level, lowest and highest grade of each school of a zone of so many schools."""
    if schools in _LAYOUTS:
        return list(_LAYOUTS[schools])
    levels = [0] * (schools - 2) + [1, 2]
    return [(level, *_GRADES[level]) for level in levels]


def build_schools(seed: int, first: int, count: int) -> Schools:
    """Build the schools of a zone; ``first`` counts the schools of the zones before it."""
    shape, places, kinds = layout(count), _PLACES.split(), _KINDS.split()
    names = stream(seed, DISTRICT, "school names").permutation(len(places) * len(kinds))
    made = []
    for n, (level, _, top) in enumerate(shape):
        turn, at = divmod(first + n, len(names))
        place, kind = divmod(int(names[at]), len(kinds))
        number = f" {turn + 1}" if turn else ""
        title = "School" if top == 12 and level == 0 else _LEVELS[level]
        made.append(f"{places[place]} {kinds[kind]}{number} {title}")
    levels = np.array([level for level, _, _ in shape], dtype=np.int64)
    return Schools(
        code=texts([f"{101 + first + n:04d}" for n in range(count)]),
        name=texts(made),
        level=levels,
        first_grade=np.array([low for _, low, _ in shape], dtype=np.int64),
        last_grade=np.array([high for _, _, high in shape], dtype=np.int64),
        minutes=np.array([390, 405, 420])[levels],
        first_bell=np.array([8 * 3600 + 900, 7 * 3600 + 2700, 7 * 3600 + 1800])[levels],
    )


def build_sections(
    seed: int, zone: int, schools: Schools, spells: Spells, calendar: Calendar
) -> tuple[Staff, Sections]:
    """Build teachers, principals and the classes of every year, as many as the pupils need."""
    rows: list[tuple[str, int, int, int, str, int, int, int]] = []
    taught: dict[tuple[int, str, int], int] = {}
    for year in range(len(calendar.years)):
        for school in range(len(schools.code)):
            for grade in range(
                int(schools.first_grade[school]), int(schools.last_grade[school]) + 1
            ):
                here = (spells.year == year) & (spells.school == school) & (spells.grade == grade)
                strands = max(1, -(-int(here.sum()) // _SECTION_SIZE))
                rows += _classes(schools, year, school, grade, strands, taught)
    staff = _staff(seed, zone, schools, taught)
    key, years, school_of, grades, subjects, periods, strands_of, teacher = zip(*rows, strict=True)
    numbers = {
        "year": years,
        "school": school_of,
        "grade": grades,
        "period": periods,
        "strand": strands_of,
        "teacher": teacher,
    }
    vectors = {name: np.array(values, dtype=np.int64) for name, values in numbers.items()}
    return staff, Sections(key=texts(key), subject=texts(subjects), **vectors)


def _classes(
    schools: Schools,
    year: int,
    school: int,
    grade: int,
    strands: int,
    taught: dict[tuple[int, str, int], int],
) -> list[tuple[str, int, int, int, str, int, int, int]]:
    """List the classes of a grade; a teacher has two strands of a subject, or one homeroom."""
    made = []
    level = int(schools.level[school])
    for strand in range(strands):
        for period, subject in enumerate(SUBJECTS[level], start=1):
            shared = f"grade {grade}" if level == 0 else subject
            load = strand if level == 0 else strand // 2 + 100 * grade
            post = (school, shared, load)
            teacher = taught.setdefault(post, len(taught))
            key = (
                f"{schools.code[school]}-{year}-{grade:02d}-{subject[:3].upper()}-{strand + 1:02d}"
            )
            made.append((key, year, school, grade, subject, period, strand, teacher))
    return made


def _staff(
    seed: int, zone: int, schools: Schools, taught: dict[tuple[int, str, int], int]
) -> Staff:
    """Draw the teachers of the posts and a principal for every school, in this order."""
    school = [post[0] for post in taught] + list(range(len(schools.code)))
    count = len(school)
    rng = stream(seed, zone, "staff")
    origin = choose(rng, list(ORIGIN_SHARES.values()), count)
    first, last = first_names(rng, origin, rng.random(count) < 0.72), last_names(rng, origin)
    ids = person_ids(zone, EMPLOYEE, count)
    return Staff(
        person=ids,
        number=texts([f"{20_000_000 + zone * 4_000 + n:08d}" for n in range(count)]),
        first=first,
        last=last,
        email=addresses(first, last, ids % 1_000_000 + zone * 4_000, STAFF_DOMAIN),
        school=np.array(school, dtype=np.int64),
        role=texts(["teacher"] * len(taught) + ["principal"] * len(schools.code)),
    )


def addresses(first: Texts, last: Texts, number: Ints, domain: str) -> Texts:
    """Return e-mail addresses; the number keeps namesakes apart."""
    import unicodedata

    def plain(name: str) -> str:
        folded = unicodedata.normalize("NFKD", name).lower()
        return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())

    made = zip(first, last, number, strict=True)
    return texts([f"{plain(f)}.{plain(n)}{int(at)}@{domain}" for f, n, at in made])
