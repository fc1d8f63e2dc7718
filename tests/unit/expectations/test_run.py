"""A verdict says what was found, blocks when it must, and never carries a pupil's value."""

import json
import logging
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.measure import MOST_REFERENCES
from expectations.run import check
from hit_pipeline.lake import Lake
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.verdict import Outcome, Verdict
from tests.unit.expectations.conftest import NOW, YEAR, Bench, as_arrow, failed

SECRET = "Quetzalcoatl-4711"
ORIGIN = {"_delivery_id": "sis-0f", "_file": "sessions"}


def outcome(verdict: Verdict, rule: str) -> Outcome:
    (found,) = (one for one in verdict.outcomes if one.rule == rule)
    return found


def with_column(data: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return data.set_column(data.schema.get_field_index(name), name, values)


def test_a_duplicate_key_blocks(bench: Bench) -> None:
    rows = [{"term_id": one, "source": "sis", "_row": at} for at, one in enumerate("aabbb")]
    verdict = bench.check("term", *({**row, **ORIGIN} for row in rows), {"term_id": "c"})
    assert not verdict.passed
    assert verdict.row_count == 6
    unique = outcome(verdict, "term.key.unique")
    assert unique.unexpected == 2
    assert unique.blocks
    assert unique.rows == tuple(f"sis-0f:sessions:{at}" for at in range(5))
    assert unique.expectation == "expect_key_to_be_unique"
    assert unique.columns == ("source", "term_id")
    assert failed(verdict) == {"term.key.unique": 2}


def test_a_warning_is_reported_and_does_not_block(bench: Bench) -> None:
    verdict = bench.check("term", {"start_date": date(2026, 9, 8), "end_date": date(2026, 9, 7)})
    assert verdict.passed
    assert failed(verdict) == {"term.dates.order": 1}
    assert not outcome(verdict, "term.dates.order").blocks


def test_some_rows_are_named_all_are_counted(bench: Bench) -> None:
    rows = ({**ORIGIN, "_row": at, "org_type": "zoo"} for at in range(50))
    wrong = outcome(bench.check("school", *rows), "school.org_type.valid")
    assert wrong.unexpected == 50
    assert wrong.rows[:2] == ("sis-0f:sessions:0", "sis-0f:sessions:1")
    assert len(wrong.rows) == MOST_REFERENCES


def test_rows_of_a_table_without_origins_are_counted_only(bench: Bench) -> None:
    wrong = outcome(bench.check("student", {"gender": "x"}), "student.gender.valid")
    assert (wrong.unexpected, wrong.rows) == (1, ())


def test_a_missing_column_breaks_the_rules_about_it_and_no_other(bench: Bench) -> None:
    table = TABLES["term"]
    verdict = bench.check_data(table, as_arrow(table, [{}, {}]).drop_columns(["end_date"]))
    assert not verdict.passed
    broken = {one.rule for one in verdict.outcomes if one.broken}
    assert broken == {"term.end_date.required", "term.dates.order"}
    assert all(one.unexpected is None and not one.passed for one in verdict.outcomes if one.broken)
    shifted = len(table.columns) - table.column_names.index("end_date")
    assert outcome(verdict, "term.columns.declared").unexpected == shifted
    assert outcome(verdict, "term.key.unique").passed


def test_a_broken_check_blocks_even_when_it_is_a_warning(bench: Bench) -> None:
    table = TABLES["term"]
    verdict = bench.check_data(table, as_arrow(table, [{}]).drop_columns(["end_date"]))
    order = outcome(verdict, "term.dates.order")
    assert order.severity == "warning"
    assert order.blocks


@pytest.mark.parametrize("content", [b"", b"PAR1 not a Parquet file PAR1", None])
def test_a_file_that_cannot_be_read_breaks_every_rule(bench: Bench, content: bytes | None) -> None:
    path = bench.lake.root / "broken.parquet"
    if content is not None:
        path.write_bytes(content)
    verdict = bench.check_file(TABLES["tutor"], path)
    assert not verdict.passed
    assert verdict.row_count == 0
    assert all(one.broken for one in verdict.outcomes)


def test_an_unreadable_table_referred_to_breaks_the_reference(bench: Bench) -> None:
    part = bench.lake.part(TABLES["staff"])
    part.parent.mkdir(parents=True)
    part.write_bytes(b"torn")
    verdict = bench.check("tutor", {"staff_key": "E1"})
    assert [one.rule for one in verdict.failures] == ["tutor.staff_key.found"]
    assert outcome(verdict, "tutor.staff_key.found").broken


def test_no_value_is_in_a_verdict_or_a_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {
        "given_name": SECRET,
        "gender": SECRET,
        "grade_current": SECRET,
        "school_id_current": SECRET,
        "student_key": SECRET,
    }
    data = as_arrow(TABLES["student"], [secret, secret])
    text_for_date = with_column(data, "birth_date", pa.array([SECRET, SECRET]))
    for rows in (data, text_for_date):
        verdict = bench.check_data(TABLES["student"], rows)
        assert "student.key.unique" in failed(verdict)
        assert SECRET not in json.dumps(verdict.as_json())
        assert SECRET not in repr(verdict)
    assert outcome(verdict, "student.birth_date.age").broken
    assert SECRET not in caplog.text
    assert "student.birth_date.age broke" in caplog.text


def test_sessions_of_another_year_are_not_looked_at(bench: Bench) -> None:
    bench.promoted("session", {"session_key": "old"}, school_year="2025-26")
    bench.promoted("session", {"session_key": "new"})
    verdict = bench.check("session_tutor", {"session_key": "old"}, {"session_key": "new"})
    assert outcome(verdict, "session_tutor.session_key.found").unexpected == 1


def test_a_reference_to_the_table_itself_is_sought_in_the_candidate(bench: Bench) -> None:
    bench.promoted("school", {"school_id": "promoted"})
    verdict = bench.check(
        "school",
        {"school_id": "district"},
        {"school_id": "a", "parent_school_id": "district"},
        {"school_id": "b", "parent_school_id": "promoted"},
    )
    assert outcome(verdict, "school.parent_school_id.found").unexpected == 1


def test_a_verdict_survives_being_kept(bench: Bench) -> None:
    verdict = bench.check("term", {"term_id": None}, {"term_type": "x"})
    assert Verdict.from_json(json.loads(json.dumps(verdict.as_json()))) == verdict
    assert verdict.checked_at == NOW


@pytest.mark.parametrize(("name", "year"), [("term", YEAR), ("session", None)])
def test_a_partition_is_given_exactly_where_the_table_has_them(
    bench: Bench, name: str, year: str | None
) -> None:
    path = bench.candidate(TABLES[name], as_arrow(TABLES[name], []))
    with pytest.raises(ValueError, match=f"{name} is"):
        check(TABLES[name], path, lake=bench.lake, school_year=year, now=NOW)


def test_a_check_prints_and_leaves_nothing(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    bench.check("term", {"term_id": None})
    assert list(empty.iterdir()) == []
    assert not (bench.lake.root / "spill").exists()
    assert capfd.readouterr() == ("", "")


def test_importing_the_room_does_not_import_great_expectations() -> None:
    said = "import sys, expectations.run; print('great_expectations' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_a_process_that_checked_ends_quietly(tmp_path: Path) -> None:
    bench = Bench(Lake.open(tmp_path / "lake"))
    bench.promoted("program", {"program_id": "p"})
    said = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from expectations.run import check; from hit_pipeline.lake import Lake\n"
        "from hit_pipeline.tables.catalog import TABLES\n"
        "lake, table = Lake.open(Path(sys.argv[1])), TABLES['program']\n"
        "now = datetime(2026, 11, 22, tzinfo=UTC)\n"
        "print(check(table, lake.part(table), lake=lake, school_year=None, now=now).passed)"
    )
    program = [sys.executable, "-c", said, str(bench.lake.root)]
    run = subprocess.run(program, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("True\n", "")
