"""How runs end, beside Prefect's own states.

Their names are of type FAILED: Prefect paints them red, since a person is needed.
"""

from __future__ import annotations

from typing import Any

from prefect import State

from flows.night import HELD_BACK, NO_LOGS
from warehouse.errors import NightjarError

CANARY_MISSED = "CanaryMissed"
"""A gate let a copy pass that was damaged on purpose."""


class RunFailedError(NightjarError):
    """A run failed without saying how."""


def is_done(state: State[Any] | None) -> bool:
    """Whether a night's run made all that it could make, whatever the gate said about it."""
    return state is not None and (state.is_completed() or state.name in (HELD_BACK, NO_LOGS))


def result_of(state: State[Any]) -> Any:
    """What a run returned, also where it ended as HeldBack or NoLogs; what made it fail is raised."""
    found = state.result(raise_on_failure=False)
    if isinstance(found, BaseException):
        raise found
    if not is_done(state):
        raise RunFailedError(f"{state.name}: {state.message}")
    return found
