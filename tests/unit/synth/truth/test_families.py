from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np

from hit_pipeline.synth.truth.families import EMAIL_DOMAIN, _numbers
from hit_pipeline.synth.truth.zone import Students, Zone


def households(students: Students) -> list[list[int]]:
    """Return the children of each family, one list a family."""
    found: dict[int, list[int]] = defaultdict(list)
    for at, household in enumerate(students.household.tolist()):
        found[household].append(at)
    return list(found.values())


def test_families_have_one_to_four_children_and_most_pupils_have_a_brother_or_sister(
    any_zone: Zone,
) -> None:
    sizes = [len(children) for children in households(any_zone.students)]
    assert set(sizes) == {1, 2, 3, 4}
    assert 0.5 < sum(size for size in sizes if size > 1) / sum(sizes) < 0.8


def test_brothers_and_sisters_never_share_a_first_name(any_zone: Zone) -> None:
    for children in households(any_zone.students):
        names = any_zone.students.first[children].tolist()
        assert len(set(names)) == len(names)


def test_twins_share_family_birth_date_and_grade_and_name_each_other(zone: Zone) -> None:
    students = zone.students
    twins = np.flatnonzero(students.twin >= 0)
    other = students.twin[twins]
    assert len(twins) >= 10
    assert (students.twin[other] == twins).all()
    assert (twins != other).all()
    for name in ("household", "birth", "grade_first"):
        values = getattr(students, name)
        assert (values[twins] == values[other]).all(), name


def test_other_brothers_and_sisters_are_two_grades_and_a_year_apart(any_zone: Zone) -> None:
    students = any_zone.students
    for children in households(students):
        for one, other in combinations(children, 2):
            if students.twin[one] == other:
                continue
            assert abs(students.grade_first[one] - students.grade_first[other]) >= 2
            apart = abs((students.birth[one] - students.birth[other]).astype(int))
            assert apart > 365


def test_children_are_old_enough_for_their_grade_and_few_a_year_older(zone: Zone) -> None:
    students = zone.students
    born = students.birth.tolist()
    ages = []
    for birth, grade in zip(born, students.grade_first.tolist(), strict=True):
        had_birthday = (birth.month, birth.day) <= (9, 1)
        ages.append(2025 - birth.year - (not had_birthday) - grade)
    assert set(ages) == {5, 6}
    assert 0.01 < ages.count(6) / len(ages) < 0.10


def test_every_number_and_address_is_one_pupils_over_all_zones(neighbours: list[Zone]) -> None:
    numbers: list[str] = []
    for zone in neighbours:
        students = zone.students
        numbers += students.number.tolist()
        numbers += [number for number in students.number_new.tolist() if number]
    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == 7 and number.isdigit() for number in numbers)
    assert all(number.startswith("0") for number in numbers)
    for name in ("state_id", "email", "person"):
        every = np.concatenate([getattr(zone.students, name) for zone in neighbours]).tolist()
        assert len(set(every)) == len(every), name
    assert {len(one) for zone in neighbours for one in zone.students.state_id} == {10}


def test_numbers_and_state_ids_are_unique_in_a_district_of_many_zones() -> None:
    numbers = np.arange(100_000, 5_000_000, 7)
    household = np.zeros(len(numbers), dtype=np.int64)
    number, state_id = _numbers(np.random.default_rng(0), household, 100_000)
    assert len(set(number.tolist())) == len(number)
    assert len(set(state_id.tolist())) == len(state_id)
    assert all(earlier < later for earlier, later in pairwise(number.tolist()))


def test_people_of_a_zone_are_counted_apart_from_other_kinds_and_zones(
    neighbours: list[Zone],
) -> None:
    taken: set[int] = set()
    for zone in neighbours:
        staff, students = zone.staff.person.tolist(), zone.students.person.tolist()
        tutors = [
            person
            for person, student, teacher in zip(
                zone.tutors.person.tolist(), zone.tutors.student, zone.tutors.staff, strict=True
            )
            if student < 0 and teacher < 0
        ]
        for people in (staff, students, tutors):
            assert taken.isdisjoint(people)
            assert len(set(people)) == len(people)
            taken.update(people)


def test_a_changed_surname_differs_and_has_a_day(long_zone: Zone) -> None:
    students = long_zone.students
    changed = students.last_new != ""
    assert changed.any()
    assert (np.isnat(students.renamed_on) == ~changed).all()
    assert (students.last_new[changed] != students.last[changed]).all()


def test_a_preferred_name_differs_from_the_first_name(any_zone: Zone) -> None:
    students = any_zone.students
    assert (students.preferred != "").any()
    assert (students.preferred != students.first).all()


def test_addresses_are_plain_letters_of_an_invented_domain(zone: Zone) -> None:
    for address in zone.students.email.tolist():
        name, domain = address.split("@")
        assert name.isascii()
        assert domain == EMAIL_DOMAIN
        assert domain.endswith(".example")


def test_pupils_in_school_in_a_year_are_as_many_as_asked_for(neighbours: list[Zone]) -> None:
    for year in range(2):
        grades = np.concatenate([zone.students.grade_first for zone in neighbours]) + year
        assert abs(((grades >= 0) & (grades <= 12)).sum() - 1500) < 60
