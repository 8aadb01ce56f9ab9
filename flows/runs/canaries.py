"""The canaries flow: is the gate still to be trusted? By hand from the Prefect UI, and by the night, a space at a time.

A gate that misses a fault is worth a call: the run then ends in the state `CanaryMissed`, which is an alert of its own.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.commands.canaries import can_be_tried, run_canaries
from flows.configuration import Configuration, load_configuration
from flows.pages.artifacts import show_canaries_page
from flows.runs.progress import hear_all
from flows.runs.runner_watch import end_with_runner
from flows.runs.states import CANARY_MISSED
from flows.settings import Settings, settings
from flows.writer import writing
from tasks.versions.canary_results import CanaryResults, most_overdue

logger = logging.getLogger("nightjar")


@flow(name="canaries", flow_run_name="{space}", persist_result=False)
def canaries(space: str = "all", day: date | None = None) -> Any:
    """Hand the gate damaged copies of what is current, and see which it catches. Nothing is published or changed.

    Costs about one training for each fault of the log.

    Args:
        space: Only this space; all of them by default.
        day: Of which night. None: the version's own.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    hear_all()
    configuration = load_configuration(chosen.config)
    names = list(configuration.pipelines) if space == "all" else [space]
    with writing(chosen.home):
        if space == "all":
            names = [name for name in names if can_be_tried(chosen.home, name)]
        results = [run_canaries(chosen, configuration, name, day) for name in names]
    show_canaries_page(results)
    return concluded(results)


def try_what_is_due(chosen: Settings, configuration: Configuration, day: date) -> bool:
    """Try the gate of the space that waits longest, if that is `canaries.every`; whether one was.

    What goes wrong is told and stops nobody: the night is published already.
    """
    every = configuration.canaries.every
    spaces = list(configuration.pipelines)
    space = None if every is None else most_overdue(chosen.home, spaces, day, every)
    if space is None:
        return False
    state: State[Any] = canaries(space, day, return_state=True)  # type: ignore[assignment]
    if state.is_failed() or state.is_crashed():
        logger.error("canaries of %s: %s", space, state.message)
    return True


def concluded(results: list[CanaryResults]) -> State[Any]:
    """The end of a run in a line."""
    message = "; ".join(f"{result.space}: {result.summary}" for result in results) or "nothing to try yet"
    if any(result.missed for result in results):
        return Failed(name=CANARY_MISSED, message=message)
    return Completed(message=message)
