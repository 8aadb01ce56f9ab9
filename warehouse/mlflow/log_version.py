"""Logging one version, step by step, so that a killed night that runs again finishes its earlier run."""

from __future__ import annotations

import json
import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import mlflow.entities as entities
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_MODEL_VERSIONS, MLFLOW_RUN_NOTE

from warehouse.mlflow.description import describe_space, describe_version
from warehouse.mlflow.model_files import save_model
from warehouse.mlflow.record import Dataset, Registered, VersionRecord

Reached = Callable[[str], None]
"""Called with the name of each step once it is done."""

logger = logging.getLogger("nightjar")

BATCH = 100
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}
"""Lets the user interface show models and comparisons, not the views for chat applications."""


def ignore(step: str) -> None:
    """A `Reached` for nobody."""


@dataclass(frozen=True, slots=True)
class LogVersion:
    """Every step looks first for what an earlier attempt left, and repeats only what changes nothing."""

    client: MlflowClient
    artifact_root: str | None
    record: VersionRecord
    reached: Reached = ignore

    def run(self) -> Registered:
        run = self._find_or_create_run(self._find_or_create_experiment())
        self.reached("run")
        done = self._find_registered(run) if run.info.status == "FINISHED" else None
        return done or self._finish(run)

    def _finish(self, run: entities.Run) -> Registered:
        model = self._find_or_create_model(run)
        self.reached("model")
        self._link(run, model)
        self.reached("lineage")
        self._log_numbers(run, model)
        self.reached("numbers")
        self._log_files(run)
        self.reached("files")
        registered = self._find_registered(run) or self._register(run, model)
        self.reached("registered")
        named = [{"name": registered.space, "version": registered.model_version}]
        self.client.set_logged_model_tags(model.model_id, {MLFLOW_MODEL_VERSIONS: json.dumps(named)})
        self.client.set_registered_model_alias(self.record.space, "candidate", registered.model_version)
        self.reached("alias")
        self.client.set_tag(run.info.run_id, "model_version", registered.model_version)
        self.client.set_terminated(run.info.run_id)
        return registered

    def _find_or_create_experiment(self) -> str:
        space = self.record.space
        if self.client.get_experiment_by_name(space) is None:
            place = None if self.artifact_root is None else f"{self.artifact_root}/{space}"
            with _existing_is_fine():
                note = {MLFLOW_RUN_NOTE: describe_space(space)}  # of experiments too, for all its name
                self.client.create_experiment(space, place, tags=EXPERIMENT_TAGS | note)
        experiment = self.client.get_experiment_by_name(space)
        assert experiment is not None
        if experiment.lifecycle_stage == entities.LifecycleStage.DELETED:
            logger.warning("%s: MLflow's experiment had been deleted, and is restored", space)
            self.client.restore_experiment(experiment.experiment_id)
        return str(experiment.experiment_id)

    def _find_or_create_run(self, experiment_id: str) -> entities.Run:
        found = self.client.search_runs(
            [experiment_id], f"tags.version = '{self.record.version}'", max_results=1
        )
        if found:
            return found[0]
        started = self.record.started_at
        milliseconds = None if started is None else int(started.replace(tzinfo=UTC).timestamp() * 1000)
        return self.client.create_run(experiment_id, milliseconds, self.record.tags, self.record.version)

    def _find_or_create_model(self, run: entities.Run) -> entities.LoggedModel:
        """The run's model, its files in place. One that was begun and not finished is filled again."""
        belongs = f"source_run_id = '{run.info.run_id}'"
        found = self.client.search_logged_models([run.info.experiment_id], belongs, max_results=1)
        model = found[0] if found else self._create_model(run)
        if model.status == entities.LoggedModelStatus.READY:
            return model
        self.reached("model_begun")
        with tempfile.TemporaryDirectory() as aside:
            folder = Path(aside) / "model"
            save_model(self.record, model.model_id, folder)
            self._store(model.artifact_location).log_artifacts(str(folder))  # type: ignore[no-untyped-call]
        self.reached("model_saved")
        return self.client.finalize_logged_model(model.model_id, "READY")

    def _create_model(self, run: entities.Run) -> entities.LoggedModel:
        return self.client.create_logged_model(
            experiment_id=run.info.experiment_id,
            name=self.record.version,
            source_run_id=run.info.run_id,
            tags=self.record.tags,
            params=self.record.flat_parameters,
            model_type="embeddings",
        )

    def _link(self, run: entities.Run, model: entities.LoggedModel) -> None:
        """Data sets into the run, the model out of it."""
        inputs = [_dataset_input(dataset) for dataset in self.record.datasets]
        self.client.log_inputs(run.info.run_id, inputs)
        outputs = self.client.get_run(run.info.run_id).outputs
        linked = {output.model_id for output in outputs.model_outputs} if outputs else set()
        if model.model_id not in linked:
            self.client.log_outputs(run.info.run_id, [entities.LoggedModelOutput(model.model_id, step=0)])

    def _log_numbers(self, run: entities.Run, model: entities.LoggedModel) -> None:
        metrics = list(_metrics(self.record, run.info.start_time, model.model_id))
        parameters = [entities.Param(key, value) for key, value in self.record.flat_parameters.items()]
        tags = [entities.RunTag(key, value) for key, value in self.record.tags.items()]
        tags.append(entities.RunTag(MLFLOW_RUN_NOTE, self._description(run)))
        self.client.log_batch(run.info.run_id, metrics=metrics, tags=tags)
        for start in range(0, len(parameters), BATCH):
            self.client.log_batch(run.info.run_id, params=parameters[start : start + BATCH])

    def _log_files(self, run: entities.Run) -> None:
        store = self._store(run.info.artifact_uri)
        for path in self.record.files:
            store.log_artifact(str(path))  # type: ignore[no-untyped-call]

    def _description(self, run: entities.Run) -> str:
        return describe_version(self.record, run.info.experiment_id, run.info.run_id)

    def _find_registered(self, run: entities.Run) -> Registered | None:
        found = self.client.search_model_versions(
            f"name = '{self.record.space}' and run_id = '{run.info.run_id}'"
        )
        return self._registered(run, found[0]) if found else None

    def _register(self, run: entities.Run, model: entities.LoggedModel) -> Registered:
        """Register the model by its place: MLflow would look up `models:/<id>` in its global database."""
        with _existing_is_fine():
            space = self.record.space
            self.client.create_registered_model(space, description=describe_space(space))
        version = self.client.create_model_version(
            self.record.space,
            model.artifact_location,
            run.info.run_id,
            tags=_for_tables(self.record.tags) | {"model_id": model.model_id},
            description=self._description(run),
            model_id=model.model_id,
        )
        return self._registered(run, version)

    def _registered(self, run: entities.Run, version: entities.model_registry.ModelVersion) -> Registered:
        return Registered(
            space=self.record.space,
            experiment_id=run.info.experiment_id,
            run_id=run.info.run_id,
            model_id=version.tags["model_id"],
            model_version=str(version.version),
        )

    def _store(self, place: str) -> ArtifactRepository:
        """The files at `place`. MLflow's client would serve a copied home from the folder of the original."""
        return get_artifact_repository(place, tracking_uri=self.client.tracking_uri)


def _metrics(record: VersionRecord, timestamp: int, model_id: str) -> Iterator[entities.Metric]:
    """Every number, linked to the model, and to the data it was scored on where there is one such data set.

    The run's start is their time, so that logging them again adds nothing. NaN is not linked: MLflow would
    show the model with 0.
    """
    scored_on = [dataset for dataset in record.datasets if dataset.context == "evaluation"]
    for key, value in record.metrics.items():
        dataset = scored_on[0] if len(scored_on) == 1 and key in record.evaluation else None
        yield entities.Metric(
            key,
            value,
            timestamp,
            step=0,
            model_id=None if math.isnan(value) else model_id,
            dataset_name=dataset.name if dataset else None,
            dataset_digest=dataset.short_digest if dataset else None,
        )


def _for_tables(tags: dict[str, str]) -> dict[str, str]:
    """Without what the table of versions says already, or what nobody reads there; the run has them all."""
    return {key: value for key, value in tags.items() if key not in ("space", "fingerprint", "parent_run_id")}


def _dataset_input(dataset: Dataset) -> entities.DatasetInput:
    described = entities.Dataset(
        name=dataset.name,
        digest=dataset.short_digest,
        source_type="local",
        source=json.dumps({"uri": dataset.source}),
        profile=json.dumps({"num_rows": dataset.rows, "sha256": dataset.digest}),
    )
    return entities.DatasetInput(described, [entities.InputTag(MLFLOW_DATASET_CONTEXT, dataset.context)])


@contextmanager
def _existing_is_fine() -> Iterator[None]:
    """Somebody else may have created the same thing a moment ago."""
    try:
        yield
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
