"""What is tried again: only faults that may pass by themselves, and only where a server is asked."""

from __future__ import annotations

from typing import Any

from prefect import State, Task
from prefect.client.schemas import TaskRun
from prefect.tasks import exponential_backoff

ATTEMPTS = 4
FIRST_PAUSE_S = 2


def for_transient_faults() -> dict[str, Any]:
    """Options of a task that is tried up to four times, 2, 4 and 8 s apart, give or take."""
    return {
        "retries": ATTEMPTS - 1,
        "retry_delay_seconds": exponential_backoff(FIRST_PAUSE_S),
        "retry_jitter_factor": 0.5,
        "retry_condition_fn": may_pass,
    }


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the fault that ended a task may be gone the next time."""
    from warehouse.mlflow.faults import is_transient

    fault = state.result(raise_on_failure=False)
    return isinstance(fault, Exception) and is_transient(fault)
