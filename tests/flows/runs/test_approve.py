"""Approvals of versions that need none any more are ended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from flows.decisions import Decider, decide_discard
from flows.servers.approvals import end_settled, settled_because
from flows.settings import Settings
from tests.flows.conftest import AUTH

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from tests.flows.conftest import Planted


@pytest.fixture
def approvals(prefect_client: SyncPrefectClient) -> UUID:
    flow = prefect_client.create_flow_from_name("approve")
    return prefect_client.create_deployment(flow, "approve")


def test_what_was_decided_elsewhere_or_is_gone_is_no_longer_asked_about(
    planted: Planted, prefect_client: SyncPrefectClient, prefect_server: str, approvals: UUID
) -> None:
    from prefect.states import Completed, Running, Suspended

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
    ended_lines = end_settled(planted.store, prefect_server, AUTH)
    assert f"items {discarded} is discarded already" in ended_lines and len(ended_lines) >= 2
    ended, waits, gone = (prefect_client.read_flow_run(run).state for run in asked)
    assert (ended.name, ended.message) == ("Completed", f"items {discarded} is discarded already")
    assert waits.is_paused()
    assert gone.is_completed() and "is gone" in str(gone.message)
    assert end_settled(planted.store, prefect_server, AUTH) == []
    prefect_client.set_flow_run_state(asked[1], Completed(), force=True)


def test_a_version_that_a_later_day_has_overtaken_needs_no_decision(planted: Planted) -> None:
    held = planted.version("items", 2, "block")
    assert settled_because(planted.store, "items", held) is None
    planted.version("items", 1)
    assert settled_because(planted.store, "items", held) is None
    later = planted.version("items", 3)
    assert settled_because(planted.store, "items", held) == f"is overtaken: consumers follow {later}"


def test_the_form_says_what_deciding_does(planted: Planted) -> None:
    from flows.runs.approve import what_deciding_does

    first = planted.store.manifest("items", planted.version("items", 1, "block"))
    assert "who have none, follow it" in what_deciding_does(planted.store, first, [])
    current = planted.version("items", 2)
    held = planted.store.manifest("items", planted.version("items", 3, "block"))
    assert what_deciding_does(planted.store, held, ["readers"]).splitlines() == [
        f"- **release**: consumers of items move from `{current}` to it, then readers of 2026-03-03 is made from it",
        f"- **discard**: consumers stay on `{current}`; the version stays readable under its name",
    ]
