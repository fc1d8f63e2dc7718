from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from hit_pipeline.synth.truth.calendar import INSTRUCTIONAL
from hit_pipeline.synth.truth.schools import SUBJECTS
from hit_pipeline.synth.truth.zone import Zone

NEVER = np.datetime64("2999-01-01")


def ends(zone: Zone) -> list[np.datetime64]:
    """Return each spell's last day; the last school day of its year where it has none."""
    spells = zone.spells
    return [
        zone.calendar.last_day(int(year)) if np.isnat(leave) else leave
        for leave, year in zip(spells.exit, spells.year, strict=True)
    ]


def by_student(zone: Zone) -> dict[int, list[int]]:
    """Return the spells of each pupil that are no co-enrolments, by first day."""
    found: dict[int, list[int]] = defaultdict(list)
    for at in np.argsort(zone.spells.entry, kind="stable").tolist():
        if zone.spells.kind[at] != "co_enrolled":
            found[int(zone.spells.student[at])].append(at)
    return found


def test_a_pupil_is_in_one_school_at_a_time(any_zone: Zone) -> None:
    last = ends(any_zone)
    for spells in by_student(any_zone).values():
        for earlier, later in pairwise(spells):
            assert last[earlier] < any_zone.spells.entry[later]


def test_a_co_enrolment_stands_beside_a_full_one_at_another_school(zone: Zone) -> None:
    spells, full = zone.spells, by_student(zone)
    beside = np.flatnonzero(spells.kind == "co_enrolled")
    assert len(beside) > 5
    for at in beside.tolist():
        others = full[int(spells.student[at])]
        assert any(
            spells.kind[other] == "full"
            and spells.school[other] != spells.school[at]
            and spells.entry[other] <= spells.entry[at]
            for other in others
        )


def test_spells_lie_within_their_school_year(any_zone: Zone) -> None:
    spells, calendar = any_zone.spells, any_zone.calendar
    for entry, last, year in zip(spells.entry, ends(any_zone), spells.year.tolist(), strict=True):
        assert calendar.first_day(year) <= entry <= last <= calendar.last_day(year)


def test_every_pupil_of_a_grade_is_enrolled_in_every_year_and_at_a_school_that_has_it(
    long_zone: Zone,
) -> None:
    spells, students, schools = long_zone.spells, long_zone.students, long_zone.schools
    for year in range(3):
        grade = students.grade_first + year
        wanted = set(np.flatnonzero((grade >= 0) & (grade <= 12)).tolist())
        assert set(spells.student[spells.year == year].tolist()) == wanted
    assert (spells.grade == students.grade_first[spells.student] + spells.year).all()
    own = spells.kind != "co_enrolled"
    at = spells.school[own]
    assert (schools.first_grade[at] <= spells.grade[own]).all()
    assert (spells.grade[own] <= schools.last_grade[at]).all()


def test_a_spell_has_a_reason_when_and_only_when_it_has_an_end(any_zone: Zone) -> None:
    spells = any_zone.spells
    assert ((spells.reason != "") == ~np.isnat(spells.exit)).all()


def test_pupils_of_other_rosters_are_no_full_pupils(zone: Zone) -> None:
    spells = zone.spells
    origin = zone.students.origin[spells.student]
    elsewhere = origin != "district"
    assert set(origin.tolist()) == {"district", "partner_school", "home_school"}
    assert (spells.kind[elsewhere] == origin[elsewhere]).all()
    assert set(spells.kind[~elsewhere].tolist()) == {"full", "co_enrolled"}


@pytest.mark.parametrize("shape", ["zone", "long_zone"])
def test_who_comes_back_does_so_under_the_new_number_and_keeps_it(
    shape: str, request: pytest.FixtureRequest
) -> None:
    zone: Zone = request.getfixturevalue(shape)
    spells, students = zone.spells, zone.students
    back = set(np.flatnonzero(students.number_new != "").tolist())
    assert len(back) >= 5
    assert set(spells.student[spells.renumbered].tolist()) == back
    assert (students.number_new != students.number).all()
    last = ends(zone)
    for student in back:
        mine = by_student(zone)[student]
        flags = [bool(spells.renumbered[at]) for at in mine]
        first_new = flags.index(True)
        assert flags == sorted(flags)
        assert first_new > 0
        gap = spells.entry[mine[first_new]] - last[mine[first_new - 1]]
        assert gap >= np.timedelta64(14, "D")


def test_shares_of_moves_are_those_of_a_district(zone: Zone) -> None:
    size = len(zone.students.person)
    reasons = Counter(zone.spells.reason.tolist())
    late = zone.spells.entry[zone.spells.kind == "full"] > zone.calendar.first_day(0)
    # Only the elementary grades of a zone have a second school to move to.
    assert 0.005 < reasons["Moved within district"] / size < 0.03
    assert 0.04 < (sum(reasons.values()) - reasons[""]) / size < 0.10
    assert 0.04 < late.sum() / size < 0.11


def test_every_full_pupil_has_one_class_of_each_subject_while_enrolled(any_zone: Zone) -> None:
    spells, members, sections = any_zone.spells, any_zone.section_members, any_zone.sections
    classes: dict[tuple[int, np.datetime64], list[int]] = defaultdict(list)
    for student, section, begin, end in zip(
        members.student.tolist(), members.section.tolist(), members.begin, members.end, strict=True
    ):
        assert np.isnat(end) or begin <= end
        classes[student, begin].append(section)
    full = np.flatnonzero(spells.kind == "full").tolist()
    assert len(classes) == len(full)
    for at in full:
        mine = classes[int(spells.student[at]), spells.entry[at]]
        level = int(any_zone.schools.level[spells.school[at]])
        assert sorted(sections.subject[mine].tolist()) == sorted(SUBJECTS[level])
        for name in ("school", "grade", "year"):
            wanted = getattr(spells, name)[at]
            assert (getattr(sections, name)[mine] == wanted).all()
        assert len(set(sections.strand[mine].tolist())) == 1


def test_a_teacher_teaches_at_one_school_and_one_class_a_period(any_zone: Zone) -> None:
    sections, staff = any_zone.sections, any_zone.staff
    assert (staff.school[sections.teacher] == sections.school).all()
    assert set(staff.role[sections.teacher].tolist()) == {"teacher"}
    assert len(set(sections.key.tolist())) == len(sections.key)


def test_classes_are_about_as_large_as_a_class_is(zone: Zone) -> None:
    sizes = np.bincount(zone.section_members.section, minlength=len(zone.sections.key))
    assert 8 <= np.median(sizes) <= 28
    assert sizes.max() <= 45


def test_the_school_marks_only_pupils_enrolled_and_days_it_taught(any_zone: Zone) -> None:
    absences, calendar = any_zone.absences, any_zone.calendar
    kind = calendar.actual[absences.school, calendar.position(absences.day)]
    assert (kind == INSTRUCTIONAL).all()
    last, spells = ends(any_zone), any_zone.spells
    full: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at in np.flatnonzero(spells.kind == "full").tolist():
        full[int(spells.student[at]), int(spells.school[at])].append(at)
    marks = zip(absences.student.tolist(), absences.school.tolist(), absences.day, strict=True)
    for student, school, day in marks:
        mine = full[student, school]
        assert any(spells.entry[at] <= day <= last[at] for at in mine)


def test_a_pupil_has_one_mark_a_day_and_absence_is_as_common_as_in_districts(zone: Zone) -> None:
    absences = zone.absences
    days = list(zip(absences.student.tolist(), absences.day.tolist(), strict=True))
    assert len(set(days)) == len(days)
    assert set(absences.status.tolist()) == {1, 2, 3}
    taught = (zone.calendar.planned == INSTRUCTIONAL).sum() * len(zone.students.person)
    assert 0.03 < (absences.status < 3).sum() / taught < 0.09
    missed = np.bincount(absences.student[absences.status < 3], minlength=len(zone.students.person))
    chronic = (missed >= 17).mean()
    assert 0.08 < chronic < 0.35
