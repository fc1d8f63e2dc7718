"""CogAT: rows of our own as CSV and at the positions of the fixed-width export."""

from datetime import date
from itertools import pairwise
from pathlib import Path

from hit_pipeline.engine import Engine
from tests.unit.contracts.bench import scores, shipped_contract, typed
from tests.unit.contracts.delivered import deliver
from tests.unit.contracts.fixed import record

FILES = shipped_contract("cogat").files
WIDE, FIXED = FILES["wide"], FILES["fixed"]
TEST = {
    "Student ID": "0004711",
    "Student Last Name": "Lark",
    "Student First Name": "Ida",
    "Date of Birth": "03042017",
    "Class Grade": "0",
    "Date Tested": "10122026",
    "Administration Language": "ENU",
    "Universal Scale Score (USS) V": "153",
    "Standard Age Score (SAS) VQN": "112",
    "Age Percentile Rank (APR) VQN": "77",
    "Extremely Variable Flags N": "1",
    "Ability Profile": "6B (N-)",
}


def test_batteries_are_objectives_and_the_composite_of_all_is_the_test(engine: Engine) -> None:
    made = typed(engine, WIDE, [TEST])
    assert scores(made.good) == {
        ("scale_score", "Verbal"): (153.0, "153"),
        ("standard_age_score", None): (112.0, "112"),
        ("age_percentile", None): (77.0, "77"),
        ("extremely_variable_flag", "Nonverbal"): (None, "1"),
        ("ability_profile", None): (None, "6B (N-)"),
    }
    for row in made.good:
        assert (row["test_date"], row["birth_date"]) == (date(2026, 10, 12), date(2017, 3, 4))
        assert (row["grade"], row["form_language"]) == ("KG", "en")


def test_a_date_that_lost_its_leading_zero_is_quarantined_not_guessed(engine: Engine) -> None:
    made = typed(engine, WIDE, [TEST | {"Date Tested": "9122026"}])
    assert made.bad == {1: {"typed.test_date.unparseable"}}


def test_the_fixed_width_export_says_the_same(engine: Engine, tmp_path: Path) -> None:
    cells = {
        "Student_ID": "0004711",
        "Student_Last_Name": "Lark",
        "Student_First_Name": "Ida",
        "Date_of_Birth": "03042017",
        "Class_Grade": " 0",
        "Date_Tested": "10122026",
        "Administration_Language": "ENU",
        "Universal_Scale_Score_USS__verbal": "153",
        "Standard_Age_Score_SAS__composite_vqn": "112",
        "Age_Percentile_Rank_APR__composite_vqn": "77",
        "Extremely_Variable_Flags__nonverbal": "1",
        "Ability_Profile": "6B (N-)",
    }
    made = deliver(engine, tmp_path, "cogat", "cogat.txt", record(FIXED, cells))
    wide = typed(engine, WIDE, [TEST])
    assert scores(made.good()) == scores(wide.good)
    for name in ("student_id_district", "birth_date", "test_date", "grade", "instrument"):
        assert {row[name] for row in made.good()} == set(wide.column(name))


def test_the_positions_of_the_fixed_width_export_do_not_overlap() -> None:
    spans = sorted((one.start or 0, one.width or 0) for one in FIXED.columns)
    for (start, width), (following, _) in pairwise(spans):
        assert start + width <= following
