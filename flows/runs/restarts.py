"""Runs whose process died are started again, a few times: a run killed anywhere goes on where it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.states import AwaitingRetry, Crashed

from flows.settings import now

ATTEMPTS = 3
"""How often a run is started before it is given up: one that kills its process would do so for ever."""


def after_death(run: FlowRun, at: datetime) -> State[Any]:
    """The state of a run whose process died. One day of a backfill is left to its backfill."""
    if run.parent_task_run_id is not None:
        return Crashed(message="its process died; the backfill that started it goes on")
    if run.run_count >= ATTEMPTS:
        return Crashed(message=f"its process died {run.run_count} times; it is not started again")
    return AwaitingRetry(scheduled_time=at, message="its process died; it is started again")


def start_again(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """A hook for flows that crash: the runner calls it where the process of a run died under it."""
    after = after_death(flow_run, now())
    if after.is_scheduled():
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(flow_run.id, after, force=True)
