"""Can a classifier tell two versions apart?

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests", International Conference on Learning
Representations; the area under the ROC curve (Fawcett 2006, "An introduction to ROC analysis", Pattern Recognition
Letters 27, 861–874) stands for their accuracy, as it needs no equally large versions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.distributions.pool import Pool, folds_of
from tasks.comparison.vectors.rows import Floats, Rows

RIDGE = 100.0
"""Penalty on the squares of the weights, for traits of variance 1: as much as a hundred rows have to say."""

DIGITS = 9
"""Decimals of a score: rows that are equal are to be tied, in whatever order a product was summed."""

IsNew = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Separability:
    """`auc`: how often the classifier ranks a new vector above an old one, neither of them seen before, in [0, 1].

    0.5: they cannot be told apart, 1: always. Clearly below 0.5: the same vectors under other ids. The mean over
    `folds`: those in which there is something to learn and something to ask. None where there is no such fold.
    """

    folds: int = 0
    auc: float | None = None


def separability(pool: Pool, folds: int) -> Separability:
    """Fisher's linear discriminant on coordinates and their squares: it sees moved means and other spreads.

    Folds are read off the id: a classifier is never asked about an id that it has seen in the other version.
    """
    traits = _traits(pool.together())
    is_new = np.repeat([False, True], [len(pool.old), len(pool.new)])
    fold = np.concatenate([folds_of(side.ids, folds) for side in (pool.old, pool.new)])
    products = _products(traits, is_new, fold, folds)
    found = []
    for asked in range(folds):
        rows = np.flatnonzero(fold == asked)
        known = products.sum(axis=0) - products[asked]
        if (known[:, -1, -1] > 0).all() and len(np.unique(is_new[rows])) == 2:
            found.append(auc(np.round(traits[rows] @ _discriminant(known), DIGITS), is_new[rows]))
    return Separability(len(found), float(np.mean(found)) if found else None)


def auc(scores: Floats, is_new: IsNew) -> float:
    """Area under the ROC curve by ranks (Mann & Whitney 1947); a tie is half a success."""
    from scipy.stats import rankdata

    new, old = int(is_new.sum()), int((~is_new).sum())
    return float((rankdata(scores)[is_new].sum() - new * (new + 1) / 2) / (new * old))


def _traits(points: Floats) -> Floats:
    """Coordinates and their squares, of variance 1 (0 where constant) about 0, and a one: (n, 2d + 1), float64."""
    traits = np.concatenate([points, np.square(points), np.ones((len(points), 1))], axis=1)
    if len(points):
        traits[:, :-1] -= traits[:, :-1].mean(axis=0)
        spread = traits[:, :-1].std(axis=0)
        traits[:, :-1] /= np.where(spread > 1e-9, spread, np.inf)
    return traits


def _products(traits: Floats, is_new: IsNew, fold: Rows, folds: int) -> Floats:
    """Σ t tᵀ of each fold and version, (folds, 2, D, D): what all folds but one sum up to is a subtraction away."""
    result = np.empty((folds, 2, traits.shape[1], traits.shape[1]))
    for number in range(folds):
        for version in (False, True):
            rows = traits[(fold == number) & (is_new == version)]
            result[number, int(version)] = rows.T @ rows
    return result


def _discriminant(products: Floats) -> Floats:
    """Weights (D,) of least squares on the label −1 or 1, both versions counting the same, the one not penalised.

    Its direction is the one of Fisher's discriminant (Hastie, Tibshirani & Friedman 2009, The Elements of
    Statistical Learning, exercise 4.2).
    """
    counts = products[:, -1, -1]
    old, new = (product / count * counts.sum() / 2 for product, count in zip(products, counts, strict=True))
    penalty = np.full(len(old), RIDGE)
    penalty[-1] = 0.0
    weights: Floats = np.linalg.solve(old + new + np.diag(penalty), new[:, -1] - old[:, -1])
    return weights
