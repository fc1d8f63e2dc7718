"""What was known of participations, and when: the tables of earlier nights, told today."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.context import Builder
from hit_pipeline.conform.revisions import session_attendance_revision
from hit_pipeline.conform.sessions import session_participant
from hit_pipeline.engine import Engine
from tests.unit.conform.typing_bench import FIRST_NIGHT, TypingBench, delimited
from tests.unit.tutoring_bench import TutoringBench

HEADERS = ("Row", "Meeting", "Student", "Tutor", "Start", "State", "Came", "Minutes")
FEED: dict[str, Any] = {
    "table": "typed_session_log",
    "columns": {
        "record_level": {"value": "participant"},
        "row_id_source": {"from": "Row"},
        "session_id_source": {"from": "Meeting"},
        "student_id_vendor": {"from": "Student"},
        "tutor_id_vendor": {"from": "Tutor"},
        "started_at_local": {"from": "Start", "formats": ["%Y-%m-%d %H:%M"]},
        "session_state": {"from": "State"},
        "attendance": {"from": "Came"},
        "planned_seconds": {"value": "1800"},
        "present_seconds": {"from": "Minutes", "unit": "minutes"},
    },
}
FACTS = (
    "session_key",
    "person_record_id",
    "session_state",
    "attendance",
    "planned_seconds",
    "present_seconds",
    "present_source",
)
Seat = dict[str, str | None]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def seat(row: str | None, student: str = "s1", **cells: str | None) -> Seat:
    usual: Seat = {
        "Row": row,
        "Meeting": "m1",
        "Student": student,
        "Tutor": "t1",
        "Start": "2026-09-14 09:30",
        "State": "completed",
        "Came": "present",
        "Minutes": "30",
    }
    return usual | cells


OPEN: Seat = {"State": "scheduled", "Came": None, "Minutes": None}


class Log:
    """A vendor's log over several nights; every record is a person of its own."""

    def __init__(self, engine: Engine, folder: Path, **spec: Any) -> None:
        folder.mkdir()
        told = {"natural_key": ["Row"], "absence": "removed", **spec}
        self.typing = TypingBench(engine, folder, {"log": delimited(HEADERS, FEED, **told)})
        source = {"adapter": "files", "contract": "plain_files", "kind": "log"}
        self.bench = TutoringBench(engine, folder, {"sources": {"s": source}})

    def night(self, *rows: Seat) -> None:
        self.typing.night("log", *rows)

    def build(self, builder: Builder) -> list[dict[str, Any]]:
        """Type what was delivered, and return the rows of a table."""
        self.typing.build()
        arrived = [
            {"delivery_id": one.delivery_id, "received_at": one.received_at}
            for one in self.typing.deliveries
        ]
        self.bench.promoted("delivery", arrived)
        for row in self.typing.typed("typed_session_log"):
            for role in ("student", "tutor"):
                self.bench.known.records[role].add(row[f"{role}_record_id"])
        return self.bench.build(builder)

    def versions(self) -> list[dict[str, Any]]:
        return self.build(session_attendance_revision)


def night(number: int) -> datetime:
    return FIRST_NIGHT + timedelta(days=number)


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return number, night it was known from and to, state and minutes of versions in order."""
    ordered = sorted(rows, key=lambda row: (row["known_from_utc"], row["person_record_id"]))
    return [
        (
            row["revision"],
            (row["known_from_utc"] - FIRST_NIGHT).days,
            row["known_to_utc"] and (row["known_to_utc"] - FIRST_NIGHT).days,
            row["session_state"],
            row["present_seconds"] and row["present_seconds"] // 60,
            row["ended_by"],
        )
        for row in ordered
    ]


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> Log:
    return Log(engine, tmp_path / "log")


def test_what_was_said_once_is_known_since_it_was_received(log: Log) -> None:
    log.night(seat("r1"))
    log.night(seat("r1"))
    assert told(log.versions()) == [(1, 0, None, "completed", 30, None)]


def test_every_change_is_a_version_with_the_nights_it_was_known(log: Log) -> None:
    log.night(seat("r1") | OPEN)
    log.night(seat("r1"))
    log.night(seat("r1"))
    log.night(seat("r1", Minutes="12"))
    assert told(log.versions()) == [
        (1, 0, 1, "scheduled", None, "restated"),
        (2, 1, 3, "completed", 30, "restated"),
        (3, 3, None, "completed", 12, None),
    ]


def test_what_is_said_again_later_is_a_version_again(log: Log) -> None:
    for minutes in ("30", "12", "30"):
        log.night(seat("r1", Minutes=minutes))
    assert [one[4] for one in told(log.versions())] == [30, 12, 30]


def test_what_a_later_whole_leaves_out_was_known_until_then(log: Log) -> None:
    log.night(seat("r1"), seat("r2", "s2"))
    log.night(seat("r1"))
    ended = [one for one in told(log.versions()) if one[2] is not None]
    assert ended == [(1, 0, 1, "completed", 30, "withdrawn")]


def test_an_increment_leaves_nothing_out(engine: Engine, tmp_path: Path) -> None:
    log = Log(engine, tmp_path / "log", delivers="increment", absence="nothing")
    log.night(seat("r1"), seat("r2", "s2"))
    log.night(seat("r1"))
    assert {one[2] for one in told(log.versions())} == {None}


def test_another_id_of_a_row_is_no_other_version(log: Log) -> None:
    log.night(seat("r1"))
    log.night(seat("X1"))
    assert told(log.versions()) == [(1, 0, None, "completed", 30, None)]


def test_a_new_pupil_in_a_session_changes_nothing_for_the_others(log: Log) -> None:
    log.night(seat("r1"))
    log.night(seat("r1"), seat("r2", "s2"))
    assert told(log.versions()) == [
        (1, 0, None, "completed", 30, None),
        (1, 1, None, "completed", 30, None),
    ]


def test_two_stays_of_a_pupil_are_one_participation_in_every_version(log: Log) -> None:
    log.night(seat("r1", Minutes="10"), seat("r2", Minutes="5"))
    log.night(seat("r1", Minutes="10"), seat("r2", Minutes="9"))
    assert [one[4] for one in told(log.versions())] == [15, 19]


def test_what_cannot_be_typed_was_never_known(log: Log) -> None:
    log.night(seat("r1", Minutes="twelve"))
    log.night(seat("r1"))
    assert told(log.versions()) == [(1, 1, None, "completed", 30, None)]


def test_a_row_that_another_of_its_delivery_replaces_never_stood(log: Log) -> None:
    log.night(seat("r1", Minutes="9"), seat("r1"))
    assert told(log.versions()) == [(1, 0, None, "completed", 30, None)]


def test_what_was_completed_stays_completed_when_it_is_scheduled_again(log: Log) -> None:
    log.night(seat("r1") | OPEN)
    log.night(seat("r1"))
    log.night(seat("r1") | OPEN)
    assert told(log.versions())[-1] == (1, 1, None, "completed", 30, None)
    (row,) = log.build(session_participant)
    assert (row["session_state"], row["present_seconds"]) == ("completed", 1800)
    assert {one[3] for one in log.typing.quarantine()} == {"session.status_regressed"}


def test_a_final_status_after_that_counts(log: Log) -> None:
    changes: list[Seat] = [{}, OPEN, {"Minutes": "12"}]
    for cells in changes:
        log.night(seat("r1") | cells)
    assert [one[3:5] for one in told(log.versions())] == [("completed", 30), ("completed", 12)]
    assert log.typing.quarantine() == set()


@pytest.mark.parametrize(
    "again",
    [
        {"Start": "2026-09-15 09:30"},
        {"State": "cancelled_provider", "Came": None, "Minutes": None},
        {"State": "scheduled", "Came": None, "Minutes": "12"},
    ],
    ids=["another day", "cancelled", "with minutes"],
)
def test_other_changes_after_a_completion_are_believed(log: Log, again: Seat) -> None:
    log.night(seat("r1"))
    log.night(seat("r1") | OPEN | again)
    (row,) = log.build(session_participant)
    assert row["session_state"] == (again.get("State") or "scheduled")
    assert log.typing.quarantine() == set()


def test_a_session_still_to_come_may_be_scheduled_again(log: Log) -> None:
    ahead: Seat = {"Start": "2026-12-01 09:30"}
    log.night(seat("r1") | ahead)
    log.night(seat("r1") | OPEN | ahead)
    (row,) = log.build(session_participant)
    assert row["session_state"] == "scheduled"


def test_a_session_that_moved_to_another_school_year_is_withdrawn_from_its_first(log: Log) -> None:
    log.night(seat("r1"))
    log.night(seat("r1", Start="2026-06-15 09:30"))
    assert told(log.versions()) == [(1, 0, 1, "completed", 30, "withdrawn")]


def test_rows_without_ids_are_known_by_their_place(engine: Engine, tmp_path: Path) -> None:
    log = Log(engine, tmp_path / "log", natural_key=["Student", "Start"], absence="nothing")
    for minutes in ("30", "12"):
        log.night(seat(None, Meeting=None, Minutes=minutes), seat(None, "s2", Meeting=None))
    assert sorted(told(log.versions()), key=str) == [
        (1, 0, 1, "completed", 30, "withdrawn"),
        (1, 0, None, "completed", 30, None),
        (1, 1, None, "completed", 12, None),
    ]


def test_an_empty_log_has_no_version(log: Log) -> None:
    assert log.versions() == []


SEATS = st.fixed_dictionaries(
    {
        "Row": st.sampled_from(["r1", "r2", "r3"]),
        "Meeting": st.sampled_from(["m1", "m2", None]),
        "Student": st.sampled_from(["s1", "s2"]),
        "Tutor": st.sampled_from(["t1", "t2"]),
        "Start": st.sampled_from(["2026-09-14 09:30", "2026-09-15 09:30", "2026-06-01 09:30"]),
        "State": st.sampled_from(["completed", "scheduled", "cancelled_provider"]),
        "Came": st.sampled_from(["present", "no_show", None]),
        "Minutes": st.sampled_from(["30", "12", None]),
    }
)
NIGHTS = st.lists(st.lists(SEATS, min_size=1, max_size=4), min_size=1, max_size=4)


def without_returns(nights: list[list[Seat]], key: list[str]) -> list[list[Seat]]:
    """Leave out what comes back after a night without it: it counts as known all the time."""
    kept: list[list[Seat]] = []
    seen: set[tuple[str | None, ...]] = set()
    for rows in nights:
        before = {tuple(row[one] for one in key) for row in kept[-1]} if kept else set()
        fresh = [
            row
            for row in rows
            if (own := tuple(row[one] for one in key)) in before or own not in seen
        ]
        seen |= {tuple(row[one] for one in key) for row in fresh}
        kept += [fresh] if fresh else []
    return kept


@settings(max_examples=15)
@given(nights=NIGHTS, whole=st.booleans(), keyed=st.booleans())
def test_what_was_known_on_a_night_is_the_table_of_that_night(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, nights: Any, whole: bool, keyed: bool
) -> None:
    spec: dict[str, Any] = (
        {"absence": "removed"} if whole else {"delivers": "increment", "absence": "nothing"}
    )
    key = ["Row"] if keyed else ["Meeting", "Student"]
    spec |= {"natural_key": key, "optional_key": ["Meeting"] if "Meeting" in key else []}
    folder = tmp_path_factory.mktemp("nights")
    log, then = Log(engine, folder / "all", **spec), Log(engine, folder / "then", **spec)
    nights = without_returns(nights, key) if whole else nights
    for rows in nights:
        log.night(*rows)
    versions = log.versions()
    for number, rows in enumerate(nights):
        then.night(*rows)
        known = [
            tuple(row[name] for name in FACTS)
            for row in versions
            if row["known_from_utc"] <= night(number)
            and (row["known_to_utc"] is None or row["known_to_utc"] > night(number))
        ]
        table = [tuple(row[name] for name in FACTS) for row in then.build(session_participant)]
        assert sorted(known, key=str) == sorted(table, key=str)
