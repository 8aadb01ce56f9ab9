"""What an earlier crash left: runs that no process works on, and limits that they hold."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Cancelled

from flows.runs.restarts import after_death
from flows.writer import set_limit

logger = logging.getLogger("nightjar")

UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
PAGE = 200


def repair(client: SyncPrefectClient, deployments: Collection[UUID], now: datetime) -> list[str]:
    """Settle every run of ours that is said to be under way, and free the writer's limit; a line for each run.

    Call it while no runner of this home is alive: runs end with their runner, so all of them are orphans.
    A run whose process died is started again, up to three times; one day of a backfill is left to its backfill.
    """
    lines = []
    while orphans := _under_way(client, deployments):
        for run in orphans:
            cancelling = run.state_type is StateType.CANCELLING
            state = Cancelled(message="its process is gone") if cancelling else after_death(run, now)
            client.set_flow_run_state(run.id, state, force=True)
            lines.append(f"{run.name}: was {run.state_name}, is {state.name}: {state.message}")
    set_limit()
    for line in lines:
        logger.warning("%s", line)
    return lines


def _under_way(client: SyncPrefectClient, deployments: Collection[UUID]) -> list[FlowRun]:
    found: list[FlowRun] = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(deployments))),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))),
        limit=PAGE,
    )
    return found
