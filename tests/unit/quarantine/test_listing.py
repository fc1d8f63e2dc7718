"""The quarantine as people see it."""

from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.quarantine.listing import SHOWN_ROWS, entries
from tests.unit.conform.typing_bench import TypingBench, delimited

FEED = {
    "table": "typed_student",
    "columns": {
        "student_id_district": {"from": "Id"},
        "grade": {"from": "Grade"},
        "birth_date": {"from": "Born"},
    },
}


def test_rows_are_grouped_by_what_is_wrong_most_first(tmp_path: Path) -> None:
    with Engine.open() as engine:
        bench = TypingBench(
            engine, tmp_path, {"students": delimited(("Id", "Grade", "Born"), FEED)}
        )
        rows = [{"Id": str(n), "Grade": "?", "Born": None} for n in range(SHOWN_ROWS + 2)]
        bench.night("students", *rows, {"Id": "x", "Grade": "?", "Born": "soon"})
        bench.build()
        lake = Lake.open(tmp_path / "lake")
        grades, dates = entries(engine, lake, "s").to_pylist()
        assert (grades["rule"], grades["rows"]) == ("map.grade.unmapped", SHOWN_ROWS + 3)
        assert grades["first_rows"] == ", ".join(str(n) for n in range(1, SHOWN_ROWS + 1))
        assert (dates["rule"], dates["rows"], dates["first_rows"]) == (
            "typed.birth_date.unparseable",
            1,
            "13",
        )
        assert entries(engine, lake).num_rows == 2


def test_an_empty_lake_has_an_empty_quarantine(tmp_path: Path) -> None:
    with Engine.open() as engine:
        assert entries(engine, Lake.open(tmp_path / "lake")).num_rows == 0
