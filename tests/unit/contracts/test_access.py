"""WIDA ACCESS and Alternate ACCESS: rows of our own in the layouts of the student file."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.headers import match
from tests.unit.contracts.bench import scores, shipped_contract, typed
from tests.unit.contracts.delivered import csv_text, deliver

FILES = shipped_contract("access").files
ACCESS, ALTERNATE = FILES["access"], FILES["alternate"]
TEST = {
    "Unique DRC Student ID": "900001",
    "State Student ID": "0099887766",
    "District Student ID": "0004711",
    "Student Last Name": "Lark   ",
    "Student First Name": "Ida",
    "Birth Date": "03/04/2016",
    "Grade": "0",
    "Test Completion Date": "02/11/2026",
    "Scale Score - Overall": "312",
    "Proficiency Level - Overall": "3.5 ",
    "Reported Mode": "Online",
}


def test_the_overall_composite_is_the_test_and_domains_are_objectives(engine: Engine) -> None:
    given = {
        "Scale Score - Listening": "330",
        "Proficiency Level - Listening": "4.2",
        "CSEM - Listening": "21",
        "Tier - Speaking": "BC",
        "Scale Score - Oral": "318",
    }
    made = typed(engine, ACCESS, [TEST | given])
    assert scores(made.good) == {
        ("scale_score", None): (312.0, "312"),
        ("proficiency_level", None): (3.5, "3.5"),
        ("mode", None): (None, "Online"),
        ("scale_score", "Listening"): (330.0, "330"),
        ("proficiency_level", "Listening"): (4.2, "4.2"),
        ("standard_error", "Listening"): (21.0, "21"),
        ("tier", "Speaking"): (None, "BC"),
        ("scale_score", "Oral"): (318.0, "318"),
    }
    for row in made.good:
        assert row["test_date"] == date(2026, 2, 11)
        assert (row["grade"], row["student_family_name"]) == ("KG", "Lark")
        assert (row["student_id_state"], row["student_id_district"]) == ("0099887766", "0004711")


def test_a_domain_that_was_invalidated_is_void_and_the_others_are_not(engine: Engine) -> None:
    given = {
        "Scale Score - Reading": "290",
        "Do Not Score Code - Reading": "INV",
        "Scale Score - Writing": "NA",
        "Do Not Score Code - Writing": "ABS",
        "Scale Score - Speaking": "301",
    }
    made = typed(engine, ACCESS, [TEST | given])
    found = {
        (row["objective"], row["score_kind"]): row["is_void"]
        for row in made.good
        if row["objective"]
    }
    assert found == {
        ("Reading", "scale_score"): True,
        ("Reading", "do_not_score_code"): True,
        ("Writing", "do_not_score_code"): None,
        ("Speaking", "scale_score"): None,
    }


def test_levels_of_the_alternate_test_are_text(engine: Engine, tmp_path: Path) -> None:
    given = {"Proficiency Level - Overall": "A2", "TA: Other": "", "Tier": "T"}
    row = {name: text for name, text in TEST.items() if name != "Reported Mode"} | given
    made = deliver(engine, tmp_path, "access", "alternate.csv", csv_text([row]))
    assert made.file == "alternate"
    assert scores(made.good())["proficiency_level", None] == (None, "A2")
    assert {row["instrument"] for row in made.good()} == {"alternate_access"}


@pytest.mark.parametrize("name", FILES)
def test_neither_layout_is_taken_for_the_other(name: str) -> None:
    header = [column.name for column in FILES[name].columns]
    fits = [
        one for one, spec in FILES.items() if not match(header, spec.columns, one).missing_required
    ]
    assert fits == [name]


def test_every_score_of_the_alternate_layout_is_one_its_columns_have() -> None:
    names = {column.name for column in ALTERNATE.columns}
    assert {score.from_ for score in ALTERNATE.feeds[0].scores} <= names
