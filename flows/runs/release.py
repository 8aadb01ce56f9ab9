"""The release flow: publish a version that the gate held back, from the Prefect UI."""

from __future__ import annotations

from prefect import flow

from flows.decisions import Decider, decide_release
from flows.runs.runner_watch import end_with_runner
from flows.servers.approvals import end_settled
from flows.settings import settings
from warehouse.snapshots import SnapshotStore


@flow(name="release", flow_run_name="{space} {version}", persist_result=False)
def release(space: str, version: str, reason: str, name: str) -> None:
    """Publish a version that the gate held back or a rollback withdrew.

    Consumers follow it, unless they follow a version of a later day already.

    Args:
        space: The space.
        version: The version, as lists show it.
        reason: Why; kept with the decision.
        name: Who decides; kept with the decision.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    decide_release(chosen, space, version, Decider(name, reason))
    end_settled(SnapshotStore(chosen.home.snapshots), chosen.prefect_api_url, chosen.auth)
