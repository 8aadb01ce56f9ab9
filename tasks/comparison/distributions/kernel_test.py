"""Maximum mean discrepancy of two samples, with a permutation test, in time linear in the rows.

Gretton et al. 2012, "A kernel two-sample test", Journal of Machine Learning Research 13, 723–773; the kernel is
exp(−‖x − y‖² / 2σ²), replaced by the inner product of random Fourier features (Rahimi & Recht 2007, "Random features
for large-scale kernel machines", Advances in Neural Information Processing Systems 20): no matrix of all pairs is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.distributions.parameters import DistributionParameters
from tasks.comparison.distributions.pool import Pool
from tasks.comparison.vectors.rows import Floats, blocks
from warehouse.vectors import Matrix

BANDWIDTH_ROWS = 500
"""Rows of either sample whose distances give the bandwidth."""

SHUFFLES = 50
"""Permutations counted at a time: 4 MB at 20 000 rows."""

ROUNDING = 1e-9
"""Discrepancies nearer than this are the same: float32 sums of features at most 1 are no finer."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """`mmd_squared`: unbiased estimate, about 0 without a change and at most 2; it may be slightly negative.

    `p_value`: share of the permutations, the observed one among them, whose discrepancy is at least as large, in
    [1 / (permutations + 1), 1]. Ids that stand in both versions make two samples more alike than permuted ones
    are: it errs on the side of no change. `bandwidth`: σ, in units of the root mean square length. None where a
    version has fewer than two rows.
    """

    mmd_squared: float | None = None
    p_value: float | None = None
    bandwidth: float | None = None


def discrepancy(pool: Pool, parameters: DistributionParameters) -> Discrepancy:
    """MMD² of the old and the new sample and how often chance gives as much."""
    if min(len(pool.old), len(pool.new)) < 2:
        return Discrepancy()
    random = np.random.default_rng(parameters.seed)
    bandwidth = median_distance(pool)
    features = fourier_features(pool.together(), bandwidth, parameters.frequencies, random)
    m, n = len(pool.old), len(pool.new)
    sums = _Sums.of(features, m)
    observed = sums.mmd_squared(features[:m].sum(axis=0, dtype=np.float64)[None])[0]
    permuted = np.concatenate(
        [
            sums.mmd_squared((chosen @ features).astype(np.float64))
            for chosen in _shuffles((m, n), parameters.permutations, random)
        ]
    )
    exceeding = int((permuted >= observed - ROUNDING).sum())
    return Discrepancy(float(observed), (1 + exceeding) / (1 + parameters.permutations), bandwidth)


def median_distance(pool: Pool) -> float:
    """The median distance of two of the first rows that differ (Gretton et al. 2012, section 8); 1 where none do."""
    from scipy.spatial.distance import pdist

    some = np.concatenate([pool.old.points[:BANDWIDTH_ROWS], pool.new.points[:BANDWIDTH_ROWS]])
    distances = pdist(some)
    distances = distances[distances > ROUNDING]
    return float(np.median(distances)) if len(distances) else 1.0


def fourier_features(
    points: Floats, bandwidth: float, frequencies: int, random: np.random.Generator
) -> Matrix:
    """(n, 2 · frequencies) float32, rows of unit length: cosines and sines of normally distributed projections."""
    waves = (random.standard_normal((points.shape[1], frequencies)) / bandwidth).astype(np.float32)
    result = np.empty((len(points), 2 * frequencies), dtype=np.float32)
    for block in blocks(len(points)):
        phase = points[block].astype(np.float32) @ waves
        np.cos(phase, out=result[block, :frequencies])
        np.sin(phase, out=result[block, frequencies:])
    result /= np.float32(np.sqrt(frequencies))
    return result


def _shuffles(
    sizes: tuple[int, int], count: int, random: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """`count` rows of m ones and n zeros in random order, some at a time."""
    labels = np.repeat(np.array([1, 0], dtype=np.float32), sizes)
    for start in range(0, count, SHUFFLES):
        yield random.permuted(np.tile(labels, (min(SHUFFLES, count - start), 1)), axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What the discrepancy of any m of the rows to the n others is computed from: their centre and their sum, (D,)."""

    centre: Floats
    total: Floats
    m: int
    n: int

    @classmethod
    def of(cls, features: Matrix, m: int) -> _Sums:
        """Moves `features` to their centre: differences stay as they are, and float32 has more digits for them."""
        centre = features.mean(axis=0, dtype=np.float64)
        features -= centre.astype(np.float32)
        return cls(centre, features.sum(axis=0, dtype=np.float64), m, len(features) - m)

    def mmd_squared(self, chosen: Floats) -> Floats:
        """Gretton et al. 2012, equation 3, for each row of `chosen`, the sum of m centred features, (p, D); (p,).

        As features have unit length, a sample's mean kernel without its diagonal is (m ‖mean‖² − 1) / (m − 1).
        """
        x, y = self.centre + chosen / self.m, self.centre + (self.total - chosen) / self.n
        within = [
            (size * np.square(mean).sum(axis=1) - 1) / (size - 1) for mean, size in ((x, self.m), (y, self.n))
        ]
        estimate: Floats = within[0] + within[1] - 2 * (x * y).sum(axis=1)
        return estimate
