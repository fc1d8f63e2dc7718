"""The rules of a declaration count what an independent count of the rows gives."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.baseline import baseline
from expectations.measure import Measured, Surroundings, measure
from hit_pipeline.lake import Lake
from hit_pipeline.tables.model import Column, Reference, Table
from tests.unit.expectations.conftest import NOW, YEAR, Bench, Row, as_arrow

PROBE = Table(
    "probe",
    "conformed",
    "probe",
    "A table with one column of each kind of rule.",
    (
        Column("key_text", "text", "A key that may be null."),
        Column("key_number", "integer", "A key.", required=True),
        Column("code", "text", "A code.", valid=("a", "b")),
        Column("count", "integer", "A bounded number.", minimum=0, maximum=2),
        Column("rate", "number", "A number without a bound above.", minimum=0),
        Column("school_id", "text", "A reference of one column."),
        Column("program_id", "text", "A reference of two columns, the first."),
        Column("term", "text", "The second."),
        Column("parent", "integer", "A reference to the table itself."),
        Column("local_date", "date", "A date.", required=True),
        Column("school_year", "text", "The partition.", required=True),
    ),
    ("key_text", "key_number"),
    (
        Reference(("school_id",), "school", ("school_id",)),
        Reference(("program_id", "term"), "program_term", ("program_id", "term"), critical=False),
        Reference(("parent",), "probe", ("key_number",)),
    ),
    partitioned=True,
)
SCHOOLS = ("s1", "s2")
TERMS = (("p1", "t1"), ("p1", "t2"), ("p2", "t1"))

_maybe = st.none()
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key_text": _maybe | st.sampled_from(["x", "y", ""]),
            "key_number": _maybe | st.integers(0, 3),
            "code": _maybe | st.sampled_from(["a", "b", "c", "A", ""]),
            "count": _maybe | st.integers(-2, 4),
            "rate": _maybe | st.floats(-1, 1) | st.sampled_from([float("nan"), float("inf"), -0.0]),
            "school_id": _maybe | st.sampled_from([*SCHOOLS, "s3", ""]),
            "program_id": _maybe | st.sampled_from(["p1", "p2"]),
            "term": _maybe | st.sampled_from(["t1", "t2"]),
            "parent": _maybe | st.integers(0, 4),
            "local_date": _maybe | st.dates(date(2025, 12, 30), date(2028, 1, 2)),
            "school_year": _maybe | st.sampled_from([YEAR, "2025-26"]),
        }
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A lake in which the tables referred to lie."""
    bench = Bench(Lake.open(tmp_path_factory.mktemp("baseline") / "lake"))
    bench.promoted("school", *({"school_id": one} for one in SCHOOLS))
    bench.promoted("program_term", *({"program_id": one, "term": two} for one, two in TERMS))
    return bench


def measured(bench: Bench, path: Path) -> Measured:
    around = Surroundings(bench.lake, YEAR, NOW.date())
    return measure(PROBE, path, tuple(baseline(PROBE)), around)


def expected(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Count by hand, row by row, what stands against each rule."""

    def against(column: str, allowed: Any) -> int:
        return sum(row[column] is not None and not allowed(row[column]) for row in rows)

    keys = Counter((row["key_text"], row["key_number"]) for row in rows)
    numbers = {row["key_number"] for row in rows}
    pairs = [(row["program_id"], row["term"]) for row in rows]
    return {
        "probe.columns.declared": 0,
        "probe.key_number.required": sum(row["key_number"] is None for row in rows),
        "probe.local_date.required": sum(row["local_date"] is None for row in rows),
        "probe.school_year.required": sum(row["school_year"] is None for row in rows),
        "probe.code.valid": against("code", lambda code: code in ("a", "b")),
        "probe.count.range": against("count", lambda count: 0 <= count <= 2),
        "probe.rate.range": against("rate", lambda rate: isfinite(rate) and rate >= 0),
        "probe.key.unique": sum(times > 1 for times in keys.values()),
        "probe.school_id.found": against("school_id", lambda school: school in SCHOOLS),
        "probe.term.found": sum(None not in pair and pair not in TERMS for pair in pairs),
        "probe.parent.found": against("parent", lambda parent: parent in numbers),
        "probe.school_year.partition": against("school_year", lambda year: year == YEAR),
        "probe.local_date.partition": against("local_date", lambda day: day.year in (2026, 2027)),
    }


@given(ROWS)
@settings(max_examples=60)
def test_counts_equal_a_count_by_hand(known: Bench, rows: list[dict[str, Any]]) -> None:
    # A default would take the place of a null: every cell is given.
    found = measured(known, known.candidate(PROBE, as_arrow(PROBE, rows)))
    assert found.row_count == len(rows)
    assert found.against == expected(rows)


def test_a_promoted_table_that_was_never_built_holds_nothing(bench: Bench) -> None:
    rows: list[Row] = [{"key_number": 1, "school_id": "s1"}, {"key_number": 2, "school_id": None}]
    found = measured(bench, bench.candidate(PROBE, as_arrow(PROBE, rows)))
    assert found.against["probe.school_id.found"] == 1


def test_a_null_in_the_table_referred_to_hides_no_orphan(bench: Bench) -> None:
    bench.promoted("school", {"school_id": "s1"}, {"school_id": None})
    rows = [{"key_number": 1, "school_id": "s3"}]
    found = measured(bench, bench.candidate(PROBE, as_arrow(PROBE, rows)))
    assert found.against["probe.school_id.found"] == 1


@pytest.mark.parametrize(
    ("schools", "orphans"),
    [
        (["s1", "s2", "s3"], 0),
        (["s3", "s1", "s2"], 0),
        (["s1", None, "s3"], 0),
        (["s1", "s2", "s4"], 1),
        (["s4", "s4", None], 2),
        (["s1", "s1", "s1"], 0),
    ],
)
def test_as_many_rows_as_the_table_referred_to_in_any_order(
    bench: Bench, schools: list[str | None], orphans: int
) -> None:
    bench.promoted("school", *({"school_id": one} for one in ("s1", "s2", "s3")))
    rows = [{"key_number": at, "school_id": one} for at, one in enumerate(schools)]
    found = measured(bench, bench.candidate(PROBE, as_arrow(PROBE, rows)))
    assert found.against["probe.school_id.found"] == orphans


def test_the_year_in_a_folder_name_is_not_believed(known: Bench) -> None:
    path = known.lake.root / f"school_year={YEAR}" / "part-0.parquet"
    path.parent.mkdir()
    known.candidate(PROBE, as_arrow(PROBE, [{"school_year": "2025-26"}])).rename(path)
    assert measured(known, path).against["probe.school_year.partition"] == 1


@pytest.mark.parametrize(
    ("names", "misplaced"),
    [
        ([*PROBE.column_names], 0),
        ([*reversed(PROBE.column_names)], 10),
        ([*PROBE.column_names[:-1]], 1),
        ([*PROBE.column_names, "key_text"], 1),
    ],
)
def test_columns_are_compared_by_place(known: Bench, names: list[str], misplaced: int) -> None:
    data = as_arrow(PROBE, [{}])
    data = data.select(names[:11])
    if len(names) > len(PROBE.columns):
        data = data.append_column("more", data["code"])
    found = measured(known, known.candidate(PROBE, data))
    assert found.against["probe.columns.declared"] == misplaced


def test_the_type_of_a_column_counts(known: Bench) -> None:
    data = as_arrow(PROBE, [{"count": 1}])
    place = PROBE.column_names.index("count")
    data = data.set_column(place, "count", data["count"].cast("int32"))
    found = measured(known, known.candidate(PROBE, data))
    assert found.against["probe.columns.declared"] == 1
