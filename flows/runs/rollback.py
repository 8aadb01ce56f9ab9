"""The rollback flow: point consumers back to an earlier version, from the Prefect UI."""

from __future__ import annotations

from prefect import flow

from flows.decisions import Decider, decide_rollback
from flows.runs.runner_watch import end_with_runner
from flows.servers.approvals import end_settled
from flows.settings import settings
from warehouse.snapshots import SnapshotStore


@flow(name="rollback", flow_run_name="{space}", persist_result=False)
def rollback(space: str, reason: str, name: str, to: str | None = None, force: bool = False) -> None:
    """Point consumers back to an earlier version; the later ones are withdrawn, and a release brings them back.

    Args:
        space: The space.
        reason: Why; kept with the decision.
        name: Who decides; kept with the decision.
        to: The version to return to. None: the newest released one of an earlier day.
        force: Also a version without rows, in which consumers find nothing.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    decide_rollback(chosen, space, to, Decider(name, reason), force)
    end_settled(SnapshotStore(chosen.home.snapshots), chosen.prefect_api_url, chosen.auth)
