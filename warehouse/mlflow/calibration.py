"""Scores and sweeps in MLflow: an experiment a set, a run a score, a sweep's trials as runs below its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from warehouse.errors import NightjarError
from warehouse.home import file_name
from warehouse.mlflow.log_version import EXPERIMENT_TAGS

LONGEST_VALUE = 6000
"""Characters that MLflow keeps of a parameter."""


class CalibrationLogError(NightjarError):
    """MLflow did not take what was logged."""


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        said = " ".join(str(error).split())
        raise CalibrationLogError(f"MLflow: {said}; what was scored stands in the scorecard") from error


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """What a run shows. `status`: FINISHED, KILLED for a trial that was given up, RUNNING where more is to come."""

    name: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "FINISHED"


class CalibrationLog:
    """Writes to the experiment `calibrate <set>`; `milliseconds` is the moment that metrics are dated."""

    def __init__(
        self, client: MlflowClient, artifact_root: str | None, set_name: str, milliseconds: int
    ) -> None:
        self.client = client
        self.milliseconds = milliseconds
        with _in_one_line():
            self.experiment_id = _experiment(client, f"calibrate {set_name}", artifact_root)

    @_in_one_line()
    def log(self, run: CalibrationRun, parent: str | None = None) -> str:
        """A run, below `parent` where one is named; returns its id."""
        tags = {MLFLOW_RUN_NAME: run.name, **run.tags} | (
            {} if parent is None else {MLFLOW_PARENT_RUN_ID: parent}
        )
        run_id = self.client.create_run(
            self.experiment_id, start_time=self.milliseconds, tags=tags, run_name=run.name
        ).info.run_id
        self.client.log_batch(
            run_id,
            [Metric(key, value, self.milliseconds, 0) for key, value in run.metrics.items()],
            [Param(key, str(value)[:LONGEST_VALUE]) for key, value in run.params.items()],
        )
        if run.status != "RUNNING":
            self.client.set_terminated(run_id, run.status)
        return str(run_id)

    @_in_one_line()
    def attach(self, run_id: str, file: Path) -> None:
        """Show `file` among the run's artifacts."""
        self.client.log_artifact(run_id, str(file))

    @_in_one_line()
    def find(self, name: str, parent: str | None = None) -> str | None:
        """The id of the run of that name, below `parent` where one is named; None where there is none."""
        below = "" if parent is None else f" AND tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent}'"
        wanted = f"attributes.run_name = '{name}'{below}"
        found = self.client.search_runs([self.experiment_id], wanted, max_results=1)
        return str(found[0].info.run_id) if found else None

    @_in_one_line()
    def end(self, run_id: str, status: str, metrics: Mapping[str, float]) -> None:
        """What a run that was under way came to."""
        self.client.log_batch(
            run_id, [Metric(key, value, self.milliseconds, 0) for key, value in metrics.items()]
        )
        self.client.set_terminated(run_id, status)


def _experiment(client: MlflowClient, name: str, artifact_root: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        if found.lifecycle_stage == LifecycleStage.DELETED:
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)
    location = None if artifact_root is None else f"{artifact_root}/{file_name(name)}"
    return str(client.create_experiment(name, artifact_location=location, tags=EXPERIMENT_TAGS))
