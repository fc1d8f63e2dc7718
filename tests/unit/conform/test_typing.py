"""A feed executed: what every step of a target does, and what keeps a row out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.typing import TypedFeed, type_feed
from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.feed import Feed
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import complete, ibis_schema

Row = dict[str, Any]
Cells = dict[str, str | None]
ZONE = "America/Chicago"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def typed(
    engine: Engine,
    feed: Mapping[str, Any],
    rows: Sequence[Mapping[str, str | None]],
    overrides: Mapping[str, str] | None = None,
) -> TypedFeed:
    """Type rows; a header that no row has is not there at all."""
    headers = sorted({header for row in rows for header in row})
    cells = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in headers}
    told = {name: ["x"] * len(rows) for name in ("_source", "_delivery_id", "_file")}
    numbers = pa.array(range(1, len(rows) + 1), pa.int64())
    landed = engine.from_arrow(pa.table({**cells, **told, "_row": numbers}))
    made = Feed.model_validate(feed)
    return type_feed(landed, made, zone=ZONE, overrides=overrides, keep=engine.keep)


def good(engine: Engine, made: TypedFeed) -> list[Row]:
    rows: list[Row] = engine.collect(made.good.order_by("_row")).to_pylist()
    return rows


def bad(engine: Engine, made: TypedFeed) -> set[tuple[int, str]]:
    return {(row["_row"], row["rule"]) for row in engine.collect(made.bad).to_pylist()}


def left_out(engine: Engine, made: TypedFeed) -> set[tuple[int, str]]:
    return {(row["_row"], row["rule"]) for row in engine.collect(made.left_out).to_pylist()}


def notes(engine: Engine, made: TypedFeed) -> dict[str, int]:
    return {row["rule"]: row["count"] for row in engine.collect(made.notes).to_pylist()}


def student(column: str, target: Mapping[str, Any]) -> dict[str, Any]:
    return {"table": "typed_student", "columns": {column: target}}


def values(engine: Engine, column: str, target: Mapping[str, Any], *cells: str | None) -> list[Any]:
    """Return a column of the good rows that cells under the header A become."""
    made = typed(engine, student(column, target), [{"A": cell} for cell in cells])
    return [row[column] for row in good(engine, made)]


def test_a_map_knows_codes_in_any_case_and_quarantines_others(engine: Engine) -> None:
    target = {"from": "A", "map": {"F": "female", "Male": "male", "none": ""}}
    made = typed(
        engine, student("gender", target), [{"A": a} for a in ("f", " MALE ", "None", "", "W")]
    )
    assert [row["gender"] for row in good(engine, made)] == ["female", "male", None, None]
    assert bad(engine, made) == {(5, "map.gender.unmapped")}


def test_an_unmapped_code_may_be_null_and_is_noted(engine: Engine) -> None:
    target = {"from": "A", "map": {"F": "female"}, "unmapped": "null", "default": "unknown"}
    made = typed(engine, student("gender", target), [{"A": "F"}, {"A": "?"}, {"A": "!"}])
    assert [row["gender"] for row in good(engine, made)] == ["female", "unknown", "unknown"]
    assert notes(engine, made) == {"map.gender.unmapped": 2}


def test_the_shipped_map_of_grades_is_used_where_the_contract_has_none(engine: Engine) -> None:
    made = typed(
        engine, student("grade", {"from": "A"}), [{"A": "K"}, {"A": "5th"}, {"A": "Year 9"}]
    )
    assert [row["grade"] for row in good(engine, made)] == ["KG", "05"]
    assert bad(engine, made) == {(3, "map.grade.unmapped")}
    own = {"from": "A", "map": {"Year 9": "08"}}
    assert values(engine, "grade", own, "year 9") == ["08"]


def test_a_word_of_a_closed_column_counts_in_any_case_and_others_are_invalid(
    engine: Engine,
) -> None:
    made = typed(engine, student("enrollment_type", {"from": "A"}), [{"A": "Full"}, {"A": "half"}])
    assert [row["enrollment_type"] for row in good(engine, made)] == ["full"]
    assert bad(engine, made) == {(2, "typed.enrollment_type.invalid")}


def test_an_unreadable_cell_quarantines_unless_the_target_is_lenient(engine: Engine) -> None:
    rows: list[Cells] = [{"A": "09/14/2026"}, {"A": "soon"}, {"A": "9/14/26"}, {"A": None}]
    target = {"from": "A", "formats": ["%m/%d/%Y"]}
    strict = typed(engine, student("entry_date", target), rows)
    assert [row["entry_date"] for row in good(engine, strict)] == [date(2026, 9, 14), None]
    unread = "typed.entry_date.unparseable"
    assert bad(engine, strict) == {(2, unread), (3, unread)}
    lenient = typed(engine, student("entry_date", {**target, "strict": False}), rows)
    assert [row["entry_date"] for row in good(engine, lenient)] == [
        date(2026, 9, 14),
        None,
        None,
        None,
    ]
    assert bad(engine, lenient) == set()
    assert notes(engine, lenient) == {unread: 2}


def test_the_reason_says_what_was_expected_and_never_what_was_found(engine: Engine) -> None:
    target = {"from": "A", "formats": ["%m/%d/%Y"]}
    made = typed(engine, student("birth_date", target), [{"A": "Mary Smith"}])
    (found,) = engine.collect(made.bad).to_pylist()
    assert found["reason"] == "not a date written %m/%d/%Y"
    assert found["column"] == "birth_date"


def test_several_cells_are_joined_in_place_and_all_blank_is_blank(engine: Engine) -> None:
    target = {"from": ["A", "B"]}
    rows: list[Cells] = [
        {"A": "x", "B": "y"},
        {"A": "x", "B": " "},
        {"A": None, "B": "y"},
        {"A": "", "B": None},
    ]
    made = typed(engine, student("exit_reason", target), rows)
    assert [row["exit_reason"] for row in good(engine, made)] == ["x|y", "x|", "|y", None]


def test_the_first_cell_that_is_not_blank_is_taken(engine: Engine) -> None:
    target = {"from": ["A", "B"], "first": True}
    rows: list[Cells] = [{"A": "x", "B": "y"}, {"A": " ", "B": "y"}, {"A": None, "B": None}]
    made = typed(engine, student("exit_reason", target), rows)
    assert [row["exit_reason"] for row in good(engine, made)] == ["x", "y", None]


def test_extract_keeps_its_group_and_no_match_is_blank(engine: Engine) -> None:
    target = {"from": "A", "extract": r"^[^,]+,(.*)$", "default": "?"}
    assert values(engine, "student_given_name", target, "Day, Ann ", "Day,", "Day", None) == [
        "Ann",
        "?",
        "?",
        "?",
    ]


def test_listed_texts_are_no_value(engine: Engine) -> None:
    target = {"from": "A", "null": ["Unknown", "N/A"]}
    assert values(engine, "ell", target, "Y", "UNKNOWN", "n/a", "") == [True, None, None, None]


def test_an_exclusive_end_becomes_the_last_day(engine: Engine) -> None:
    target = {"from": "A", "exclusive_end": True}
    assert values(engine, "exit_date", target, "2027-03-01", None) == [date(2027, 2, 28), None]


def test_a_column_out_of_its_bounds_is_invalid(engine: Engine) -> None:
    feed = {
        "table": "typed_session_log",
        "columns": {
            "record_level": {"value": "participant"},
            "present_seconds": {"from": "A", "unit": "minutes"},
            "present_share": {"from": "B"},
        },
    }
    made = typed(engine, feed, [{"A": "30", "B": "1"}, {"A": "-1", "B": "1.01"}])
    assert [row["present_seconds"] for row in good(engine, made)] == [1800]
    assert bad(engine, made) == {
        (2, "typed.present_seconds.invalid"),
        (2, "typed.present_share.invalid"),
    }


def test_a_blank_required_cell_quarantines_once(engine: Engine) -> None:
    feed = {
        "table": "typed_calendar_day",
        "columns": {
            "local_date": {"from": "A"},
            "day_type": {"from": "B", "map": {"H": "holiday"}},
        },
    }
    rows: list[Cells] = [{"A": "2026-09-07", "B": "H"}, {"A": " ", "B": "?"}, {"A": "x", "B": ""}]
    made = typed(engine, feed, rows)
    assert len(good(engine, made)) == 1
    assert bad(engine, made) == {
        (2, "typed.local_date.missing"),
        (2, "map.day_type.unmapped"),
        (3, "typed.local_date.unparseable"),
        (3, "typed.day_type.missing"),
    }


def test_a_header_that_did_not_come_is_blank(engine: Engine) -> None:
    made = typed(engine, student("grade", {"from": "Grade"}), [{"A": "x"}])
    assert [row["grade"] for row in good(engine, made)] == [None]


def test_the_zone_of_the_source_fills_a_blank_zone_and_an_unknown_one_is_invalid(
    engine: Engine,
) -> None:
    feed = {
        "table": "typed_session_log",
        "columns": {"record_level": {"value": "participant"}, "time_zone": {"from": "A"}},
    }
    made = typed(engine, feed, [{"A": "America/Denver"}, {"A": ""}, {"A": "Mountain Time"}])
    assert [row["time_zone"] for row in good(engine, made)] == ["America/Denver", ZONE]
    assert bad(engine, made) == {(3, "typed.time_zone.invalid")}
    silent = {**feed, "columns": {"record_level": {"value": "participant"}}}
    assert [row["time_zone"] for row in good(engine, typed(engine, silent, [{"A": "x"}]))] == [ZONE]


def test_a_district_overrides_a_target(engine: Engine) -> None:
    feed = student("gender", {"from": "A", "map": {}})
    overrides = {"typed_student.gender": "unknown", "typed_staff.staff_role": "aide"}
    made = typed(engine, feed, [{"A": "F"}], overrides)
    assert [row["gender"] for row in good(engine, made)] == ["unknown"]


def test_rows_are_left_out_by_rule_and_not_judged(engine: Engine) -> None:
    feed = {
        **student("entry_date", {"from": "A"}),
        "when": {"B": "^(s|$)"},
        "exclude": [{"rule": "exclude.test", "from": "C", "matches": "^T"}],
    }
    rows: list[Cells] = [
        {"A": "2026-08-17", "B": "s", "C": "x"},
        {"A": "2026-08-17", "B": "", "C": None},
        {"A": "bad", "B": "t", "C": "x"},
        {"A": "bad", "B": "s", "C": "T1"},
    ]
    made = typed(engine, feed, rows)
    assert [row["_row"] for row in good(engine, made)] == [1, 2]
    assert left_out(engine, made) == {(3, "feed.none"), (4, "exclude.test")}
    assert bad(engine, made) == set()


SCORES = {
    "table": "typed_assessment",
    "columns": {
        "instrument": {"value": "demo"},
        "student_id_district": {"from": "Id"},
        "subject": {"from": "S", "map": {"M": "math"}},
    },
    "scores": [
        {"kind": "scale", "from": "A", "null": ["Not Assessed"]},
        {
            "kind": "goal",
            "from": "B",
            "objective_from": "Goal",
            "subject": "ela",
            "columns": {"window": {"value": "fall"}, "test_date": {"from": "D"}},
        },
        {"kind": "level", "from": "C", "numeric": False, "objective": "overall"},
    ],
}


def test_each_score_that_is_not_blank_is_a_row(engine: Engine) -> None:
    rows: list[Cells] = [
        {
            "Id": "01",
            "S": "m",
            "A": "201.50",
            "B": "7",
            "C": "3",
            "Goal": "Geometry",
            "D": "2026-09-01",
        },
        {"Id": "02", "S": "M", "A": "275Q", "B": "", "C": None},
        {"Id": "03", "S": "M", "A": "not assessed", "B": " ", "C": ""},
    ]
    made = typed(engine, SCORES, rows)
    found = [
        tuple(
            row[name]
            for name in ("_row", "subject", "score_kind", "objective", "score", "score_text")
        )
        for row in good(engine, made)
    ]
    assert sorted(found, key=str) == [
        (1, "ela", "goal", "Geometry", 7.0, "7"),
        (1, "math", "level", "overall", None, "3"),
        (1, "math", "scale", None, 201.5, "201.50"),
        (2, "math", "scale", None, None, "275Q"),
    ]
    (goal,) = [row for row in good(engine, made) if row["score_kind"] == "goal"]
    assert (goal["window"], goal["test_date"]) == ("fall", date(2026, 9, 1))
    assert left_out(engine, made) == {(3, "feed.no_score")}


def test_a_target_of_a_score_is_judged_only_where_the_score_is(engine: Engine) -> None:
    rows: list[Cells] = [{"S": "M", "A": "1", "D": "soon"}, {"S": "M", "B": "1", "D": "soon"}]
    made = typed(engine, SCORES, rows)
    assert [row["_row"] for row in good(engine, made)] == [1]
    assert bad(engine, made) == {(2, "typed.test_date.unparseable")}


CELLS = st.sampled_from(
    ["", " ", "x", "2026-09-14", "14.9.2026", "F", "W", "5", "K", "\u00a0", "T1"]
)


@settings(max_examples=15)
@given(
    st.lists(st.fixed_dictionaries({"A": CELLS, "B": CELLS, "C": CELLS}), min_size=1, max_size=12)
)
def test_every_row_is_good_bad_or_left_out_and_only_one(
    engine: Engine, rows: list[dict[str, str]]
) -> None:
    feed = {
        "table": "typed_student",
        "columns": {
            "entry_date": {"from": "A"},
            "gender": {"from": "B", "map": {"F": "female", "x": ""}},
            "grade": {"from": "C"},
        },
        "exclude": [{"rule": "exclude.test", "from": "A", "matches": "^T"}],
        "when": {"C": "."},
    }
    made = typed(engine, feed, rows)
    taken = [row["_row"] for row in good(engine, made)]
    refused = {row for row, _ in bad(engine, made)}
    passed_over = [row for row, _ in left_out(engine, made)]
    assert sorted([*taken, *refused, *passed_over]) == list(range(1, len(rows) + 1))


def test_only_columns_that_are_fed_are_there_and_completing_adds_the_rest(engine: Engine) -> None:
    made = typed(engine, student("grade", {"from": "A"}), [{"A": "1"}])
    assert made.good.columns == ("_source", "_delivery_id", "_row", "_file", "grade")
    declared = TABLES["typed_student"]
    assert complete(declared, made.good).schema() == ibis_schema(declared)
