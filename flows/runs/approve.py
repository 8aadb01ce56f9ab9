"""The approval flow: a version that the gate holds back waits, as a paused run, for a person."""

from __future__ import annotations

import logging
from typing import Any, Literal

from prefect import State, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import Field

from flows.configuration import load_configuration
from flows.decisions import Decider, decide_discard, decide_release
from flows.night import NightResult
from flows.runs.artifacts import drift_report, show_drift_report
from flows.runs.progress import hear_all
from flows.runs.runner_watch import end_with_runner
from flows.settings import Settings, settings
from warehouse.snapshots import SnapshotStore, Standing

logger = logging.getLogger("nightjar")


class Verdict(RunInput):
    """What a person says about a version that the gate holds back."""

    decision: Literal["release", "discard"] = Field(
        title="Decision", description="release: consumers follow it. discard: it is never published."
    )
    reason: str = Field(title="Reason", description="Why; kept with the decision.", min_length=1)
    name: str = Field(title="Your name", description="Who decides; kept with the decision.", min_length=1)


@flow(name="approve", flow_run_name="{space} {version}", persist_result=False)
def approve(space: str, version: str) -> Any:
    """Ask a person whether a version that the gate holds back is released or discarded.

    The run waits without a process, also while the servers are down. Unanswered, the version stays held back.

    Args:
        space: The space.
        version: The version that is held back.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    hear_all()
    store = SnapshotStore(chosen.home.snapshots)
    if store.standing(space, version) is not Standing.HELD:
        return _already_decided(store, space, version)
    report = drift_report(chosen, store.manifest(space, version))
    show_drift_report(chosen, store.manifest(space, version))
    wait = load_configuration(chosen.config).approval.wait
    said = suspend_flow_run(
        wait_for_input=Verdict.with_initial_data(description=report),
        timeout=int(wait.total_seconds()),
        key=version,
    )
    if store.standing(space, version) is not Standing.HELD:
        return _already_decided(store, space, version)
    by = Decider(said.name, said.reason)
    if said.decision == "discard":
        decide_discard(chosen, space, version, by)
    else:
        decide_release(chosen, space, version, by)
        _build_what_waited(store, space, version)
    return Completed(message=f"{said.decision} by {said.name}: {said.reason}")


def ask_about(chosen: Settings, result: NightResult) -> None:
    """Start an approval for every version that the night leaves held back; one that was started stays as it is.

    Approvals that are no longer needed are ended.
    """
    close_decided(chosen)
    for name in result.held_back:
        version = result.spaces[name].version
        if version is None:
            continue
        try:
            run_deployment(
                "approve/approve",
                parameters={"space": name, "version": version},
                idempotency_key=f"approve-{name}-{version}",
                timeout=0,
                as_subflow=False,
            )
        except ObjectNotFound:  # a command line without served deployments: `nightjar release` decides
            return


def close_decided(chosen: Settings) -> None:
    """End the approvals of versions that were decided elsewhere meanwhile, or that are gone."""
    store = SnapshotStore(chosen.home.snapshots)
    with get_client(sync_client=True) as client:
        waiting = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[approve.name])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED]))
            ),
        )
        for run in waiting:
            space, version = run.parameters["space"], run.parameters["version"]
            there = version in store.versions(space)
            if not there or store.standing(space, version) is not Standing.HELD:
                became = f"is {store.standing(space, version)} already" if there else "is gone"
                ended: State[None] = Completed(message=f"{space} {version} {became}")
                client.set_flow_run_state(run.id, ended, force=True)


def _build_what_waited(store: SnapshotStore, space: str, version: str) -> None:
    """Spaces built on this one waited for its release."""
    day = store.manifest(space, version).day
    run_deployment("nightly/nightly", parameters={"day": day, "catch_up": False}, timeout=0, as_subflow=False)


def _already_decided(store: SnapshotStore, space: str, version: str) -> State[None]:
    return Completed(message=f"{space} {version} is {store.standing(space, version)} already")
