"""Two versions as clouds of points, whoever the points are. Information: the gate judges what is paired by id.

These are the statistics that drift tools show. They say whether the cloud as a whole has another place, width or
shape; they cannot see ids that were swapped. They are of one frame: a mere rotation moves every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tasks.comparison.distributions.divergences import Divergence, Projections, divergence, projections
from tasks.comparison.distributions.domain_classifier import Separability, separability
from tasks.comparison.distributions.kernel_test import Discrepancy, discrepancy
from tasks.comparison.distributions.parameters import DistributionParameters
from tasks.comparison.distributions.pool import Pool
from tasks.comparison.vectors.rows import Floats, blocks, directions
from warehouse.threads import one_thread
from warehouse.vectors import Matrix, Vectors


@dataclass(frozen=True, slots=True)
class MeanCosine:
    """`old`, `new`: the mean cosine of two different rows of a version, how much all point one way, in [−1, 1].

    (Ethayarajh 2019, "How contextual are contextualized word representations?", section 3.3, over all pairs.)
    `shift`: `new` − `old`. `of_means`: the cosine of the versions' mean vectors; noise where the means are small.
    None where there are no two rows, or no direction.
    """

    old: float | None = None
    new: float | None = None
    shift: float | None = None
    of_means: float | None = None

    @classmethod
    def of(cls, old: Matrix, new: Matrix) -> MeanCosine:
        """Of all rows of (m, d) and (n, d); zero rows have no direction and are left out."""
        before, after = _mean_cosine(old), _mean_cosine(new)
        shift = None if before is None or after is None else after - before
        return cls(before, after, shift, _cosine_of_means(old, new))


@dataclass(frozen=True, slots=True)
class Distribution:
    """`old_rows`, `new_rows`: how many rows of either were looked at, except for `mean_cosine`: that is of all.

    `norms`: of the lengths.
    """

    old_rows: int = 0
    new_rows: int = 0
    classifier: Separability = field(default_factory=Separability)
    discrepancy: Discrepancy = field(default_factory=Discrepancy)
    norms: Divergence = field(default_factory=Divergence)
    projections: Projections = field(default_factory=Projections)
    mean_cosine: MeanCosine = field(default_factory=MeanCosine)


def compare_distributions(old: Vectors, new: Vectors, parameters: DistributionParameters) -> Distribution:
    """All of them, in one frame and on the same sample of ids. ValueError where the dimensions differ."""
    with one_thread():
        pool = Pool.of(old, new, parameters.rows)
        return Distribution(
            old_rows=len(pool.old),
            new_rows=len(pool.new),
            classifier=separability(pool, parameters.folds),
            discrepancy=discrepancy(pool, parameters),
            norms=divergence(pool.old.norms, pool.new.norms, parameters.bins),
            projections=projections(
                pool.old.points, pool.new.points, parameters.projections, parameters.bins
            ),
            mean_cosine=MeanCosine.of(old.matrix, new.matrix),
        )


def _mean_cosine(matrix: Matrix) -> float | None:
    """‖Σ uᵢ‖² counts every pair of unit rows twice and each row with itself once."""
    total, rows = np.zeros(matrix.shape[1]), 0
    for block in blocks(len(matrix)):
        units = directions(matrix[block])
        total += units.sum(axis=0, dtype=np.float64)
        rows += int(units.any(axis=1).sum())
    if rows < 2:
        return None
    return float(np.clip((total @ total - rows) / (rows * (rows - 1)), -1.0, 1.0))


def _cosine_of_means(old: Matrix, new: Matrix) -> float | None:
    if not len(old) or not len(new):
        return None
    before, after = (_mean(matrix) for matrix in (old, new))
    scale = float(np.linalg.norm(before) * np.linalg.norm(after))
    return float(np.clip(before @ after / scale, -1.0, 1.0)) if scale else None


def _mean(matrix: Matrix) -> Floats:
    mean: Floats = matrix.mean(axis=0, dtype=np.float64)
    return mean
