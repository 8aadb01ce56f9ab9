"""The scorecard as people see it: a table, JSON, charts, runs in MLflow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flows.commands.terminal import print_json, print_table, tell
from flows.settings import Settings, milliseconds_now, shown
from tasks.calibration.score import MethodScore
from tasks.calibration.scorecard import Scorecard, folder

if TYPE_CHECKING:
    from warehouse.mlflow.calibration import CalibrationLog, CalibrationRun

MIB = 1024 * 1024
Axis = Literal["cost", "dimensions", "events"]


@dataclass(slots=True)
class Keeper:
    """Keeps each score as soon as it is there: in the scorecard of the set, and as a run in MLflow.

    `by`: what quality is drawn against. Scores by events are of shares of the birds: no scorecard ranks them.
    """

    chosen: Settings
    set: str
    by: Axis
    log: CalibrationLog
    scores: list[MethodScore] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, chosen: Settings, set_name: str, by: Axis) -> Keeper:
        """What could not be written to is said here, before hours of work."""
        from warehouse.mlflow import Registry
        from warehouse.mlflow.calibration import CalibrationLog

        Scorecard.load(chosen.home, set_name)
        registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
        log = CalibrationLog(registry.client, registry.artifact_root, set_name, milliseconds_now())
        return cls(chosen, set_name, by, log)

    def add(self, score: MethodScore) -> None:
        self.scores.append(score)
        if self.by != "events":
            Scorecard.join(self.chosen.home, self.set, [score])
        self.log.milliseconds = milliseconds_now()
        self.runs.append(self.log.log(run_of(score)))

    def draw(self) -> Kept:
        """The chart that was asked for; beside it that of the scorecard, which has grown."""
        place = folder(self.chosen.home, self.set)
        place.mkdir(parents=True, exist_ok=True)
        chart = place / f"{'scorecard' if self.by == 'cost' else self.by}.png"
        if self.by == "events":
            _draw_costs(chart, self.set, self.scores)
            kept = Kept(tuple(self.scores), None, chart)
        else:
            card = Scorecard.load(self.chosen.home, self.set)
            _draw(place / "scorecard.png", self.set, card.scores)
            if self.by == "dimensions":
                _draw_dimensions(chart, self.set, self.scores)
            kept = Kept(card.scores, place / "scorecard.json", chart)
        for run in self.runs:
            self.log.attach(run, chart)
        return kept


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is to see of a set. `scores`: the whole scorecard in `json`, or those of this command without one."""

    scores: tuple[MethodScore, ...]
    json: Path | None
    chart: Path

    @property
    def places(self) -> dict[str, str]:
        return {"chart": str(self.chart)} | ({} if self.json is None else {"scorecard": str(self.json)})


def keep(chosen: Settings, set_name: str, scores: Iterable[MethodScore], by: Axis) -> Kept:
    """Join the scorecard of the set, log what was scored, draw."""
    keeper = Keeper.open(chosen, set_name, by)
    for score in scores:
        keeper.add(score)
    return keeper.draw()


def _draw(chart: Path, set_name: str, scores: Sequence[MethodScore]) -> None:
    from tasks.report.plots import Mark, draw_scorecard

    often = Counter(one.name for one in scores)
    marks = [
        Mark(_told_apart(one, often), one.seconds, *_interval(one), baseline=not one.rows) for one in scores
    ]
    draw_scorecard(chart, f"{set_name}: quality against cost", scores[0].headline, marks)


def _told_apart(score: MethodScore, often: Mapping[str, int]) -> str:
    return f"{score.name} {score.dimensions}-d" if often[score.name] > 1 else score.name


def _draw_dimensions(chart: Path, set_name: str, scores: Sequence[MethodScore]) -> None:
    from tasks.report.plots import Mark, draw_dimensions

    marks = [Mark(one.name, one.dimensions, *_interval(one)) for one in scores if one.rows]
    draw_dimensions(chart, f"{set_name}: quality against dimensions", scores[0].headline, marks)


def _draw_costs(chart: Path, set_name: str, scores: Sequence[MethodScore]) -> None:
    from tasks.report.plots import draw_costs

    names = sorted({score.name for score in scores if score.rows})
    costs = {name: [(one.events, one.seconds) for one in scores if one.name == name] for name in names}
    draw_costs(chart, f"{set_name}: cost against events", costs)


def _interval(score: MethodScore) -> tuple[float, float, float]:
    return score.quality.value, score.quality.low, score.quality.high


def run_of(score: MethodScore) -> CalibrationRun:
    """A score as a run: numbers of the test part by their names, those of validation as `validation_…`."""
    from warehouse.mlflow.calibration import CalibrationRun

    metrics: dict[str, float] = {}
    for part, measured in score.metrics.items():
        prefix = "" if part == score.part else f"{part}_"
        for name, of in measured.items():
            metrics |= {
                f"{prefix}{name}": of.value,
                f"{prefix}{name}_low": of.low,
                f"{prefix}{name}_high": of.high,
            }
    cost = {"seconds": score.seconds, "cpu_seconds": score.cpu_seconds, "peak_mib": score.peak_mib}
    size = {"rows": float(score.rows), "dimensions": float(score.dimensions), "bytes": float(score.bytes)}
    covered = {f"coverage_{reason}": float(count) for reason, count in score.coverage.items()}
    below = {"from": json.dumps(list(score.parents))} if score.parents else {}
    return CalibrationRun(
        score.name,
        {"method": score.method, **score.params, **below},
        metrics | cost | size | covered | {"events": float(score.events)},
        {"part": score.part} | ({} if score.window is None else {"window": score.window}),
    )


def show(as_json: bool, one: bool, keeper: Keeper, refused: Mapping[str, str]) -> None:
    """JSON: the score itself where `one` was asked for and is there, else a list; for people: the table."""
    kept = keeper.draw() if keeper.scores else None
    if as_json:
        scores = [score.as_json() for score in keeper.scores]
        found: dict[str, Any] = scores[0] if one and scores else {"set": keeper.set, "scores": scores}
        print_json({**found, "refused": refused, **({} if kept is None else kept.places)})
    elif kept is not None:
        rest = ", what was scored before included" if kept.json else ""
        print_scores(f"{keeper.set}: best first{rest}", kept.scores)
        where = f"drawn in {shown(kept.chart)}"
        tell(f"kept in {shown(kept.json)}, {where}" if kept.json else where, "dim")


def print_scores(title: str, scores: Sequence[MethodScore]) -> None:
    rows = [_row(score) for score in scores]
    print_table(title, list(rows[0]), [list(row.values()) for row in rows])


def _row(score: MethodScore) -> dict[str, object]:
    """By heading."""
    return {
        "method": score.name,
        score.headline.replace("_at_", "@").replace("_", " "): score.quality.value,
        "from": score.quality.low,
        "to": score.quality.high,
        "validation": _validation(score),
        "dim": score.dimensions or None,
        "events": score.events or None,
        "seconds": score.seconds,
        "peak MiB": round(score.peak_mib),
        "vectors MiB": score.bytes / MIB if score.rows else None,
        "without": _without(score),
        "cold": _cold(score),
    }


def _validation(score: MethodScore) -> float | None:
    metrics = score.metrics.get("validation")
    return None if metrics is None else metrics[score.headline].value


def _cold(score: MethodScore) -> str | None:
    """The share of cold candidates that have a vector, where the protocol has such."""
    covered = score.metrics[score.part].get("cold_covered")
    return None if covered is None else f"{covered.value:.0%}"


def _without(score: MethodScore) -> int | None:
    """How many ids have no vector; None for a baseline."""
    return sum(score.coverage.values()) - score.rows if score.rows else None
