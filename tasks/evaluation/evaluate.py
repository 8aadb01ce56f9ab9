"""Rank with a space, its predecessor and every baseline on the same birds, and say how far apart they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.bootstrap import Interval, interval, resampled_means
from tasks.evaluation.exposure import exposure, self_information
from tasks.evaluation.last_touches import LastTouches
from tasks.evaluation.protocol import EvaluationParameters, Scorer, Split
from tasks.evaluation.ranking import NOWHERE, SEGMENTS, BirdMetrics, bird_metrics, top_lists
from tasks.evaluation.results import (
    PREDECESSOR,
    REFERENCE,
    Counts,
    Evaluation,
    Intervals,
    Ranked,
    counts_of,
    metric_names,
    nothing_to_score,
)

MODEL = "model"


def evaluate(
    split: Split, scorer: Scorer, parameters: EvaluationParameters, predecessor: Scorer | None = None
) -> Evaluation:
    """Measure `scorer`, its predecessor and the baselines on `split`; where there is nothing to score, say why."""
    counts = counts_of(split)
    reason = _nothing_because(split, counts, parameters)
    if reason is not None:
        return nothing_to_score(parameters, reason, split)
    touches = LastTouches.of(split)
    rankers = {MODEL: scorer} | {name: of(split, touches, parameters) for name, of in BASELINES.items()}
    if predecessor is not None:
        rankers[PREDECESSOR] = predecessor
    lists = {name: top_lists(split, ranker, parameters.k[-1]) for name, ranker in rankers.items()}
    compared = _compare(
        {name: bird_metrics(split, of, parameters.k) for name, of in lists.items()}, parameters
    )
    surprise = self_information(touches, split.candidates)
    ranked = {
        name: Ranked(
            metrics=compared.means[name],
            exposure=exposure(of, surprise, parameters.k),
            birds_served=int((of != NOWHERE).any(axis=1).sum()),
        )
        for name, of in lists.items()
    }
    model, nothing = ranked.pop(MODEL), nothing_to_score(parameters, "")
    return Evaluation(
        parameters=parameters,
        cut=split.cut.isoformat(),
        until=split.until.isoformat(),
        counts=counts,
        model=model,
        predecessor=ranked.pop(PREDECESSOR, nothing.model),
        baselines=ranked,
        differences=nothing.differences | compared.differences,
        predecessor_over_popularity=compared.predecessor_over_popularity or nothing.model.metrics,
        best_baseline=_best(ranked, parameters.k[0]),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Means of every ranker, model − other for every other, predecessor − popularity where there is a predecessor."""

    means: dict[str, Intervals]
    differences: dict[str, Intervals]
    predecessor_over_popularity: Intervals


def _compare(measured: dict[str, dict[str, BirdMetrics]], parameters: EvaluationParameters) -> _Compared:
    means: dict[str, dict[str, dict[str, Interval]]] = {name: {} for name in measured}
    differences: dict[str, dict[str, dict[str, Interval]]] = {name: {} for name in measured if name != MODEL}
    predecessor: dict[str, dict[str, Interval]] = {}
    for segment in SEGMENTS:
        values = np.stack([of[segment].values for of in measured.values()])
        own = _intervals(values, parameters)
        apart = _intervals(values[:1] - values[1:], parameters)
        for name, one in zip(means, own, strict=True):
            means[name][segment] = one
        for name, one in zip(differences, apart, strict=True):
            differences[name][segment] = one
        if PREDECESSOR in measured:
            before = measured[PREDECESSOR][segment].values - measured[REFERENCE][segment].values
            (predecessor[segment],) = _intervals(before[None], parameters)
    return _Compared(dict(means), dict(differences), predecessor)


def _intervals(values: NDArray[np.float64], parameters: EvaluationParameters) -> list[dict[str, Interval]]:
    """`values`: (rankers, birds, metrics); all rankers and metrics share the draws of birds."""
    rankers, birds, metrics = values.shape
    names = metric_names(parameters.k)
    if birds == 0:
        return [{name: Interval() for name in names} for _ in range(rankers)]
    flat = values.transpose(1, 0, 2).reshape(birds, rankers * metrics)
    draws = resampled_means(flat, parameters.resamples, parameters.seed)
    means = flat.mean(axis=0)
    ends = [interval(means[i], draws[:, i], parameters.confidence) for i in range(rankers * metrics)]
    return [dict(zip(names, ends[i * metrics : (i + 1) * metrics], strict=True)) for i in range(rankers)]


def _best(baselines: dict[str, Ranked], k: int) -> str:
    """Highest recall at k; popularity before others that are equal, then by name."""
    recall = {name: of.metrics["all"][f"recall_at_{k}"].value or 0.0 for name, of in baselines.items()}
    return min(recall, key=lambda name: (-recall[name], name != REFERENCE, name))


def _nothing_because(split: Split, counts: Counts, parameters: EvaluationParameters) -> str | None:
    span = f"[{split.cut.isoformat()}, {split.until.isoformat()})"
    if parameters.task == "none":
        return "task is none"
    if counts.candidates == 0:
        return f"no candidate flit is known before {split.until.isoformat()}"
    if counts.birds == 0:
        return f"no bird with {parameters.min_history} earlier flits touches another in {span}"
    if counts.birds_scored == 0:
        return f"none of the {counts.truth} flits touched in {span} is a candidate"
    return None
