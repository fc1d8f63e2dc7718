"""SAT and PSAT: rows of our own in the layouts of the electronic score file."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import scores
from tests.unit.contracts.delivered import Delivered, csv_text, deliver

EBRW = "Evidence-Based Reading and Writing"
STUDENT = {
    "CB_ID": "100a",
    "NAME_LAST": "Lark",
    "NAME_FIRST": "Ida",
    "BIRTH_DATE": "3/4/2009",
    "SECONDARY_ID": "0004711",
    "DISTRICT_STUDENT_ID": "",
    "STATE_STUDENT_ID": "0099887766",
    "ADDRESS_LINE1": "1 Elm Street",
}
SAT = STUDENT | {
    "LATEST_SAT_DATE": "3/7/2026",
    "LATEST_SAT_GRADE": "6",
    "LATEST_SAT_TOTAL": "1120",
    "LATEST_SAT_EBRW": "560",
    "PERCENTILE_NATREP_SAT_EBRW": "71",
    "EBRW_CCR_BENCHMARK": "Y",
    "READING_QUES_CORRECT": "38",
}
EARLIER = {
    "ADMIN2_SAT_DATE": "2025-10-04",
    "ADMIN2_SAT_GRADE": "99",
    "ADMIN2_SAT_TOTAL": "1050",
    "ADMIN2_SAT_MATH_SECTION": "530",
    "ADMIN3_SAT_DATE": "",
    "ADMIN3_SAT_TOTAL": "",
}


@pytest.fixture(scope="module")
def sat(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    rows = [SAT | EARLIER, SAT | {"LATEST_SAT_DATE": "03/07/26"}, SAT | {"LATEST_SAT_GRADE": "8"}]
    return deliver(engine, tmp_path_factory.mktemp("sat"), "sat", "sat.csv", csv_text(rows))


def test_the_newest_test_has_sections_percentiles_and_benchmarks(sat: Delivered) -> None:
    made = sat.feed().of(1)
    assert scores(made) == {
        ("scale_score", None): (1120.0, "1120"),
        ("scale_score", EBRW): (560.0, "560"),
        ("percentile", EBRW): (71.0, "71"),
        ("college_readiness_benchmark", EBRW): (None, "Y"),
        ("correct_answers", "Reading Test"): (38.0, "38"),
    }
    assert {row["subject"] for row in made} == {None, "ela"}
    for row in made:
        assert (row["test_date"], row["grade"]) == (date(2026, 3, 7), "11")
        assert (row["student_id_district"], row["student_id_state"]) == ("0004711", "0099887766")


def test_an_earlier_administration_is_a_test_of_its_own(sat: Delivered) -> None:
    earlier = sat.feed(1)
    assert scores(earlier.of(1)) == {
        ("scale_score", None): (1050.0, "1050"),
        ("scale_score", "Math"): (530.0, "530"),
    }
    for row in earlier.of(1):
        assert (row["test_date"], row["grade"]) == (date(2025, 10, 4), None)
    assert earlier.notes == {"map.grade.unmapped": 1}
    assert set(earlier.left_out) == {2, 3}


def test_dates_are_written_in_several_ways_and_grades_in_codes(sat: Delivered) -> None:
    made = sat.feed()
    assert set(made.column("test_date")) == {date(2026, 3, 7)}
    assert {row["grade"] for row in made.of(3)} == {None}
    assert made.notes == {}


def test_where_a_student_lives_is_forbidden(sat: Delivered) -> None:
    patterns = sat.read.forbidden
    assert "^ADDRESS_" in patterns
    assert sat.spec.forbidden == patterns


@pytest.mark.parametrize(
    ("name", "instrument"),
    [("PSAT_NMSQT_2026.csv", "psat_nmsqt"), ("psat 10.csv", "psat_10"), ("scores.csv", "psat")],
)
def test_the_name_of_a_psat_file_says_which_it_is(
    name: str, instrument: str, engine: Engine, tmp_path: Path
) -> None:
    test = {"LATEST_PSAT_DATE": "10/14/2026", "LATEST_PSAT_TOTAL": "980", "SELECTION_INDEX": "150"}
    made = deliver(engine, tmp_path, "sat", name, csv_text([STUDENT | test]))
    assert made.file == "psat"
    assert {row["instrument"] for row in made.good()} == {instrument}
    assert scores(made.good())["selection_index", None] == (150.0, "150")
