"""Wide files: a column per date, blocks of columns per month, as rows with one fate."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.conform.test_typing import bad, good, left_out, typed
from tests.unit.conform.typing_bench import TypingBench, delimited


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def matrix(**columns: Any) -> dict[str, Any]:
    """Return a feed of a log with one column per date."""
    told = {
        "record_level": {"value": "participant"},
        "student_id_district": {"from": "Student"},
        "session_id_source": {"from": ["Group", "_header.date"]},
        "started_at_local": {"from": "_header.date", "formats": ["%m/%d/%Y"]},
        "attendance": {
            "from": "_cell",
            "map": {"P": "present", "A": "absent_unexcused", "T": "late"},
        },
    }
    return {
        "table": "typed_session_log",
        "unpivot": {"headers": r"(?P<date>\d{1,2}/\d{1,2}/\d{4})"},
        "columns": {**told, **columns},
    }


WEEK: Sequence[Mapping[str, str | None]] = [
    {"Student": "1", "Group": "G", "9/14/2026": "P", "9/15/2026": " ", "9/16/2026": "t"},
    {"Student": "2", "Group": "G", "9/14/2026": None, "9/15/2026": "A", "9/16/2026": None},
    {"Student": "3", "Group": "G", "9/14/2026": None, "9/15/2026": None, "9/16/2026": ""},
]


def test_every_cell_that_is_not_blank_becomes_a_row(engine: Engine) -> None:
    made = typed(engine, matrix(), WEEK)
    told = {
        (row["_row"], row["started_at_local"].date(), row["attendance"], row["session_id_source"])
        for row in good(engine, made)
    }
    assert told == {
        (1, date(2026, 9, 14), "present", "G|9/14/2026"),
        (1, date(2026, 9, 16), "late", "G|9/16/2026"),
        (2, date(2026, 9, 15), "absent_unexcused", "G|9/15/2026"),
    }
    assert left_out(engine, made) == {(3, "feed.none")}
    assert bad(engine, made) == set()


def test_one_cell_that_cannot_be_read_keeps_its_whole_row_back(engine: Engine) -> None:
    rows = [{**WEEK[0], "9/15/2026": "?"}, WEEK[1]]
    made = typed(engine, matrix(), rows)
    assert [row["_row"] for row in good(engine, made)] == [2]
    assert bad(engine, made) == {(1, "map.attendance.unmapped")}


def test_blocks_of_columns_become_rows_with_several_cells(engine: Engine) -> None:
    feed: dict[str, Any] = {
        "table": "typed_assessment",
        "unpivot": {"headers": r"(?P<month>[A-Z]{3})_(?P<value>(?i:score|tier))"},
        "columns": {
            "instrument": {"value": "istation"},
            "student_id_district": {"from": "Student"},
            "window": {"from": "_header.month", "map": {"SEP": "fall", "JAN": "winter"}},
            "score_kind": {"value": "scale_score"},
            "score_text": {"from": "_cell.SCORE"},
            "objective": {"from": "_cell.Tier"},
        },
    }
    rows = [
        {"Student": "1", "SEP_SCORE": "210", "SEP_TIER": "2", "JAN_SCORE": None, "JAN_Tier": None},
        {"Student": "2", "SEP_SCORE": None, "SEP_TIER": None, "JAN_SCORE": "222", "JAN_Tier": None},
    ]
    found = good(engine, typed(engine, feed, rows))
    told = [(row["_row"], row["window"], row["score_text"], row["objective"]) for row in found]
    assert told == [(1, "fall", "210", "2"), (2, "winter", "222", None)]


def test_a_file_without_such_columns_has_no_row_of_the_feed(engine: Engine) -> None:
    made = typed(engine, matrix(), [{"Student": "1", "Group": "G"}])
    assert good(engine, made) == []
    assert left_out(engine, made) == {(1, "feed.none")}


CELLS = st.sampled_from([None, "", " ", "P", "a", "T"])


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_there_are_as_many_rows_as_cells_that_say_something(
    engine: Engine, cells: list[tuple[str | None, str | None, str | None]]
) -> None:
    dates = ("9/14/2026", "9/15/2026", "9/16/2026")
    rows = [{"Student": "1", "Group": "G", **dict(zip(dates, row, strict=True))} for row in cells]
    made = typed(engine, matrix(), rows)
    stated = [bool(cell and cell.strip()) for row in cells for cell in row]
    assert len(good(engine, made)) == sum(stated)
    silent = {
        (at, "feed.none")
        for at, row in enumerate(cells, start=1)
        if not any(cell and cell.strip() for cell in row)
    }
    assert left_out(engine, made) == silent


def bench(engine: Engine, folder: Path, **given_: Any) -> TypingBench:
    told = delimited(["Student", "Group"], matrix(), natural_key=["Student", "Group"], **given_)
    return TypingBench(engine, folder, {"log": told})


def test_a_landed_row_keeps_one_fate_and_a_corrected_cell_replaces_the_row(
    engine: Engine, tmp_path: Path
) -> None:
    source = bench(engine, tmp_path)
    source.night("log", *WEEK, {"Student": "4", "Group": "G", "9/14/2026": "?"})
    source.night("log", {**WEEK[0], "9/17/2026": "A"}, *WEEK[1:])
    state = source.build()
    assert state.fates == {
        "conformed": 2,
        "superseded": 1,
        "repeated": 2,
        "excluded": 1,
        "quarantined": 1,
    }
    rows = source.typed("typed_session_log")
    assert sorted((row["student_id_district"], row["started_at_local"].day) for row in rows) == [
        ("1", 14),
        ("1", 16),
        ("1", 17),
        ("2", 15),
    ]


def test_rows_of_two_files_that_differ_by_their_name_alone_are_two(
    engine: Engine, tmp_path: Path
) -> None:
    feed: dict[str, Any] = {
        "table": "typed_school_attendance",
        "columns": {
            "student_id_district": {"from": "Student"},
            "local_date": {"from": "_file_name", "extract": r"(\d{4}-\d\d-\d\d)"},
            "attendance": {"value": "absent_unexcused"},
        },
    }
    source = TypingBench(
        engine, tmp_path, {"log": delimited(["Student"], feed, delivers="increment")}
    )
    early = source.file("log", [{"Student": "1"}], entry="Lincoln/att-2026-09-14.csv")
    source.deliver(early)
    source.night("log", {"Student": "1", "_file_name": "att-2026-09-15.csv"})
    source.night("log", {"Student": "1", "_file_name": "att-2026-09-15 (1).csv"})
    source.build()
    days = [row["local_date"].day for row in source.typed("typed_school_attendance")]
    assert sorted(days) == [14, 15]
