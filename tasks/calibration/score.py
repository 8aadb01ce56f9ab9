"""One line of the scorecard: what a method reached on a set, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from tasks.calibration.protocols.protocol import Metrics, MetricValue, Part


@dataclass(frozen=True, slots=True)
class MethodScore:
    """`metrics`: by part of the set, each with its interval. `headline`: the metric that ranks methods on the set.

    `events`: rows of the longest source that was learnt from. `seconds`: of learning, wall clock; `cpu_seconds`: of
    all its threads; all three of the part that is scored last.
    `peak_mib`: resident memory of the process that read the set, learnt and scored. `rows`, `dimensions`, `bytes`:
    the vectors (and outputs) as float32; 0 for a baseline. `coverage`: rows by provenance, then ids without a vector
    by reason. `parents`: what it is built on, in order, as `Recipe.as_json` writes it. `space`: its name in
    `pipelines.yaml`, where it has one. `window`: how far back what birds did was learnt from, None for all.
    """

    set: str
    method: str
    headline: str
    metrics: Mapping[Part, Metrics]
    params: Mapping[str, Any] = field(default_factory=dict)
    events: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0
    rows: int = 0
    dimensions: int = 0
    bytes: int = 0
    coverage: Mapping[str, int] = field(default_factory=dict)
    parents: Sequence[Mapping[str, Any]] = ()
    space: str | None = None
    window: str | None = None

    @property
    def recipe(self) -> dict[str, Any]:
        """What was scored, as `Recipe.as_json` tells it."""
        return {
            "method": self.method,
            "params": dict(self.params),
            "space": self.space,
            "window": self.window,
            "parents": list(self.parents),
        }

    @property
    def name(self) -> str:
        """What people call it."""
        return (self.space or self.method) + (f" ({self.window})" if self.window else "")

    @property
    def part(self) -> Part:
        """What the headline is read on: test where it was scored."""
        return "test" if "test" in self.metrics else "validation"

    @property
    def quality(self) -> MetricValue:
        """The headline on `part`."""
        return self.metrics[self.part][self.headline]

    def as_json(self) -> dict[str, Any]:
        """`metrics` and `intervals` are of `part`; `validation` stands beside test where both were scored."""
        document: dict[str, Any] = {
            "set": self.set,
            "method": self.method,
            "part": self.part,
            "headline": self.headline,
            **_of_part(self.metrics[self.part]),
            "events": self.events,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_mib": self.peak_mib,
            "rows": self.rows,
            "dimensions": self.dimensions,
            "bytes": self.bytes,
            "coverage": dict(self.coverage),
            "params": dict(self.params),
            "parents": list(self.parents),
            "space": self.space,
            "window": self.window,
        }
        if self.part == "test" and "validation" in self.metrics:
            document["validation"] = _of_part(self.metrics["validation"])
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        metrics: dict[Part, Metrics] = {document["part"]: _read_part(document)}
        if "validation" in document:
            metrics["validation"] = _read_part(document["validation"])
        kept = sorted({field.name for field in fields(cls)} - {"metrics"})
        return cls(metrics=metrics, **{key: document[key] for key in kept})


def _of_part(metrics: Metrics) -> dict[str, Any]:
    return {
        "metrics": {name: of.value for name, of in metrics.items()},
        "intervals": {name: [of.low, of.high] for name, of in metrics.items()},
    }


def _read_part(document: Mapping[str, Any]) -> Metrics:
    intervals = document["intervals"]
    return {name: MetricValue(value, *intervals[name]) for name, value in document["metrics"].items()}
