"""Linking: who of the known an asking record is, with a chance for each and one for nobody."""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.comparing import (
    Compared,
    LinkOptions,
    Records,
    compare,
    evidence,
)
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.linkage.posterior import Posterior, one_sided, two_sided
from hit_pipeline.identity.linkage.prepared import prepare
from hit_pipeline.identity.linkage.training import HELD, refit, with_siblings
from hit_pipeline.identity.linkage.weights import Weighed

__all__ = ["LinkOptions", "Linked", "link"]


@dataclass(frozen=True)
class Linked:
    """What a linkage found.

    Attributes:
        candidates: One row per asking record and candidate that is kept: ``record, person, rank``
            (1 best), ``probability``, ``pair_weight`` (logarithm to base 2 of how much likelier
            the two say this of one person than of two), ``evidence`` (codes, no values).
        nobody: One row per asking record: ``record, probability`` that it is none of the known
            that were compared.
        model: The parameters.
        pairs: Number of pairs compared.
    """

    candidates: pa.Table
    nobody: pa.Table
    model: Model
    pairs: int


_MOST_SHARE = 0.995


@dataclass(frozen=True)
class _Judge:
    """The posterior of candidates.

    Attributes:
        rows: Asking record of each pair.
        shape: Number of asking records and of known people.
        one_to_one: See `LinkOptions`.
        wanted: Of each pair, the place of what only one record can have: the known person, as far
            as one group of asking records goes. None: several records may be one person.
        begun: Share of known people to which few records are held.
    """

    rows: np.ndarray
    shape: tuple[int, int]
    one_to_one: bool
    wanted: np.ndarray | None
    begun: float

    @classmethod
    def of(cls, found: Compared, *, one_to_one: bool, groups: pa.Table | None) -> "_Judge":
        """Return the judge of some candidates."""
        shape = (len(found.asking.names), len(found.people.names))
        wanted = found.told if one_to_one else None
        if groups is not None and not one_to_one:
            of_group = _group_of(found.asking, groups)[found.mine] * shape[1] + found.told
            wanted = np.unique(of_group, return_inverse=True)[1]
        return cls(found.mine, shape, one_to_one, wanted, found.begun.known_share)

    @property
    def asking(self) -> int:
        """The number of asking records."""
        return self.shape[0]

    def posterior(self, weighed: Weighed, model: Model) -> Posterior:
        asking, known = (max(count, 1) for count in self.shape)
        if self.one_to_one:
            matches = model.known_share * min(asking, known)
            odds = matches / ((asking - matches) * (known - matches))
        else:
            odds = model.known_share / (1 - model.known_share) / known
        if self.wanted is None:
            return one_sided(weighed.total, self.rows, self.asking, np.log(odds))
        return two_sided(weighed.total, self.rows, self.wanted, self.shape, np.log(odds))

    def __call__(self, weighed: Weighed, model: Model) -> tuple[np.ndarray, Model]:
        chances = self.posterior(weighed, model).pairs
        most = min(self.shape) if self.one_to_one else self.shape[0]
        share = (chances.sum() + HELD * self.begun) / (most + HELD)
        return chances, replace(model, known_share=min(share, _MOST_SHARE))


def link(
    engine: Engine,
    asked: ir.Table | pa.Table,
    known: ir.Table | pa.Table,
    *,
    options: LinkOptions | None = None,
    model: Model | None = None,
    groups: pa.Table | None = None,
) -> Linked:
    """Find who of the known the asking records are.

    Args:
        engine: Everything runs on it; nothing of it is kept afterwards.
        asked: Descriptions (see `prepared`).
        known: Descriptions; ``record`` is the person, and several rows of one person are several
            statements about it, of which the best counts.
        options: How.
        model: Parameters trained before; None: they are trained on these files.
        groups: ``record, group``: of the asking records of one group only one can be a known
            person, though not of all; a record without a group goes by itself.
    """
    options = options or LinkOptions()
    mine, told = prepare(engine, asked), prepare(engine, known)
    found = compare(engine, mine, told, options, model)
    engine.drop(mine.rows, told.rows)
    judge = _Judge.of(found, one_to_one=options.one_to_one, groups=groups)
    fitted = found.begun
    if model is None:
        fitted = with_siblings(found.pairs, found.scale, fitted, judge)
    if model is None or options.fit:
        fitted = refit(found.pairs, found.scale, fitted, judge, levels=model is None).rounded()
    weighed = found.scale.weigh(found.pairs, fitted)
    posterior = judge.posterior(weighed, fitted)
    kept = np.flatnonzero(posterior.pairs >= options.keep)
    kept = kept[np.lexsort((found.told[kept], -posterior.pairs[kept], found.mine[kept]))]
    candidates = pa.table(
        {
            "record": found.asking.take(found.mine[kept]),
            "person": found.people.take(found.told[kept]),
            "rank": _ranks(found.mine[kept]),
            "probability": posterior.pairs[kept],
            "pair_weight": weighed.total[kept] / np.log(2),
            "evidence": evidence(found.pairs.levels[kept], found.scale.comparisons),
        }
    )
    nobody = pa.table({"record": found.asking.names, "probability": posterior.nobody})
    return Linked(candidates, nobody, fitted, found.compared)


def _group_of(asking: Records, groups: pa.Table) -> np.ndarray:
    """Return the number of each asking record's group; without one it is a group by itself."""
    at = pc.index_in(asking.names, groups["record"].combine_chunks())
    named = pc.dictionary_encode(groups["group"].combine_chunks()).indices.take(at)
    alone = pa.array(np.arange(len(asking.names)) + groups.num_rows)
    found: np.ndarray = pc.coalesce(named.cast(pa.int64()), alone).to_numpy()
    return found


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Return the place of each row among those of its record; rows of one stand together."""
    starts = np.ones(len(rows), bool)
    starts[1:] = rows[1:] != rows[:-1]
    at = np.flatnonzero(starts)
    return np.arange(len(rows)) - np.repeat(at, np.diff(np.append(at, len(rows)))) + 1
