from datetime import date

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.conform.school_years import school_year_of, spans, stated_school_year
from hit_pipeline.engine import Engine
from hit_pipeline.school_year import YearStart

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.fixture(scope="module")
def shared() -> Engine:
    return Engine.open()


@given(
    days=st.lists(DAYS, min_size=1, max_size=20), month=st.integers(1, 12), day=st.integers(1, 28)
)
def test_the_year_of_a_date_is_that_of_the_plain_rule(
    shared: Engine, days: list[date], month: int, day: int
) -> None:
    start = YearStart(month, day)
    rows = ibis.memtable({"day": days}, schema={"day": "date"})
    found = shared.collect(rows.select("day", year=school_year_of(rows.day, start))).to_pylist()
    assert {row["day"]: row["year"] for row in found} == {one: start.of(one) for one in days}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027", "2026-27"),
        ("2000", "1999-00"),
        (" 2026-27 ", "2026-27"),
        ("2026-2027", "2026-27"),
        ("2026/2027", "2026-27"),
        ("2026 - 2027", "2026-27"),
        ("2026-28", None),
        ("27", None),
        ("2026-2027 School Year", None),
        ("", None),
        (None, None),
    ],
)
def test_school_years_are_understood_as_sources_write_them(
    engine: Engine, written: str | None, meant: str | None
) -> None:
    row = ibis.memtable({"y": [written]}, schema={"y": "string"})
    assert engine.collect(row.select(y=stated_school_year(row.y))).to_pylist() == [{"y": meant}]


def test_a_year_spans_its_school_year_session_else_all_its_sessions(engine: Engine) -> None:
    terms = ibis.memtable(
        {
            "source": ["a", "a", "b", "b"],
            "school_year": ["2026-27"] * 4,
            "term_type": ["school_year", "term", "semester", None],
            "start_date": [date(2026, 8, 17), date(2026, 7, 1), date(2027, 1, 5), date(2026, 9, 1)],
            "end_date": [date(2027, 5, 28), date(2027, 6, 30), date(2027, 6, 1), date(2026, 12, 1)],
        }
    )
    found = {row["source"]: row for row in engine.collect(spans(terms)).to_pylist()}
    assert (found["a"]["first_day"], found["a"]["last_day"]) == (
        date(2026, 8, 17),
        date(2027, 5, 28),
    )
    assert (found["b"]["first_day"], found["b"]["last_day"]) == (date(2026, 9, 1), date(2027, 6, 1))
