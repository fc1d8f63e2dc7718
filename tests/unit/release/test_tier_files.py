"""The analyst tier of a release: what it holds, what it must never hold."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hit_pipeline.privacy.pseudonyms import ANALYST, pseudonym
from hit_pipeline.privacy.tiers import analyst_columns, in_analyst_tier, replaced_columns
from hit_pipeline.release import catalog
from hit_pipeline.release.catalog import Release
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.schema import arrow_schema
from tests.unit.release.bench import SECRET, YEAR, Bench, as_arrow, participants

HIDDEN = ("direct", "sensitive", "provenance", "key")


@pytest.fixture
def release(published: Bench) -> Release:
    found = catalog.current(published.lake)
    assert found is not None
    return found


def rows(release: Release, table: str, tier: str) -> pa.Table:
    files = release.files_of(table, tier)
    return pa.concat_tables([pq.read_table(release.folder / file["path"]) for file in files])


def test_the_restricted_tier_is_the_table_as_it_was_audited(
    published: Bench, release: Release
) -> None:
    for table in PUBLISHED:
        (file,) = release.files_of(table.name)
        lake = published.lake.part(table, YEAR if table.partitioned else None)
        assert (release.folder / file["path"]).read_bytes() == lake.read_bytes()


def test_the_tables_of_the_analyst_tier_are_those_whose_key_survives(release: Release) -> None:
    held = {file["table"] for file in release.files if file["tier"] == "analyst"}
    assert held == {table.name for table in PUBLISHED if in_analyst_tier(table)}
    assert "student_identifier" not in held


@pytest.mark.parametrize("table", ["student", "session_participant", "session"])
def test_rows_keep_their_order_and_open_columns_their_values(release: Release, table: str) -> None:
    whole, shown = (rows(release, table, tier) for tier in ("restricted", "analyst"))
    replaced = {column.name for column in replaced_columns(TABLES[table])}
    for name in shown.column_names:
        before, after = whole[name].to_pylist(), shown[name].to_pylist()
        if name in replaced:
            expected = [None if one is None else pseudonym(SECRET, ANALYST, one) for one in before]
            assert after == expected
        else:
            assert after == before


def test_a_table_without_rows_has_the_columns_of_one_with_rows(release: Release) -> None:
    hollow = [
        TABLES[file["table"]]
        for file in release.files
        if file["tier"] == "analyst" and file["rows"] == 0
    ]
    assert any(replaced_columns(table) for table in hollow)
    for table in hollow:
        declared = arrow_schema(table)
        names = [column.name for column in analyst_columns(table)]
        found = rows(release, table.name, "analyst").schema
        assert [(one.name, one.type) for one in found] == [
            (name, declared.field(name).type) for name in names
        ]


def test_keys_of_the_analyst_tier_still_join(release: Release) -> None:
    known = {*rows(release, "student", "analyst")["student_key"].to_pylist()}
    stated = {*rows(release, "session_participant", "analyst")["student_key"].to_pylist()}
    assert stated - {None} <= known
    assert len(stated - {None}) == len({row["student_key"] for row in participants()} - {None})


def test_no_hidden_value_of_any_table_is_in_the_bytes_of_the_analyst_tier(bench: Bench) -> None:
    marked: list[str] = []
    for table in PUBLISHED:
        texts = [
            c for c in table.columns if c.type == "text" and not c.valid and c.name != "school_year"
        ]
        row = {column.name: f"{column.privacy}-{table.name}-{column.name}" for column in texts}
        marked += [row[column.name] for column in texts if column.privacy in HIDDEN]
        year = YEAR if table.partitioned else None
        if table.name != "delivery":
            bench.rows[table.name, year] = [row]
    _close_references(bench)
    bench.build()
    assert bench.publish() is not None
    release = catalog.current(bench.lake)
    assert release is not None
    assert len(marked) > 70
    content = b"".join(
        _plain(release.folder / file["path"]) for file in release.files if file["tier"] == "analyst"
    )
    assert [value for value in marked if value.encode() in content] == []
    assert b"record-session_participant-status_source" in content


def _close_references(bench: Bench) -> None:
    """Let every row refer to the one row of the other table, and let nothing be lost."""
    for table in PUBLISHED:
        year = YEAR if table.partitioned else None
        for reference in table.references:
            if table.name == "delivery" or reference.table == "delivery":
                cells: dict[str, object] = dict.fromkeys(reference.columns)
            else:
                other = TABLES[reference.table]
                (target,) = bench.rows[other.name, YEAR if other.partitioned else None]
                cells = {
                    here: target.get(there)
                    for here, there in zip(reference.columns, reference.to, strict=True)
                }
            (row,) = bench.rows[table.name, year]
            bench.rows[table.name, year] = [{**row, **cells}]
    (log,) = bench.rows["session_participant", YEAR]
    bench.type_rows(
        "typed_session_log", [{"record_level": "participant", "_source": log["_source"]}]
    )
    (score,) = bench.rows["assessment_result", YEAR]
    bench.type_rows("typed_assessment", [{"_source": score["_source"]}])
    for table in PUBLISHED:
        typed = TABLES.get(f"typed_{table.name}")
        if typed is not None and "_source" in table.column_names:
            (row,) = bench.rows[table.name, YEAR if table.partitioned else None]
            counted = {"source_rows": 1} if "source_rows" in table.column_names else {}
            bench.rows[table.name, YEAR if table.partitioned else None] = [{**row, **counted}]
            bench.type_rows(typed.name, [{"_source": row["_source"]}])


def _plain(path: Path) -> bytes:
    """Return a file's own bytes and, uncompressed, every cell of it."""
    cells = pa.BufferOutputStream()
    pq.write_table(pq.read_table(path), cells, compression="none", use_dictionary=False)
    return path.read_bytes() + bytes(cells.getvalue())


def test_as_arrow_knows_its_columns() -> None:
    with pytest.raises(AssertionError):
        as_arrow(TABLES["student"], [{"no_such_column": 1}])
