"""De-duplication: the records of one file that are one person, by average link.

Two clusters are joined while the chances between all their records average at least one half; a
pair that was not compared counts as nothing. So one bridge between two people does not join them,
as connected components would.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.comparing import Compared, LinkOptions, compare, evidence
from hit_pipeline.identity.linkage.frequencies import frequencies
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.linkage.posterior import pairwise
from hit_pipeline.identity.linkage.prepared import Prepared, prepare
from hit_pipeline.identity.linkage.training import HELD, exact, refit, untied, with_siblings
from hit_pipeline.identity.linkage.weights import Scale, Weighed

TOGETHER = 0.5
"""Least average chance at which two clusters are one person, inclusive."""

_CUTS = (0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 0.99)
_MOST_MEMBERS = 2_000


@dataclass(frozen=True)
class Clustered:
    """What a de-duplication found.

    Attributes:
        clusters: One row per record: ``record``, ``cluster`` (its first record in alphabetical
            order), ``probability`` (average chance with the others of its cluster; null when it is
            alone).
        pairs: One row per pair that is kept: ``record, other, probability, pair_weight, evidence``.
        model: The parameters.
        compared: Number of pairs compared.
    """

    clusters: pa.Table
    pairs: pa.Table
    model: Model
    compared: int


@dataclass(frozen=True)
class _Judge:
    """The chances of pairs within one file.

    Attributes:
        asking: Number of records.
        begun: Share of known records to which few are held.
    """

    asking: int
    begun: float

    def chances(self, weighed: Weighed, model: Model) -> np.ndarray:
        """Return each pair's chance; ``known_share`` is the number of pairs per record."""
        others = max(self.asking - 1, 1)
        chance = min(2 * model.known_share / others, 0.5)
        return pairwise(weighed.total, np.log(chance / (1 - chance)))

    def __call__(self, weighed: Weighed, model: Model) -> tuple[np.ndarray, Model]:
        chances = self.chances(weighed, model)
        share = (chances.sum() + HELD * self.begun) / (self.asking + HELD)
        return chances, replace(model, known_share=float(share))


def deduplicate(
    engine: Engine,
    records: ir.Table | pa.Table,
    *,
    options: LinkOptions | None = None,
    model: Model | None = None,
) -> Clustered:
    """Find the records that are one person.

    Args:
        engine: Everything runs on it; nothing of it is kept afterwards.
        records: Descriptions (see `prepared`).
        options: How; ``one_to_one`` means nothing here.
        model: Parameters trained before; None: they are trained on these records.
    """
    options = options or LinkOptions()
    mine = prepare(engine, records)
    found = compare(engine, mine, None, options, model)
    fitted = found.begun
    if model is None:
        fitted = replace(fitted, known_share=_DUPLICATES)
    judge = _Judge(len(found.asking.names), fitted.known_share)
    if model is None:
        fitted = with_siblings(found.pairs, found.scale, fitted, judge)
    begun, scale = fitted, found.scale
    labels = np.arange(judge.asking)
    for counting in range(_COUNTINGS):
        if counting:
            scale, shared = _counted_anew(engine, mine, found, labels)
            if model is None:
                matches = 2 * fitted.known_share / max(judge.asking - 1, 1)
                begun = exact(untied(begun, found.drawn, min(matches, 0.5)), shared)
        fitted = refit(found.pairs, scale, begun, judge, levels=model is None).rounded()
        weighed = scale.weigh(found.pairs, fitted)
        chances = judge.chances(weighed, fitted)
        labels, within = average_link(judge.asking, found.mine, found.told, chances)
    engine.drop(mine.rows)
    kept = np.flatnonzero(chances >= options.keep)
    kept = kept[np.lexsort((found.told[kept], found.mine[kept]))]
    return Clustered(
        clusters=pa.table(
            {
                "record": found.asking.names,
                "cluster": found.asking.take(labels),
                "probability": pa.array(within, mask=np.isnan(within)),
            }
        ),
        pairs=pa.table(
            {
                "record": found.asking.take(found.mine[kept]),
                "other": found.asking.take(found.told[kept]),
                "probability": chances[kept],
                "pair_weight": weighed.total[kept] / np.log(2),
                "evidence": evidence(found.pairs.levels[kept], scale.comparisons),
            }
        ),
        model=fitted,
        compared=found.compared,
    )


_DUPLICATES = 0.2
_COUNTINGS = 2  # values are counted per record, then per person found


def _counted_anew(
    engine: Engine, mine: Prepared, found: Compared, labels: np.ndarray
) -> tuple[Scale, dict[str, float]]:
    """Return the scale with values counted once per cluster, not once per record.

    And the chance that two clusters share a value, per comparison with a frequency.
    """
    clusters = pa.table({"record": found.asking.names, "cluster": found.asking.take(labels)})
    named = engine.from_arrow(clusters)
    rows = mine.rows.join(named, "record").drop("record").rename(record="cluster")
    common, shared = frequencies(engine, rows, found.scale.comparisons)
    engine.drop(named)
    return replace(found.scale, common=common), shared


def average_link(
    count: int,
    left: np.ndarray,
    right: np.ndarray,
    chances: np.ndarray,
    apart: Collection[tuple[int, int]] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Cluster records by the average of their chances.

    Args:
        count: Number of records, 0 to ``count`` - 1.
        left: One record of each pair; no pair stands twice.
        right: The other.
        chances: Chance of each pair; that of pairs not listed is zero.
        apart: Pairs of records that are never in one cluster, whatever is between them.

    Returns:
        For each record the smallest of its cluster, and its average chance with the others of its
        cluster (not a number when it is alone).
    """
    labels = np.arange(count)
    within = np.full(count, np.nan)
    for members, matrix in _parts(count, left, right, chances):
        distances = (1 - _with_apart(matrix, members, apart))[np.triu_indices(len(members), 1)]
        found = fcluster(linkage(distances, "average"), 1 - TOGETHER + _TIE, "distance")
        for label in np.unique(found):
            here = np.flatnonzero(found == label)
            labels[members[here]] = members[here[0]]
            if len(here) > 1:
                block_ = matrix[np.ix_(here, here)]
                within[members[here]] = block_.sum(axis=1) / (len(here) - 1)
    return labels, within


_TIE = 1e-12
_NEVER = -1e6


def _with_apart(
    matrix: np.ndarray, members: np.ndarray, apart: Collection[tuple[int, int]]
) -> np.ndarray:
    """Return chances that no average makes good where two of the members are apart."""
    if not apart:
        return matrix
    place = {int(member): at for at, member in enumerate(members)}
    held = matrix.copy()
    for one, other in apart:
        if one in place and other in place:
            held[place[one], place[other]] = held[place[other], place[one]] = _NEVER
    return held


def _parts(
    count: int, left: np.ndarray, right: np.ndarray, chances: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the records that hang together above a low cut, and the chances between them.

    Where too many hang together, the cut is raised: a matrix of all their pairs would not fit.
    """
    waiting = [(np.arange(count), left, right, chances, 0)]
    while waiting:
        names, a, b, p, at = waiting.pop()
        linked = p >= _CUTS[at]
        a, b, p = a[linked], b[linked], p[linked]
        size = len(names)
        graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(size, size))
        _, part = connected_components(graph, directed=False)
        order = np.argsort(part, kind="stable")
        edges = np.argsort(part[a], kind="stable")
        starts = np.searchsorted(part[order], np.arange(part.max(initial=-1) + 2))
        edge_starts = np.searchsorted(part[a][edges], np.arange(part.max(initial=-1) + 2))
        for one in np.flatnonzero(np.diff(starts) > 1):
            members = order[starts[one] : starts[one + 1]]
            mine = edges[edge_starts[one] : edge_starts[one + 1]]
            place = np.searchsorted(members, np.stack([a[mine], b[mine]]))
            if len(members) > _MOST_MEMBERS and at + 1 < len(_CUTS):
                waiting.append((names[members], place[0], place[1], p[mine], at + 1))
                continue
            matrix = np.zeros((len(members), len(members)))
            matrix[place[0], place[1]] = p[mine]
            yield names[members], np.maximum(matrix, matrix.T)
