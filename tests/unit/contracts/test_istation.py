"""Istation: rows of our own in the monthly layout."""

from datetime import date
from pathlib import Path

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import scores
from tests.unit.contracts.delivered import csv_text, deliver

STUDENT = {"STUDENT_ID": "0004711", "LNAME": "Lark", "FNAME": "Ida", "DOMAIN": "elm.example.org"}


def month(name: str, score: str, day: str) -> dict[str, str]:
    return {
        f"{name}_SCORE": score,
        f"{name}_PTILE": "52",
        f"{name}_OVERFLOW": "0",
        f"{name}_TIER": "1",
        f"{name}_ADMIN_DATE": day,
    }


def test_each_month_is_a_test_of_its_own_date(engine: Engine, tmp_path: Path) -> None:
    tested = STUDENT | month("September", "335", "9/6/2026") | month("January", "375", "1/11/2027")
    untested = STUDENT | {"STUDENT_ID": "0004712"}
    made = deliver(engine, tmp_path, "istation", "isip.csv", csv_text([tested, untested]))
    found = {
        (row["window"], row["score_kind"]): (row["test_date"], row["score_text"])
        for row in made.feed().of(1)
    }
    assert found["September", "scale_score"] == (date(2026, 9, 6), "335")
    assert found["January", "scale_score"] == (date(2027, 1, 11), "375")
    assert {window for window, _ in found} == {"September", "January"}
    assert made.feed().of(2) == []
    assert set(made.feed().left_out) == {2}


def test_a_tier_is_text_and_a_percentile_a_number(engine: Engine, tmp_path: Path) -> None:
    tested = STUDENT | month("September", "335", "9/6/2026") | {"ROI": "N/A"}
    made = deliver(engine, tmp_path, "istation", "isip.csv", csv_text([tested]))
    assert scores(made.good()) == {
        ("scale_score", None): (335.0, "335"),
        ("percentile", None): (52.0, "52"),
        ("tier", None): (None, "1"),
        ("overflow", None): (None, "0"),
    }


def test_a_student_known_by_number_alone_and_a_strange_grade_are_taken(
    engine: Engine, tmp_path: Path
) -> None:
    row = {"STUDENT_ID": "0004711", "GRADE": "Sky"} | month("September", "335", "9/6/2026")
    made = deliver(engine, tmp_path, "istation", "isip.csv", csv_text([row]))
    assert {row["student_id_district"] for row in made.good()} == {"0004711"}
    assert {row["grade"] for row in made.good()} == {None}
    assert made.feed().notes == {"map.grade.unmapped": 1}
