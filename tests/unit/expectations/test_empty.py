"""A table without rows is judged by its file's footer, and as Great Expectations would judge it."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.catalog import rules_of
from expectations.measure import Surroundings, answered_by_footer, measure
from expectations.validation import nothing_against, validate
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table
from tests.unit.expectations.conftest import NOW, YEAR, Bench, as_arrow, failed

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
TUTOR = TABLES["tutor"]


def hollow(table: Table) -> pa.Table:
    """Return a table's declared columns without a row."""
    return as_arrow(table, [])


def answered(bench: Bench, table: Table, data: pa.Table) -> set[str]:
    """Return the ids of the rules a file's footer answers."""
    path = bench.candidate(table, data)
    return {rule.id for rule in answered_by_footer(table, path, rules_of(table))}


@EVERY_TABLE
def test_the_footer_says_what_counting_and_great_expectations_say(
    bench: Bench, table: Table
) -> None:
    path, rules = bench.candidate(table, hollow(table)), rules_of(table)
    known = answered_by_footer(table, path, rules)
    assert known == [rule for rule in rules if rule.kind != "total"]
    around = Surroundings(bench.lake, YEAR if table.partitioned else None, NOW.date())
    counted = measure(table, path, known, around)
    assert counted.row_count == 0
    assert nothing_against(known) == validate(table.name, known, counted.against)


@EVERY_TABLE
def test_an_empty_table_has_an_outcome_for_every_rule(bench: Bench, table: Table) -> None:
    verdict = bench.check(table.name)
    assert [one.rule for one in verdict.outcomes] == [rule.id for rule in rules_of(table)]


def _without_a_column(data: pa.Table) -> pa.Table:
    return data.drop_columns([data.column_names[-1]])


def _with_one_more(data: pa.Table) -> pa.Table:
    return data.append_column("more", pa.array([], pa.string()))


def _in_another_order(data: pa.Table) -> pa.Table:
    return data.select(data.column_names[::-1])


def _of_another_type(data: pa.Table) -> pa.Table:
    return data.set_column(0, data.column_names[0], pa.array([], pa.int32()))


@EVERY_TABLE
@pytest.mark.parametrize(
    "spoil", [_without_a_column, _with_one_more, _in_another_order, _of_another_type]
)
def test_an_empty_table_with_other_columns_is_blocked(
    bench: Bench, table: Table, spoil: Any
) -> None:
    data = spoil(hollow(table))
    assert answered(bench, table, data) == set()
    verdict = bench.check_data(table, data)
    assert not verdict.passed
    assert failed(verdict)[f"{table.name}.columns.declared"] != 0


def test_an_empty_quarantine_is_blocked_where_a_delivery_counts_rows_in_it(bench: Bench) -> None:
    bench.promoted("delivery", {"delivery_id": "sis-0f", "rows": 2, "rows_quarantined": 2})
    verdict = bench.check("quarantine")
    assert not verdict.passed
    assert failed(verdict) == {"quarantine.rows.counted": 1}
    assert verdict.row_count == 0


def test_one_row_is_counted(bench: Bench) -> None:
    assert answered(bench, TUTOR, as_arrow(TUTOR, [{}])) == set()
    term = {"start_date": date(2026, 9, 8), "end_date": date(2026, 9, 7)}
    assert failed(bench.check("term", term)) == {"term.dates.order": 1}


@pytest.mark.parametrize("content", [b"", b"PAR1 not a Parquet file PAR1", None])
def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(
    bench: Bench, content: bytes | None
) -> None:
    path = Path(bench.lake.root / "broken.parquet")
    if content is not None:
        path.write_bytes(content)
    assert answered_by_footer(TUTOR, path, rules_of(TUTOR)) == []
