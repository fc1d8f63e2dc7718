"""FastBridge: rows of our own in the layouts of the screening exports."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import scores
from tests.unit.contracts.delivered import Delivered, csv_text, deliver

STUDENT = {
    "Assessment": "aMath",
    "Assessment Language": "English",
    "Local ID": "0004711",
    "State ID": "",
    "FAST ID": "900001",
    "First Name": "Ida",
    "Last Name": "Lark",
    "DOB": "2017-03-04",
    "Grade": "Four",
    "": "",
}


def season(name: str, test: str, score: str, day: str) -> dict[str, str]:
    return {
        f"{name} {test} Test Theta": score,
        f"{name} {test} Percentile at School": "N/A*",
        f"{name} {test} Percentile at Nation": "38.0",
        f"{name} {test} Risk Level": "someRisk",
        f"{name} {test} Final Date": day,
    }


@pytest.fixture(scope="module")
def math(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    blank = season("Fall", "aMath", "", "") | {"Fall aMath Percentile at School": ""}
    blank |= {"Fall aMath Percentile at Nation": "", "Fall aMath Risk Level": ""}
    fall = season("Fall", "aMath", "208.9", "09/09/2026")
    winter = season("Winter", "aMath", "213.25", "1/12/2027") | {
        "Growth Score from Fall to Winter": "4.35",
        "Winter Quantile": "EM20Q",
    }
    rows = [
        STUDENT | fall | winter,
        STUDENT | fall | {"Local ID": "", "State ID": "77", "Grade": "Kindergarten"},
        STUDENT | blank,
    ]
    header = list(dict.fromkeys(name for row in rows for name in row))
    data = csv_text(rows, header)
    return deliver(engine, tmp_path_factory.mktemp("math"), "fastbridge", "aMath.csv", data)


def test_each_season_is_a_test_of_its_own_date(math: Delivered) -> None:
    found = {
        (row["window"], row["score_kind"]): (row["test_date"], row["score_text"])
        for row in math.feed().of(1)
    }
    assert found == {
        ("Fall", "scale_score"): (date(2026, 9, 9), "208.9"),
        ("Fall", "percentile"): (date(2026, 9, 9), "38.0"),
        ("Fall", "risk_level"): (date(2026, 9, 9), "someRisk"),
        ("Winter", "scale_score"): (date(2027, 1, 12), "213.25"),
        ("Winter", "percentile"): (date(2027, 1, 12), "38.0"),
        ("Winter", "risk_level"): (date(2027, 1, 12), "someRisk"),
        ("Winter", "fall_to_winter_growth"): (date(2027, 1, 12), "4.35"),
        ("Winter", "quantile"): (date(2027, 1, 12), "EM20Q"),
    }


def test_ids_may_be_blank_and_grades_are_words(math: Delivered) -> None:
    first, second = ({key(row) for row in math.feed().of(number)} for number in (1, 2))
    assert first == {("0004711", None, "900001", "04", "en")}
    assert second == {(None, "77", "900001", "KG", "en")}


def key(row: dict[str, object]) -> tuple[object, ...]:
    names = ("student_id_district", "student_id_state", "student_id_vendor")
    return (*(row[name] for name in names), row["grade"], row["form_language"])


def test_a_student_tested_in_no_season_is_counted_and_makes_no_score(math: Delivered) -> None:
    assert math.feed().of(3) == []
    assert math.feed().left_out == {3: "feed.no_score"}


def test_a_header_cell_without_a_name_is_noted(math: Delivered) -> None:
    assert math.file == "math"
    assert math.rules["tolerance.unnamed_column"] == 1


def test_skills_of_other_tests_are_objectives(engine: Engine, tmp_path: Path) -> None:
    tested = STUDENT | {
        "Assessment": "Early Reading English",
        "Fall Early Reading English Composite Score": "28",
        "Fall Early Reading English Final Date": "8/18/2026",
        "Fall Letter Names Words Read Correct": "7",
        "Fall Letter Names Percentile at Nation": "26",
        "Fall Letter Names Final Date": "8/19/2026",
        "Winter Letter Names Words Read Correct": "",
    }
    made = deliver(engine, tmp_path, "fastbridge", "early.csv", csv_text([tested]))
    assert made.file == "skills"
    assert scores(made.good()) == {
        ("composite_score", "Early Reading English"): (28.0, "28"),
        ("words_read_correct", "Letter Names"): (7.0, "7"),
        ("percentile", "Letter Names"): (26.0, "26"),
    }
    dates = {row["objective"]: row["test_date"] for row in made.good()}
    assert dates["Letter Names"] == date(2026, 8, 19)
    assert {row["subject"] for row in made.good()} == {"ela"}
