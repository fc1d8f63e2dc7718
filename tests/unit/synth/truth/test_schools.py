import numpy as np
import pytest

from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.schools import build_schools, layout
from hit_pipeline.synth.truth.zone import Zone


@pytest.mark.parametrize("count", range(1, 8))
def test_the_schools_of_a_zone_teach_every_grade(count: int) -> None:
    shape = layout(count)
    assert len(shape) == count
    taught = {grade for _, low, high in shape for grade in range(low, high + 1)}
    assert taught == set(range(13))


def test_codes_names_numbers_and_classes_are_one_of_a_kind_in_the_district(
    neighbours: list[Zone],
) -> None:
    for part, name in (
        ("schools", "code"),
        ("schools", "name"),
        ("staff", "number"),
        ("staff", "email"),
        ("sections", "key"),
    ):
        every = np.concatenate([getattr(getattr(zone, part), name) for zone in neighbours]).tolist()
        assert len(set(every)) == len(every), (part, name)


def test_names_of_very_many_schools_stay_apart() -> None:
    names = [
        name
        for first in range(0, 1600, 4)
        for name in build_schools(seed=1, first=first, count=4).name.tolist()
    ]
    assert len(set(names)) == len(names)


def test_every_school_has_one_principal_and_teachers(any_zone: Zone) -> None:
    staff = any_zone.staff
    for school in range(len(any_zone.schools.code)):
        roles = staff.role[staff.school == school].tolist()
        assert roles.count("principal") == 1
        assert roles.count("teacher") >= 2


def test_a_familys_children_of_like_age_go_to_the_same_school() -> None:
    zone = build_zone(District(seed=3, students=2500, schools=5), 0)
    spells, students = zone.spells, zone.students
    first = spells.entry == zone.calendar.first_day(0)
    young = first & (spells.grade <= 5) & (spells.kind == "full")
    schools: dict[int, set[int]] = {}
    for at in np.flatnonzero(young).tolist():
        family = int(students.household[spells.student[at]])
        schools.setdefault(family, set()).add(int(spells.school[at]))
    assert max(len(mine) for mine in schools.values()) == 1
    assert len({school for mine in schools.values() for school in mine}) > 1
