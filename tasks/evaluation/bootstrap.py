"""How sure a mean over birds is: the percentile bootstrap, also of the paired difference of two rankings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CELLS = 4_000_000  # counts held at a time: 32 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its confidence interval; all None where there is no bird to take it over."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def resampled_means(values: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """Shape (resamples, m): the means of `values` (n birds, m metrics) over n birds drawn with replacement.

    A draw of n birds is a multinomial count of each. Metrics in one matrix share their draws, so the
    difference of two columns is the paired bootstrap of the difference (Efron and Tibshirani, An Introduction
    to the Bootstrap, 1993, chapters 6 and 8). ValueError without birds.
    """
    birds = len(values)
    if birds == 0:
        raise ValueError("there is no bird to draw")
    random = np.random.default_rng(seed)
    share = np.full(birds, 1 / birds)
    size = max(1, _CELLS // birds)
    sizes = [min(size, resamples - start) for start in range(0, resamples, size)]
    return np.concatenate([random.multinomial(birds, share, size=n) @ values / birds for n in sizes])


def interval(mean: float, draws: NDArray[np.float64], confidence: float) -> Interval:
    """The percentile interval of `draws` (resamples,) (Efron and Tibshirani 1993, section 13.3)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(mean), float(low), float(high))
