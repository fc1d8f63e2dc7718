"""splink's part: it joins the blocks, compares the pairs and trains, on the engine's connection.

splink's own term frequencies and match weights are not used: the frequencies here are smoothed, and
weights are put together with what brothers and sisters share (`weights`). Its weight of each level
is asked for all the same, because that is how a prediction tells which level a pair has.
"""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
from splink import Linker
from splink.backends.duckdb import DuckDBAPI

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.blocking import Blocks
from hit_pipeline.identity.linkage.levels import Comparison
from hit_pipeline.identity.linkage.model import Model

ASKED, KNOWN = "asked", "known"
UNCOMPARED = -1
"""Level of a comparison that one side does not allow."""

_LEAST_CHANCE = 1e-9
_APART = 1e-7


@dataclass(frozen=True)
class Pairs:
    """Compared pairs, in no particular order.

    Attributes:
        mine: ``unique_id`` of the asking statement.
        told: ``unique_id`` of the known statement.
        levels: Per comparison (columns) the level of each pair (rows): 0 is the best, `UNCOMPARED`
            where nothing can be said.
    """

    mine: np.ndarray
    told: np.ndarray
    levels: np.ndarray

    def __len__(self) -> int:
        return len(self.mine)

    def __getitem__(self, chosen: np.ndarray) -> "Pairs":
        return Pairs(self.mine[chosen], self.told[chosen], self.levels[chosen])


@dataclass
class Splink:
    """A splink linker over two sides, or over one.

    Attributes:
        alone: Whether one side is compared with itself.
    """

    engine: Engine
    blocks: Blocks
    comparisons: Sequence[Comparison]
    alone: bool
    _api: DuckDBAPI = field(init=False)

    def __post_init__(self) -> None:
        self._api = DuckDBAPI(self.engine.duckdb)
        mine = self._api.register(self.blocks.mine.get_name(), dataset_display_name=ASKED)
        told = (
            []
            if self.alone
            else [self._api.register(self.blocks.told.get_name(), dataset_display_name=KNOWN)]
        )
        self._sides = [mine, *told]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]

    def linker(self, model: Model, prior: float) -> Linker:
        """Return a linker with some parameters."""
        settings = {
            "link_type": "dedupe_only" if self.alone else "link_only",
            "unique_id_column_name": "unique_id",
            "probability_two_random_records_match": prior,
            "comparisons": [_comparison(one, model) for one in self.comparisons],
            "blocking_rules_to_generate_predictions": [
                {"blocking_rule": f"l.{key} = r.{key}", "sql_dialect": "duckdb"}
                for key in self.blocks.keys
            ],
            "retain_matching_columns": False,
            "retain_intermediate_calculation_columns": True,
        }
        with quiet():
            return Linker(self._sides, settings, log_level=None, validate_settings=False)

    def compare(self, model: Model, prior: float, least_weight: float | None) -> Pairs:
        """Compare all pairs of the blocks.

        Args:
            model: Parameters.
            prior: Chance that a pair drawn by lot is one person.
            least_weight: Pairs whose weight, prior included, is below are left out; None: none is.
        """
        if not self.blocks.keys or not self.comparisons:
            none = np.empty(0, "int64")
            return Pairs(none, none, np.empty((0, len(self.comparisons)), "int8"))
        with quiet():
            found = self.linker(model, prior).inference.predict(
                threshold_match_weight=least_weight, warning_mode="never"
            )
            table = _table(self.engine, found.physical_name)
            rows = self.engine.collect(self._chosen(table))
            found.drop_table_from_database_and_remove_from_cache()
        levels = np.empty((rows.num_rows, len(self.comparisons)), "int8")
        for at, one in enumerate(self.comparisons):
            weights = np.asarray([value for _, value in level_weights(one, model)])
            given = rows[f"mw_{one.name}"].to_numpy()
            levels[:, at] = _levels(given, weights)
        return Pairs(rows["mine"].to_numpy(), rows["told"].to_numpy(), levels)

    def _chosen(self, table: ir.Table) -> ir.Table:
        weights = [f"mw_{one.name}" for one in self.comparisons]
        if self.alone:
            return table.select(*weights, mine="unique_id_l", told="unique_id_r")
        left = table.source_dataset_l == ASKED
        return table.select(
            *weights,
            mine=left.ifelse(table.unique_id_l, table.unique_id_r),
            told=left.ifelse(table.unique_id_r, table.unique_id_l),
        )


def _table(engine: Engine, name: str) -> ir.Table:
    """Return a table that splink made as an expression."""
    table: ir.Table = engine.backend.table(name)
    return table


def level_weights(one: Comparison, model: Model) -> list[tuple[int, float]]:
    """Return each level's number and the weight splink gives it; all differ, none is zero."""
    pairs = zip(model.m[one.name], model.u[one.name], strict=True)
    weights: list[tuple[int, float]] = []
    for at, (m, u) in enumerate(pairs):
        weight = float(np.log2(max(m, _LEAST_CHANCE) / max(u, _LEAST_CHANCE)))
        while any(abs(weight - other) < _APART for _, other in (*weights, (UNCOMPARED, 0.0))):
            weight += 2 * _APART
        weights.append((at, weight))
    return weights


def _levels(given: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the level of each weight; zero is the weight of what was not compared."""
    every = np.append(weights, 0.0)
    order = np.argsort(every)
    between = (every[order][1:] + every[order][:-1]) / 2
    at = order[np.searchsorted(between, given)]
    return np.where(at == len(weights), UNCOMPARED, at).astype("int8")


def _comparison(one: Comparison, model: Model) -> dict[str, Any]:
    weights = dict(level_weights(one, model))
    unknown = {"sql_condition": one.unknown, "label_for_charts": "unknown", "is_null_level": True}
    levels = [
        {
            "sql_condition": level.sql,
            "label_for_charts": level.code,
            "m_probability": max(model.u[one.name][at], _LEAST_CHANCE) * 2 ** weights[at],
            "u_probability": max(model.u[one.name][at], _LEAST_CHANCE),
        }
        for at, level in enumerate(one.levels)
    ]
    return {"output_column_name": one.name, "comparison_levels": [unknown, *levels]}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep splink's remarks from the terminal, for a block."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
