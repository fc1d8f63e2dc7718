"""Which table a file feeds, what identifies a row, whether a file is the whole, known products."""

from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.loading import load_contract
from tests.unit.drafting.bench import csv_text, drafted

FILES = {
    "typed_session_log": (
        "Visit ID,Student Number,Coach Email,Date,Minutes Attended,Status",
        "v{n},10{n},c@x.example,09/1{n}/2026,30,Attended",
    ),
    "typed_assessment": (
        "Student ID,Test Date,Window,Scale Score,Percentile,Performance Level",
        "10{n},2026-09-1{n},Fall,44{n},5{n},Met",
    ),
    "typed_student": (
        "Student ID,First Name,Last Name,DOB,Gender,Grade,School ID,Entry Date,ELL,IEP",
        "10{n},Ada,Quick{n},2015-03-1{n},F,3,s{n},2026-08-1{n},Y,N",
    ),
    "typed_school_attendance": (
        "Student ID,School Code,Attendance Date,Attendance Code,Minutes Absent",
        "10{n},s1,2026-09-1{n},E,4{n}0",
    ),
    "typed_program_assignment": (
        "Student ID,Program Name,Start Date,End Date,Assignment Status",
        "10{n},Reading lab,2026-09-1{n},2026-12-1{n},Assigned",
    ),
    "typed_feedback_response": (
        "Survey,Response ID,Student ID,Question ID,Answer,Submitted At",
        "Fall voice,r{n},10{n},q1,4,2026-09-1{n} 10:00",
    ),
    "typed_tutor_event": (
        "Tutor ID,Tutor Name,Event,Event Date",
        "t{n},Cy {n},Trained,2026-09-1{n}",
    ),
    "typed_invoice_line": (
        "Invoice Number,Line,Service Date,Session ID,Quantity,Rate,Amount",
        "i7,{n},2026-09-1{n},v{n},1,45.00,45.00",
    ),
    "typed_calendar_day": ("School ID,Date,Day Type,Description", "s1,2026-09-1{n},Holiday,x{n}"),
}


@pytest.mark.parametrize("table", FILES)
def test_the_table_follows_from_the_headers(engine: Engine, tmp_path: Path, table: str) -> None:
    header, row = FILES[table]
    rows = [row.format(n=n) for n in range(9)]
    found = drafted(
        engine, tmp_path, {"sample.csv": csv_text(header, *rows)}, without=["plain_files"]
    )
    assert found.table == table


def test_headers_that_say_nothing_make_a_draft_that_asks(engine: Engine, tmp_path: Path) -> None:
    found = drafted(engine, tmp_path, {"sample.csv": csv_text("Foo,Bar", "a b,c d", "e f,g h")})
    assert found.contract.files["rows"].feeds == ()
    assert found.asks("what is one row")


def log(*rows: str) -> str:
    header = "Visit ID,Student Number,Coach Email,Date,Minutes Attended,Status"
    return csv_text(header, *(f"{row},Attended" for row in rows))


def test_the_key_is_the_smallest_stable_set_that_no_two_rows_share(
    engine: Engine, tmp_path: Path
) -> None:
    rows = [f"v{n // 3},10{n % 3},c@x.example,2026-09-14,{30 + n}" for n in range(24)]
    found = drafted(engine, tmp_path, {"log.csv": log(*rows)})
    assert found.keys["natural_key"] == ["Visit ID", "Student Number"]
    assert not found.asks("prove little")


def test_a_key_column_with_blanks_is_optional(engine: Engine, tmp_path: Path) -> None:
    rows = [
        f"v{n // 3},{'' if n == 1 else 10 + n % 3},c@x.example,2026-09-14,30" for n in range(24)
    ]
    found = drafted(engine, tmp_path, {"log.csv": log(*rows)})
    assert found.keys["optional_key"] == ["Student Number"]


def test_rows_nothing_tells_apart_have_no_key(engine: Engine, tmp_path: Path) -> None:
    rows = [f"v1,100,c@x.example,2026-09-14,{30 + n}" for n in range(6)]
    found = drafted(engine, tmp_path, {"log.csv": log(*rows)})
    assert "natural_key" not in found.keys
    assert found.asks("no set of stable columns")


def test_two_files_prove_whether_each_is_the_whole(engine: Engine, tmp_path: Path) -> None:
    rows = [f"v{n},10{n},c@x.example,2026-09-14,30" for n in range(30)]
    for name in ("whole", "news"):
        (tmp_path / name).mkdir()
    whole = drafted(
        engine, tmp_path / "whole", {"log_1.csv": log(*rows[:20]), "log_2.csv": log(*rows)}
    )
    news = drafted(
        engine, tmp_path / "news", {"log_1.csv": log(*rows[:15]), "log_2.csv": log(*rows[14:])}
    )
    assert (whole.keys["delivers"], whole.keys["absence"]) == ("full", "nothing")
    assert news.keys["delivers"] == "increment"
    assert whole.keys["pattern"] == news.keys["pattern"] == "log_*.csv"


def test_scores_of_parts_have_an_objective(engine: Engine, tmp_path: Path) -> None:
    measured = "Overall Scale Score,Geometry Scale Score,Algebra Scale Score,Goal1Name,Goal1Score"
    header = f"Student ID,Test Date,{measured}"
    rows = [f"10{n},2026-09-1{n},40{n},41{n},42{n},Counting,7{n}" for n in range(9)]
    found = drafted(engine, tmp_path, {"test.csv": csv_text(header, *rows)})
    scores = [
        {key: one.get(key) for key in ("kind", "objective", "objective_from")}
        for one in found.keys["feeds"][0]["scores"]
    ]
    assert scores == [
        {"kind": "scale_score", "objective": None, "objective_from": None},
        {"kind": "scale_score", "objective": "Geometry", "objective_from": None},
        {"kind": "scale_score", "objective": "Algebra", "objective_from": None},
        {"kind": "goal_score", "objective": None, "objective_from": "Goal1Name"},
    ]


def test_a_block_of_columns_per_season_has_its_window_and_date(
    engine: Engine, tmp_path: Path
) -> None:
    header = "Student ID,Fall Score,Fall Test Date,Spring Score,Spring Test Date"
    rows = [f"10{n},40{n},09/1{n}/2026,," for n in range(9)]
    found = drafted(engine, tmp_path, {"test.csv": csv_text(header, *rows)})
    fall, spring = found.keys["feeds"][0]["scores"]
    assert (fall["kind"], fall["columns"]["window"]) == ("score", {"value": "Fall"})
    assert fall["columns"]["test_date"] == {"from": "Fall Test Date", "formats": ["%m/%d/%Y"]}
    assert spring["columns"]["test_date"] == {"from": "Spring Test Date", "formats": ["%m/%d/%Y"]}


PRODUCTS = ["map_growth", "iready", "brightpath", "northstar_sessions"]


@pytest.mark.parametrize("contract", PRODUCTS)
def test_a_file_of_a_product_is_recognised(engine: Engine, tmp_path: Path, contract: str) -> None:
    name, spec = next(iter(load_contract(contract, tmp_path).files.items()))
    names = [one.name for one in spec.columns]
    text = csv_text(",".join(names), ",".join("x" for _ in names))
    found = drafted(engine, tmp_path, {"export.csv": text})
    product = found.file.product
    assert product is not None
    assert (product.contract, product.file, product.share) == (contract, name, 1.0)


def test_a_file_of_another_kind_is_not(engine: Engine, tmp_path: Path) -> None:
    found = drafted(engine, tmp_path, {"log.csv": log("v1,100,c@x.example,2026-09-14,30")})
    assert found.file.product is None


def test_a_log_that_names_no_student_is_asked_about(engine: Engine, tmp_path: Path) -> None:
    text = csv_text("Visit ID,Coach Email,Date,Minutes Attended", "v1,c@x.example,2026-09-14,30")
    found = drafted(engine, tmp_path, {"log.csv": text})
    assert found.asks("no column names a student")
