"""State tests: fixed width with moving positions, CMAS, and STAAR, on records of our own."""

import fnmatch
from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.synth.systems.state_test import layout
from tests.unit.contracts.bench import Row, scores, shipped_contract, typed
from tests.unit.contracts.delivered import csv_text, deliver
from tests.unit.contracts.fixed import record

STATE = shipped_contract("state_summative").files
CMAS = STATE["cmas"]
STAAR = shipped_contract("staar").files
RECORD = {
    "administration": "2026",
    "campus_name": "ELM SCHOOL",
    "last_name": "LARK",
    "first_name": "IDA",
    "birth_date": "03042015",
    "grade": "05",
    "state_id": "0099887766",
    "local_id": "0004711",
    "subject_code": "MA",
    "score_code": "S",
    "test_date": "04212026",
    "scale_score": "1480",
    "performance_level": "3",
}
CMAS_TEST = {
    "StateStudentIdentifier": "0099887766",
    "LocalStudentIdentifier": "",
    "LastOrSurname": "LARK",
    "FirstName": "IDA",
    "Birthdate": "2015-03-04",
    "GradeLevelWhenAssessed": "05",
    "TestCode": "MAT05",
    "AssessmentYear": "2025-2026",
    "Subject": "Mathematics",
    "Unit1TestStartDateTime": "2026-04-21T15:13:32Z",
    "SS": "742",
    "PerfLVL": "4",
}
STAAR_RECORD = {
    "administration_date": "0526",
    "grade_level_tested": "03",
    "last_name": "Lark",
    "first_name": "Ida",
    "date_of_birth": "03042017",
    "local_student_id": "0004711",
    "tx_unique_student_id": "0099887766",
    "score_code_reading": "S",
    "reading_scale_score": "1444",
    "reading_language": "S",
    "reading_performance_level": "2",
    "reading_meets": "0",
    "reading_approaches": "1",
    "mathematics_scale_score": "1423",
    "mathematics_language": "E",
    "mathematics_quantile": "535Q",
}
INTERIM = {
    "ADMINISTRATION": "Window 2",
    "TEST DATE": "12012026",
    "TSDS UID": "1111111111",
    "LOCAL-STUDENT-ID": "0004711",
    "TEST CODE": "I5C",
    "GRADE LEVEL TESTED": "05",
    "Total Scale Score": "3110",
    "REPORTING CATEGORY 2 \u00a0STRENGTH/WEAKNESS INDICATOR": "Near",
    "": "",
}


@pytest.mark.parametrize("year", range(2024, 2032))
def test_every_administration_of_the_synthetic_district_is_read_at_its_positions(year: int) -> None:
    name = f"state_test_{year}_20260514.txt"
    (spec,) = (one for one in STATE.values() if fnmatch.fnmatchcase(name, one.pattern))
    assert [(one.name, one.start, one.width) for one in spec.columns] == [
        (field.name, field.start, field.width) for field in layout(year)
    ]


@pytest.mark.parametrize(("year", "file"), [("2026", "even_year"), ("2027", "odd_year")])
def test_an_edition_has_the_positions_of_its_year(
    year: str, file: str, engine: Engine, tmp_path: Path
) -> None:
    rows = [RECORD, RECORD | {"score_code": "A", "scale_score": "", "performance_level": ""}]
    data = "".join(record(STATE[file], row | {"administration": year}) for row in rows)
    made = deliver(engine, tmp_path, "state_summative", f"state_test_{year}_0514.txt", data)
    assert made.file == file
    assert scores(made.feed().of(1)) == {
        ("scale_score", None): (1480.0, "1480"),
        ("performance_level", None): (None, "3"),
        ("score_code", None): (None, "S"),
    }
    assert scores(made.feed().of(2)) == {("score_code", None): (None, "A")}
    for row in made.good():
        assert (row["student_id_state"], row["student_id_district"]) == ("0099887766", "0004711")
        assert (row["birth_date"], row["test_date"]) == (date(2015, 3, 4), date(2026, 4, 21))
        assert (row["subject"], row["grade"]) == ("math", "05")


def test_what_happened_to_a_cmas_test_is_stated_and_only_void_ones_do_not_count(
    engine: Engine,
) -> None:
    void = {"VoidScoreCode": "Y", "VoidScoreReason": "6", "SS": "", "PerfLVL": ""}
    suppressed = {"ReportSuppressionCode": "03", "ReportSuppressionAction": "02"}
    absent = {"NotTestedCode": "Y", "NotTestedReason": "00", "SS": "", "PerfLVL": ""}
    absent |= {"Unit1TestStartDateTime": ""}
    made = typed(
        engine,
        CMAS,
        [CMAS_TEST, CMAS_TEST | void, CMAS_TEST | suppressed, CMAS_TEST | absent],
    )
    assert scores(made.of(1)) == {
        ("scale_score", None): (742.0, "742"),
        ("performance_level", None): (None, "4"),
    }
    assert scores(made.of(2)) == {("void_reason", None): (None, "6")}
    assert scores(made.of(3))["suppression_action", None] == (None, "02")
    assert scores(made.of(4)) == {("not_tested_reason", None): (None, "00")}
    voids = [{row["is_void"] for row in made.of(number)} for number in (1, 2, 3, 4)]
    assert voids == [{False}, {True}, {False}, {False}]
    dates = [{row["test_date"] for row in made.of(number)} for number in (1, 4)]
    assert dates == [{date(2026, 4, 21)}, {None}]
    assert set(made.column("school_year")) == {"2025-2026"}


def test_a_cmas_subject_or_void_code_nobody_knows_is_quarantined(engine: Engine) -> None:
    strange = [{"Subject": "Alchemy"}, {"VoidScoreReason": "77"}]
    made = typed(engine, CMAS, [CMAS_TEST | row for row in strange])
    assert made.bad == {1: {"map.subject.unmapped"}, 2: {"map.is_void.unmapped"}}


def staar(engine: Engine, folder: Path, *rows: dict[str, str]) -> list[Row]:
    data = "".join(record(STAAR["records"], STAAR_RECORD | row) for row in rows)
    return deliver(engine, folder, "staar", "sf_0526.txt", data).good()


def test_a_staar_record_holds_a_test_for_each_subject(engine: Engine, tmp_path: Path) -> None:
    made = staar(engine, tmp_path, {})
    found = {(row["test_name"], row["score_kind"]): row["score_text"] for row in made}
    assert found == {
        ("STAAR Reading", "scale_score"): "1444",
        ("STAAR Reading", "score_code"): "S",
        ("STAAR Reading", "performance_level"): "2",
        ("STAAR Reading", "meets_grade_level"): "0",
        ("STAAR Reading", "approaches_grade_level"): "1",
        ("STAAR Mathematics", "scale_score"): "1423",
        ("STAAR Mathematics", "quantile"): "535Q",
    }
    assert {(row["test_name"], row["form_language"], row["subject"]) for row in made} == {
        ("STAAR Reading", "es", "ela"),
        ("STAAR Mathematics", "en", "math"),
    }
    for row in made:
        assert (row["school_year"], row["window"], row["grade"]) == ("2025-26", "0526", "03")
        assert "test_date" not in row
        assert (row["student_id_state"], row["student_id_district"]) == ("0099887766", "0004711")


def test_the_year_of_the_record_says_what_stands_at_a_position(
    engine: Engine, tmp_path: Path
) -> None:
    old = {"administration_date": "0521", "writing_scale_score": "3644"}
    made = staar(engine, tmp_path, old, {})
    first, second = ([row for row in made if row["_row"] == number] for number in (1, 2))
    assert ("raw_score", "Reporting Category 3") in {key(row) for row in first}
    assert ("performance_level", None) not in {key(row) for row in first}
    assert ("STAAR Writing", "3644") in {(row["test_name"], row["score_text"]) for row in first}
    assert {row["school_year"] for row in first} == {"2020-21"}
    assert ("performance_level", None) in {key(row) for row in second}


def key(row: Row) -> tuple[str, str | None]:
    return row["score_kind"], row["objective"]


def test_an_interim_file_may_have_a_mark_no_break_spaces_and_a_nameless_column(
    engine: Engine, tmp_path: Path
) -> None:
    data = "\ufeff" + csv_text([INTERIM, INTERIM | {"TEST CODE": "IR5"}])
    made = deliver(engine, tmp_path, "staar", "interim.csv", data)
    assert made.file == "interim"
    assert {"tolerance.bom", "tolerance.unnamed_column"} <= set(made.rules)
    assert scores(made.feed().of(1)) == {
        ("scale_score", None): (3110.0, "3110"),
        ("strength", "Reporting Category 2"): (None, "Near"),
    }
    found = {(row["_row"], row["subject"], row["form_language"]) for row in made.good()}
    assert found == {(1, "science", None), (2, "ela", "es")}


def test_damaged_letters_in_a_header_cost_their_column_only(engine: Engine, tmp_path: Path) -> None:
    damaged = "Cat\u00e9gorie".encode().decode("latin-1")
    made = deliver(engine, tmp_path, "staar", "interim.csv", csv_text([INTERIM | {damaged: "x"}]))
    assert scores(made.good())["scale_score", None] == (3110.0, "3110")
    assert made.rules["contract.extra_column"] == len(("the nameless one", damaged))


def test_a_header_in_another_encoding_is_refused_not_guessed(
    engine: Engine, tmp_path: Path
) -> None:
    data = csv_text([INTERIM | {"Cat\u00e9gorie": "x"}]).encode("latin-1")
    with pytest.raises(DeliveryRefused, match="encoding") as refusal:
        deliver(engine, tmp_path, "staar", "interim.csv", data)
    assert refusal.value.rule == "landing.unreadable"
