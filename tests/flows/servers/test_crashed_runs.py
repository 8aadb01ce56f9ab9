"""Runs that no process works on are settled when the runner starts, and those of others are left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

NOW = datetime(2026, 3, 5, 10, tzinfo=UTC)


@pytest.fixture
def deployment(prefect_client: SyncPrefectClient) -> UUID:
    flow = prefect_client.create_flow_from_name("nightly")
    return prefect_client.create_deployment(flow, f"repair-{uuid4().hex[:8]}")


def run_in(client: SyncPrefectClient, deployment: UUID, *states: Any, **changes: Any) -> UUID:
    """A run that went through these states."""
    run = client.create_flow_run_from_deployment(deployment, **changes)
    for state in states:
        client.set_flow_run_state(run.id, state, force=True)
    return run.id


def test_a_run_under_way_is_started_again_and_what_is_over_stays(
    prefect_client: SyncPrefectClient, deployment: UUID
) -> None:
    from prefect.states import Cancelling, Completed, Failed, Paused, Pending, Running

    from flows.servers.crashed_runs import repair

    client = prefect_client
    running = run_in(client, deployment, Running())
    pending = run_in(client, deployment, Pending())
    cancelling = run_in(client, deployment, Running(), Cancelling())
    left = {
        run_in(client, deployment, Running(), Completed()): "Completed",
        run_in(client, deployment, Running(), Failed()): "Failed",
        run_in(client, deployment, Running(), Paused(timeout_seconds=60, reschedule=True)): "Suspended",
        run_in(client, deployment): "Scheduled",
    }
    lines = repair(client, [deployment], NOW)
    assert len(lines) == 3
    assert client.read_flow_run(running).state_name == "AwaitingRetry"
    assert client.read_flow_run(pending).state_name == "AwaitingRetry"
    assert client.read_flow_run(cancelling).state_name == "Cancelled"
    named = {id_: client.read_flow_run(id_).state.type.value for id_ in left}
    assert list(named.values()) == ["COMPLETED", "FAILED", "PAUSED", "SCHEDULED"]
    assert repair(client, [deployment], NOW) == []


def test_a_run_that_kills_its_process_is_not_started_for_ever(
    prefect_client: SyncPrefectClient, deployment: UUID
) -> None:
    from prefect.states import Running, Scheduled

    from flows.servers.crashed_runs import repair

    deadly = run_in(
        prefect_client, deployment, *(state for _ in range(3) for state in (Scheduled(), Running()))
    )
    assert prefect_client.read_flow_run(deadly).run_count == 3
    repair(prefect_client, [deployment], NOW)
    crashed = prefect_client.read_flow_run(deadly)
    assert crashed.state_name == "Crashed" and "died 3 times" in str(crashed.state.message)


def test_the_runs_of_others_are_left_alone(prefect_client: SyncPrefectClient, deployment: UUID) -> None:
    from prefect.states import Running

    from flows.servers.crashed_runs import repair

    flow = prefect_client.create_flow_from_name("somebody else's")
    other = prefect_client.create_deployment(flow, f"other-{uuid4().hex[:8]}")
    theirs = run_in(prefect_client, other, Running())
    assert repair(prefect_client, [deployment], NOW) == []
    assert prefect_client.read_flow_run(theirs).state_name == "Running"


def test_more_orphans_than_a_page_holds(
    prefect_client: SyncPrefectClient, deployment: UUID, monkeypatch: Any
) -> None:
    from prefect.states import Running

    from flows.servers import crashed_runs as module

    monkeypatch.setattr(module, "PAGE", 2)
    for _ in range(5):
        run_in(prefect_client, deployment, Running())
    assert len(module.repair(prefect_client, [deployment], NOW)) == 5


def test_the_writers_limit_is_there_and_free(prefect_client: SyncPrefectClient) -> None:
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    from flows.servers.crashed_runs import repair
    from flows.writer import WRITER

    repair(prefect_client, [uuid4()], NOW)
    assert prefect_client.read_global_concurrency_limit_by_name(WRITER).limit == 1
    prefect_client.update_global_concurrency_limit(WRITER, GlobalConcurrencyLimitUpdate(active_slots=1))
    repair(prefect_client, [uuid4()], NOW)
    assert prefect_client.read_global_concurrency_limit_by_name(WRITER).active_slots == 0
