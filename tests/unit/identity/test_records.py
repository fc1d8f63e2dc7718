"""The id of a person record: equal for equal statements, different for different ones."""

import hashlib
from datetime import date
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.records import stated_columns, with_record_id

COLUMNS = ("_source", *stated_columns("student"), "birth_date")
SCHEMA = {name: "date" if name == "birth_date" else "string" for name in COLUMNS}
CELL = st.none() | st.text(alphabet="aé0.| =", min_size=1, max_size=3)
ROW = st.fixed_dictionaries(
    dict.fromkeys(COLUMNS, CELL)
    | {
        "_source": st.sampled_from(["sis", "vendor"]),
        "birth_date": st.none() | st.dates(date(2010, 1, 1), date(2010, 1, 3)),
    }
)


def ids(
    engine: Engine, rows: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS
) -> list[Any]:
    schema = {name: SCHEMA[name] for name in columns}
    cells = [{"n": n} | {name: row.get(name) for name in columns} for n, row in enumerate(rows)]
    table = ibis.memtable(cells, schema=ibis.schema({"n": "int64"} | schema))
    made = engine.collect(with_record_id(table, "student").order_by("n"))
    found: list[Any] = made["student_record_id"].to_pylist()
    return found


def oracle(row: dict[str, Any]) -> str | None:
    """Work the id out in plain Python."""
    stated = {name: row[name] for name in stated_columns("student") if row[name] is not None}
    if not stated:
        return None
    parts = [
        f"{name}={cell.lower() if name.endswith('_name') else cell}"
        for name, cell in stated.items()
    ]
    born = [f"birth_date={row['birth_date']}"] if row["birth_date"] else []
    return hashlib.md5("\x1f".join([row["_source"], *parts, *born]).encode()).hexdigest()  # noqa: S324


@settings(max_examples=20)
@given(st.lists(ROW, min_size=1, max_size=20))
def test_the_id_is_a_digest_of_what_is_stated(engine: Engine, rows: list[dict[str, Any]]) -> None:
    assert ids(engine, rows) == [oracle(row) for row in rows]


def test_a_missing_column_counts_like_a_null_one(engine: Engine) -> None:
    row = {"_source": "sis", "student_id_district": "7", "student_given_name": "Ada"}
    few = ("_source", "student_id_district", "student_given_name")
    assert ids(engine, [row], few) == ids(engine, [row])


def test_an_identifier_in_another_system_is_another_record(engine: Engine) -> None:
    found = ids(
        engine,
        [
            {"_source": "sis", "student_id_district": "7"},
            {"_source": "sis", "student_id_state": "7"},
            {"_source": "vendor", "student_id_district": "7"},
            {"_source": "sis", "student_id_district": "07"},
        ],
    )
    assert len(set(found)) == 4


@pytest.mark.parametrize("columns", [("_source",), ("_source", "birth_date")])
def test_a_row_that_names_nobody_has_no_record(engine: Engine, columns: tuple[str, ...]) -> None:
    row = {"_source": "sis", "birth_date": date(2012, 1, 1)}
    assert ids(engine, [row], columns) == [None]


def test_the_birth_date_of_the_student_is_not_the_tutors(engine: Engine) -> None:
    rows = [{"_source": "v", "tutor_id_vendor": "T", "birth_date": d} for d in ("2010-01-01", None)]
    table = ibis.memtable(
        rows,
        schema=ibis.schema(
            {"_source": "string", "tutor_id_vendor": "string", "birth_date": "date"}
        ),
    )
    made = engine.collect(with_record_id(table, "tutor"))["tutor_record_id"].to_pylist()
    assert made[0] == made[1]
