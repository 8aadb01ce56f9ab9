"""What an evaluation says, with the same keys on every night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.evaluation.baselines import BASELINES
from tasks.evaluation.bootstrap import Interval
from tasks.evaluation.exposure import EXPOSURE
from tasks.evaluation.protocol import EvaluationParameters, Split, SplitCounts
from tasks.evaluation.ranking import METRICS, SEGMENTS

Intervals = Mapping[str, Mapping[str, Interval]]
"""By segment, then by metric."""
REFERENCE = "popularity"
PREDECESSOR = "predecessor"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One ranking: `metrics` by segment of the truth, `exposure` of its lists, birds that get any list."""

    metrics: Intervals
    exposure: Mapping[str, float | None]
    birds_served: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What was scored. Birds of a segment are those with something to find in it."""

    birds: int = 0
    birds_scorable: int = 0
    birds_scored: int = 0
    birds_warm: int = 0
    birds_cold: int = 0
    candidates: int = 0
    candidates_warm: int = 0
    candidates_cold: int = 0
    truth: int = 0
    truth_reachable: int = 0
    truth_scored: int = 0
    truth_warm: int = 0
    truth_cold: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A space's ranking against every baseline and its predecessor's on the same birds.

    `predecessor`: its model that was trained before its own cut; it has no number where there is none.
    `differences`: model − baseline or predecessor, paired by bird; `predecessor_over_popularity`: predecessor −
    popularity, over the same birds. `reason`: why there is nothing to score.
    `best_baseline`: the baseline with the highest `recall` at the first k; picked on these very birds, so it
    is a hard opponent. `no_predecessor`: why there is a predecessor and no number of it. A metric is None where no
    bird has anything to find in its segment.
    """

    parameters: EvaluationParameters
    cut: str | None
    until: str | None
    counts: Counts
    model: Ranked
    predecessor: Ranked
    baselines: Mapping[str, Ranked]
    differences: dict[str, Intervals]
    predecessor_over_popularity: Intervals
    best_baseline: str | None
    reason: str | None = None
    no_predecessor: str | None = None

    @property
    def headline(self) -> dict[str, float | None]:
        """A few numbers for a table of versions, flat, the same keys for the same k."""
        k = self.parameters.k[0]
        metrics = self.model.metrics
        recall, ndcg = f"recall_at_{k}", f"ndcg_at_{k}"
        best = self.best_baseline or REFERENCE
        numbers: dict[str, float | None] = {
            **_flat(recall, metrics["all"][recall]),
            **_flat(ndcg, metrics["all"][ndcg]),
            f"warm_{recall}": metrics["warm"][recall].value,
            f"cold_{recall}": metrics["cold"][recall].value,
            f"coverage_at_{k}": self.model.exposure[f"coverage_at_{k}"],
        }
        for label, name in ((REFERENCE, REFERENCE), ("best_baseline", best), (PREDECESSOR, PREDECESSOR)):
            ranked = self.predecessor if name == PREDECESSOR else self.baselines[name]
            numbers[f"{label}_{recall}"] = ranked.metrics["all"][recall].value
            numbers |= _flat(f"{recall}_over_{label}", self.differences[name]["all"][recall])
        before = self.predecessor_over_popularity["all"][recall]
        numbers |= _flat(f"{PREDECESSOR}_{recall}_over_{REFERENCE}", before)
        for name in ("birds_scored", "birds_warm", "birds_cold"):
            numbers[name] = getattr(self.counts, name)
        return numbers

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, strings, numbers and None; `headline` among them."""
        return {
            "task": self.parameters.task,
            "reason": self.reason,
            "cut": self.cut,
            "until": self.until,
            "parameters": self.parameters.model_dump(mode="json"),
            "counts": asdict(self.counts),
            "headline": self.headline,
            "model": asdict(self.model),
            "predecessor": asdict(self.predecessor),
            "baselines": {name: asdict(ranked) for name, ranked in self.baselines.items()},
            "differences": {name: _plain(intervals) for name, intervals in self.differences.items()},
            "predecessor_over_popularity": _plain(self.predecessor_over_popularity),
            "best_baseline": self.best_baseline,
            "no_predecessor": self.no_predecessor,
        }


@dataclass(frozen=True, slots=True)
class _Nothing:
    """Empty results in the shape that full ones have."""

    parameters: EvaluationParameters
    metrics: Intervals = field(init=False)
    ranked: Ranked = field(init=False)

    def __post_init__(self) -> None:
        names = metric_names(self.parameters.k)
        empty = {segment: {name: Interval() for name in names} for segment in SEGMENTS}
        exposures = {f"{name}_at_{k}": None for k in self.parameters.k for name in EXPOSURE}
        object.__setattr__(self, "metrics", empty)
        object.__setattr__(self, "ranked", Ranked(empty, exposures, 0))


def nothing_to_score(parameters: EvaluationParameters, reason: str, split: Split | None = None) -> Evaluation:
    """An evaluation with every key, no number but the counts, and the reason for it."""
    nothing = _Nothing(parameters)
    return Evaluation(
        parameters=parameters,
        cut=split.cut.isoformat() if split else None,
        until=split.until.isoformat() if split else None,
        counts=counts_of(split) if split else Counts(),
        model=nothing.ranked,
        predecessor=nothing.ranked,
        baselines=dict.fromkeys(BASELINES, nothing.ranked),
        differences=dict.fromkeys((*BASELINES, PREDECESSOR), nothing.metrics),
        predecessor_over_popularity=nothing.metrics,
        best_baseline=None,
        reason=reason,
    )


def metric_names(depths: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{metric}_at_{k}" for k in depths for metric in METRICS)


def counts_of(split: Split) -> Counts:
    row, column = split.truth["row"], split.truth["column"].to_numpy()
    warm = split.warm[column]
    of: SplitCounts = split.counts
    return Counts(
        birds=of.birds,
        birds_scorable=of.birds_scorable,
        birds_scored=len(split.birds),
        birds_warm=row.filter(warm).n_unique(),
        birds_cold=row.filter(~warm).n_unique(),
        candidates=len(split.candidates),
        candidates_warm=int(split.warm.sum()),
        candidates_cold=int((~split.warm).sum()),
        truth=of.truth,
        truth_reachable=of.truth_reachable,
        truth_scored=len(column),
        truth_warm=int(warm.sum()),
        truth_cold=int((~warm).sum()),
    )


def _flat(name: str, interval: Interval) -> dict[str, float | None]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _plain(intervals: Intervals) -> dict[str, dict[str, dict[str, float | None]]]:
    return {segment: {name: asdict(one) for name, one in of.items()} for segment, of in intervals.items()}
