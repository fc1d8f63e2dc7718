"""Starts by another clock are told by the usual time of their groups, and moved; or left."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hit_pipeline.conform.session_units import session_unit
from hit_pipeline.conform.sessions import session, session_participant
from tests.unit.tutoring_bench import Row, TutoringBench

LOG = "typed_session_log"
MONDAY = datetime(2026, 9, 14, 9, 30)  # noqa: DTZ001 (wall clock of the log)
AFTER_CHANGE = 7
"""Weeks from `MONDAY` to the one after the first of November, when clocks went back an hour."""
HOUR = timedelta(hours=1)


def meetings(week: int, number: int = 12, start: datetime = MONDAY, **cells: object) -> list[Row]:
    """Return rows of one week: so many groups, each at its usual time."""
    return [
        {
            "row_id_source": f"{week}/{at}",
            "student": f"pupil {at}",
            "group_name": f"Group {at}",
            "started_at_local": start + timedelta(weeks=week, days=at % 5),
            "session_state": "completed",
            "attendance": "present",
            "planned_seconds": 1800,
            **cells,
        }
        for at in range(number)
    ]


def moved(log: Sequence[Row], by: timedelta) -> list[Row]:
    return [row | {"started_at_local": row["started_at_local"] + by} for row in log]


def clocks(bench: TutoringBench) -> list[tuple[int, str, str]]:
    """Promote the units of a log and return those of its starts: week, reading, proof."""
    found = [row for row in bench.promote(session_unit) if row["column"] == "started_at_local"]
    return [
        ((row["week_start"] - MONDAY.date()).days // 7, row["reading"], row["proof"])
        for row in sorted(found, key=lambda row: row["first_date"])
    ]


def starts(bench: TutoringBench) -> list[datetime]:
    """Return when sessions were, sorted by their place in the log."""
    found = sorted(bench.build(session), key=lambda row: row["_row"])
    return [row["started_at_local"] for row in found]


def stated(log: Sequence[Row]) -> list[Any]:
    return [row["started_at_local"] for row in log]


def test_a_week_by_the_clock_of_utc_is_moved_with_its_ends(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(3) for row in meetings(week)]
    tutoring.typed("vendor", LOG, weeks + moved(meetings(3), 5 * HOUR))
    assert clocks(tutoring)[-1] == (3, "utc", "group")
    assert starts(tutoring) == stated(weeks + meetings(3))
    last = max(tutoring.build(session), key=lambda row: row["_row"])
    first = datetime(2026, 10, 6, 14, 30, tzinfo=UTC)
    assert (last["started_at_utc"], last["ended_at_utc"]) == (first, first + HOUR / 2)


def test_evening_sessions_come_back_to_the_day_they_were_on(tutoring: TutoringBench) -> None:
    evening = MONDAY.replace(hour=20)
    weeks = [row for week in range(3) for row in meetings(week, start=evening)]
    right = meetings(3, start=evening)
    tutoring.typed("vendor", LOG, weeks + moved(right, 5 * HOUR))
    assert {reading for week, reading, _ in clocks(tutoring) if week == 3} == {"utc"}
    people = sorted(tutoring.build(session_participant), key=lambda row: row["_row"])
    assert [row["local_date"] for row in people[36:]] == [one.date() for one in stated(right)]


def test_in_a_week_by_utc_a_session_without_a_group_is_moved_too(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(3) for row in meetings(week)]
    alone = meetings(3, 1, group_name=None, row_id_source="alone")
    tutoring.typed("vendor", LOG, weeks + moved(meetings(3) + alone, 5 * HOUR))
    clocks(tutoring)
    assert starts(tutoring)[-1] == MONDAY + timedelta(weeks=3)


def test_in_a_week_by_utc_a_session_at_its_usual_time_stays(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(3) for row in meetings(week, 20)]
    right = meetings(3, 20)
    tutoring.typed("vendor", LOG, weeks + right[:2] + moved(right[2:], 5 * HOUR))
    assert clocks(tutoring)[-1] == (3, "utc", "group")
    assert starts(tutoring) == stated(weeks + right)


def test_an_hour_off_after_the_clocks_changed_is_moved_and_the_rest_stays(
    tutoring: TutoringBench,
) -> None:
    weeks = [row for week in range(3) for row in meetings(week, 20)]
    right = meetings(AFTER_CHANGE, 20)
    odd = moved(meetings(AFTER_CHANGE, 1, row_id_source="odd"), 2 * HOUR)
    log = [*weeks, *moved(right[:12], -HOUR), *right[12:], *odd]
    tutoring.typed("vendor", LOG, log)
    assert clocks(tutoring)[-1] == (AFTER_CHANGE, "hour_early", "group")
    assert starts(tutoring) == stated([*weeks, *right, *odd])


@pytest.mark.parametrize("week", [3, AFTER_CHANGE + 1])
def test_an_hour_off_in_another_week_is_a_change_of_the_timetable(
    tutoring: TutoringBench, week: int
) -> None:
    weeks = [row for at in range(3) for row in meetings(at)]
    late = moved(meetings(week), HOUR)
    tutoring.typed("vendor", LOG, weeks + late)
    assert clocks(tutoring)[-1] == (week, "as_stated", "stated")
    assert starts(tutoring) == stated(weeks + late)


def test_few_sessions_an_hour_off_are_left(tutoring: TutoringBench) -> None:
    weeks = [row for week in range(3) for row in meetings(week)]
    right = meetings(AFTER_CHANGE)
    log = weeks + moved(right[:9], -HOUR) + right[9:]
    tutoring.typed("vendor", LOG, log)
    assert clocks(tutoring)[-1] == (AFTER_CHANGE, "as_stated", "unclear")
    assert starts(tutoring) == stated(log)


def test_groups_that_move_for_good_have_no_usual_time(tutoring: TutoringBench) -> None:
    early = [row for week in range(3) for row in meetings(week)]
    late = [row for week in range(3, 6) for row in moved(meetings(week), 5 * HOUR)]
    tutoring.typed("vendor", LOG, early + late)
    assert clocks(tutoring) == []
    assert starts(tutoring) == stated(early + late)


def test_the_zone_of_the_source_says_when_clocks_changed(tutoring: TutoringBench) -> None:
    tutoring.settings["sources"] = {
        "vendor": {
            "kind": "log",
            "adapter": "files",
            "contract": "lakeside",
            "time_zone": "America/Phoenix",
        }
    }
    weeks = [row for week in range(3) for row in meetings(week)]
    late = moved(meetings(AFTER_CHANGE), -HOUR)
    tutoring.typed("vendor", LOG, weeks + late)
    assert clocks(tutoring)[-1] == (AFTER_CHANGE, "as_stated", "stated")
    assert starts(tutoring) == stated(weeks + late)


def test_no_session_is_lost_between_two_school_years(tutoring: TutoringBench) -> None:
    tutoring.settings["district"] = {"open_year": "2025-26"}
    evening = datetime(2026, 7, 6, 20, 30)  # noqa: DTZ001 (wall clock of the log)
    weeks = [row for week in range(3) for row in meetings(week, 60, start=evening)]
    log = weeks + moved(meetings(-1, 60, start=evening), 5 * HOUR)
    tutoring.typed("vendor", LOG, log)
    found = []
    for year in ("2025-26", "2026-27"):
        units = tutoring.promote(session_unit, year)
        found += [row["_row"] for row in tutoring.build(session, year)]
    assert "utc" in {row["reading"] for row in units}
    assert sorted(found) == list(range(1, len(log) + 1))
