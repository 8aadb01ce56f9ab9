"""What MLflow is told about one version of a space, as plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import polars as pl

from warehouse.vectors import Vectors

FIRST = "0_"
"""Begins the names of the few numbers and words that decide: MLflow's tables and comparisons are in name order."""
DIGEST_LENGTH = 36
"""MLflow refuses longer digests; the whole one is in the dataset's profile."""
HISTORY = {
    "version": pl.String(),
    "day": pl.Date(),
    "known_as_of": pl.Date(),
    "verdict": pl.String(),
    "run_id": pl.String(),
    "model_version": pl.String(),
}
"""The leading columns of a history; one column for every metric follows."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a version learnt from or was scored on.

    `digest`: hex SHA-256 of its content. `source`: where it lies, relative to the home, which may be moved.
    """

    name: str
    digest: str
    source: str
    rows: int
    context: Literal["training", "evaluation"] = "training"

    @property
    def short_digest(self) -> str:
        return self.digest[:DIGEST_LENGTH]


@dataclass(frozen=True, slots=True, eq=False)
class VersionRecord:
    """One version of a space, for its run, its model and its entry in the registry.

    `evaluation`: metric → value, interval bounds as keys of their own (`recall_at_10_low`, `…_high`).
    `coverage`: reason → number of ids; `measured`: what the method found out about its own work; `drift`:
    statistic → value; their keys get the prefixes `coverage_`, `measured_` and `drift_`. None is a value that
    could not be measured (drift of a first version): it is logged as NaN,
    so that every night has the same keys. `deciding`: the few numbers that a person looks at first; they, the verdict
    and the conclusion get names that sort before all others, and the last two are parameters too, since MLflow's
    comparison shows no tags. `parameters` may be nested. `vectors` are the published ones;
    `metric` is how they compare. `files` are put among the run's artifacts, all at the top, where MLflow's page that
    compares runs finds them. `conclusion` is one line that says how good it is; `description` is Markdown, shown on
    the pages of the run and of the model's version. `snapshot`: where the version is published, relative to the
    home. `prefect_flow_run_url`: where the run that made it is shown. `parent_run_id`: the run of the predecessor.
    `started_at`: UTC; MLflow's clock where None. `space_id`: vectors of two versions compare only where it is the same.
    `targets`: the model, as `models:/<space>/<number>`, of the flits that the ids of this space are ranked against.
    """

    space: str
    version: str
    day: date
    known_as_of: date
    fingerprint: str
    verdict: str
    vectors: Vectors
    metric: Literal["cosine", "dot"] = "cosine"
    space_id: str | None = None
    targets: str | None = None
    parent_version: str | None = None
    parent_run_id: str | None = None
    prefect_flow_run_id: str | None = None
    prefect_flow_run_url: str | None = None
    snapshot: str | None = None
    conclusion: str | None = None
    description: str = ""
    started_at: datetime | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    deciding: Mapping[str, float | None] = field(default_factory=dict)
    evaluation: Mapping[str, float | None] = field(default_factory=dict)
    coverage: Mapping[str, int] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)
    drift: Mapping[str, float | None] = field(default_factory=dict)
    datasets: Sequence[Dataset] = ()
    files: Sequence[Path] = ()

    @property
    def metrics(self) -> dict[str, float]:
        """All numbers under the keys that MLflow shows, NaN for what could not be measured."""
        named: dict[str, float | None] = dict(self.evaluation)
        named |= {f"coverage_{reason}": count for reason, count in self.coverage.items()}
        named |= {f"measured_{name}": value for name, value in self.measured.items()}
        named |= {f"drift_{statistic}": value for statistic, value in self.drift.items()}
        named |= {f"{FIRST}{name}": value for name, value in self.deciding.items()}
        return {key: math.nan if value is None else float(value) for key, value in sorted(named.items())}

    @property
    def flat_parameters(self) -> dict[str, str]:
        """Parameters as text, nested keys joined with dots: `params.dimensions`; verdict and conclusion before them."""
        said = {f"{FIRST}verdict": self.verdict, f"{FIRST}conclusion": self.conclusion}
        first = {key: value for key, value in said.items() if value is not None}
        return first | {key: str(value) for key, value in sorted(_flatten("", self.parameters))}

    @property
    def history_row(self) -> pl.DataFrame:
        """This version as a row of its space's history, without a run: append with `how="diagonal"`."""
        named = {key: getattr(self, key) for key in ("version", "day", "known_as_of", "verdict")}
        return history_frame([named | self.metrics])

    @property
    def tags(self) -> dict[str, str]:
        """What names the version; keys without a value are left out."""
        named = {
            "space": self.space,
            "space_id": self.space_id,
            "version": self.version,
            "day": self.day.isoformat(),
            "known_as_of": self.known_as_of.isoformat(),
            "verdict": self.verdict,
            "fingerprint": self.fingerprint,
            "conclusion": self.conclusion,
            "parent_version": self.parent_version,
            "parent_run_id": self.parent_run_id,
            "snapshot": self.snapshot,
            "prefect_flow_run_id": self.prefect_flow_run_id,
            "prefect_flow_run_url": self.prefect_flow_run_url,
        }
        return {key: value for key, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Registered:
    """Where MLflow keeps one version. `model_version` counts from 1 within the space's registered model.

    Links are into the user interface at `server`; an empty `server` makes links that work within its pages.
    """

    space: str
    experiment_id: str
    run_id: str
    model_id: str
    model_version: str

    @property
    def model_uri(self) -> str:
        return f"models:/{self.space}/{self.model_version}"

    def run_link(self, server: str) -> str:
        """The run, in the mode that shows models and comparisons."""
        return run_link(server, self.experiment_id, self.run_id)

    def compare_link(self, server: str, run_ids: Sequence[str]) -> str:
        """This version's run beside others of its space, which come first: parameters, numbers, files, tags."""
        return compare_link(server, self.experiment_id, [*run_ids, self.run_id])


def run_link(server: str, experiment_id: str, run_id: str) -> str:
    return page(server, f"experiments/{experiment_id}/runs/{run_id}")


def compare_link(server: str, experiment_id: str, run_ids: Sequence[str]) -> str:
    """Some runs of an experiment side by side, in the order of `run_ids`."""
    runs, experiments = quote(json.dumps(list(run_ids))), quote(json.dumps([experiment_id]))
    return page(server, f"compare-runs?runs={runs}&experiments={experiments}")


def page(server: str, path: str) -> str:
    """A page of MLflow's user interface. It opens in a mode that hides models and comparisons, unless told."""
    root = f"{server.rstrip('/')}/" if server else ""
    return f"{root}#/{path}{'&' if '?' in path else '?'}workflowType=machine_learning"


def history_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A history of these versions, ordered by (day, version); NaN and what a row lacks become null."""
    metrics = sorted({key for row in rows for key in row} - HISTORY.keys())
    frame = pl.DataFrame(rows, schema=HISTORY | dict.fromkeys(metrics, pl.Float64()))
    return frame.with_columns(pl.col(metrics).fill_nan(None)).sort("day", "version")


def _flatten(prefix: str, value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, inner in value.items():
        name = f"{prefix}.{key}" if prefix else key
        flat += _flatten(name, inner) if isinstance(inner, Mapping) else [(name, inner)]
    return flat
