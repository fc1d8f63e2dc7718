"""From weights of pairs to chances: per asking record over all its candidates and *nobody*.

Chances of a record and of nobody sum to one. Where both files have one row per child, a candidate
that another record fits better is less likely: the two-sided posterior lets every record know what
the others want, by belief propagation on the assignment.
"""

from dataclasses import dataclass

import numpy as np

_ROUNDS = 60
_DAMPING = 0.5
_CLOSE = 1e-9
_MOST = 300.0


@dataclass(frozen=True)
class Posterior:
    """Chances.

    Attributes:
        pairs: Of each pair: that it is one person.
        nobody: Of each asking record: that none of its candidates is.
    """

    pairs: np.ndarray
    nobody: np.ndarray


def one_sided(weights: np.ndarray, rows: np.ndarray, count: int, prior: float) -> Posterior:
    """Return the chances of candidates where several records may be one person.

    Args:
        weights: Natural logarithm of each pair's likelihood ratio.
        rows: The asking record of each pair, 0 to ``count`` - 1.
        count: Number of asking records.
        prior: Natural logarithm of the odds that a known person, rather than nobody, is meant.
    """
    odds = np.exp(np.minimum(weights + prior, _MOST))
    total = 1 + np.bincount(rows, odds, count)
    return Posterior(odds / total[rows], 1 / total)


def two_sided(
    weights: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    shape: tuple[int, int],
    prior: float,
) -> Posterior:
    """Return the chances where a person is meant by one record at most.

    Args:
        weights: As for `one_sided`.
        rows: As for `one_sided`.
        columns: The known person of each pair.
        shape: Number of asking records and of known people.
        prior: As for `one_sided`.
    """
    odds = np.exp(np.minimum(weights + prior, _MOST))
    to_row = np.ones(len(odds))  # how free the person is, as far as other records go
    for _ in range(_ROUNDS):
        wanted = odds * to_row
        others = np.bincount(rows, wanted, shape[0])[rows] - wanted
        to_column = odds / (1 + np.maximum(others, 0))
        rivals = np.bincount(columns, to_column, shape[1])[columns] - to_column
        free = 1 / (1 + np.maximum(rivals, 0))
        change = np.max(np.abs(free - to_row), initial=0.0)
        to_row = _DAMPING * to_row + (1 - _DAMPING) * free
        if change < _CLOSE:
            break
    wanted = odds * to_row
    total = 1 + np.bincount(rows, wanted, shape[0])
    return Posterior(wanted / total[rows], 1 / total)


def pairwise(weights: np.ndarray, prior: float) -> np.ndarray:
    """Return each pair's chance by itself; ``prior`` is the logarithm of a random pair's odds."""
    return 1 / (1 + np.exp(np.clip(-(weights + prior), -_MOST, _MOST)))
