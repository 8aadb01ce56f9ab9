"""What the protocols that rank items for users share: metrics of a ranking and their intervals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.calibration.protocols.protocol import Metrics, MetricValue
from tasks.evaluation import EvaluationParameters, Scorer, Split
from tasks.evaluation.bootstrap import interval, resampled_means
from tasks.evaluation.ranking import BirdMetrics, bird_metrics, top_lists


def ranked(split: Split, scorer: Scorer, depths: tuple[int, ...]) -> dict[str, BirdMetrics]:
    """The metrics of each bird at each depth, by segment of the truth."""
    return bird_metrics(split, top_lists(split, scorer, depths[-1]), depths)


def means(
    names: Sequence[str], values: NDArray[Any], kinds: Collection[str], parameters: EvaluationParameters
) -> Metrics:
    """Means over users with their percentile bootstrap intervals.

    `values`: (users, names). Kept are the `kinds` of metric, such as ndcg of ndcg_at_10.
    """
    draws = resampled_means(values, parameters.resamples, parameters.seed)
    metrics: dict[str, MetricValue] = {}
    for column, name in enumerate(names):
        if name.partition("_at_")[0] in kinds:
            mean = float(np.mean(values[:, column]))
            ends = interval(mean, draws[:, column], parameters.confidence)
            assert ends.low is not None and ends.high is not None  # there are draws
            metrics[name] = MetricValue.around(mean, ends.low, ends.high)
    return metrics
