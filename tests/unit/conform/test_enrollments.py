from datetime import UTC, date, datetime
from typing import Any

from hit_pipeline.conform.enrollments import school_enrollment
from hit_pipeline.conform.roster import term
from hit_pipeline.conform.schools import school
from tests.unit.conform.roster_bench import Bench, Row, pick

FIRST = datetime(2026, 11, 12, 5, tzinfo=UTC)
YEAR = "2026-27"
SESSION = (date(2026, 8, 17), date(2027, 5, 28))


def _district(bench: Bench, *, session: tuple[date, date] | None = SESSION) -> None:
    bench.deliver("sis", "d1", FIRST)
    bench.deliver("sis_files", "p1", FIRST)
    bench.typed("sis", "typed_school", [{"school_id_source": one} for one in "ABC"])
    year: Row = {"term_id_source": "y", "term_type": "school_year"}
    rows = [{**year, "start_date": session[0], "end_date": session[1]}] if session else []
    bench.typed("sis", "typed_term", rows)
    bench.promote(school)
    bench.promote(term)


def _sis(bench: Bench, *rows: Row, delivery: str = "d1") -> None:
    bench.typed("sis", "typed_student", rows, delivery)
    bench.know("student", "district")


def _files(bench: Bench, *rows: Row, delivery: str = "p1") -> None:
    bench.typed("sis_files", "typed_student", rows, delivery)
    bench.know("student", "district")


def _at(school_id: str, **more: Any) -> Row:
    return {"student_id_district": "7", "school_id_source": school_id, **more}


def _spells(bench: Bench, year: str = YEAR) -> list[tuple[Any, ...]]:
    rows = bench.promote(school_enrollment, year)
    return pick(rows, "school_id", "entry_date", "exit_date", "dates_origin")


def test_without_dates_the_spell_is_the_school_year_session(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A", grade="05"))
    assert _spells(bench) == [("A", date(2026, 8, 17), None, "derived")]
    row = bench.build(school_enrollment, YEAR)[0]
    assert (row["school_year"], row["grade"], row["enrollment_type"]) == (YEAR, "05", "unknown")
    assert _spells(bench, "2025-26") == []


def test_a_derived_spell_ends_with_a_session_that_is_over(bench: Bench) -> None:
    _district(bench, session=(date(2025, 8, 17), date(2026, 5, 28)))
    _sis(bench, _at("A"))
    assert _spells(bench, "2025-26") == [("A", date(2025, 8, 17), date(2026, 5, 28), "derived")]


def test_without_any_session_the_spell_is_the_year_of_the_newest_delivery(bench: Bench) -> None:
    _district(bench, session=None)
    _sis(bench, _at("A"))
    assert _spells(bench) == [("A", date(2026, 7, 1), None, "derived")]


def test_without_any_session_the_open_year_of_the_settings_is_taken(bench: Bench) -> None:
    bench.settings["open_year"] = "2024-25"
    _district(bench, session=None)
    _sis(bench, _at("A"))
    assert _spells(bench) == []
    assert _spells(bench, "2024-25") == [("A", date(2024, 7, 1), date(2025, 6, 30), "derived")]


def test_stated_dates_of_a_completing_source_replace_derived_ones(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A"))
    _spells(bench)
    _files(bench, _at("A", entry_date=date(2026, 9, 2), grade="05"))
    for _ in range(2):
        assert _spells(bench) == [("A", date(2026, 9, 2), None, "stated")]


def test_the_source_of_lower_priority_number_states_the_spells(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A", entry_date=date(2026, 8, 17)))
    _files(bench, _at("A", entry_date=date(2024, 8, 15), grade="05"))
    assert _spells(bench) == [("A", date(2026, 8, 17), None, "stated")]
    assert bench.build(school_enrollment, YEAR)[0]["grade"] == "05"


def test_an_exit_another_source_states_of_an_earlier_spell_counts(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A", entry_date=date(2026, 10, 26)))
    _files(bench, _at("A", entry_date=date(2026, 8, 17), exit_date=date(2026, 9, 30)))
    assert _spells(bench) == [
        ("A", date(2026, 8, 17), date(2026, 9, 30), "stated"),
        ("A", date(2026, 10, 26), None, "stated"),
    ]


def test_an_open_spell_stands_in_every_year_until_the_newest_delivery(bench: Bench) -> None:
    _district(bench)
    _files(bench, _at("A", entry_date=date(2024, 8, 15)))
    assert _spells(bench, "2023-24") == []
    for year in ("2024-25", "2025-26", "2026-27"):
        assert _spells(bench, year) == [("A", date(2024, 8, 15), None, "stated")]
    assert _spells(bench, "2027-28") == []


def test_an_ended_spell_stands_in_the_years_it_touches(bench: Bench) -> None:
    _district(bench)
    spell = _at("A", entry_date=date(2024, 8, 15), exit_date=date(2025, 7, 1))
    _files(bench, spell)
    assert [bool(_spells(bench, year)) for year in ("2024-25", "2025-26", "2026-27")] == [
        True,
        True,
        False,
    ]


def test_several_stated_spells_are_all_kept(bench: Bench) -> None:
    _district(bench)
    _files(
        bench,
        _at("A", entry_date=date(2026, 8, 17), exit_date=date(2026, 10, 1)),
        _at("B", entry_date=date(2026, 10, 2), exit_date=date(2026, 10, 20)),
        _at("A", entry_date=date(2026, 10, 21)),
    )
    assert _spells(bench) == [
        ("A", date(2026, 8, 17), date(2026, 10, 1), "stated"),
        ("A", date(2026, 10, 21), None, "stated"),
        ("B", date(2026, 10, 2), date(2026, 10, 20), "stated"),
    ]


def test_a_school_that_is_no_more_takes_its_spells_along(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A"))
    _spells(bench)
    bench.typed("sis", "typed_school", [{"school_id_source": "B"}])
    _sis(bench, _at("B"))
    bench.promote(school)
    assert [row[0] for row in _spells(bench)] == ["B"]


def test_a_second_school_at_the_same_time_is_a_spell_of_its_own(bench: Bench) -> None:
    _district(bench)
    _sis(bench, _at("A"), _at("C", enrollment_type="co_enrolled"))
    assert _spells(bench) == [
        ("A", date(2026, 8, 17), None, "derived"),
        ("C", date(2026, 8, 17), None, "derived"),
    ]


def test_children_no_roster_knows_and_students_without_a_school_have_no_spell(
    bench: Bench,
) -> None:
    _district(bench)
    _sis(bench, {"student_id_district": "8"})
    bench.typed("sis_files", "typed_student", [_at("A", entry_date=FIRST.date())], "p1")
    assert _spells(bench) == []
