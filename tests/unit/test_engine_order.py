"""Rows the engine writes come in an order one can rely on: equal rows give equal bytes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.engine import Engine, EngineOptions

COUNT = 400_000


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(threads=4)) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of several row groups, so that several threads read it."""
    path = tmp_path_factory.mktemp("source") / "rows.parquet"
    numbers = pa.array(range(COUNT), pa.int64())
    words = pa.array([f"w{number % 1000}" for number in range(COUNT)], pa.string())
    pq.write_table(pa.table({"n": numbers, "word": words}), path, row_group_size=50_000)
    return path


def written(engine: Engine, rows: ir.Table, path: Path, **how: list[str]) -> tuple[list[int], str]:
    assert engine.write(rows, path, **how) == pq.read_metadata(path).num_rows  # type: ignore[arg-type]
    return pq.read_table(path)["n"].to_pylist(), hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("shape", ["plain", "filtered", "joined", "union"])
def test_rows_keep_the_order_they_were_read_in(
    engine: Engine, source: Path, tmp_path: Path, shape: str
) -> None:
    rows = engine.read([source])
    expected = [*range(COUNT)]
    if shape == "filtered":
        rows, expected = rows.filter(rows.n % 3 == 0), expected[::3]
    if shape == "joined":
        names = engine.from_arrow(
            pa.table({"word": [f"w{n}" for n in range(900)], "m": [*range(900)]})
        )
        rows = rows.left_join(names, "word").drop("word_right")
    if shape == "union":
        rows, expected = rows.union(rows.mutate(n=rows.n + COUNT)), [*range(2 * COUNT)]
    found = {written(engine, rows, tmp_path / f"{turn}.parquet")[1] for turn in range(3)}
    order, digest = written(engine, rows, tmp_path / "again.parquet")
    assert order == expected
    assert found == {digest}


def test_sides_of_a_join_are_not_swapped_where_that_would_lose_the_order(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    rows = engine.read([source]).select("n")
    larger = pa.table({"m": pa.array(range(COUNT, -COUNT, -1), pa.int64())})
    names = engine.from_arrow(larger)
    with engine.joins_as_written():
        order, _ = written(engine, rows.left_join(names, rows.n == names.m), tmp_path / "t.parquet")
    assert order == [*range(COUNT)]
    told = engine.duckdb.execute("SELECT current_setting('disabled_optimizers')").fetchall()
    assert told == [("",)]


def test_sorted_rows_have_their_nulls_last(engine: Engine, tmp_path: Path) -> None:
    rows = engine.from_arrow(pa.table({"n": [2, None, 1], "word": ["b", "a", "c"]}))
    order, _ = written(engine, rows, tmp_path / "t.parquet", order_by=["n"])
    assert order == [1, 2, None]


def test_a_write_that_fails_leaves_what_was_there(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    engine.write(engine.from_arrow(pa.table({"n": [1]})), path)
    before = path.read_bytes()

    def die(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hit_pipeline.engine.sync_file", die)
    with pytest.raises(KeyboardInterrupt):
        engine.write(engine.from_arrow(pa.table({"n": [2]})), path)
    assert path.read_bytes() == before


def test_dropped_tables_are_gone(engine: Engine) -> None:
    given = engine.from_arrow(pa.table({"n": [1]}))
    kept = engine.keep(given.mutate(m=given.n + 1))
    engine.drop(given, kept)
    assert engine.duckdb.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
