"""Stages as Prefect's tasks: what each waited for is what Prefect's graph shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.runs.retries import for_transient_faults
from tasks.stages.register import register


@dataclass(slots=True)
class Stages:
    """Stages one after the other. `of`: the space that they make; `after`: the ends of what the next one waits for."""

    of: str = ""
    after: list[State[Any]] = field(default_factory=list)

    def run(self, stage: Callable[..., Any], *arguments: Any) -> Any:
        """Run one stage as a task. Nothing is cached by Prefect: versions recognise themselves by fingerprint.

        Outside of a run, where there is no Prefect, the stage is called as it is. The one that talks to a server is
        tried again where the fault may pass; the others would only fail alike.
        """
        if flow_run.id is None:
            return stage(*arguments)
        name = f"{self.of}: {stage.__name__}" if self.of else stage.__name__
        retries = for_transient_faults() if stage is register else {}

        made: list[Any] = []

        # Without arguments and result: of what holds one value, such as a day, Prefect takes one for made from another.
        @task(name=name, task_run_name=name, cache_policy=NO_CACHE, persist_result=False, **retries)
        def as_task() -> None:
            made.append(stage(*arguments))

        ended: State[None] = as_task(wait_for=self.after, return_state=True)
        ended.result()  # raises what the stage raised
        self.after = [ended]
        return made[-1]
