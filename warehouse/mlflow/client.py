"""`Registry`: a run and a registered model for every version of every space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Self

import polars as pl
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from warehouse.home import Home
from warehouse.mlflow.database import prepare_database
from warehouse.mlflow.environment import database_uri
from warehouse.mlflow.faults import require_answer
from warehouse.mlflow.log_version import LogVersion, Reached, ignore
from warehouse.mlflow.record import Registered, VersionRecord, history_frame
from warehouse.snapshots import Manifest, SnapshotStore

CHAMPION, PREVIOUS = "champion", "previous"


class Registry:
    """MLflow as Nightjar uses it. Safe to share between threads: it never touches MLflow's active run.

    The model of a space carries its name and three aliases: `candidate`, the version logged last; `champion`,
    the one that consumers follow; `previous`, the champion before it.
    """

    def __init__(self, client: MlflowClient, artifact_root: str | None) -> None:
        self.client = client
        self.artifact_root = artifact_root

    @classmethod
    def open(cls, home: Home, *, tracking_uri: str | None = None, artifact_root: str | None = None) -> Self:
        """Open the home's own database, or what `tracking_uri` names: a server (http) or another database.

        A database is created where it is missing and follows a home that was moved. `artifact_root` is where
        a database's artifacts lie, `HOME/mlartifacts` by default; a server decides that itself.
        ValueError where the path of the home cannot be written as a URI; MlflowAwayError where the server says nothing.
        """
        uri = tracking_uri or database_uri(home)
        if uri.startswith(("http://", "https://")):
            require_answer(uri)
            return cls(MlflowClient(uri, uri), None)
        root = artifact_root or str(home.mlflow_artifacts.resolve())
        prepare_database(uri, root, lock=home.root / "mlflow.lock")
        return cls(MlflowClient(uri, uri), root)

    def log_candidate(self, record: VersionRecord, reached: Reached = ignore) -> Registered:
        """Log one version: its run, numbers, files and model; register the model and call it `candidate`.

        Called again for the same version it finds its earlier run and does what is missing, if anything is.
        """
        return LogVersion(self.client, self.artifact_root, record, reached).run()

    def promote(self, space: str, model_version: str) -> None:
        """Make a version the `champion` and the champion before it `previous`. Again: no change."""
        champion = self.aliases(space).get(CHAMPION)
        if champion == model_version:
            return
        if champion is not None:
            self.client.set_registered_model_alias(space, PREVIOUS, champion)
        self.client.set_registered_model_alias(space, CHAMPION, model_version)

    def current_version(self, store: SnapshotStore, space: str) -> str | None:
        """The model version of what consumers follow; None where that is nothing, or MLflow was not told of it."""
        current = store.current(space)
        return None if current is None else self.model_version(store.manifest(space, current.version))

    def promote_current(self, store: SnapshotStore, space: str) -> None:
        """Make what consumers follow the champion, as far as MLflow knows it. Again: no change."""
        model_version = self.current_version(store, space)
        if model_version is not None:
            self.promote(space, model_version)

    def rollback(self, space: str, model_version: str | None = None) -> str:
        """Make `model_version`, or the `previous` one, the champion again; returns it.

        ValueError where there is none to go back to. To be safe to repeat, name the version.
        """
        target = model_version or self.aliases(space).get(PREVIOUS)
        if target is None:
            raise ValueError(f"{space}: no earlier champion to go back to; promote a second version first")
        self.promote(space, target)
        return target

    def aliases(self, space: str) -> dict[str, str]:
        """Alias → model version; empty where the space has no model yet."""
        try:
            found = self.client.get_registered_model(space).aliases
        except MlflowException as error:
            if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                return {}
            raise
        return {alias: str(version) for alias, version in found.items()}

    def tag(self, space: str, model_version: str, tags: Mapping[str, str]) -> None:
        """Note something about a registered version, on it and on its run: who decided what, and why."""
        run_id = str(self.client.get_model_version(space, model_version).run_id)
        for key, value in tags.items():
            self.client.set_model_version_tag(space, model_version, key, value)
            self.client.set_tag(run_id, key, value)

    def metric_history(self, space: str) -> pl.DataFrame:
        """One row per finished version, ordered by (day, version), for a plot of the trend.

        Columns: version, day, known_as_of (dates), verdict, run_id, model_version, then every metric in name
        order; null where a version lacks it or it could not be measured. To see a version among those before
        it, while it is not logged yet, append `VersionRecord.history_row`.
        """
        return history_frame([_history_row(run) for run in self._finished_runs(space)])

    def model_version(self, manifest: Manifest) -> str | None:
        """The model version of a version; None where MLflow was never told of it.

        A manifest does not change: a version that was recorded after it was published is found by its name.
        """
        if manifest.mlflow.model_version is not None:
            return manifest.mlflow.model_version
        run = self._finished_run(manifest.space, manifest.version)
        return None if run is None else str(run.data.tags["model_version"])

    def run_id(self, space: str, version: str) -> str | None:
        """The finished run of a version; None where there is none."""
        run = self._finished_run(space, version)
        return None if run is None else str(run.info.run_id)

    def _finished_run(self, space: str, version: str) -> Run | None:
        return next(self._finished_runs(space, f" AND tags.version = '{version}'"), None)

    def _finished_runs(self, space: str, further: str = "") -> Iterator[Run]:
        experiment = self.client.get_experiment_by_name(space)
        token: str | None = None
        while experiment is not None:
            page = self.client.search_runs(
                [experiment.experiment_id],
                f"attributes.status = 'FINISHED' AND tags.model_version != ''{further}",
                page_token=token,
            )
            yield from page
            token = page.token
            if not token:
                return


def _history_row(run: Run) -> dict[str, Any]:
    tags = run.data.tags
    named = {key: tags[key] for key in ("version", "verdict", "model_version")}
    days = {key: date.fromisoformat(tags[key]) for key in ("day", "known_as_of")}
    return {**run.data.metrics, **named, **days, "run_id": run.info.run_id}
