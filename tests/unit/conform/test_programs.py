from datetime import date
from typing import Any

import ibis

from hit_pipeline.conform.programs import (
    program,
    program_term,
    term_days,
    terms,
    terms_of_year,
    with_program,
    years_crossing_into,
)
from tests.unit.tutoring_bench import TutoringBench, pick

SETTINGS: dict[str, Any] = {
    "sources": {
        "north": {"adapter": "files", "contract": "datas", "kind": "log", "program": "math"},
        "south": {"adapter": "files", "contract": "datas", "kind": "log"},
    },
    "programs": {
        "math": {
            "name": "Math Club",
            "aliases": ["MC", "Shared"],
            "vendor": "North",
            "subject": "math",
            "terms": {
                "fall": {"start": "2026-08-17", "end": "2026-12-18", "grades": ["03", "04"]},
                "bridge": {"start": "2026-12-14", "end": "2027-01-15", "minutes_per_session": 20},
            },
        },
        "reading": {
            "name": "Reading",
            "aliases": ["shared"],
            "terms": {"summer": {"start": "2026-06-15", "end": "2026-07-31"}},
        },
    },
}


def test_programs_and_terms_are_those_of_the_settings(tutoring: TutoringBench) -> None:
    tutoring.settings = SETTINGS
    assert pick(tutoring.build(program), "program_id", "name", "vendor", "subject") == [
        ("math", "Math Club", "North", "math"),
        ("reading", "Reading", None, None),
    ]
    rows = tutoring.build(program_term)
    assert pick(rows, "program_id", "term", "subject", "grades", "minutes_per_session") == [
        ("math", "bridge", "math", None, 20),
        ("math", "fall", "math", "03,04", None),
        ("reading", "summer", None, None, None),
    ]
    assert {row["design_version"] for row in rows} == {1}


def test_a_district_without_programs_has_none(tutoring: TutoringBench) -> None:
    assert tutoring.build(program) == tutoring.build(program_term) == []


def test_a_program_is_known_by_id_name_or_alias_in_any_case(tutoring: TutoringBench) -> None:
    tutoring.settings = SETTINGS
    stated = ["MATH", " math club ", "mc", "Chess", "shared", None]
    rows = ibis.memtable(
        {"_source": [*["south"] * 6, "north", "north"], "program": [*stated, None, "Chess"]},
        schema={"_source": "string", "program": "string"},
    )
    found = tutoring.engine.collect(with_program(rows, tutoring.district))
    assert pick(found.to_pylist(), "program_id", "program_unknown") == [
        ("math", False),
        ("math", False),
        ("math", False),
        (None, True),
        (None, True),  # a name two programs share names neither
        (None, False),
        ("math", False),
        (None, True),
    ]


def test_every_day_of_a_term_is_its_own_and_a_shared_day_the_later_terms(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SETTINGS
    days = tutoring.engine.collect(term_days(terms(tutoring.district))).to_pylist()
    found = {(row["program_id"], row["local_date"]): row for row in days}
    assert len(found) == len(days)
    first, last = date(2026, 8, 17), date(2027, 1, 15)
    assert len([key for key in found if key[0] == "math"]) == (last - first).days + 1
    assert found["math", date(2026, 12, 13)]["term"] == "fall"
    assert found["math", date(2026, 12, 14)]["term"] == "bridge"
    assert found["math", date(2026, 12, 14)]["design_seconds"] == 1200
    assert found["reading", date(2026, 7, 31)]["term"] == "summer"


def test_a_term_that_crosses_the_year_stands_in_the_year_it_starts(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SETTINGS
    district = tutoring.district
    assert [term.name for term in terms_of_year(district, "2025-26")] == ["summer"]
    assert [term.name for term in terms_of_year(district, "2026-27")] == ["fall", "bridge"]
    assert years_crossing_into(district, {"2026-27"}) == {"2025-26"}
    assert years_crossing_into(district, {"2025-26"}) == set()
    assert years_crossing_into(district, ()) == set()
