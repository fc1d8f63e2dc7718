"""True gains, reckoned again seat by seat."""

from collections import defaultdict
from datetime import date
from functools import cache

import numpy as np
import pytest

from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.scores import INSTRUMENTS, WINDOWS
from hit_pipeline.synth.truth.zone import Zone

FIRST_DAYS = {"fall": (9, 1), "winter": (1, 12), "spring": (4, 20)}


def begin(calendar_year: int, window: str) -> date:
    """Return the first day of a window of the school year that begins in a calendar year."""
    return date(calendar_year + (window != "fall"), *FIRST_DAYS[window])


def gains(zone: Zone, day: date) -> dict[tuple[int, str], float]:
    """Return what hours before a day are worth, by pupil and subject, one seat at a time."""
    found: dict[tuple[int, str], float] = defaultdict(float)
    seats, meetings = zone.seats, zone.meetings
    days = meetings.day.tolist()
    program = zone.groups.program[meetings.group].tolist()
    rows = zip(
        seats.meeting.tolist(),
        seats.student.tolist(),
        (seats.left - seats.joined).tolist(),
        strict=True,
    )
    for meeting, student, seconds in rows:
        if days[meeting] < day:
            one = PROGRAMS[program[meeting]]
            found[student, one.subject] += seconds / 3600 * one.effect_per_hour
    return found


@pytest.mark.parametrize("shape", ["zone", "long_zone"])
def test_the_effect_is_hours_before_the_window_times_what_an_hour_does(
    shape: str, request: pytest.FixtureRequest
) -> None:
    zone: Zone = request.getfixturevalue(shape)
    scores = zone.scores
    worth = cache(lambda day: gains(zone, day))
    some = 0
    rows = zip(
        scores.student.tolist(),
        scores.subject.tolist(),
        scores.year.tolist(),
        scores.window.tolist(),
        scores.effect.tolist(),
        strict=True,
    )
    for student, subject, year, window, effect in rows:
        day = begin(zone.calendar.years[year], WINDOWS[window])
        assert effect == pytest.approx(worth(day).get((student, subject), 0.0), abs=1e-9)
        some += effect > 0
    assert some > 300


def test_achievement_is_ability_effect_and_noise(zone: Zone) -> None:
    scores, students = zone.scores, zone.students
    ability = np.where(
        scores.subject == "math", students.math[scores.student], students.reading[scores.student]
    )
    noise = scores.z - ability - scores.effect
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(0.25, abs=0.01)
    with_effect = scores.effect > 0
    assert abs(noise[with_effect].mean() - noise[~with_effect].mean()) < 0.02


def test_there_is_a_comparison_group_tested_in_spring_and_never_tutored(zone: Zone) -> None:
    eligible = zone.eligible
    tutored = set(zone.seats.student.tolist())
    for at, program in enumerate(PROGRAMS):
        waits = (eligible.program == at) & (eligible.status == "waitlisted")
        never = set(eligible.student[waits].tolist()) - tutored
        scores = zone.scores
        spring = (scores.window == 2) & (scores.subject == program.subject)
        assert len(never & set(scores.student[spring].tolist())) >= 15, program.program_id


def test_tests_are_taken_on_weekdays_of_the_window_by_pupils_enrolled_in_its_grades(
    any_zone: Zone,
) -> None:
    scores, spells = any_zone.scores, any_zone.spells
    taken = scores.taken.tolist()
    assert all(day.weekday() < 5 for day in taken)
    for day, year, window in zip(taken, scores.year.tolist(), scores.window.tolist(), strict=True):
        first = begin(any_zone.calendar.years[year], WINDOWS[window])
        assert 0 <= (day - first).days <= 19
    for at, one in enumerate(INSTRUMENTS):
        mine = scores.instrument == at
        assert mine.any()
        grade = scores.grade[mine]
        assert ((one.first_grade <= grade) & (grade <= one.last_grade)).all()
    full = spells.kind == "full"
    pupils = set(zip(spells.student[full].tolist(), spells.year[full].tolist(), strict=True))
    assert set(zip(scores.student.tolist(), scores.year.tolist(), strict=True)) <= pupils


def test_a_pupil_takes_each_test_once_a_window(any_zone: Zone) -> None:
    scores = any_zone.scores
    names = ("student", "instrument", "subject", "year", "window")
    taken = list(zip(*(getattr(scores, name).tolist() for name in names), strict=True))
    assert len(set(taken)) == len(taken)
