import numpy as np
import pytest

from hit_pipeline.synth.truth.build import District, build_zone, check_district, default_schools
from hit_pipeline.synth.truth.zone import Zone

PARTS = tuple(set(Zone.__dataclass_fields__) - {"number", "seed", "calendar", "programs"})


def vectors(zone: Zone) -> dict[str, list[object]]:
    """Return every vector of a zone by name."""
    return {
        f"{part}.{name}": getattr(getattr(zone, part), name).tolist()
        for part in PARTS
        for name in getattr(zone, part).__dataclass_fields__
    }


def test_a_zone_is_the_same_whenever_and_after_whatever_it_is_built() -> None:
    district = District(seed=4, students=600, schools=8)
    alone = vectors(build_zone(district, 1))
    build_zone(district, 0)
    build_zone(District(seed=5, students=300, schools=2), 0)
    assert vectors(build_zone(district, 1)) == alone


def test_all_vectors_of_a_thing_are_as_long_as_one_another(any_zone: Zone) -> None:
    for part in PARTS:
        thing = getattr(any_zone, part)
        assert len({len(getattr(thing, name)) for name in thing.__dataclass_fields__}) == 1, part


def test_positions_name_things_there_are(any_zone: Zone) -> None:
    students, meetings = len(any_zone.students.person), len(any_zone.meetings.group)
    for part in ("spells", "section_members", "absences", "eligible", "members", "seats", "scores"):
        at = getattr(any_zone, part).student
        assert at.min() >= 0
        assert at.max() < students, part
    assert any_zone.seats.meeting.max() < meetings
    assert any_zone.meetings.group.max() < len(any_zone.groups.key)
    assert any_zone.groups.tutor.max() < len(any_zone.tutors.person)
    assert any_zone.sections.teacher.max() < len(any_zone.staff.person)


@pytest.mark.parametrize(("students", "schools"), [(1000, 7), (5003, 13), (101, 1), (48_000, 80)])
def test_zones_share_all_students_and_schools_and_none_is_empty(
    students: int, schools: int
) -> None:
    district = District(seed=0, students=students, schools=schools)
    for total in (students, schools):
        parts = [district.share(total, zone) for zone in range(district.zones)]
        assert sum(count for _, count in parts) == total
        assert min(count for _, count in parts) > 0
        assert [first for first, _ in parts] == np.cumsum([0, *(n for _, n in parts[:-1])]).tolist()


def test_a_district_of_usual_schools_is_accepted_whatever_its_size() -> None:
    for students in (100, 599, 5000, 1_000_000):
        check_district(District(seed=1, students=students, schools=default_schools(students)))


def test_another_zone_and_another_seed_have_other_people() -> None:
    def people(district: District, number: int) -> set[tuple[object, ...]]:
        students = build_zone(district, number).students
        return set(zip(students.first, students.last, students.birth.tolist(), strict=True))

    district = District(seed=4, students=1600, schools=8)
    here = people(district, 0)
    for other in (people(district, 1), people(District(5, 1600, 8), 0)):
        assert len(here & other) < 0.02 * len(here)
