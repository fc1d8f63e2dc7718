"""Text to declared types: against Python's own idea of the same text."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.conform import parse
from hit_pipeline.conform.amounts import duration
from hit_pipeline.conform.grades import grade, spellings
from hit_pipeline.engine import Engine
from hit_pipeline.engine_functions import trimmed
from hit_pipeline.tables.vocabulary import GRADES

BLANKS = " \t\n\r\v\f\x1c\x1f\x85\u00a0\u2003\u3000\u200b\ufeff"
DATES = st.dates(min_value=date(1800, 1, 1), max_value=date(9999, 12, 31))
TIMES = st.datetimes(min_value=datetime(1800, 1, 1), max_value=datetime(9999, 12, 31))  # noqa: DTZ001 (wall clock)
FEW = settings(max_examples=10)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def read(
    engine: Engine, how: Callable[[ir.StringValue], ir.Value], texts: Sequence[str | None]
) -> list[Any]:
    """Parse texts in one query, in order."""
    rows = ibis.memtable(
        {"n": range(len(texts)), "text": texts}, schema={"n": "int64", "text": "string"}
    )
    found = engine.collect(rows.select("n", value=how(rows.text)).order_by("n"))
    return list(found["value"].to_pylist())


@FEW
@given(st.lists(st.text(alphabet=BLANKS + "aÉ7.-"), max_size=40))
def test_a_cleaned_cell_has_no_blank_at_its_ends(engine: Engine, texts: list[str]) -> None:
    assert read(engine, trimmed, texts) == [text.strip(BLANKS) or None for text in texts]


@FEW
@given(st.lists(DATES, min_size=1, max_size=40))
def test_dates_are_read_back(engine: Engine, days: list[date]) -> None:
    assert read(engine, parse.local_date, [day.isoformat() for day in days]) == days
    written = [f"{day.month}/{day.day}/{day.year}" for day in days]
    us = ["%m/%d/%Y", "%Y-%m-%d"]
    assert read(engine, lambda text: parse.local_date(text, us), written) == days


@pytest.mark.parametrize("formats", [["%m/%d/%Y", "%m/%d/%y"], ["%m/%d/%y", "%m/%d/%Y"]])
def test_years_of_two_and_of_four_digits_stand_side_by_side(
    engine: Engine, formats: list[str]
) -> None:
    found = read(engine, lambda text: parse.local_date(text, formats), ["10/12/26", "10/12/2026"])
    assert found == [date(2026, 10, 12)] * 2


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "14/09/2026", "2026-09-14 09:30:00", "46000", "tomorrow", ""],
)
def test_what_is_no_date_is_null(engine: Engine, text: str) -> None:
    assert read(engine, parse.local_date, [text]) == [None]


def test_a_date_at_midnight_is_that_date(engine: Engine) -> None:
    texts = ["2026-09-14 00:00:00", "2026-09-14T00:00:00", "2026-09-14 00:00:00.000"]
    assert read(engine, parse.local_date, texts) == [date(2026, 9, 14)] * 3


def test_a_two_digit_year_counts_only_where_the_format_says_so(engine: Engine) -> None:
    ancient = read(engine, lambda text: parse.is_ancient(parse.local_date(text)), ["26-09-14"])
    short = read(
        engine, lambda text: parse.local_date(text, ["%m/%d/%y"]), ["9/14/26", "9/14/2026"]
    )
    assert ancient == [True]
    assert short == [date(2026, 9, 14), None]


@FEW
@given(st.lists(TIMES, min_size=1, max_size=40))
def test_wall_clock_times_are_read_back(engine: Engine, times: list[datetime]) -> None:
    for between in (" ", "T"):
        written = [time.isoformat(sep=between) for time in times]
        assert read(engine, parse.local_time, written) == times


def test_a_format_reads_twelve_hours(engine: Engine) -> None:
    texts = ["09/14/2026 09:30:00 AM", "9/14/2026 9:30:00 pm", "9/14/2026 21:30:00 PM"]
    found = read(engine, lambda text: parse.local_time(text, ["%m/%d/%Y %I:%M:%S %p"]), texts)
    assert [time and time.hour for time in found] == [9, 21, None]


@pytest.mark.parametrize("text", ["2026-09-14T09:30:00Z", "2026-09-14 09:30:00+02:00"])
def test_an_instant_is_no_wall_clock_time(engine: Engine, text: str) -> None:
    assert read(engine, parse.local_time, [text]) == [None]
    assert read(engine, parse.instant, [text]) != [None]


@FEW
@given(st.lists(st.tuples(TIMES, st.integers(-840, 840)), min_size=1, max_size=40))
def test_instants_are_read_in_their_offset(
    engine: Engine, times: list[tuple[datetime, int]]
) -> None:
    near = [(time.replace(year=2026), minutes) for time, minutes in times if time.month < 12]
    moments = [time.replace(tzinfo=timezone(timedelta(minutes=m))) for time, m in near]
    expected = [moment.astimezone(UTC) for moment in moments]
    assert read(engine, parse.instant, [one.isoformat() for one in moments]) == expected


@pytest.mark.parametrize("text", ["2026-09-14 09:30:00", "2026-09-14", "epoch", "infinity", "now"])
def test_a_time_without_offset_is_no_instant(engine: Engine, text: str) -> None:
    assert read(engine, parse.instant, [text]) == [None]


def test_an_instant_without_offset_is_utc_where_a_format_says_so(engine: Engine) -> None:
    formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
    texts = ["2026-09-14 09:30:00", "2026-09-14T09:30:00-0500"]
    found = read(engine, lambda text: parse.instant(text, formats), texts)
    assert [time.hour for time in found] == [9, 14]


@FEW
@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=40))
def test_whole_numbers_are_read_back(engine: Engine, numbers: list[int]) -> None:
    assert read(engine, parse.integer, [str(number) for number in numbers]) == numbers
    assert read(engine, parse.integer, [f"{number}.00" for number in numbers]) == numbers


@pytest.mark.parametrize("text", ["1,234", "12.5", "1e3", "0x1A", "1_000", "twelve", "9" * 30, "-"])
def test_what_is_no_whole_number_is_null(engine: Engine, text: str) -> None:
    assert read(engine, parse.integer, [text]) == [None]


@FEW
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_numbers_are_read_back(engine: Engine, numbers: list[float]) -> None:
    near = [number for number in numbers if number == 0 or 1e-90 < abs(number) < 1e90]
    assert read(engine, parse.number, [repr(number) for number in near]) == near


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1,5", "85%", "1e400", "0x1"])
def test_what_is_no_number_is_null(engine: Engine, text: str) -> None:
    assert read(engine, parse.number, [text]) == [None]


def test_an_amount_is_never_rounded(engine: Engine) -> None:
    texts = ["12.5", "0.1234", "0.12345", "12.50000", "1e3"]
    found = [Decimal("12.5"), Decimal("0.1234"), None, Decimal("12.5"), None]
    assert read(engine, parse.decimal, texts) == found


def test_flags_are_three_valued(engine: Engine) -> None:
    texts = ["Y", "yes", "TRUE", "t", "1", "n", "No", "false", "F", "0", "unknown", "2", None]
    expected = [True] * 5 + [False] * 5 + [None] * 3
    assert read(engine, parse.boolean, texts) == expected


@FEW
@given(
    st.lists(st.decimals(min_value=0, max_value=10**6, places=6), min_size=1, max_size=40),
    st.sampled_from([("seconds", 1), ("minutes", 60), ("hours", 3600)]),
)
def test_durations_become_whole_seconds_half_to_even(
    engine: Engine, amounts: list[Decimal], unit: tuple[str, int]
) -> None:
    name, factor = unit
    expected = [int((one * factor).to_integral_value(ROUND_HALF_EVEN)) for one in amounts]
    texts = [f"{one:f}" for one in amounts]
    assert read(engine, lambda text: duration(text, name), texts) == expected


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("minutes", "30.025", 1802),
        ("minutes", "1:30", None),
        ("minutes", "-5", -300),
        ("minutes", "thirty", None),
        ("hh:mm", "1:05", 3900),
        ("hh:mm", "1:65", None),
        ("hh:mm", "90", None),
        ("hh:mm:ss", "01:00:05", 3605),
        ("mm:ss", "90:05", 5405),
    ],
)
def test_a_duration_is_read_in_its_unit_only(
    engine: Engine, unit: str, text: str, seconds: int | None
) -> None:
    assert read(engine, lambda cell: duration(cell, unit), [text]) == [seconds]


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("PK", ["PK", "pre-k", "-1", "Prekindergarten"]),
        ("KG", ["K", "KG", "0", "Kindergarten", "TK"]),
        ("01", ["1", "01", "1.0", "1st", "First grade", "Grade 1"]),
        ("10", ["10", "Tenth Grade", "10th", "grade 10", "Gr 10"]),
        ("12", ["12", "twelfth"]),
        ("UG", ["UG", "Ungraded"]),
        ("AE", ["Adult"]),
        (None, ["13", "grade", "Year 5", "1-2", "x"]),
    ],
)
def test_grades_are_known_as_people_write_them(
    engine: Engine, code: str | None, texts: list[str]
) -> None:
    assert read(engine, grade, texts) == [code] * len(texts)


def test_every_grade_has_spellings_and_no_spelling_two_grades() -> None:
    assert set(spellings().values()) == set(GRADES)
    assert all(spelling == spelling.lower().strip() for spelling in spellings())
