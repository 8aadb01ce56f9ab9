"""The approval flow: a version that the gate holds back waits, as a paused run, for a person."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Literal, cast

from prefect import State, flow
from prefect.client.schemas import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field

from flows.configuration import load_configuration
from flows.decisions import Decider, decide_discard, decide_release
from flows.night import NightResult
from flows.pages.artifacts import drift_report, show_drift_report
from flows.runs.progress import hear_all
from flows.runs.release import start_what_waited
from flows.runs.runner_watch import end_with_runner
from flows.servers.approvals import APPROVE, end_settled, settled_because
from flows.settings import Settings, settings
from warehouse.snapshots import Manifest, SnapshotStore, Standing

logger = logging.getLogger("nightjar")


class DecisionForm(RunInput):
    """What a person says about a version that the gate holds back."""

    decision: Literal["release", "discard"] = Field(
        title="Decision", description="release: consumers follow it. discard: it is never published."
    )
    reason: str = Field(title="Reason", description="Why; kept with the decision.", min_length=1)
    name: str = Field(title="Your name", description="Who decides; kept with the decision.", min_length=1)
    force: bool = Field(
        False, title="Force", description="Release it also without rows: consumers then find nothing in it."
    )


@flow(name=APPROVE, flow_run_name="{space} {version}", persist_result=False)
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
    manifest, configuration = store.manifest(space, version), load_configuration(chosen.config)
    built_on_it = [name for name, pipeline in configuration.pipelines.items() if space in pipeline.from_]
    report = drift_report(chosen, manifest, what_deciding_does(store, manifest, built_on_it))
    show_drift_report(chosen, manifest, report)
    wait = configuration.approval.wait
    said = suspend_flow_run(
        wait_for_input=DecisionForm.with_initial_data(description=report),
        timeout=int(wait.total_seconds()),
        key=version,
    )
    if store.standing(space, version) is not Standing.HELD:
        return _already_decided(store, space, version)
    by = Decider(said.name, said.reason)
    if said.decision == "discard":
        decide_discard(chosen, space, version, by)
    else:
        decide_release(chosen, space, version, by, said.force)
        start_what_waited(chosen, manifest)
    return Completed(message=f"{said.decision} by {said.name}: {said.reason}")


def ask_about(chosen: Settings, result: NightResult) -> dict[str, str]:
    """Start an approval for every version that the night leaves held back; one that was started stays as it is.

    Returns space → id of the run with the form. Approvals that are no longer needed are ended.
    """
    store = SnapshotStore(chosen.home.snapshots)
    for line in end_settled(store, settings().prefect_api_url, chosen.auth):
        logger.info("nobody needs to decide any more: %s", line)
    approvals: dict[str, str] = {}
    for name in result.held_back if flow_run.id is not None else ():
        version = result.spaces[name].version
        if version is None or settled_because(store, name, version) is not None:
            continue
        try:
            run = run_deployment(
                "approve/approve",
                parameters={"space": name, "version": version},
                idempotency_key=f"approve-{name}-{version}",
                timeout=0,
                as_subflow=False,
            )
        except ObjectNotFound:  # a command line without served deployments: `nightjar release` decides
            break
        approvals[name] = str(cast(FlowRun, run).id)
    return approvals


def what_deciding_does(store: SnapshotStore, manifest: Manifest, built_on_it: Sequence[str]) -> str:
    """What releasing and discarding a version would do as things stand. `built_on_it`: spaces that wait for it."""
    space, current = manifest.space, store.current(manifest.space)
    if current is None:
        moves, stay = f"consumers of {space}, who have none, follow it", "consumers have none"
    else:
        moves = f"consumers of {space} move from `{current.version}` to it"
        stay = f"consumers stay on `{current.version}`"
    follow = f", then {', '.join(built_on_it)} of {manifest.day} is made from it" if built_on_it else ""
    return f"- **release**: {moves}{follow}\n- **discard**: {stay}; the version stays readable under its name"


def _already_decided(store: SnapshotStore, space: str, version: str) -> State[None]:
    return Completed(message=f"{space} {version} is {store.standing(space, version)} already")
