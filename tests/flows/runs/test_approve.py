"""Approvals of versions that need none any more are ended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from flows.decisions import Decider, decide_discard
from flows.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from tests.flows.conftest import Planted


@pytest.fixture
def approvals(prefect_client: SyncPrefectClient) -> UUID:
    flow = prefect_client.create_flow_from_name("approve")
    return prefect_client.create_deployment(flow, "approve")


def test_what_was_decided_elsewhere_or_is_gone_is_no_longer_asked_about(
    planted: Planted, prefect_client: SyncPrefectClient, approvals: UUID
) -> None:
    from prefect.states import Running, Suspended

    from flows.runs.approve import close_decided

    def waiting(version: str) -> UUID:
        run = prefect_client.create_flow_run_from_deployment(
            approvals, parameters={"space": "items", "version": version}
        )
        prefect_client.set_flow_run_state(run.id, Running(), force=True)
        prefect_client.set_flow_run_state(run.id, Suspended(timeout_seconds=600), force=True)
        return run.id

    planted.version("items", 1)
    discarded, undecided = planted.version("items", 2, "block"), planted.version("items", 3, "block")
    asked = [waiting(version) for version in (discarded, undecided, "2026-01-01-000000000000")]
    chosen = Settings(planted.home, planted.home.root / "pipelines.yaml", None, None)
    decide_discard(chosen, "items", discarded, Decider("wren", "half a log"))
    close_decided(chosen)
    ended, waits, gone = (prefect_client.read_flow_run(run).state for run in asked)
    assert (ended.name, ended.message) == ("Completed", f"items {discarded} is discarded already")
    assert waits.is_paused()
    assert gone.is_completed() and "is gone" in str(gone.message)
