"""Writing and reading of typed tables by the engine."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import ibis_schema


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def test_closed_columns_are_text_in_the_file(engine: Engine, tmp_path: Path) -> None:
    rows = ibis.memtable({"n": [2, 1], "word": ["it's", None], "free": ["a", "b"]})
    path = tmp_path / "t.parquet"
    closed: dict[str, list[str]] = {"word": ["it's", "other"], "free": []}
    assert engine.write(rows, path, order_by=["n"], closed=closed) == 2
    table = pq.read_table(path)
    assert table.schema.field("word").type == pa.string()
    assert table.to_pydict() == {"n": [1, 2], "word": [None, "it's"], "free": ["b", "a"]}


def test_a_value_that_is_not_listed_fails_the_write(engine: Engine, tmp_path: Path) -> None:
    rows, path = ibis.memtable({"word": ["x"]}), tmp_path / "t.parquet"
    with pytest.raises(duckdb.Error):
        engine.write(rows, path, closed={"word": ["y"]})
    assert not path.exists()


def test_filters_last_changes_no_row(engine: Engine) -> None:
    rows = ibis.memtable({"text": ["1", "x", None, "3"]})
    parsed = rows.mutate(number=rows.text.try_cast("int64"))
    kept = parsed.filter(parsed.number.notnull())
    with engine.filters_last():
        inside = engine.collect(kept)
    assert inside == engine.collect(kept)
    assert inside["number"].to_pylist() == [1, 3]


def test_a_typed_table_is_completed_when_read(engine: Engine, tmp_path: Path) -> None:
    declared = TABLES["typed_school"]
    for name, rows in (("a", {"name": ["A"]}), ("b", {"identifier": ["7"], "name": ["B"]})):
        engine.write(ibis.memtable(rows), tmp_path / f"{name}.parquet")
    found = engine.read(sorted(tmp_path.glob("*.parquet")), declared)
    assert found.schema() == ibis_schema(declared)
    assert sorted(engine.collect(found)["identifier"].to_pylist(), key=str) == ["7", None]


def test_a_table_of_another_layer_is_never_completed(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    engine.write(ibis.memtable({"school_id": ["A"]}), path)
    with pytest.raises(KeyError, match="school lacks"):
        engine.read([path], TABLES["school"])


def test_equal_rows_give_equal_bytes_however_they_were_made(engine: Engine, tmp_path: Path) -> None:
    plain = engine.keep(ibis.memtable({"n": [1, 2], "word": ["a", "b"]}))
    joined = plain.left_join(plain.select("n", also="word"), "n")[["n", "also"]]
    filled = joined.select("n", word=joined.also.coalesce(joined.also))
    for name, rows in {"plain": plain, "joined": filled}.items():
        engine.write(rows, tmp_path / name, order_by=["n"])
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "joined").read_bytes()
    assert pq.ParquetFile(tmp_path / "plain").schema.column(0).max_definition_level == 1


def test_blocks_that_change_how_a_query_runs_may_stand_in_one_another(engine: Engine) -> None:
    def disabled() -> str:
        ((value,),) = engine.duckdb.execute(
            "SELECT current_setting('disabled_optimizers')"
        ).fetchall()
        return str(value)

    with engine.filters_last():
        with engine.joins_as_written():
            assert set(disabled().split(",")) == {"filter_pushdown", "build_side_probe_side"}
        assert disabled() == "filter_pushdown"
    assert disabled() == ""


def test_names_of_folders_say_nothing_of_the_rows_in_them(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "word=folder" / "school_year=2000-01" / "part-0.parquet"
    rows = pa.table({"word": ["file"], "school_year": ["2026-27"]})
    engine.write(engine.from_arrow(rows), path)
    assert engine.collect(engine.read([path])).equals(rows)


def test_another_engine_at_work_leaves_a_block_as_it_is(engine: Engine, tmp_path: Path) -> None:
    setting = "SELECT current_setting('disabled_optimizers')"
    with engine.joins_as_written():
        before = engine.duckdb.execute(setting).fetchall()
        with Engine.open() as other:
            other.write(ibis.memtable({"n": [1]}), tmp_path / "t.parquet")
        assert engine.duckdb.execute(setting).fetchall() == before != [("",)]
