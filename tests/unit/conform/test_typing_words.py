"""The words a target has for how a vendor writes amounts, times, codes and flags."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.target import Target
from tests.unit.conform.test_typing import bad, good, typed

Cells = Mapping[str, str | None]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def values(engine: Engine, column: str, target: dict[str, Any], *rows: Cells | str) -> list[Any]:
    """Return a column of the session log; a text stands for its cell under the header A.

    What is refused is there as its rules.
    """
    cells = [{"A": row} if isinstance(row, str) else row for row in rows]
    columns = {"record_level": {"value": "participant"}, column: target}
    if any("Zone" in row for row in cells):
        columns["time_zone"] = {"from": "Zone"}
    made = typed(engine, {"table": "typed_session_log", "columns": columns}, cells)
    found: dict[int, Any] = {row["_row"]: row[column] for row in good(engine, made)}
    found |= dict(bad(engine, made))
    return [found[place] for place in range(1, len(rows) + 1)]


UNREAD = "typed.present_seconds.unparseable"


@pytest.mark.parametrize(
    ("unit", "cells"),
    [
        ("hours", {"0.75": 2700, ".5": 1800, "1:30": None}),
        ("days", {"0.03125": 2700, "0.0416666666666667": 3600}),
        ("milliseconds", {"2700000": 2700, "1500": 2, "2500": 2}),
        ("stated", {"1h 30m": 5400, "45 min": 2700, "1 Hour and 5 Minutes": 3900, "90 sec": 90}),
        ("stated", {"PT45M": 2700, "PT1H30M": 5400, "PT90S": 90, "P0DT0H45M0S": 2700}),
        ("stated", {"00:45:00": 2700, "2 hrs., 5 mins.": 7500, "1.5 h": 5400, "45m30s": 2730}),
        ("stated", {"45": None, "1:30": None, "h": None, "P": None, "an hour": None}),
        (["minutes", "hh:mm"], {"45": 2700, "0:45": 2700, "1:05": 3900, "soon": None}),
        (["hh:mm:ss", "stated", "minutes"], {"0:45:30": 2730, "1h": 3600, "12.5": 750}),
    ],
)
def test_a_duration_is_read_by_its_units_and_no_other(
    engine: Engine, unit: str | list[str], cells: dict[str, int | None]
) -> None:
    expected = [UNREAD if seconds is None else seconds for seconds in cells.values()]
    target = {"from": "A", "unit": unit}
    assert values(engine, "present_seconds", target, *cells) == expected


@settings(max_examples=10)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_stated_durations_are_read_back(engine: Engine, seconds: list[int]) -> None:
    written = []
    for one in seconds:
        hours, minutes, rest = one // 3600, one // 60 % 60, one % 60
        written += [f"{hours}h {minutes}m {rest}s", f"PT{hours}H{minutes}M{rest}S"]
    target = {"from": "A", "unit": "stated"}
    found = values(engine, "present_seconds", target, *written)
    assert found == [one for one in seconds for _ in range(2)]


def test_a_row_may_name_its_unit(engine: Engine) -> None:
    units = {"min": "minutes", "hrs": "hours", "h:m": "hh:mm"}
    target = {"from": "A", "unit_from": "U", "units": units, "unit": "minutes"}
    rows: list[Cells] = [
        {"A": "45", "U": "Min"},
        {"A": "1.5", "U": "hrs"},
        {"A": "0:45", "U": "H:M"},
        {"A": "45", "U": " "},
        {"A": "45", "U": "periods"},
        {"A": None, "U": "periods"},
    ]
    expected = [2700, 5400, 2700, 2700, UNREAD, None]
    assert values(engine, "present_seconds", target, *rows) == expected
    del target["unit"]
    assert values(engine, "present_seconds", target, *rows[3:4]) == [UNREAD]


@pytest.mark.parametrize(
    ("unit", "cells"),
    [
        ("percent", {"85%": 0.85, "85": 0.85, "85.5 %": 0.855, "0.85": 0.0085, "100": 1.0}),
        ("share", {"0.85": 0.85, "1": 1.0, "85%": 0.85}),
    ],
)
def test_a_share_is_a_part_of_one(engine: Engine, unit: str, cells: dict[str, float]) -> None:
    target = {"from": "A", "unit": unit}
    found = values(engine, "present_share", target, *cells)
    assert found == pytest.approx(list(cells.values()))
    refused = values(engine, "present_share", target, "120%", "most")
    assert refused == ["typed.present_share.invalid", "typed.present_share.unparseable"]


@pytest.mark.parametrize(
    ("marks", "cells"),
    [
        ({"decimal": ","}, {"0,75": 2700, "12": 43200, "0.75": None, "1,2,3": None}),
        ({"thousands": ","}, {"1,234": 4442400, "12,34": None, "1234.5": 4444200}),
        ({"decimal": ",", "thousands": "."}, {"1.234,5": 4444200, "1.234.567,0": 4444441200}),
        ({"decimal": ",", "thousands": " "}, {"1\u00a0234,5": 4444200, "1 234": 4442400}),
        ({"thousands": "'"}, {"1'234": 4442400, "1\u2019234": 4442400}),
    ],
)
def test_numbers_are_read_by_the_marks_the_contract_states(
    engine: Engine, marks: dict[str, str], cells: dict[str, int | None]
) -> None:
    expected = [UNREAD if seconds is None else seconds for seconds in cells.values()]
    target = {"from": "A", "unit": "hours", **marks}
    assert values(engine, "present_seconds", target, *cells) == expected


def test_instants_are_counted_from_1970(engine: Engine) -> None:
    moment = datetime(2026, 9, 14, 14, 30, 15, 250_000, tzinfo=UTC)
    seconds, whole = moment.timestamp(), moment.replace(microsecond=0)
    target = {"from": "A", "formats": ["epoch_s"]}
    found = values(engine, "started_at_utc", target, f"{int(seconds)}", f"{seconds:.3f}", "1789")
    assert found == [whole, moment, "typed.started_at_utc.unparseable"]
    target = {"from": "A", "formats": ["epoch_ms", "%Y-%m-%dT%H:%M:%S%z"]}
    texts = f"{int(seconds * 1000)}", "2026-09-14T09:30:15-0500"
    assert values(engine, "started_at_utc", target, *texts) == [moment, whole]


@settings(max_examples=10)
@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=9))  # noqa: DTZ001 (wall clock)
def test_a_spreadsheet_counts_days(engine: Engine, moments: list[datetime]) -> None:
    whole = [one.replace(microsecond=0) for one in moments]
    since = datetime(1899, 12, 30)  # noqa: DTZ001 (as above)
    serials = [str((one - since) / timedelta(days=1)) for one in whole]
    target = {"from": "A", "formats": ["%m/%d/%Y", "excel"]}
    assert values(engine, "started_at_local", target, *serials) == whole


def test_the_midnight_that_ends_a_day_may_be_24_00(engine: Engine) -> None:
    target = {"from": "A"}
    texts = "2026-09-14 24:00", "2026-09-14T24:00:00", "2026-09-14 10:24:00", "2026-09-14 24:30"
    assert values(engine, "ended_at_local", target, *texts) == [
        datetime(2026, 9, 15),  # noqa: DTZ001 (wall clock)
        datetime(2026, 9, 15),  # noqa: DTZ001 (wall clock)
        datetime(2026, 9, 14, 10, 24),  # noqa: DTZ001 (wall clock)
        "typed.ended_at_local.unparseable",
    ]


def test_date_and_time_may_stand_in_two_columns(engine: Engine) -> None:
    target = {"from": ["D", "T"], "formats": ["%m/%d/%y|%I:%M %p", "%m/%d/%y|%H:%M", "%m/%d/%y|"]}
    rows = [("9/14/26", "3:30 PM"), ("9/14/26", "15:30"), ("9/14/26", "24:00"), ("9/14/26", "")]
    cells = [{"D": day, "T": time} for day, time in [*rows, ("", "15:30")]]
    assert values(engine, "started_at_local", target, *cells) == [
        datetime(2026, 9, 14, 15, 30),  # noqa: DTZ001 (wall clock)
        datetime(2026, 9, 14, 15, 30),  # noqa: DTZ001 (wall clock)
        datetime(2026, 9, 15),  # noqa: DTZ001 (wall clock)
        datetime(2026, 9, 14),  # noqa: DTZ001 (wall clock)
        "typed.started_at_local.unparseable",
    ]


def test_a_day_may_be_told_by_its_week_and_name(engine: Engine) -> None:
    target = {"from": ["W", "T"], "formats": ["%Y-%m-%d|%H:%M"], "weekday_from": "D"}
    days = ["Mon", "tuesday", "W", "Th", "Fri.", "SAT", "su"]
    rows: list[Cells] = [{"W": "2026-09-14", "T": "15:30", "D": day} for day in days]
    monday = datetime(2026, 9, 14, 15, 30)  # noqa: DTZ001 (wall clock)
    found = values(engine, "started_at_local", target, *rows)
    assert found == [monday + timedelta(days=n) for n in range(7)]
    sunday = [{**row, "W": "2026-09-13"} for row in rows]
    found = values(engine, "started_at_local", target, *sunday)
    assert found == [monday + timedelta(days=n) for n in range(6)] + [monday - timedelta(days=1)]
    unread: list[Cells] = [{**rows[0], "D": None}, {**rows[0], "D": "someday"}]
    rule = "typed.started_at_local.unparseable"
    assert values(engine, "started_at_local", target, *unread) == [rule, rule]


def test_an_instant_is_shown_on_the_clocks_of_the_row(engine: Engine) -> None:
    target = {"from": "A", "instant": True}
    text = "2026-09-14T14:30:00Z"
    assert values(engine, "joined_at_local", target, text, "2026-09-14 14:30") == [
        datetime(2026, 9, 14, 9, 30),  # noqa: DTZ001 (Chicago's wall clock)
        "typed.joined_at_local.unparseable",
    ]
    rows = [{"A": text, "Zone": zone} for zone in ("America/Denver", "", "Mars/Base")]
    found = values(engine, "joined_at_local", target, *rows)
    assert found[:2] == [datetime(2026, 9, 14, 8, 30), datetime(2026, 9, 14, 9, 30)]  # noqa: DTZ001 (wall clocks)
    assert found[2] in {"typed.time_zone.invalid", "typed.joined_at_local.unparseable"}


def test_families_of_codes_are_tried_after_the_map_in_their_order(engine: Engine) -> None:
    patterns = [
        {"matches": "^absent - (sick|family)", "to": "absent_excused"},
        {"matches": "^absent", "to": "absent_unexcused"},
        {"matches": "^n/?a$", "to": ""},
    ]
    target = {"from": "A", "map": {"Absent": "no_show"}, "patterns": patterns}
    texts = "absent", "ABSENT - Sick leave", "Absent - other", "N/A", "Away"
    found = values(engine, "attendance", target, *texts)
    words = ["no_show", "absent_excused", "absent_unexcused", None, "map.attendance.unmapped"]
    assert found == words
    del target["map"]
    assert values(engine, "attendance", target, *texts[1:]) == words[1:]


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        ({"true_when": ["X"]}, {"x": True, "": None, "no": False, "?": "bad"}),
        ({"true_when": ["X"], "default": "false"}, {"X": True, " ": False}),
        ({"true_when": ["P"], "false_when": ["A", "-"]}, {"p": True, "a": False, "-": False}),
        ({}, {"1": True, "0": False, "T": True, "f": False, "Y": True, "x": "bad"}),
    ],
)
def test_flags_are_read_in_the_vendors_words(
    engine: Engine, words: dict[str, Any], cells: dict[str, bool | str | None]
) -> None:
    feed = {"table": "typed_student", "columns": {"ell": {"from": "A", **words}}}
    made = typed(engine, feed, [{"A": cell} for cell in cells])
    found: dict[int, Any] = {row["_row"]: row["ell"] for row in good(engine, made)}
    found |= {row: "bad" for row, _ in bad(engine, made)}
    assert [found[place] for place in range(1, len(cells) + 1)] == list(cells.values())


def test_a_date_is_read_by_the_day_of_its_week(engine: Engine) -> None:
    target = {"from": "W", "weekday_from": "D"}
    feed = {"table": "typed_student", "columns": {"entry_date": target}}
    made = typed(engine, feed, [{"W": "2026-09-14", "D": "Friday"}])
    assert [row["entry_date"] for row in good(engine, made)] == [date(2026, 9, 18)]


@pytest.mark.parametrize(
    "given",
    [
        {"from": "A", "unit_from": "B"},
        {"from": "A", "units": {"min": "minutes"}},
        {"from": "A", "decimal": ",", "thousands": ","},
        {"from": "A", "unit": "fortnights"},
        {"from": "A", "patterns": [{"matches": "(", "to": "x"}]},
    ],
)
def test_words_that_do_not_go_together_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Target.model_validate(given)
