"""A run that is cancelled takes along the runs that it started."""

from __future__ import annotations

from typing import Any

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Cancelled, Cancelling

UNDER_WAY = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]


def cancel_its_runs(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """A hook for flows that are cancelled: the runner calls it when their process is gone."""
    started = FlowRunFilter(
        parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[flow_run.id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY)),
    )
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=started):
            has_process = run.state_type is not StateType.SCHEDULED
            client.set_flow_run_state(run.id, Cancelling() if has_process else Cancelled())
