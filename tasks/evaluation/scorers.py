"""How a space is scored: bird vectors, or profiles of the birds' histories, against flit vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evaluation.last_touches import LastTouches, find
from tasks.evaluation.protocol import ProfileParameters, Split
from warehouse.parts import Parts
from warehouse.vectors import Ids, Matrix, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class DotProduct:
    """bird · candidate. Birds and candidates without a vector score −inf: they are never recommended.

    `targets`: (candidates, d), rows of `missing` candidates are not read.
    """

    birds: Vectors
    targets: Matrix
    missing: NDArray[np.bool_]

    def score(self, birds: Ids) -> Matrix:
        rows = self.birds.rows(birds)
        scores = np.full((len(birds), len(self.targets)), -np.inf, dtype=np.float32)
        known = np.flatnonzero(rows >= 0)
        scores[known] = self.birds.matrix[rows[known]] @ self.targets.T
        scores[:, self.missing] = -np.inf
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class BestPart:
    """The largest of part · candidate over a bird's parts: a flit of one interest need not suit the others.

    Birds and candidates without a vector score −inf. `targets` and `missing` as in `DotProduct`.
    """

    parts: Parts
    targets: Matrix
    missing: NDArray[np.bool_]

    def score(self, birds: Ids) -> Matrix:
        scores = np.full((len(birds), len(self.targets)), -np.inf, dtype=np.float32)
        for row, bird in enumerate(birds):
            own = self.parts.of(bird)
            if len(own):
                scores[row] = (own.matrix @ self.targets.T).max(axis=0)
        scores[:, self.missing] = -np.inf
        return scores


def parts_scorer(split: Split, parts: Parts, flits: Vectors) -> BestPart:
    """Score birds of several vectors by the best of them. ValueError where dimensions differ."""
    by_mean = bird_scorer(split, parts.summary(), flits)
    return BestPart(parts, by_mean.targets, by_mean.missing)


def bird_scorer(split: Split, birds: Vectors, flits: Vectors, output: Matrix | None = None) -> DotProduct:
    """Score by bird vector · flit vector, or by the flits' `output` side, (n, d), where the space has one.

    For a cosine pass vectors of unit length. ValueError where dimensions differ.
    """
    target = flits.matrix if output is None else output
    if target.shape[0] != len(flits):
        raise ValueError(f"{target.shape[0]} output rows for {len(flits)} flits")
    if birds.dim != target.shape[1]:
        raise ValueError(
            f"birds have {birds.dim} dimensions, flits {target.shape[1]}: they are of different spaces"
        )
    rows = flits.rows(split.candidates)
    gathered = np.zeros((len(rows), target.shape[1]), dtype=np.float32)
    gathered[rows >= 0] = target[rows[rows >= 0]]
    return DotProduct(birds, gathered, rows < 0)


def profile_scorer(
    split: Split, flits: Vectors, parameters: ProfileParameters, output: Matrix | None = None
) -> DotProduct:
    """Score a space that has flits only: a bird is its history's profile (see `ProfileParameters`)."""
    return bird_scorer(split, profiles(split, flits, parameters), flits, output)


def profiles(split: Split, flits: Vectors, parameters: ProfileParameters) -> Vectors:
    """A vector for each scored bird that has a vector of any flit in its history; the others are left out."""
    touches = LastTouches.of(split)
    if not len(touches.birds) or not len(flits):
        return Vectors.empty(flits.dim)
    place = find(touches.flits, flits.ids)
    weight = _weights(touches, parameters) * (place[touches.flit] >= 0)
    rows = find(split.birds, touches.birds)
    of_birds = touches.matrix(weight)[rows[rows >= 0]]
    total = of_birds.sum(axis=1)
    known = np.flatnonzero(total > 0)
    sums = of_birds[known] @ flits.matrix[np.maximum(place, 0)]
    ids = split.birds[rows >= 0][known]
    return Vectors(ids, (sums / total[known, None]).astype(np.float32))


def _weights(touches: LastTouches, parameters: ProfileParameters) -> NDArray[np.float64]:
    """Shape (touches,)."""
    if parameters.decay == "time":
        weight = touches.fading(parameters.half_life)
    else:
        weight = parameters.factor ** touches.step.astype(np.float64)
    return weight if parameters.last is None else weight * (touches.step < parameters.last)
