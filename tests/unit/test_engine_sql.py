"""Expressions in the engine's own SQL against the same expressions in the SQL of ibis."""

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.conform.lookup import attach
from hit_pipeline.engine import Engine

ROWS = pa.table(
    {
        "key": ["a", "b", "b", None, "c"],
        "count": [3, 1, None, 1, 2],
        "flag": [True, False, None, True, True],
    }
)
NAMES = pa.table({"key": ["a", "b", "d"], "name": ["Ann", "Bo", "Di"], "count": [7, 8, 9]})

STEPS: dict[str, Callable[[ir.Table], ir.Table]] = {
    "replace": lambda rows: rows.mutate(count=rows["count"] + 1),
    "add": lambda rows: rows.mutate(**{f"new{len(rows.columns)}": rows["count"].fill_null(0)}),
    "replace and add": lambda rows: rows.mutate(
        key=rows["key"].upper(), **{f"more{len(rows.columns)}": rows["flag"] & True}
    ),
    "window": lambda rows: rows.mutate(
        **{
            f"place{len(rows.columns)}": ibis.row_number().over(
                order_by=[rows["key"], rows["count"]]
            )
        }
    ),
    "filter": lambda rows: rows.filter(rows["flag"]),
    "filter by a window": lambda rows: rows.filter(
        ibis.row_number().over(group_by=rows["key"], order_by=rows["count"]) == 0
    ),
    "distinct": lambda rows: rows.distinct(),
    "drop": lambda rows: rows.drop([name for name in rows.columns if name.startswith("new")]),
    "move": lambda rows: rows.select(*reversed(rows.columns)),
    "rename": lambda rows: (
        rows.rename(was="flag").mutate(flag=~ibis._["was"], newest=ibis._["was"]).drop("was")
    ),
    "union with itself": lambda rows: rows.union(rows),
    "join with itself": lambda rows: rows.semi_join(rows.filter(rows["flag"]), "key"),
    "totals": lambda rows: rows.mutate(
        **{f"total{len(rows.columns)}": rows["count"].sum().over(group_by=rows["key"])}
    ),
}


def rows_of(table: pa.Table) -> list[str]:
    """Return the rows, in an order of their own."""
    return sorted(map(repr, table.to_pylist()))


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_any_chain_of_steps_gives_the_rows_ibis_itself_gives(steps: list[str]) -> None:
    with Engine.open() as engine:
        rows = engine.from_arrow(ROWS)
        for step in steps:
            rows = STEPS[step](rows)
        theirs: pa.Table = engine.backend.to_pyarrow(rows)
        ours = engine.collect(rows)
        kept = engine.collect(engine.keep(rows))
    assert ours.schema.names == theirs.schema.names == kept.schema.names
    assert rows_of(ours) == rows_of(theirs) == rows_of(kept)


@given(st.lists(st.sampled_from(["key", "count"]), min_size=1, max_size=2, unique=True))
def test_a_lookup_is_a_left_join_that_adds_the_columns_asked_for(on: list[str]) -> None:
    with Engine.open() as engine:
        rows, names = engine.from_arrow(ROWS), engine.from_arrow(NAMES)
        found = engine.collect(attach(rows, names, on, "name"))
        joined = rows.left_join(names, on).select(*rows.columns, "name")
        expected: pa.Table = engine.backend.to_pyarrow(joined)
    assert found.schema.names == ["key", "count", "flag", "name"]
    assert rows_of(found) == rows_of(expected)


def test_a_lookup_of_a_column_the_rows_have_already_is_refused() -> None:
    with Engine.open() as engine:
        rows, names = engine.from_arrow(ROWS), engine.from_arrow(NAMES)
        with pytest.raises(ValueError, match="count"):
            attach(rows, names, ["key"], "name", "count")


def test_a_column_of_the_rows_is_one_of_what_was_looked_up() -> None:
    with Engine.open() as engine:
        rows, names = engine.from_arrow(ROWS), engine.from_arrow(NAMES)
        found = attach(rows, names, ["key"], "name")
        twice = attach(found, found.select("key", again="name").distinct(), ["key"], "again")
        shown = engine.collect(
            twice.filter(rows["count"] > 1).select(twice["again"], n=rows["count"])
        )
    assert rows_of(shown) == rows_of(pa.table({"again": ["Ann", None], "n": [3, 2]}))


def test_a_step_says_only_what_it_changes() -> None:
    wide = pa.table({f"column_{number}": pa.array([1]) for number in range(40)})
    with Engine.open() as engine:
        rows = engine.from_arrow(wide)
        for number in range(10):
            rows = rows.mutate(**{f"column_{number}": rows.column_20 + number})
        query: Any = engine._compiled(rows)  # (what is asserted is the text itself)
    assert query.count("column_30") == 0


def test_engines_of_one_process_do_not_see_what_another_keeps() -> None:
    with Engine.open() as one, Engine.open() as other:
        kept = one.keep(one.from_arrow(ROWS))
        tables = "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?"
        name = [kept.get_name()]
        assert one.duckdb.execute(tables, name).fetchall() == [(1,)]
        assert other.duckdb.execute(tables, name).fetchall() == [(0,)]
    with Engine.open() as later:
        assert later.duckdb.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
