"""How far two histograms of one quantity lie apart: norms, and projections on axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.rows import Floats

STEP = 1e-6
"""Differences below this, in units of the root mean square length, are rounding."""

Counts = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Three readings of the same two histograms, each 0 where the shares are equal; all None without rows.

    `psi`: population stability index, Σ (q − p) ln(q / p) (Siddiqi 2006, Credit Risk Scorecards, chapter 9), ≥ 0;
    usually read as: below 0.1 stable, above 0.25 another population. By chance alone two independent samples of m
    and n rows give about (bins − 1)(1/m + 1/n).
    `kullback_leibler`: of the newer from the older, Σ q ln(q / p) in nats, ≥ 0 (Kullback & Leibler 1951).
    `jensen_shannon`: the mean divergence of both from their middle, in bits, in [0, 1] (Lin 1991, "Divergence
    measures based on the Shannon entropy", IEEE Transactions on Information Theory 37, 145–151).
    """

    psi: float | None = None
    kullback_leibler: float | None = None
    jensen_shannon: float | None = None


@dataclass(frozen=True, slots=True)
class Projections:
    """Divergences along the `axes` widest principal axes of both versions: the mean and the largest of each."""

    axes: int = 0
    mean: Divergence = field(default_factory=Divergence)
    largest: Divergence = field(default_factory=Divergence)


def divergence(old: Floats, new: Floats, bins: int) -> Divergence:
    """Of two samples of one quantity, (m,) and (n,), in about `bins` bins of equally many values."""
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import entropy

    if not len(old) or not len(new):
        return Divergence()
    p, q = (smoothed(counts) for counts in histograms(old, new, bins))
    return Divergence(
        psi=float(((q - p) * np.log(q / p)).sum()),
        kullback_leibler=float(entropy(q, p)),
        jensen_shannon=float(jensenshannon(p, q, base=2) ** 2),
    )


def projections(old: Floats, new: Floats, axes: int, bins: int) -> Projections:
    """Of the first `axes` columns of (m, d) and (n, d)."""
    columns = min(axes, old.shape[1])
    each = [divergence(old[:, axis], new[:, axis], bins) for axis in range(columns)]
    if not each or each[0].psi is None:
        return Projections()
    table = np.array([[one.psi, one.kullback_leibler, one.jensen_shannon] for one in each], dtype=np.float64)
    return Projections(
        columns, Divergence(*table.mean(axis=0).tolist()), Divergence(*table.max(axis=0).tolist())
    )


def histograms(old: Floats, new: Floats, bins: int) -> tuple[Counts, Counts]:
    """Counts between the quantiles of both samples together; a value that many rows share has a bin of its own.

    Bins are closed above. The quantiles are of both, so that none of the bins is empty in both.
    """
    a, b = (np.rint(values / STEP) for values in (old, new))
    cuts = np.quantile(np.concatenate([a, b]), np.arange(1, bins) / bins, method="inverted_cdf")
    points, times = np.unique(cuts, return_counts=True)
    edges = np.union1d(points, points[times > 1] - 1)
    return _counts(a, edges), _counts(b, edges)


def _counts(values: Floats, edges: Floats) -> Counts:
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)


def smoothed(counts: Counts) -> Floats:
    """Shares with half a row added to each bin (Krichevsky & Trofimov 1981): an empty bin is no infinity."""
    shares: Floats = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
    return shares
