from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.sessions import session, session_participant
from hit_pipeline.rules.session_flags import FLAG_RULES
from tests.unit.tutoring_bench import Row, TutoringBench, by

LOG = "typed_session_log"
MONDAY = datetime(2026, 9, 14, 9)  # noqa: DTZ001 (wall clock of the log)
TODAY = date(2026, 11, 13)
HELD: dict[str, Any] = {
    "student": "ann",
    "started_at_local": MONDAY,
    "session_state": "completed",
    "attendance": "present",
    "present_seconds": 1800,
}


def _minutes(after: float) -> datetime:
    return MONDAY + timedelta(minutes=after)


def _held(student: str, after: float, minutes: float, **more: object) -> Row:
    times = {"started_at_local": _minutes(after), "present_seconds": round(minutes * 60)}
    return HELD | {"student": student} | times | more


def _participants(bench: TutoringBench) -> dict[tuple[str, int], set[str]]:
    """Return the flags of every participation by source and row."""
    return {
        (row["_source"], row["_row"]): set((row["flags"] or "").split(",")) - {""}
        for row in bench.build(session_participant)
    }


def _sessions(bench: TutoringBench) -> dict[str, set[str]]:
    return {
        row["session_id_source"] or str(row["_row"]): set((row["flags"] or "").split(",")) - {""}
        for row in bench.build(session)
    }


def test_overlaps_are_found_within_and_across_vendors_and_nothing_is_taken_away(
    tutoring: TutoringBench,
) -> None:
    tutoring.typed(
        "north",
        LOG,
        [
            _held("ann", 0, 120),
            _held("ann", 30, 15),
            _held("ann", 60, 30),  # only the first is still on
            _held("ann", 120, 10),  # starts when the first ends
            _held("bob", 0, 60),
        ],
    )
    tutoring.typed("south", LOG, [_held("ann@2", 125, 30), _held("bob", 60, 30)])
    found = _participants(tutoring)
    overlap = {"session.overlap"}
    assert found == {
        ("north", 1): set(),
        ("north", 2): overlap,
        ("north", 3): overlap,
        ("north", 4): set(),
        ("north", 5): set(),
        ("south", 1): overlap,
        ("south", 2): set(),
    }


def test_of_two_sessions_with_one_start_the_later_row_is_the_duplicate(
    tutoring: TutoringBench,
) -> None:
    tutoring.typed("north", LOG, [_held("ann", 0, 30), _held("ann", 0, 30), _held("bob", 0, 0)])
    tutoring.typed("south", LOG, [_held("bob", 0, 30, subject="math")])
    found = _participants(tutoring)
    both = {"session.duplicate", "session.overlap"}
    assert found["north", 1] == set()
    assert found["north", 2] == both
    assert found["north", 3] == {"session.zero_minutes"}
    assert found["south", 1] == {"session.duplicate"}


def test_sessions_nobody_attended_clash_with_nothing(tutoring: TutoringBench) -> None:
    missed = _held("ann", 10, 30, attendance="no_show")
    off = _held("ann", 0, 30, session_state="cancelled_school", attendance="not_expected")
    tutoring.typed("north", LOG, [_held("ann", 0, 30), missed, off])
    assert set().union(*_participants(tutoring).values()) == set()


def test_strangers_with_different_records_do_not_clash(tutoring: TutoringBench) -> None:
    tutoring.known.strangers |= {"rec-ann", "rec-bob"}
    tutoring.typed("north", LOG, [_held("ann", 0, 30), _held("bob", 5, 30), _held("ann", 10, 30)])
    found = _participants(tutoring)
    assert [flags for _, flags in sorted(found.items())] == [set(), set(), {"session.overlap"}]


@st.composite
def _crowds(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Draw the sessions of many students at once: who, start and length in steps of 5 minutes."""
    stay = st.tuples(st.integers(0, 12), st.integers(0, 9))
    students = draw(st.lists(st.lists(stay, max_size=6), min_size=10, max_size=40))
    return [(who, *one) for who, stays in enumerate(students) for one in stays]


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stays=_crowds())
def test_clashes_are_those_a_plain_loop_finds(
    tutoring: TutoringBench, stays: list[tuple[int, int, int]]
) -> None:
    rows = [_held(str(who), after * 5, length * 5) for who, after, length in stays]
    tutoring.typed("north", LOG, rows)
    found = _participants(tutoring)
    order = sorted(range(len(stays)), key=lambda at: (stays[at][1], at))
    for place, at in enumerate(order):
        who, start, length = stays[at]
        before = [stays[one] for one in order[:place] if stays[one][0] == who]
        expected = {"session.zero_minutes"} if length == 0 else set()
        if any(begin + lasted > start for _, begin, lasted in before):
            expected.add("session.overlap")
        if any(begin == start for _, begin, _ in before):
            expected.add("session.duplicate")
        assert found["north", at + 1] == expected


def test_implausible_times_are_flagged_at_their_threshold(tutoring: TutoringBench) -> None:
    tutoring.settings = {"thresholds": {"max_session_minutes": 60}}
    today = datetime(2026, 11, 13, 9)  # noqa: DTZ001
    tomorrow = today + timedelta(days=1)
    to_come = {"session_state": "scheduled", "attendance": None, "present_seconds": None}
    tutoring.typed(
        "north",
        LOG,
        [
            _held("a", 0, 60),
            _held("b", 0, 61),
            _held("c", 0, 10, planned_seconds=3660),
            _held("d", 0, 0),
            HELD | {"student": "e", "started_at_local": today},
            HELD | {"student": "f", "started_at_local": tomorrow},
            HELD | {"student": "g", "started_at_local": tomorrow} | to_come,
            _held("h", 0, 0, attendance="no_show"),
        ],
    )
    expected = {
        1: set(),
        2: {"session.too_long"},
        3: {"session.too_long"},
        4: {"session.zero_minutes"},
        5: set(),
        6: {"session.future_completed"},
        7: set(),
        8: set(),
    }
    assert _participants(tutoring) == {("north", row): flags for row, flags in expected.items()}
    assert _sessions(tutoring) == {str(row): flags for row, flags in expected.items()}


def test_days_without_school_are_those_of_the_school_else_of_every_school(
    tutoring: TutoringBench,
) -> None:
    tutoring.promoted(
        "school", [{"school_id": "1", "name": "Oak"}, {"school_id": "2", "name": "Elm"}]
    )
    tutoring.promoted(
        "calendar_day",
        [
            {"school_id": school, "local_date": day, "is_instructional": is_on}
            for school, day, is_on in (
                ("1", date(2026, 9, 14), False),
                ("2", date(2026, 9, 14), True),
                ("1", date(2026, 9, 15), False),
                ("2", date(2026, 9, 15), False),
            )
        ],
    )
    off = {"session_state": "cancelled_school", "attendance": "not_expected"}
    tutoring.typed(
        "north",
        LOG,
        [
            _held("a", 0, 30, school_name="Oak"),
            _held("b", 0, 30, school_name="Elm"),
            _held("c", 0, 30),
            _held("d", 24 * 60, 30),
            _held("e", 24 * 60, 30, school_name="Elsewhere"),
            _held("f", 48 * 60, 30, school_name="Oak"),
            _held("g", 0, 30, school_name="Oak") | off,
        ],
    )
    closed = {"session.no_school_day"}
    expected = {1: closed, 2: set(), 3: set(), 4: closed, 5: closed, 6: set(), 7: set()}
    assert _participants(tutoring) == {("north", row): flags for row, flags in expected.items()}
    assert _sessions(tutoring) == {str(row): flags for row, flags in expected.items()}


def test_what_the_school_knows_of_the_student_is_held_against_the_log(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"programs": {"math": {"name": "Math", "terms": {"fall": _FALL}}}}
    _roster(tutoring)
    tutoring.typed(
        "north",
        LOG,
        [
            _held("early", 0, 30, program="math"),
            _held("gone", 0, 30, program="math"),
            _held("sick", 0, 30, program="math"),
            _held("sick", 24 * 60, 30, program="math"),
            _held("sick", 60, 30, program="math", attendance="no_show"),
            _held("unlisted", 0, 30, program="math"),
            _held("unlisted", 60, 30),
            _held("waiting", 0, 30, program="math"),
            _held("stranger", 0, 30, program="math"),
        ],
    )
    tutoring.known.strangers.add("rec-stranger")
    expected = {
        1: {"session.not_enrolled", "session.not_assigned"},
        2: {"session.not_enrolled", "session.not_assigned"},
        3: {"session.absent_in_sis"},
        4: set(),
        5: set(),
        6: {"session.not_assigned"},
        7: set(),
        8: {"session.not_assigned"},
        9: set(),
    }
    assert _participants(tutoring) == {("north", row): flags for row, flags in expected.items()}


@pytest.mark.parametrize(
    ("year", "entry", "left", "flags"),
    [
        ("2027-28", date(2027, 8, 16), None, set()),
        ("2025-26", date(2025, 8, 18), date(2026, 6, 5), {"session.not_enrolled"}),
    ],
)
def test_earlier_years_count_and_later_ones_do_not(
    tutoring: TutoringBench, year: str, entry: date, left: date | None, flags: set[str]
) -> None:
    spell = {"student_key": "ann", "entry_date": entry, "exit_date": left, "school_id": "1"}
    tutoring.promoted("school_enrollment", [spell], year)
    tutoring.typed("north", LOG, [_held("ann", 0, 30)])
    assert _participants(tutoring) == {("north", 1): flags}


NOT_ENROLLED, NOT_ASSIGNED = {"session.not_enrolled"}, {"session.not_assigned"}


def _on(day: date, student: str = "ann", **more: object) -> Row:
    return _held(student, 0, 30, started_at_local=datetime(day.year, day.month, day.day, 9), **more)  # noqa: DTZ001


def _but_for_clashes(bench: TutoringBench) -> dict[int, set[str]]:
    """Return the flags of the participations of a vendor, clashes left out."""
    clashes = {"session.duplicate", "session.overlap"}
    return {row: flags - clashes for (_, row), flags in _participants(bench).items()}


def _schools(bench: TutoringBench) -> None:
    bench.promoted("school", [{"school_id": n, "name": name} for n, name in _NAMES.items()])


_NAMES = {"1": "Oak", "2": "Elm", "3": "Library"}
_SESSIONS = (("2025-26", "2025-08-18", "2026-05-29"), ("2026-27", "2026-08-17", "2027-05-28"))


def _terms(bench: TutoringBench, count: int = 2) -> None:
    bench.promoted(
        "term",
        [
            {
                "source": "sis",
                "term_id": year,
                "term_type": "school_year",
                "start_date": date.fromisoformat(first),
                "end_date": date.fromisoformat(last),
                "school_year": year,
            }
            for year, first, last in _SESSIONS[:count]
        ],
        "",
    )


def _spell(student: str, school: str, entry: str, left: str | None = None) -> Row:
    return {
        "student_key": student,
        "school_id": school,
        "entry_date": date.fromisoformat(entry),
        "exit_date": date.fromisoformat(left) if left else None,
        "enrollment_type": "full",
    }


def test_enrolled_is_who_has_a_spell_at_the_schools_session_that_day(
    tutoring: TutoringBench,
) -> None:
    _schools(tutoring)
    tutoring.promoted(
        "school_enrollment",
        [
            _spell("moved", "1", "2026-08-17", "2026-09-14"),
            _spell("moved", "2", "2026-09-15"),
            _spell("back", "1", "2026-08-17", "2026-09-04"),
            _spell("back", "1", "2026-09-28"),
            _spell("visits", "2", "2026-08-17"),
        ],
    )
    last, next_day, later = date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 28)
    rows: list[tuple[Row, set[str]]] = [
        (_on(last, "moved", school_name="Oak"), set()),  # the exit is a day of enrollment
        (_on(next_day, "moved", school_name="Oak"), NOT_ENROLLED),
        (_on(last, "moved", school_name="Elm"), NOT_ENROLLED),
        (_on(next_day, "moved", school_name="Elm"), set()),  # and so is the entry
        (_on(next_day, "moved"), set()),  # no school: any counts
        (_on(next_day, "back", school_name="Oak"), NOT_ENROLLED),
        (_on(next_day, "back"), NOT_ENROLLED),
        (_on(later, "back", school_name="Oak"), set()),
        (_on(later, "visits", school_name="Oak"), set()),  # never a pupil there: a shared site
        (_on(later, "visits", school_name="Library"), set()),
        (_on(date(2026, 8, 10), "visits", school_name="Library"), NOT_ENROLLED),
        (_on(later, "unknown", school_name="Oak"), set()),
        (_on(next_day, "back", school_name="Oak", attendance="no_show"), set()),
    ]
    tutoring.typed("north", LOG, [row for row, _ in rows])
    assert _but_for_clashes(tutoring) == {at: flags for at, (_, flags) in enumerate(rows, start=1)}


def test_the_summer_belongs_to_who_was_enrolled_before_it_or_is_after_it(
    tutoring: TutoringBench,
) -> None:
    _schools(tutoring)
    _terms(tutoring)
    before = [
        _spell("stayed", "1", "2025-08-18", "2026-05-29"),
        _spell("left", "1", "2025-08-18", "2026-05-01"),
    ]
    tutoring.promoted("school_enrollment", before, "2025-26")
    now = [_spell("stayed", "2", "2026-08-17"), _spell("new", "1", "2026-08-17")]
    tutoring.promoted("school_enrollment", [*now, _spell("late", "1", "2026-10-01")])
    july, may = date(2026, 7, 6), date(2027, 6, 7)
    people = ("stayed", "left", "new", "late")
    rows = [_on(july, who, school_name="Oak") for who in people]
    tutoring.typed("north", LOG, [*rows, _on(may, "new", school_name="Elm")])
    assert _participants(tutoring) == {
        ("north", 1): set(),
        ("north", 2): NOT_ENROLLED,
        ("north", 3): set(),
        ("north", 4): NOT_ENROLLED,
        ("north", 5): {"session.future_completed"},
    }


def test_a_summer_whose_next_session_is_unknown_lasts_ninety_days(tutoring: TutoringBench) -> None:
    _terms(tutoring, 1)
    spell = _spell("ann", "1", "2025-08-18", "2026-05-29")
    tutoring.promoted("school_enrollment", [spell], "2025-26")
    tutoring.typed("north", LOG, [_on(date(2026, 8, 27)), _on(date(2026, 8, 28))])
    assert _participants(tutoring) == {("north", 1): set(), ("north", 2): NOT_ENROLLED}


SUMMER: dict[str, Any] = {
    "programs": {
        "math": {
            "name": "Math",
            "terms": {
                "fall": {"start": "2026-08-17", "end": "2026-12-18"},
                "summer": {"start": "2026-06-08", "end": "2026-07-17"},
            },
        }
    }
}


def test_assigned_is_who_has_a_spell_that_day_until_the_end_of_its_term(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SUMMER
    usual = {"program": "math", "origin": "district_list", "status": "assigned"}
    spells = [
        ("gap", "fall", "2026-08-17", "2026-09-11"),
        ("gap", "fall", "2026-10-05", None),
        ("summer", "summer", "2026-06-08", None),
        ("summer", "summer", None, None),
        ("new", "summer", "2026-07-02", None),
    ]
    tutoring.typed(
        "lists",
        "typed_program_assignment",
        [
            usual
            | {
                "student": who,
                "term": term,
                "start_date": date.fromisoformat(start) if start else None,
                "end_date": date.fromisoformat(end) if end else None,
            }
            for who, term, start, end in spells
        ],
    )
    days = [
        ("gap", date(2026, 9, 11), set()),
        ("gap", date(2026, 9, 14), NOT_ASSIGNED),
        ("gap", date(2026, 10, 5), set()),
        ("summer", date(2026, 7, 17), set()),
        ("summer", date(2026, 7, 18), NOT_ASSIGNED),
        ("summer", date(2026, 9, 14), NOT_ASSIGNED),
        ("new", date(2026, 7, 1), NOT_ASSIGNED),
        ("new", date(2026, 7, 2), set()),
    ]
    tutoring.typed("north", LOG, [_on(day, who, program="math") for who, day, _ in days])
    assert _participants(tutoring) == {
        ("north", at): flags for at, (_, _, flags) in enumerate(days, start=1)
    }


def test_assignments_of_a_later_year_make_no_list_for_an_earlier_one(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SUMMER
    later = {"student": "bob", "program": "math", "start_date": date(2027, 8, 16), "term": "fall"}
    tutoring.typed("lists", "typed_program_assignment", [later])
    tutoring.typed("north", LOG, [_on(MONDAY.date(), program="math")])
    assert _participants(tutoring) == {("north", 1): set()}


def test_a_summer_day_within_a_term_is_a_day_of_the_program(tutoring: TutoringBench) -> None:
    tutoring.settings = SUMMER
    _schools(tutoring)
    kinds = {6: "summer", 7: "closure", 11: "weekend", 20: "summer"}
    tutoring.promoted(
        "calendar_day",
        [
            {
                "school_id": "1",
                "local_date": date(2026, 7, day),
                "day_type": kind,
                "is_instructional": False,
            }
            for day, kind in kinds.items()
        ],
    )
    closed = {"session.no_school_day"}
    oak = {"school_name": "Oak", "program": "math"}
    rows: list[tuple[Row, set[str]]] = [
        (_on(date(2026, 7, 6), **oak), set()),
        (_on(date(2026, 7, 6), program="math"), set()),
        (_on(date(2026, 7, 6), school_name="Oak"), closed),  # no program, no term
        (_on(date(2026, 7, 7), **oak), closed),
        (_on(date(2026, 7, 11), **oak), closed),
        (_on(date(2026, 7, 20), **oak), closed),  # the term is over
    ]
    tutoring.typed("north", LOG, [row for row, _ in rows])
    expected = {at: flags for at, (_, flags) in enumerate(rows, start=1)}
    assert _but_for_clashes(tutoring) == expected
    assert _sessions(tutoring) == {str(at): flags for at, flags in expected.items()}


_FALL = {"start": "2026-08-17", "end": "2026-12-18"}


def _roster(bench: TutoringBench) -> None:
    """Write enrollments, assignments and absences around Monday 14 September."""
    day = MONDAY.date()
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    spells = {"early": (after, None), "gone": (before, before)}
    usual = (date(2026, 8, 17), None)
    people = ("early", "gone", "sick", "unlisted", "waiting")
    bench.promoted(
        "school_enrollment",
        [
            {"student_key": who, "entry_date": entry, "exit_date": left, "school_id": "1"}
            for who in people
            for entry, left in [spells.get(who, usual)]
        ],
    )
    bench.typed(
        "lists",
        "typed_program_assignment",
        [
            {
                "student": who,
                "program": "math",
                "start_date": entry,
                "end_date": left,
                "origin": "district_list",
                "status": "waitlisted" if who == "waiting" else "assigned",
            }
            for who in ("early", "gone", "sick", "waiting")
            for entry, left in [spells.get(who, usual)]
        ],
    )
    bench.promoted(
        "school_attendance",
        [
            {"student_key": "sick", "local_date": day, "attendance": "absent_excused"},
            {"student_key": "sick", "local_date": after, "attendance": "tardy"},
            {"student_key": None, "local_date": day, "attendance": "absent_excused"},
        ],
    )


def test_a_tutor_in_two_rooms_is_found_among_sessions_that_are_named(
    tutoring: TutoringBench,
) -> None:
    def meeting(name: str, after: int, minutes: int, tutor: str = "tom", **more: object) -> Row:
        times = {"started_at_local": _minutes(after), "held_seconds": minutes * 60}
        kind = {"record_level": "meeting", "session_id_source": name, "tutor": tutor}
        return kind | times | {"session_state": "completed"} | more

    tutoring.typed(
        "north",
        LOG,
        [
            meeting("first", 0, 30),
            meeting("second", 30, 30),
            meeting("off", 40, 30, session_state="cancelled_school"),
            _held("ann", 45, 15, tutor="tom"),
        ],
    )
    tutoring.typed(
        "south", LOG, [meeting("abroad", 50, 30, "tom@2"), meeting("other", 50, 30, "sue")]
    )
    found = _sessions(tutoring)
    assert {name for name, flags in found.items() if flags} == {"abroad"}
    assert found["abroad"] == {"session.tutor_overlap"}


def test_flags_take_nothing_away(tutoring: TutoringBench) -> None:
    rows = [_held("ann", 0, 600), _held("ann", 0, 600), _held("ann", 30, 0)]
    tutoring.typed("north", LOG, rows)
    people = by(tutoring.build(session_participant), "_row")
    assert sum(row["present_seconds"] for row in people.values()) == 2 * 36000
    assert all(row["counts_attended"] for row in people.values())
    told = set().union(*_participants(tutoring).values())
    assert told <= {rule.id for rule in FLAG_RULES}
