"""The release flow: publish a version that the gate held back, from the Prefect UI."""

from __future__ import annotations

from prefect import flow
from prefect.deployments import run_deployment

from flows.configuration import load_configuration
from flows.decisions import Decider, decide_release
from flows.night import night_of_children
from flows.runs.runner_watch import end_with_runner
from flows.servers.approvals import end_settled
from flows.settings import Settings, settings
from warehouse.snapshots import Manifest, SnapshotStore


@flow(name="release", flow_run_name="{space} {version}", persist_result=False)
def release(space: str, version: str, reason: str, name: str, force: bool = False) -> None:
    """Publish a version that the gate held back or a rollback withdrew.

    Consumers follow it, unless they follow a version of a later day already. Spaces that are built on it are made.

    Args:
        space: The space.
        version: The version, as lists show it.
        reason: Why; kept with the decision.
        name: Who decides; kept with the decision.
        force: Also a version without rows, in which consumers find nothing.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    decide_release(chosen, space, version, Decider(name, reason), force)
    store = SnapshotStore(chosen.home.snapshots)
    end_settled(store, chosen.prefect_api_url, chosen.auth)
    start_what_waited(chosen, store.manifest(space, version))


def start_what_waited(chosen: Settings, manifest: Manifest) -> None:
    """Start the night of a version just released for the spaces that are built on its space; a run of its own."""
    request = night_of_children(load_configuration(chosen.config), manifest)
    if request is None:
        return
    parameters = {
        "day": request.day,
        "known_as_of": request.known_as_of,
        "spaces": list(request.spaces or ()),
        "backfilled": request.backfilled,
        "catch_up": False,
    }
    run_deployment("nightly/nightly", parameters=parameters, timeout=0, as_subflow=False)
