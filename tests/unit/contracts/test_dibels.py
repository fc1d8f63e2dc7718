"""DIBELS 8: rows of our own in the layout of mCLASS."""

from datetime import date
from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.headers import match
from hit_pipeline.synth.systems.dibels import COLUMNS
from tests.unit.contracts.bench import scores, shipped_contract, typed
from tests.unit.contracts.delivered import csv_text, deliver

BENCHMARK = shipped_contract("dibels8").files["benchmark"]
LNF, MAZE = "Letter Names (LNF)", "Reading Comprehension (Maze)"
TEST = {
    "School Year": "2026-2027",
    "Student Last Name": "Lark",
    "Student First Name": "Ida",
    "Date of Birth": "2020-03-04",
    "Enrollment Grade": "K",
    "Assessment Edition": "DIBELS 8th Edition",
    "Assessment Grade": "K",
    "Benchmark Period": "BOY",
    "Composite Level": "At Benchmark",
    "Composite Score": "311",
    "Client Date": "2026-09-03",
    "Student Primary ID": "0004711",
    "Primary ID - Student ID (State ID)": "0099887766",
}


def test_a_blank_date_falls_back_to_that_of_the_device_or_stays_blank(engine: Engine) -> None:
    made = typed(
        engine,
        BENCHMARK,
        [
            TEST,
            TEST | {"Client Date": "", "Device Date": "2026-09-05"},
            TEST | {"Client Date": "9/7/2026"},
            TEST | {"Client Date": " "},
        ],
    )
    days = [{row["test_date"] for row in made.of(number)} for number in (1, 2, 3, 4)]
    assert days == [{date(2026, 9, 3)}, {date(2026, 9, 5)}, {date(2026, 9, 7)}, {None}]
    assert set(made.column("school_year")) == {"2026-2027"}
    assert made.bad == {}


def test_the_ids_of_a_district_may_stand_under_other_headers(engine: Engine) -> None:
    second = {"Primary ID - Student ID (State ID)": "", "Secondary Student ID (State ID)": "55"}
    made = typed(engine, BENCHMARK, [TEST, TEST | second, TEST | {"Student Primary ID": ""}])
    found = [
        (row["student_id_district"], row["student_id_state"])
        for row in made.good
        if row["score_kind"] == "composite_score"
    ]
    assert found == [("0004711", "0099887766"), ("0004711", "55"), (None, "0099887766")]


def test_a_measure_is_an_objective_and_a_stopped_one_says_so(engine: Engine) -> None:
    measures = {
        f"{LNF} - Score": "24",
        f"{LNF} - Level": "Below Benchmark",
        f"{LNF} - National Norm Percentile": "Discontinue",
        f"{LNF} - Semester Growth": "Above Average",
        "Composite - Year Growth": "",
    }
    assert scores(typed(engine, BENCHMARK, [TEST | measures]).good) == {
        ("composite_score", None): (311.0, "311"),
        ("performance_level", None): (None, "At Benchmark"),
        ("benchmark_period", None): (None, "BOY"),
        ("assessment_grade", None): (None, "K"),
        ("score", LNF): (24.0, "24"),
        ("performance_level", LNF): (None, "Below Benchmark"),
        ("percentile", LNF): (None, "Discontinue"),
        ("semester_growth", LNF): (None, "Above Average"),
    }


def test_grades_and_windows_are_as_the_field_writes_them(engine: Engine) -> None:
    codes = {"K": "KG", "PK": "PK", "04": "04", "2": "02"}
    made = typed(engine, BENCHMARK, [TEST | {"Enrollment Grade": code} for code in codes])
    grades = [{row["grade"] for row in made.of(at)} for at in range(1, len(codes) + 1)]
    assert grades == [{code} for code in codes.values()]
    assert set(made.column("window")) == {"BOY"}


def test_headers_of_other_years_are_aliases(engine: Engine, tmp_path: Path) -> None:
    renamed = {"Composite Score - Lexile": "BR120L", "Basic Comprehension (Maze) - Score": "7"}
    data = "\ufeff" + csv_text([TEST | renamed])
    made = deliver(engine, tmp_path, "dibels8", "dibels8_2026-27_BOY.csv", data)
    found = scores(made.good())
    assert found["lexile", None] == (None, "BR120L")
    assert found["score", MAZE] == (7.0, "7")
    assert made.rules["tolerance.bom"] == 1
    assert "tolerance.header_alias" in made.rules


def test_the_contract_knows_every_header_of_the_synthetic_district() -> None:
    matched = match(COLUMNS, BENCHMARK.columns, "benchmark")
    assert (matched.extra, matched.missing_required) == ((), ())
