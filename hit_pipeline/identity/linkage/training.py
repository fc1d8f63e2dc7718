"""Unsupervised training: what the files themselves tell about levels. No truth enters.

``u`` is counted by splink on pairs drawn by lot (with a seed), minus the share of them that are one
person; where all known values are counted, the chance that two people share one is exact. ``m``
begins with splink's expectation maximisation inside blocks and is then refitted on all candidates
with the posteriors they have against each other. Every estimate is held to the value before it as
if that were worth `HELD` observations, so that few pairs change little; below `LEAST_PAIRS`
expected pairs of one person, the shipped values of ``m`` stay. What was trained is told by
`Model.trained`.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from splink.internals.exceptions import SplinkException

from hit_pipeline.identity.linkage.levels import Comparison
from hit_pipeline.identity.linkage.model import Model, blended
from hit_pipeline.identity.linkage.splinking import Pairs, Splink, quiet
from hit_pipeline.identity.linkage.weights import Scale, Weighed

HELD = 20.0
LEAST_PAIRS = 100
LEAST_DRAWN = 10_000

_DRAWN = 500_000
_LEAST_SHARE = 0.1
_IN_BLOCKS = 300_000
_ROUNDS = 12
_CLOSE = 1e-4
_UNSEEN = 1.0
_MOST_SIBLINGS = 3.0
_ALL_SHARE = 0.999
"""Greatest chance that two people share a value, where a small file knows but one."""
_LEAST_LEFT = 2
_BLOCKS = (
    ("birth", {"birth"}, "l.born = r.born"),
    ("given", {"given", "family", "middle"}, "l.given = r.given AND l.last = r.last"),
)
"""Comparison that must be in play, what the block holds equal, and its rule."""


def untied(model: Model, drawn: Mapping[str, tuple[float, ...]], matches: float) -> Model:
    """Return a model with the drawn ``u``, less the share of pairs that are one person.

    A level that was drawn so rarely that nothing is left keeps a tenth of what was drawn; one that
    was never drawn keeps its shipped value, at most what could have been missed.
    """
    u = dict(model.u)
    for name, seen in drawn.items():
        left = (np.asarray(seen) - matches * np.asarray(model.m[name])) / (1 - matches)
        u[name] = tuple(np.maximum(left, _LEAST_SHARE * np.asarray(seen)))
    return replace(model, u=u)


def draw(
    splink: Splink, model: Model, prior: float, pairs: float, seed: int
) -> dict[str, tuple[float, ...]]:
    """Return per comparison how often pairs drawn by lot fall into each level.

    Comparisons with too few pairs to draw from are left out.
    """
    if pairs < LEAST_DRAWN:
        return {}
    linker = splink.linker(model, prior)
    with quiet():
        linker.training.estimate_u_using_random_sampling(
            max_pairs=_DRAWN - 1, seed=seed, min_count_per_level=None, num_chunks=1
        )
        trained = linker.misc.save_model_to_json()
    drawn = min(_DRAWN, pairs)
    return {
        one.name: _held(levels, "u_probability", model.u[one.name], 1 / drawn)
        for one, levels in _by_comparison(splink.comparisons, trained)
    }


def in_blocks(splink: Splink, model: Model, prior: float) -> Model:
    """Return a model whose ``m`` splink has trained in blocks of one birth date or one name.

    Only comparisons that the block does not hold equal are trained by it; a block trains nothing
    where it leaves fewer than two, for then any split into one person and two people fits, or where
    all its pairs turn out to be one person, for then splink divides by nothing.
    """
    names = {one.name for one in splink.comparisons}
    linker = splink.linker(model, prior)
    for name, held_equal, rule in _BLOCKS:
        if name not in names or len(names - held_equal) < _LEAST_LEFT:
            continue
        with quiet(), contextlib.suppress(SplinkException):
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule,
                estimate_without_term_frequencies=True,
                max_pairs=_IN_BLOCKS,
                record_sample_proportion=0.05,
            )
    with quiet():
        held = linker.misc.save_model_to_json()
    m = dict(model.m)
    for one, levels in _by_comparison(splink.comparisons, held):
        seen = np.asarray(_held(levels, "m_probability", model.m[one.name], 0.0))
        m[one.name] = blended(seen * LEAST_PAIRS, model.m[one.name], HELD)
    return replace(model, m=m)


class Judge(Protocol):
    """Turns weights into the chance of each pair."""

    @property
    def asking(self) -> int:
        """The number of asking records."""

    def __call__(self, weighed: Weighed, model: Model) -> tuple[np.ndarray, Model]:
        """Return the chances, and the model with the share of known people stated anew."""


def exact(model: Model, shared: Mapping[str, float]) -> Model:
    """Return a model whose first levels have the chance that two people share a value."""
    u = dict(model.u)
    for name, chance in shared.items():
        rest, first = np.asarray(u[name][1:]), min(chance, _ALL_SHARE)
        u[name] = (first, *(rest * ((1 - first) / rest.sum())))
    return replace(model, u=u)


def refit(pairs: Pairs, scale: Scale, model: Model, judge: Judge, *, levels: bool) -> Model:
    """Return a model refitted on candidates: ``m``, the share of known people, siblings.

    Args:
        pairs: Candidates, best statement of each record and person.
        scale: What they are weighed with.
        model: What to begin with, and what few pairs are held to.
        judge: The posterior.
        levels: Whether ``m`` is refitted too.
    """
    begun = model
    for _ in range(_ROUNDS):
        weighed = scale.weigh(pairs, model)
        before = model.known_share
        chances, model = judge(weighed, model)
        if abs(model.known_share - before) < _CLOSE:
            break
        if not levels or chances.sum() < LEAST_PAIRS:
            continue
        m = {}
        for at, one in enumerate(scale.comparisons):
            counted = chances * weighed.settled if one.group == "address" else chances
            level = pairs.levels[:, at]
            seen = np.bincount(level[level >= 0], counted[level >= 0], len(one.levels))
            m[one.name] = blended(seen, begun.m[one.name], HELD)
        model = replace(model, m=m, trained=tuple(sorted({*model.trained, "m"})))
    return model


def with_siblings(pairs: Pairs, scale: Scale, model: Model, judge: Judge) -> Model:
    """Return a model that knows how many children of its family a record has among the known.

    They show in pairs that share address, telephone or e-mail and are two people all the same;
    where none of these is compared, the model's number stays. Few records cannot show that there
    are none: one more than is seen is assumed, after Laplace.
    """
    if not {one.group for one in scale.comparisons} & {"address", "household"}:
        return model
    for _ in range(_ROUNDS):
        weighed = scale.weigh(pairs, model)
        chances, _ = judge(weighed, model)
        seen = float(((1 - chances) * weighed.related).sum())
        found = (seen + min(_UNSEEN, model.siblings * judge.asking)) / max(judge.asking, 1)
        model = replace(model, siblings=min(found, _MOST_SIBLINGS))
    return model


def _by_comparison(
    comparisons: Sequence[Comparison], trained: dict[str, Any]
) -> list[tuple[Comparison, list[dict[str, Any]]]]:
    held = {one["output_column_name"]: one["comparison_levels"] for one in trained["comparisons"]}
    return [
        (one, [level for level in held[one.name] if not level.get("is_null_level")])
        for one in comparisons
    ]


def _held(
    levels: list[dict[str, Any]], key: str, before: Sequence[float], most: float
) -> tuple[float, ...]:
    """Return the trained chances; where a level was not seen, the one before, at most ``most``."""
    return tuple(
        level[key]
        if isinstance(level.get(key), float) and level[key] > 0
        else (min(value, most) if most else value)
        for level, value in zip(levels, before, strict=True)
    )
