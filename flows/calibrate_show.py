"""The scorecard as people see it: a table, JSON, a chart of quality against cost, runs in MLflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.settings import Settings, now, shown
from flows.terminal import print_json, print_table, tell
from tasks.calibration.score import Score
from tasks.calibration.scorecard import Scorecard, folder

if TYPE_CHECKING:
    from warehouse.registry.calibration import CalibrationRun

MIB = 1024 * 1024
Axis = Literal["cost", "dimensions", "events"]
CHARTS: Mapping[Axis, str] = {"cost": "scorecard", "dimensions": "dimensions", "events": "events"}


@dataclass(frozen=True, slots=True)
class Kept:
    """The whole scorecard, and where it lies."""

    card: Scorecard
    json: Path
    chart: Path


def keep(chosen: Settings, set_name: str, scores: Sequence[Score], by: Axis) -> Kept:
    """Join the scorecard of the set, draw its chart, and log what was scored."""
    card = Scorecard.load(chosen.home, set_name).joined(scores)
    path = card.save(chosen.home)
    chart = folder(chosen.home, set_name) / f"{CHARTS[by]}.png"
    _draw(chart, set_name, card.scores if by == "cost" else scores, by)
    _log(chosen, set_name, scores, chart)
    return Kept(card, path, chart)


def _draw(chart: Path, set_name: str, scores: Sequence[Score], by: Axis) -> None:
    from tasks.plots import Mark, draw_costs, draw_scorecard

    if by == "events":
        names = sorted({score.name for score in scores if score.rows})
        costs = {name: [(s.events, s.seconds) for s in scores if s.name == name] for name in names}
        return draw_costs(chart, f"{set_name}: cost against events", costs)
    marks = [
        Mark(
            score.name,
            score.seconds if by == "cost" else score.dimensions,
            score.quality.value,
            score.quality.low,
            score.quality.high,
            baseline=not score.rows,
        )
        for score in scores
    ]
    axis = "seconds to learn" if by == "cost" else "dimensions"
    return draw_scorecard(chart, f"{set_name}: quality against {by}", scores[0].headline, axis, marks)


def _log(chosen: Settings, set_name: str, scores: Sequence[Score], chart: Path) -> None:
    from warehouse.registry import Registry
    from warehouse.registry.calibration import CalibrationLog

    registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
    log = CalibrationLog(registry.client, registry.artifact_root, set_name, int(now().timestamp() * 1000))
    for score in scores:
        log.log(run_of(score), files=(chart,))


def run_of(score: Score) -> CalibrationRun:
    """A score as a run: numbers of the test part by their names, those of validation as `validation_…`."""
    from warehouse.registry.calibration import CalibrationRun

    metrics = {name: of.value for name, of in score.metrics[score.part].items()}
    if score.part == "test":
        metrics |= {
            f"validation_{name}": of.value for name, of in score.metrics.get("validation", {}).items()
        }
    cost = {"seconds": score.seconds, "cpu_seconds": score.cpu_seconds, "peak_mib": score.peak_mib}
    size = {"rows": float(score.rows), "dimensions": float(score.dimensions), "bytes": float(score.bytes)}
    covered = {f"coverage_{reason}": float(count) for reason, count in score.coverage.items()}
    return CalibrationRun(
        score.name, {"method": score.method, **score.params}, metrics | cost | size | covered
    )


def show(as_json: bool, scores: Sequence[Score], kept: Kept) -> None:
    """JSON: the score itself where one was asked for, else all of them; for people: the table."""
    if as_json:
        places = {"scorecard": str(kept.json), "chart": str(kept.chart)}
        if len(scores) == 1:
            print_json({**scores[0].as_json(), **places})
        else:
            print_json({"set": kept.card.set, "scores": [score.as_json() for score in scores], **places})
        return
    print_scores(f"{kept.card.set}: best first, what was scored before included", kept.card.scores)
    tell(f"kept in {shown(kept.json)}, drawn in {shown(kept.chart)}", "dim")


def print_scores(title: str, scores: Sequence[Score]) -> None:
    headline = scores[0].headline.replace("_at_", "@").replace("_", " ")
    print_table(
        title,
        [
            "method",
            headline,
            "from",
            "to",
            "validation",
            "dim",
            "seconds",
            "peak MiB",
            "vectors MiB",
            "without",
        ],
        [
            [
                score.name,
                score.quality.value,
                score.quality.low,
                score.quality.high,
                _validation(score),
                score.dimensions or None,
                score.events or None,
                score.seconds,
                round(score.peak_mib),
                score.bytes / MIB if score.rows else None,
                _without(score),
                _cold(score),
            ]
            for score in scores
        ],
    )


def _validation(score: Score) -> float | None:
    metrics = score.metrics.get("validation")
    return None if metrics is None else metrics[score.headline].value


def _cold(score: Score) -> str | None:
    """The share of cold candidates that have a vector, where the protocol has such."""
    covered = score.metrics[score.part].get("cold_covered")
    return None if covered is None else f"{covered.value:.0%}"


def _without(score: Score) -> int | None:
    """How many ids have no vector; None for a baseline."""
    return sum(score.coverage.values()) - score.rows if score.rows else None
