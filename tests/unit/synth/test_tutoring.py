"""The timetable: nobody is in two places, and too few tutors are reported."""

from collections import Counter

import pytest

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.tutoring import Slot, Timetable, Tutor

MOST_GROUPS_OF_ONE_PUPIL = 8 * 5 // 3
STAFF = [Tutor(key, "First", f"Last{key}", ("northstar",)) for key in range(3)]


def test_pupils_and_tutors_are_never_in_two_places() -> None:
    timetable = Timetable(stream(1, "slots"))
    placed: list[tuple[str, Slot]] = []
    for nth in range(20):
        pupil = f"pupil {nth % 4}"
        placed.append((pupil, timetable.place([pupil], STAFF)))
    where = Counter(
        (who, day, slot.start)
        for pupil, slot in placed
        for who in (pupil, slot.tutor.name)
        for day in slot.weekdays
    )
    assert max(where.values()) == 1
    assert all(len(slot.weekdays) == 3 for _, slot in placed)


def test_work_is_spread_over_the_staff() -> None:
    timetable = Timetable(stream(1, "slots"))
    load = Counter(timetable.place([f"pupil {n}"], STAFF).tutor.key for n in range(9))
    assert set(load.values()) == {3}


@pytest.mark.parametrize("tutors", [0, 3])
def test_too_few_tutors_are_reported(tutors: int) -> None:
    timetable = Timetable(stream(1, "slots"))
    staff = STAFF[:tutors]
    if staff:
        fill(timetable, staff)
    with pytest.raises(ValueError, match="more tutors are needed"):
        timetable.place(["one pupil"], staff)


def fill(timetable: Timetable, staff: list[Tutor]) -> None:
    """Place one pupil in groups until every time of all five days is taken."""
    taken = 0
    while taken <= MOST_GROUPS_OF_ONE_PUPIL:
        try:
            timetable.place(["one pupil"], staff)
        except ValueError:
            return
        taken += 1
    pytest.fail("one pupil was placed more often than the week has room for")
