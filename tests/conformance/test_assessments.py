"""MAP Growth and i-Ready beside what an independent mapping makes of the same files.

The other mapping writes Ed-Fi student assessments. Every student, date, score and level of it must
be among our typed scores of that student and date: scores of the whole test, those of objectives
under the objective, and what Ed-Fi counts as a score though it says which test it was.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest

from hit_pipeline.conform.typing import type_feed
from hit_pipeline.engine import Engine
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.contract_files import load_contract
from hit_pipeline.sources.delimited import Dialect, read_delimited
from hit_pipeline.sources.headers import match
from hit_pipeline.sources.text_rows import Unread
from tests.conformance.peer_assessments import IREADY, MAP_GROWTH, Row, missing, peers


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def typed_scores(
    engine: Engine, path: Path, contract: str, file: str, workspace: Path
) -> list[Row]:
    """Read and type a sample; every row must be taken and every header known."""
    spec = load_contract(contract, workspace).files[file]
    given = Unread(path, contract, file, path.name, workspace, Thresholds())
    text = read_delimited(engine, given, Dialect())
    assert text.rows is not None
    assert text.malformed is None
    assert text.count == len(path.read_text(encoding="utf-8-sig").splitlines()) - 1
    matched = match(text.names, spec.columns, file)
    assert (matched.extra, matched.missing_required) == ((), ())
    renamed = {own: text.rows[name] for own, name in zip(matched.columns, text.names, strict=True)}
    texts = {"_source": contract, "_delivery_id": "d1", "_file": file}
    landed = text.rows.select(**renamed).mutate(
        _row=ibis.row_number() + 1, **{name: ibis.literal(one) for name, one in texts.items()}
    )
    (feed,) = spec.feeds
    made = type_feed(landed, feed, zone="America/Chicago")
    assert engine.scalar(made.bad.count()) == 0
    assert engine.scalar(made.left_out.count()) == 0
    assert engine.scalar(made.notes.count()) == 0
    rows: list[Row] = engine.collect(made.good).to_pylist()
    assert {row["_row"] for row in rows} == set(range(1, text.count + 1))
    return rows


def test_every_map_growth_result_of_the_other_mapping_is_found(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / MAP_GROWTH.sample, "map_growth", "tests", tmp_path)
    for row in rows:  # the other mapping cuts names of objectives
        row["objective"] = row["objective"] and row["objective"][:60]
    others = peers(samples, "MAP_Growth")
    assert len(others) == len({row["_row"] for row in rows})
    assert missing(rows, "student_id_state", MAP_GROWTH, others) == []
    assert all(row["student_id_district"] != row["student_id_state"] for row in rows)
    assert years(rows) == peer_years(others)


def test_every_iready_result_of_the_other_mapping_is_found(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / IREADY.sample, "iready", "math", tmp_path)
    others = peers(samples, "i-Ready_math")
    assert len(others) == len({row["_row"] for row in rows})
    for id_column in ("student_id_district", "student_id_state"):
        assert missing(rows, id_column, IREADY, others) == []
    assert {row["subject"] for row in rows} == {"math"}
    assert years(rows) == peer_years(others)


def test_a_result_that_is_not_among_ours_is_told(
    samples: Path, tmp_path: Path, engine: Engine
) -> None:
    rows = typed_scores(engine, samples / IREADY.sample, "iready", "math", tmp_path)
    others = peers(samples, "i-Ready_math")
    less = [row for row in rows if row["score_kind"] != "grouping"]
    told = missing(less, "student_id_state", IREADY, others)
    assert told == [f"assessment {number}: grouping" for number in range(1, len(others) + 1)]
    less = [row for row in rows if row["objective"] != "Geometry"]
    assert len(missing(less, "student_id_state", IREADY, others)) == 3 * len(others)


def years(rows: list[Row]) -> set[str]:
    """Return the calendar years in which the school years of our rows end."""
    return {row["school_year"][-4:] for row in rows}


def peer_years(others: list[dict[str, Any]]) -> set[str]:
    return {str(one["schoolYearTypeReference"]["schoolYear"]) for one in others}
