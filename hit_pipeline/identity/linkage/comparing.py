"""From two sides to weighed candidates: block, train, compare, keep the best of what was stated.

What linking and de-duplication share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.blocking import Blocks, allowed, block
from hit_pipeline.identity.linkage.frequencies import frequencies
from hit_pipeline.identity.linkage.levels import Comparison, in_play
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.linkage.prepared import Prepared
from hit_pipeline.identity.linkage.splinking import Pairs, Splink
from hit_pipeline.identity.linkage.training import LEAST_PAIRS, draw, exact, in_blocks, untied
from hit_pipeline.identity.linkage.weights import Scale

HOPELESS = -1.0
"""Logarithm of a likelihood ratio: at and below, elimination alone links nobody."""

_LEAST_WEIGHT = -14.0
_FEW_PAIRS = 1_000_000
_RELATED = 0.01


@dataclass(frozen=True)
class LinkOptions:
    """How to link.

    Attributes:
        one_to_one: The asking side has one record per person and the known side one per person:
            what one record wants, another can hardly have.
        keep: Least chance of a candidate that is kept, inclusive.
        most_pairs: Most pairs that are compared.
        seed: Seed of the draw that trains ``u``.
        fit: With a model given, its share of known people is fitted to the files. False: it holds,
            and a record's chances do not depend on who else is asked about.
    """

    one_to_one: bool = False
    keep: float = 0.02
    most_pairs: int = 8_000_000
    seed: int = 1
    fit: bool = True


@dataclass(frozen=True)
class Records:
    """The records behind statements.

    Attributes:
        names: Distinct records, in alphabetical order.
        of: For every ``unique_id``, the place of its record in ``names``.
    """

    names: pa.Array
    of: np.ndarray

    @classmethod
    def read(cls, engine: Engine, side: Prepared) -> "Records":
        """Read the records of a side."""
        ordered = side.rows.select("unique_id", "record").order_by("unique_id")
        encoded = engine.collect(ordered)["record"].combine_chunks().dictionary_encode()
        return cls(encoded.dictionary, encoded.indices.to_numpy())

    def take(self, places: np.ndarray) -> pa.Array:
        """Return the records at some places."""
        return self.names.take(pa.array(places))


@dataclass(frozen=True)
class Compared:
    """Candidates.

    Attributes:
        pairs: The best pair of statements of each two records, without the hopeless.
        mine: Of each pair, the place of the asking record.
        told: The place of the known one.
        asking: The asking records.
        people: The known ones; of a de-duplication the same.
        scale: What pairs are weighed with.
        begun: The parameters so far.
        drawn: Levels of pairs drawn by lot; empty when nothing was trained.
        compared: Number of pairs that were compared.
    """

    pairs: Pairs
    mine: np.ndarray
    told: np.ndarray
    asking: Records
    people: Records
    scale: Scale
    begun: Model
    drawn: Mapping[str, tuple[float, ...]]
    compared: int


def compare(
    engine: Engine,
    mine: Prepared,
    told: Prepared | None,
    options: LinkOptions,
    begun: Model | None,
) -> Compared:
    """Compare two sides, or one with itself.

    Args:
        engine: Everything runs on it.
        mine: The asking side.
        told: The known side; None: de-duplication.
        options: How.
        begun: Trained parameters; None: they are trained.
    """
    other = told or mine
    comparisons = in_play(mine.filled, other.filled)
    blocks = block(engine, mine, told, allowed(options.most_pairs, mine.records))
    common, shared = frequencies(engine, other.rows, comparisons)
    scale = Scale(comparisons, common, other.records)
    prior = min(0.5 / max(mine.records, other.records, 1), 0.5)
    model = (begun or Model.shipped(comparisons)).covering(comparisons)
    with Splink(engine, blocks, comparisons, alone=told is None) as splink:
        drawn: Mapping[str, tuple[float, ...]] = {}
        if begun is None and blocks.keys:
            drawn = draw(splink, model, prior, _space(mine, told), options.seed)
            model = exact(untied(model, drawn, prior), shared)
            if min(mine.records, other.records) >= LEAST_PAIRS:
                model = in_blocks(splink, model, prior)
            model = replace(model, trained=("u",) if drawn else ())
        least = _LEAST_WEIGHT if blocks.pairs > _FEW_PAIRS else None
        pairs = splink.compare(model, prior, least)
    engine.drop(*_distinct(blocks))
    asking = Records.read(engine, mine)
    people = asking if told is None else Records.read(engine, told)
    if told is None:
        pairs = pairs[asking.of[pairs.mine] != asking.of[pairs.told]]
    compared = len(pairs)
    weighed = scale.weigh(pairs, model)
    hopeful = (weighed.total > HOPELESS) | (weighed.related > _RELATED)
    best = strongest(pairs[hopeful], weighed.total[hopeful], asking.of, people.of)
    return Compared(
        pairs=best,
        mine=asking.of[best.mine],
        told=people.of[best.told],
        asking=asking,
        people=people,
        scale=scale,
        begun=model,
        drawn=drawn,
        compared=compared,
    )


def strongest(pairs: Pairs, weights: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> Pairs:
    """Return the best pair of statements of every record and person, in their order."""
    row, column = rows[pairs.mine], columns[pairs.told]
    order = np.lexsort((pairs.told, pairs.mine, -weights, column, row))
    row, column = row[order], column[order]
    first = np.ones(len(order), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return pairs[order[first]]


def evidence(levels: np.ndarray, comparisons: Sequence[Comparison]) -> pa.Array:
    """Return what agreed by which level, such as ``given=same family=near``; no values."""
    patterns, at = np.unique(levels, axis=0, return_inverse=True)
    texts = [
        " ".join(
            f"{one.name}={one.levels[level].code}"
            for one, level in zip(comparisons, pattern, strict=True)
            if level >= 0
        )
        for pattern in patterns
    ]
    return pa.array(texts, pa.string()).take(pa.array(at.ravel()))


def _space(mine: Prepared, told: Prepared | None) -> float:
    """Return the number of all pairs."""
    if told is None:
        return mine.statements * (mine.statements - 1) / 2
    return float(mine.statements) * told.statements


def _distinct(blocks: Blocks) -> list[ir.Table]:
    return list({one.get_name(): one for one in (blocks.mine, blocks.told)}.values())
