"""What changed between two releases, held against plain Python on random tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.errors import NotFound
from hit_pipeline.lake import Lake, digest
from hit_pipeline.release.catalog import Release
from hit_pipeline.release.diff import TableDiff, between, diff
from tests.unit.release.bench import Bench, students

Years = Mapping[str, pa.Table]
TEXT = pa.string()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def release(folder: Path, **tables: Years) -> Release:
    """Write a release of the restricted tier by hand."""
    files = []
    for table, years in tables.items():
        for year, rows in years.items():
            place = folder / "restricted" / table / f"school_year={year}" / "part-0.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, place)
            told = {"path": str(place.relative_to(folder)), "sha256": digest(place)}
            files.append({**told, "tier": "restricted", "table": table, "rows": rows.num_rows})
    return Release(folder, {"files": files})


def course(rows: Mapping[tuple[str | None, str | None], Any], row: int = 1) -> pa.Table:
    """Return rows of `course`, whose key has two columns, by key."""
    return pa.table(
        {
            "source": pa.array([key[0] for key in rows], TEXT),
            "course_id": pa.array([key[1] for key in rows], TEXT),
            "title": pa.array(list(rows.values()), TEXT),
            "_row": pa.array([row] * len(rows), pa.int64()),
        }
    )


def in_year(rows: pa.Table, year: str) -> pa.Table:
    """Return the rows with the school year they are of, as tables with partitions say it."""
    return rows.append_column("school_year", pa.array([year] * len(rows), TEXT))


WORDS = st.sampled_from([None, "", "a", "b", "|", "a|b", "-", "+", "null"])
ROWS = st.dictionaries(st.tuples(WORDS, WORDS), WORDS, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(old=ROWS, new=ROWS)
def test_counts_are_those_of_plain_python(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    old: dict[tuple[str | None, str | None], str | None],
    new: dict[tuple[str | None, str | None], str | None],
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    before = release(folder / "old", course={"all": course(old)})
    after = release(folder / "new", course={"all": course(new, row=2)})
    shared = old.keys() & new.keys()
    same = sum(old[key] == new[key] for key in shared)
    assert list(between(engine, before, after)) == [
        TableDiff(
            "course", len(new) - len(shared), len(old) - len(shared), len(shared) - same, same
        )
    ]


def test_rows_of_files_that_are_equal_count_as_the_same_unread(
    engine: Engine, tmp_path: Path
) -> None:
    rows = course({("a", "1"): "x", ("a", "2"): "y"})
    later = course({("a", "3"): "z", ("a", "4"): "z"})
    before = release(tmp_path / "old", course={"2025-26": rows, "2026-27": later})
    after = release(tmp_path / "new", course={"2025-26": rows, "2026-27": later.slice(1)})
    (tmp_path / "new" / "restricted" / "course" / "school_year=2025-26" / "part-0.parquet").unlink()
    assert list(between(engine, before, after)) == [TableDiff("course", 0, 1, 0, 3)]


def test_a_row_that_moved_to_another_school_year_was_changed_not_added_and_removed(
    engine: Engine, tmp_path: Path
) -> None:
    one, other = course({("a", "1"): "x"}), course({("a", "2"): "y"})
    stayed, moved = in_year(one, "2025-26"), in_year(other, "2025-26")
    later = in_year(other, "2026-27")
    both = pa.concat_tables([stayed, moved])
    before = release(tmp_path / "old", course={"2025-26": both, "2026-27": later.slice(1)})
    after = release(tmp_path / "new", course={"2025-26": stayed, "2026-27": later})
    assert list(between(engine, before, after)) == [TableDiff("course", 0, 0, 1, 1)]


def test_columns_that_came_went_or_changed_type_are_named(engine: Engine, tmp_path: Path) -> None:
    rows = course({("a", "1"): "7"})
    other = rows.drop_columns(["title"]).append_column("title", pa.array([7], pa.int64()))
    before = release(tmp_path / "old", course={"all": rows.append_column("gone", rows["title"])})
    after = release(tmp_path / "new", course={"all": other.append_column("come", rows["title"])})
    (found,) = between(engine, before, after)
    assert (found.columns_added, found.columns_removed) == (("come",), ("gone",))
    assert found.columns_retyped == ("title",)
    assert (found.changed, found.same) == (1, 0)


def test_without_the_whole_key_everything_is_new(engine: Engine, tmp_path: Path) -> None:
    rows = course({("a", "1"): "x", ("b", "1"): "x"})
    before = release(tmp_path / "old", course={"all": rows.drop_columns(["source"])})
    after = release(tmp_path / "new", course={"all": rows})
    assert list(between(engine, before, after)) == [
        TableDiff("course", 2, 2, 0, 0, columns_added=("source",))
    ]


def test_tables_of_one_release_only_are_all_added_or_all_removed(
    engine: Engine, tmp_path: Path
) -> None:
    rows = course({("a", "1"): "x"})
    before = release(tmp_path / "old", course={"all": rows}, forgotten={"all": rows})
    after = release(tmp_path / "new", course={"all": rows}, term={"all": rows})
    assert list(between(engine, before, after)) == [
        TableDiff("term", 1, 0, 0, 0),
        TableDiff("course", 0, 0, 0, 1),
        TableDiff("forgotten", 0, 1, 0, 0),
    ]


def test_releases_of_a_lake_are_compared_by_name(published: Bench, engine: Engine) -> None:
    first = published.lake.releases / "current"
    name = first.read_text().strip()
    published.rows["student", None] = [{**students()[0], "grade_current": "06"}, *students()[2:]]
    published.deliver("2", 0)
    published.build()
    assert published.publish() is not None
    found = {one.table: one for one in diff(engine, published.lake, name, "current")}
    assert found["student"] == TableDiff("student", 0, 1, 1, 3)
    assert found["session"] == TableDiff("session", 0, 0, 0, 8)
    assert found["student"].as_json()["changed"] == 1
    lake = Lake(published.root / "lake")
    with pytest.raises(NotFound):
        diff(engine, lake, name, "2020-01-01T0000Z-0000")
