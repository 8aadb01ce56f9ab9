"""A sweep in MLflow while it runs: a run of its own, its trials below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.settings import Settings, milliseconds_now
from tasks.calibration.sweep import Sweep, Trial

if TYPE_CHECKING:
    from warehouse.mlflow.calibration import CalibrationLog


@dataclass(slots=True)
class Runs:
    """A sweep's run and, below it, a run for each trial as soon as it is done. `best`: metrics of the best on test."""

    log: CalibrationLog
    sweep: Sweep
    parent: str
    best: Mapping[str, float] = field(default_factory=dict)

    def add(self, trial: Trial) -> None:
        """Once, however often the sweep is started."""
        from warehouse.mlflow.calibration import CalibrationRun

        name = f"{self.sweep.name} trial {trial.number}"
        if self.log.find(name, self.parent) is not None:
            return
        quality = {} if trial.quality is None else {f"validation_{trial.headline}": trial.quality}
        cost = {"seconds": trial.seconds, "peak_mib": trial.peak_mib}
        reason = {} if trial.reason is None else {"reason": trial.reason}
        status = "KILLED" if trial.quality is None else "FINISHED"
        self.log.milliseconds = milliseconds_now()
        self.log.log(CalibrationRun(name, trial.params, quality | cost, reason, status), self.parent)


@contextmanager
def logged(chosen: Settings, set_name: str, asked: Sweep) -> Iterator[Runs]:
    """The sweep's run, that of an earlier start where there is one; KILLED where the sweep is stopped."""
    from warehouse.mlflow import Registry
    from warehouse.mlflow.calibration import CalibrationLog, CalibrationRun

    registry = Registry.open(chosen.home, tracking_uri=chosen.registry_uri)
    log = CalibrationLog(registry.client, registry.artifact_root, set_name, milliseconds_now())
    parent = log.find(asked.name) or log.log(CalibrationRun(asked.name, {}, {}, status="RUNNING"))
    registry.client.update_run(parent, status="RUNNING")
    runs = Runs(log, asked, parent)
    status = "KILLED"
    try:
        yield runs
        status = "FINISHED" if runs.best else "FAILED"
    finally:
        log.milliseconds = milliseconds_now()
        log.end(parent, status, runs.best)
