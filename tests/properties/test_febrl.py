"""FEBRL's data sets, whose truth is known and enters nothing; `benchmarks.febrl` tells more.

Figures are printed: ``pytest -s tests/properties/test_febrl.py``.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.febrl import (
    AUTO,
    LIKELY,
    Figures,
    auto_figures,
    clustered_figures,
    linked_figures,
    people,
    read,
    sampled,
    true_pairs,
)
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.identity.linkage.clusters import deduplicate
from hit_pipeline.identity.linkage.linking import LinkOptions, link


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(EngineOptions(memory="1GB", threads=2)) as opened:
        yield opened


def set_4(engine: Engine, fields: str, share: float) -> tuple[Figures, Figures]:
    """Link set 4, or shares of both files drawn by lot: figures of likely and of sure links."""
    rng = np.random.default_rng(1)
    asked, known = (sampled(read(name, fields), rng, share) for name in ("4b", "4a"))
    found = link(engine, asked, known, options=LinkOptions(one_to_one=True))
    true = len(set(people(asked)) & set(people(known)))
    likely, sure = (linked_figures(found, true, least) for least in (LIKELY, AUTO))
    print(f"\n4 {fields} {share}: {likely}; auto {sure}")  # noqa: T201
    return likely, sure


def test_set_4_by_names_and_birth_date(engine: Engine) -> None:
    likely, sure = set_4(engine, "three", 1.0)
    assert likely.f1 >= 0.985
    assert sure.precision >= 0.999
    assert sure.recall >= 0.96


def test_set_4_by_names_and_birth_date_where_not_everybody_is_known(engine: Engine) -> None:
    likely, sure = set_4(engine, "three", 0.6)
    assert likely.f1 >= 0.965
    assert sure.precision >= 0.998


def test_set_4_by_all_fields_but_the_number(engine: Engine) -> None:
    likely, sure = set_4(engine, "all", 1.0)
    assert likely.f1 >= 0.999
    assert sure.wrong == 0


@pytest.mark.parametrize(("name", "least"), [("1", 0.998), ("3", 0.999)])
def test_duplicates_by_all_fields_but_the_number(engine: Engine, name: str, least: float) -> None:
    table = read(name, "all")
    found = deduplicate(engine, table)
    figures, sure = (of(found, true_pairs(table)) for of in (clustered_figures, auto_figures))
    print(f"\n{name} all: {figures}; auto {sure}")  # noqa: T201
    assert figures.f1 >= least
    assert sure.wrong == 0
