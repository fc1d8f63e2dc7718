"""Typed tables as they are written: whom their rows may name."""

from pathlib import Path
from typing import Any

from hit_pipeline.engine import Engine
from tests.unit.conform.typing_bench import TypingBench, delimited


def test_a_row_that_calls_itself_anonymous_is_written_without_a_name(
    engine: Engine, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {
        "table": "typed_feedback_response",
        "columns": {
            "respondent_role": {"value": "student"},
            "is_anonymous": {"from": "Anonymous"},
            "student_id_district": {"from": "Student"},
            "student_given_name": {"from": "Name"},
            "responded_at_local": {"from": "At"},
            "question_id": {"value": "q1"},
            "answer_text": {"from": "Answer"},
        },
    }
    headers = ("Anonymous", "Student", "Name", "At", "Answer")
    bench = TypingBench(engine, tmp_path, {"answers": delimited(headers, asked)})
    told = {"Student": "007", "Name": "Ida", "At": "2026-11-02 09:30:00", "Answer": "4"}
    bench.night("answers", told | {"Anonymous": "Y"}, told | {"Anonymous": "N"}, told)
    bench.build()
    written = bench.typed("typed_feedback_response")
    named = [(one["student_id_district"], one["student_given_name"]) for one in written]
    assert sorted(named, key=str) == [("007", "Ida"), ("007", "Ida"), (None, None)]
    records = {one["student_record_id"] for one in written if one["is_anonymous"]}
    assert records == {None}
