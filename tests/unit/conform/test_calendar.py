from datetime import UTC, date, datetime

from hit_pipeline.conform.calendar import calendar_day
from hit_pipeline.conform.roster import term
from hit_pipeline.conform.schools import school
from tests.unit.conform.roster_bench import Bench, by

AT = datetime(2026, 11, 12, 5, tzinfo=UTC)
YEAR = "2026-27"


def _district(bench: Bench, *, session: bool = True) -> None:
    bench.deliver("sis", "d1", AT)
    bench.deliver("sis_files", "p1", AT)
    bench.typed(
        "sis",
        "typed_school",
        [
            {"school_id_source": "g0", "identifier": "900", "org_type": "district"},
            {"school_id_source": "g1", "identifier": "0101", "org_type": "school"},
            {"school_id_source": "g2", "identifier": "0202", "org_type": "school"},
        ],
    )
    session_rows = [
        {
            "term_id_source": "y",
            "term_type": "school_year",
            "start_date": date(2026, 8, 17),
            "end_date": date(2026, 8, 30),
            "school_year": YEAR,
        }
    ]
    bench.typed("sis", "typed_term", session_rows if session else [])
    bench.promote(school)
    bench.promote(term)


def _day(day: date, kind: str, ref: str | None = "0101") -> dict[str, object]:
    return {"school_id_source": ref, "local_date": day, "day_type": kind}


def test_days_no_calendar_lists_are_derived_within_the_session(bench: Bench) -> None:
    _district(bench)
    rows = by(bench.build(calendar_day, YEAR), "school_id", "local_date")
    assert {key[0] for key in rows} == {"0101", "0202"}
    assert min(key[1] for key in rows) == date(2026, 8, 17)
    assert max(key[1] for key in rows) == date(2026, 8, 30)
    friday, saturday = rows["0101", date(2026, 8, 21)], rows["0101", date(2026, 8, 22)]
    assert (friday["day_type"], friday["is_instructional"]) == ("instructional", True)
    assert (saturday["day_type"], saturday["is_instructional"]) == ("weekend", False)
    assert friday["week_start"] == saturday["week_start"] == date(2026, 8, 17)
    assert {row["origin"] for row in rows.values()} == {"derived"}


def test_a_list_of_exceptions_leaves_the_other_weekdays_instructional(bench: Bench) -> None:
    _district(bench)
    holidays = [_day(date(2026, 8, 19), "holiday"), _day(date(2026, 8, 25), "closure")]
    bench.typed("sis_files", "typed_calendar_day", holidays, delivery="p1")
    rows = by(bench.build(calendar_day, YEAR), "school_id", "local_date")
    assert rows["0101", date(2026, 8, 19)]["origin"] == "stated"
    assert not rows["0101", date(2026, 8, 19)]["is_instructional"]
    assert rows["0101", date(2026, 8, 20)]["day_type"] == "instructional"
    assert rows["0202", date(2026, 8, 19)]["day_type"] == "instructional"


def test_a_calendar_that_names_instructional_days_names_them_all(bench: Bench) -> None:
    _district(bench)
    named = [_day(date(2026, 8, 18), "instructional"), _day(date(2026, 8, 20), "instructional")]
    bench.typed("sis_files", "typed_calendar_day", named, delivery="p1")
    rows = by(bench.build(calendar_day, YEAR), "school_id", "local_date")
    assert rows["0101", date(2026, 8, 19)]["day_type"] == "break"
    assert rows["0101", date(2026, 8, 17)]["day_type"] == "instructional"
    assert rows["0101", date(2026, 8, 21)]["day_type"] == "instructional"


def test_a_day_for_every_school_yields_to_a_schools_own(bench: Bench) -> None:
    _district(bench)
    days = [
        _day(date(2026, 8, 19), "holiday", None),
        _day(date(2026, 8, 19), "instructional", "0202"),
    ]
    bench.typed("sis_files", "typed_calendar_day", days, delivery="p1")
    rows = by(bench.build(calendar_day, YEAR), "school_id", "local_date")
    assert rows["0101", date(2026, 8, 19)]["day_type"] == "holiday"
    assert rows["0202", date(2026, 8, 19)]["day_type"] == "instructional"


def test_stated_days_stand_without_any_session_and_in_their_year_only(bench: Bench) -> None:
    _district(bench, session=False)
    days = [_day(date(2026, 6, 30), "instructional"), _day(date(2026, 7, 1), "summer")]
    bench.typed("sis_files", "typed_calendar_day", days, delivery="p1")
    rows = bench.build(calendar_day, YEAR)
    assert [(row["school_id"], row["local_date"]) for row in rows] == [("0101", date(2026, 7, 1))]
    assert rows[0]["school_year"] == YEAR
