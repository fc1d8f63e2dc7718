"""A week in another unit than stated is proved from the rows themselves, and converted; or left."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.session_units import session_unit
from hit_pipeline.conform.sessions import session, session_participant
from hit_pipeline.engine import Engine
from tests.unit.tutoring_bench import Row, TutoringBench, pick

LOG = "typed_session_log"
MONDAY = datetime(2026, 9, 14, 9, 30)  # noqa: DTZ001 (wall clock of the log)
HALF_HOUR = 1800
BARE: Row = {"planned_seconds": None, "group_name": None}
_IDS = itertools.count()


def rows(week: int, number: int = 12, day: int = 0, **cells: object) -> list[Row]:
    """Return rows of one day of a week: pupils who stayed for a planned half hour."""
    start = MONDAY + timedelta(weeks=week, days=day)
    return [
        {
            "row_id_source": str(next(_IDS)),
            "student": f"pupil {at}",
            "group_name": "Otters",
            "started_at_local": start,
            "session_state": "completed",
            "attendance": "present",
            "planned_seconds": HALF_HOUR,
            "present_seconds": HALF_HOUR - 60 * (at % 5),
            **cells,
        }
        for at in range(number)
    ]


def times(factor: float, log: Sequence[Row], column: str = "present_seconds") -> list[Row]:
    """Return rows with a column of whole seconds multiplied."""
    return [row | {column: round(row[column] * factor)} for row in log]


def units(bench: TutoringBench, column: str = "present_seconds") -> list[tuple[Any, ...]]:
    """Promote the units of a log and return those of a column: week, reading, proof."""
    found = [row for row in bench.promote(session_unit) if row["column"] == column]
    first = MONDAY.date()
    return [
        ((row["week_start"] - first).days // 7, row["reading"], row["proof"])
        for row in sorted(found, key=lambda row: row["first_date"])
    ]


def seconds(bench: TutoringBench, column: str = "present_seconds") -> list[Any]:
    """Return a column of the participations, sorted by their place in the log."""
    found = sorted(bench.build(session_participant), key=lambda row: row["_row"])
    return [row[column] for row in found]


# --- Proved by the planned length of the same session ---


@pytest.mark.parametrize(("factor", "reading"), [(60, "sixtieth"), (1 / 60, "sixtyfold")])
def test_a_week_in_another_unit_is_converted_and_says_so(
    tutoring: TutoringBench, factor: float, reading: str
) -> None:
    right = rows(0) + rows(1)
    tutoring.typed("vendor", LOG, rows(0) + times(factor, rows(1)))
    assert units(tutoring) == [(0, "as_stated", "planned"), (1, reading, "planned")]
    assert seconds(tutoring) == [row["present_seconds"] for row in right]
    sources = seconds(tutoring, "present_source")
    assert sources == ["stated"] * 12 + ["unit_proved"] * 12
    assert {row["plan_source"] for row in tutoring.build(session)} == {"vendor_schedule"}


def test_the_counts_behind_a_unit_are_published(tutoring: TutoringBench) -> None:
    slips = times(1, rows(0, 2, present_seconds=60))
    tutoring.typed("vendor", LOG, times(60, rows(0, 18)) + slips)
    (one,) = [row for row in tutoring.build(session_unit) if row["column"] == "present_seconds"]
    counts = ("rows", "rows_fitting_stated", "rows_fitting_proved")
    assert pick([one], *counts) == [(20, 0, 18)]
    assert pick([one], "source", "rule_id", "rule_version") == [("vendor", "units", 1)]
    assert pick([one], "first_date", "last_date") == [(MONDAY.date(), MONDAY.date())]


def test_who_was_there_for_no_time_has_no_say(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, times(60, rows(0)) + rows(0, 40, present_seconds=0))
    assert units(tutoring) == [(0, "sixtieth", "planned")]
    assert seconds(tutoring)[12:] == [0] * 40


def test_a_week_of_zeros_only_has_no_unit(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, rows(0, present_seconds=0))
    assert units(tutoring) == []
    assert seconds(tutoring) == [0] * 12


def test_a_week_half_in_each_unit_is_left_and_noticed(tutoring: TutoringBench) -> None:
    mixed = times(60, rows(0)) + rows(0)
    tutoring.typed("vendor", LOG, mixed)
    assert units(tutoring) == [(0, "as_stated", "unclear")]
    assert seconds(tutoring) == [row["present_seconds"] for row in mixed]


def test_a_unit_that_changes_within_a_week_is_proved_by_the_day(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, rows(0, day=0) + times(60, rows(0, day=2)) + rows(0, day=4))
    assert [reading for _, reading, _ in units(tutoring)] == ["as_stated", "sixtieth", "as_stated"]
    assert seconds(tutoring) == [row["present_seconds"] for row in rows(0)] * 3


@pytest.mark.parametrize(("number", "reading"), [(9, "as_stated"), (10, "sixtieth")])
def test_too_few_rows_prove_nothing(tutoring: TutoringBench, number: int, reading: str) -> None:
    tutoring.typed("vendor", LOG, rows(0) + times(60, rows(1, number)))
    proof = "planned" if reading == "sixtieth" else "unclear"
    assert units(tutoring) == [(0, "as_stated", "planned"), (1, reading, proof)]


def test_few_rows_a_week_follow_a_whole_year_in_another_unit(tutoring: TutoringBench) -> None:
    log = [row for week in range(6) for row in times(60, rows(week, 3))]
    tutoring.typed("vendor", LOG, log)
    assert {reading for _, reading, _ in units(tutoring)} == {"sixtieth"}
    assert set(seconds(tutoring)) == {1800, 1740, 1680}


def test_few_rows_that_disagree_with_their_year_are_left(tutoring: TutoringBench) -> None:
    log = [row for week in range(6) for row in times(60, rows(week, 3))]
    tutoring.typed("vendor", LOG, log + rows(6, 3))
    assert units(tutoring)[-1] == (6, "as_stated", "stated")


def test_four_hour_sessions_that_were_planned_so_are_left(tutoring: TutoringBench) -> None:
    long = 4 * 3600
    tutoring.typed("vendor", LOG, rows(0, 30, planned_seconds=long, present_seconds=long))
    assert units(tutoring) == [(0, "as_stated", "planned")]
    assert set(seconds(tutoring)) == {long}


def test_ten_hour_sessions_without_any_other_length_are_left(tutoring: TutoringBench) -> None:
    long = 10 * 3600
    tutoring.typed("vendor", LOG, rows(0, 30, planned_seconds=long, present_seconds=long))
    assert {reading for _, reading, _ in units(tutoring)} == {"as_stated"}
    assert set(seconds(tutoring)) == {long}


def test_short_stays_in_long_sessions_are_left(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, rows(0, 30, planned_seconds=3600, present_seconds=300))
    assert units(tutoring) == [(0, "as_stated", "stated")]


def test_another_source_has_units_of_its_own(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, times(60, rows(0)))
    tutoring.typed("other", LOG, rows(0))
    found = pick(tutoring.promote(session_unit), "source", "column", "reading")
    assert ("vendor", "present_seconds", "sixtieth") in found
    assert ("other", "present_seconds", "as_stated") in found


# --- Planned lengths: proved by the bell, or by the group's usual length ---


def test_a_planned_length_is_proved_by_the_groups_other_weeks(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(4) for row in rows(week)]
    tutoring.typed("vendor", LOG, weeks + times(60, rows(4), "planned_seconds"))
    assert units(tutoring, "planned_seconds")[-1] == (4, "sixtieth", "group")
    assert set(seconds(tutoring, "planned_seconds")) == {HALF_HOUR}
    assert {row["plan_source"] for row in tutoring.build(session)} == {
        "vendor_schedule",
        "unit_proved",
    }


def test_a_planned_length_is_proved_by_the_bell(tutoring: TutoringBench) -> None:
    period = {"school_id": "S1", "bell_schedule": "all", "period": "2", "start_time": "09:30"}
    tutoring.promoted("school", [{"school_id": "S1", "name": "Lake School"}])
    tutoring.promoted("bell_period", [period | {"end_time": "10:15", "length_seconds": 2700}])
    log = rows(0, school_name="Lake School", group_name=None)
    tutoring.typed("vendor", LOG, times(60, log, "planned_seconds"))
    assert units(tutoring, "planned_seconds") == [(0, "sixtieth", "bell")]
    assert set(seconds(tutoring, "planned_seconds")) == {HALF_HOUR}


def test_periods_of_two_lengths_at_one_hour_prove_nothing(tutoring: TutoringBench) -> None:
    period = {"school_id": "S1", "period": "2", "start_time": "09:30", "end_time": "10:15"}
    tutoring.promoted("school", [{"school_id": "S1", "name": "Lake School"}])
    tutoring.promoted(
        "bell_period",
        [
            period | {"bell_schedule": "A", "length_seconds": 2700},
            period | {"bell_schedule": "B", "length_seconds": 3600},
        ],
    )
    log = rows(0, school_name="Lake School", group_name=None)
    tutoring.typed("vendor", LOG, times(60, log, "planned_seconds"))
    assert units(tutoring, "planned_seconds") == [(0, "as_stated", "unclear")]


def test_both_lengths_in_another_unit_are_proved_by_the_group(tutoring: TutoringBench) -> None:
    wrong = times(60, times(60, rows(2)), "planned_seconds")
    tutoring.typed("vendor", LOG, rows(0) + rows(1) + wrong)
    assert units(tutoring)[-1] == (2, "sixtieth", "group")
    assert units(tutoring, "planned_seconds")[-1] == (2, "sixtieth", "group")
    assert seconds(tutoring) == [row["present_seconds"] for row in rows(0)] * 3


def test_a_group_of_many_lengths_has_no_usual_one(tutoring: TutoringBench) -> None:
    log = [
        row
        for week, minutes in enumerate((20, 30, 45))
        for row in rows(week, planned_seconds=minutes * 60, present_seconds=None)
    ]
    odd = times(60, rows(3, present_seconds=None), "planned_seconds")
    tutoring.typed("vendor", LOG, log + odd)
    assert units(tutoring, "planned_seconds")[-1] == (3, "as_stated", "unclear")


# --- Without a plan: the distribution of the source's other days ---


def test_without_a_plan_the_other_weeks_prove_a_unit(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(3) for row in rows(week, 20, **BARE)]
    tutoring.typed("vendor", LOG, weeks + times(60, rows(3, 20, **BARE)))
    assert units(tutoring)[-1] == (3, "sixtieth", "distribution")
    assert max(seconds(tutoring)) == HALF_HOUR


@pytest.mark.parametrize("number", [19, 20])
def test_without_a_plan_a_source_that_is_always_so_is_left(
    tutoring: TutoringBench, number: int
) -> None:
    log = [row for week in range(3) for row in times(60, rows(week, number, **BARE))]
    tutoring.typed("vendor", LOG, log)
    assert {told[1:] for told in units(tutoring)} == {("as_stated", "unclear")}
    assert seconds(tutoring) == [row["present_seconds"] for row in log]


# --- Shares ---


def test_minutes_in_a_column_of_percents_are_proved(tutoring: TutoringBench) -> None:
    percents: Row = {"planned_seconds": 2400, "present_seconds": None}
    right = rows(0, present_share=1.0, **percents)
    minutes = rows(1, present_share=0.4, **percents) + rows(1, 4, present_share=0.3, **percents)
    tutoring.typed("vendor", LOG, right + minutes)
    assert units(tutoring, "present_share") == [
        (0, "as_stated", "planned"),
        (1, "minutes", "planned"),
    ]
    assert seconds(tutoring) == [2400] * 24 + [1800] * 4
    assert set(seconds(tutoring, "present_source")[12:]) == {"unit_proved"}


def test_shares_in_a_column_of_percents_are_proved(tutoring: TutoringBench) -> None:
    log = rows(0, present_seconds=None, present_share=0.01)
    half = rows(0, 3, present_seconds=None, present_share=0.005)
    tutoring.typed("vendor", LOG, log + half)
    assert units(tutoring, "present_share") == [(0, "hundredfold", "planned")]
    assert seconds(tutoring) == [HALF_HOUR] * 12 + [HALF_HOUR // 2] * 3


def test_in_a_period_of_100_minutes_percents_and_minutes_are_the_same(
    tutoring: TutoringBench,
) -> None:
    log = rows(0, planned_seconds=6000, present_seconds=None, present_share=0.95)
    tutoring.typed("vendor", LOG, log)
    assert units(tutoring, "present_share") == [(0, "as_stated", "planned")]
    assert set(seconds(tutoring)) == {5700}


def test_a_share_of_an_unknown_length_is_left(tutoring: TutoringBench) -> None:
    log = rows(0, planned_seconds=None, present_seconds=None, present_share=0.3)
    tutoring.typed("vendor", LOG, log)
    assert units(tutoring, "present_share") == []


# --- Numbers whose unit the contract leaves open ---


@pytest.mark.parametrize(
    ("number", "minutes", "reading"),
    [
        (0.33, 20, "hours"),
        (0.2, 20, "hours_minutes"),
        (1.5, 90, "hours"),
        (1.3, 90, "hours_minutes"),
    ],
)
def test_an_open_number_is_read_as_the_groups_other_weeks_say(
    tutoring: TutoringBench, number: float, minutes: int, reading: str
) -> None:
    usual = rows(0, planned_seconds=minutes * 60, present_seconds=None)
    open_week = rows(1, planned_seconds=None, planned_number=number, present_seconds=None)
    tutoring.typed("vendor", LOG, usual + open_week)
    assert units(tutoring, "planned_number") == [(1, reading, "group")]
    assert set(seconds(tutoring, "planned_seconds")) == {minutes * 60}
    assert {row["plan_source"] for row in tutoring.build(session)} == {
        "vendor_schedule",
        "unit_proved",
    }


@pytest.mark.parametrize("group", ["Herons", None])
def test_an_open_number_without_proof_stays_unread(
    tutoring: TutoringBench, group: str | None
) -> None:
    cells: Row = {"planned_seconds": None, "present_seconds": None, "planned_number": 0.33}
    tutoring.typed("vendor", LOG, rows(0) + rows(1, group_name=group, **cells))
    assert units(tutoring, "planned_number") == [(1, "as_stated", "unclear")]
    assert set(seconds(tutoring, "planned_seconds")[12:]) == {None}


# --- Whatever the order ---


@pytest.fixture(scope="module")
def any_bench(tmp_path_factory: pytest.TempPathFactory) -> TutoringBench:
    return TutoringBench(Engine.open(), Path(tmp_path_factory.mktemp("units")))


SLOW = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STAYS = st.lists(st.integers(15, 40), min_size=10, max_size=25)
"""Minutes stayed in planned half hours."""


def _stays(week: int, minutes: Sequence[int]) -> list[Row]:
    alike = rows(week, len(minutes))
    return [row | {"present_seconds": one * 60} for row, one in zip(alike, minutes, strict=True)]


@SLOW
@given(st.lists(STAYS, min_size=1, max_size=4), st.data())
def test_a_week_multiplied_by_sixty_leaves_the_published_seconds(
    any_bench: TutoringBench, weeks: list[list[int]], data: st.DataObject
) -> None:
    logs = [_stays(week, minutes) for week, minutes in enumerate(weeks)]
    wrong = data.draw(st.integers(0, len(weeks) - 1))
    right = [row["present_seconds"] for log in logs for row in log]
    logs[wrong] = times(60, logs[wrong])
    any_bench.typed("vendor", LOG, [row for log in logs for row in log])
    any_bench.promote(session_unit)
    assert seconds(any_bench) == right


@SLOW
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_unit_and_no_second(
    any_bench: TutoringBench, shuffled: random.Random
) -> None:
    log = rows(0) + times(60, rows(1)) + rows(2, 3) + times(60, rows(3)) + rows(3)
    told = []
    for _ in range(2):
        any_bench.typed("vendor", LOG, log)
        found = any_bench.promote(session_unit)
        people = any_bench.build(session_participant)
        kept = sorted(
            (row["session_key"], row["present_seconds"], row["present_source"]) for row in people
        )
        told.append((found, kept))
        shuffled.shuffle(log)
    assert told[0] == told[1]


def test_a_week_across_the_first_of_july_is_judged_by_school_year(tutoring: TutoringBench) -> None:
    tutoring.settings["district"] = {"open_year": "2025-26"}
    start = datetime.combine(datetime(2026, 6, 29), time(9))  # noqa: DTZ001
    june = [row | {"started_at_local": start} for row in times(60, rows(0))]
    july = [row | {"started_at_local": start + timedelta(days=3)} for row in rows(0)]
    tutoring.typed("vendor", LOG, june + july)
    for year, reading in (("2025-26", "sixtieth"), ("2026-27", "as_stated")):
        (one,) = [
            row for row in tutoring.build(session_unit, year) if row["column"] == "present_seconds"
        ]
        assert (one["reading"], one["week_start"]) == (reading, start.date())
