"""SQL that is used again: for the same question of other tables, and for no other question."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline import engine_shapes
from hit_pipeline.engine import Engine
from hit_pipeline.engine_shapes import Shapes
from tests.unit.test_engine_sql import STEPS, rows_of

CELLS = st.tuples(
    st.sampled_from(["a", "b", None]),
    st.one_of(st.none(), st.integers(0, 9)),
    st.one_of(st.none(), st.booleans()),
)


def table(cells: list[tuple[Any, ...]]) -> pa.Table:
    kinds = {"key": pa.string(), "count": pa.int64(), "flag": pa.bool_()}
    rows = [dict(zip(kinds, row, strict=True)) for row in cells]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds.items()))


class Counted:
    """Compiles with the engine's backend, and counts how often."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.times, self.shapes = engine, 0, Shapes()

    def sql(self, rows: ir.Expr) -> str:
        return self.shapes.sql(rows, self._compile)

    def _compile(self, rows: ir.Expr) -> str:
        self.times += 1
        return str(self.engine.backend.compile(rows))


@given(
    st.lists(st.sampled_from(sorted(STEPS)), max_size=5),
    st.lists(st.lists(CELLS, max_size=4), min_size=2, max_size=3),
)
def test_the_same_steps_on_other_tables_give_the_rows_of_those(
    steps: list[str], tables: list[list[tuple[Any, ...]]]
) -> None:
    with Engine.open() as engine:
        for cells in tables:
            rows = engine.from_arrow(table(cells))
            for step in steps:
                rows = STEPS[step](rows)
            assert rows_of(engine.collect(rows)) == rows_of(engine.backend.to_pyarrow(rows))


def test_the_same_question_of_other_tables_is_compiled_once() -> None:
    with Engine.open() as engine:
        counted = Counted(engine)
        for _ in range(3):
            left, right = engine.from_arrow(table([])), engine.from_arrow(table([]))
            query = counted.sql(left.filter(left.flag).join(right, "key").view())
            for one in (left, right):
                assert one.get_name() in query
        assert counted.times == 1


LITERALS = (
    *(True, 1, 1.0, Decimal(1), Decimal("1.0"), ibis.literal("1")),
    *(False, 0.0, -0.0, ibis.null("int64"), ibis.null("string")),
    ibis.literal(1, type="float64"),
)


@pytest.mark.parametrize("pair", list(itertools.permutations(LITERALS, 2)), ids=str)
def test_values_that_count_as_equal_are_not_taken_for_each_other(pair: tuple[Any, Any]) -> None:
    with Engine.open() as engine:
        rows = engine.from_arrow(table([("a", 1, True)]))
        for value in pair:
            asked = rows.select(value=value)
            ours, theirs = engine.collect(asked), engine.backend.to_pyarrow(asked)
            assert (ours.schema, str(ours["value"])) == (theirs.schema, str(theirs["value"]))


QUESTIONS: dict[str, Callable[[ir.Table, ir.Table], ir.Table]] = {
    "first alone": lambda one, _: one.union(one),
    "first and second": lambda one, two: one.union(two),
    "second and first": lambda one, two: two.union(one),
    "other columns": lambda one, two: one.union(two).select("count", "key"),
    "fewer rows": lambda one, two: one.union(two).order_by("key").limit(1),
    "more rows": lambda one, two: one.union(two).order_by("key").limit(2),
    "with itself": lambda one, _: one.semi_join(one.view(), "count"),
    "with the other": lambda one, two: one.semi_join(two, "count"),
}


@pytest.mark.parametrize("pair", list(itertools.permutations(QUESTIONS, 2)), ids=" then ".join)
def test_every_question_gets_its_own_answer_whatever_was_asked_before(
    pair: tuple[str, str],
) -> None:
    with Engine.open() as engine:
        one = engine.from_arrow(table([("a", 1, True), ("a", 2, None)]))
        two = engine.from_arrow(table([("b", 2, False)]))
        for name in pair:
            asked = QUESTIONS[name](one, two)
            ours, theirs = engine.collect(asked), engine.backend.to_pyarrow(asked)
            assert ours.schema.names == theirs.schema.names
            assert rows_of(ours) == rows_of(theirs)


def test_tables_in_memory_and_tables_of_a_given_name_are_read_anew() -> None:
    with Engine.open() as engine:
        for count in (1, 2, 3):
            assert engine.collect(ibis.memtable({"n": [count]}))["n"].to_pylist() == [count]
            engine.duckdb.execute(f"CREATE OR REPLACE TEMP TABLE given AS SELECT {count} AS n")
            named = engine.backend.table("given")
            assert engine.collect(named.mutate(twice=named.n * 2))["twice"].to_pylist() == [
                count * 2
            ]


def test_what_is_known_is_forgotten_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_shapes, "_ROOM", 2)
    with Engine.open() as engine:
        counted = Counted(engine)
        rows = engine.from_arrow(table([]))
        for limit in (1, 2, 3, 1):
            assert f"LIMIT {limit}" in counted.sql(rows.limit(limit))
        assert counted.times == 4
