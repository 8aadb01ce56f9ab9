"""The backfill flow: past nights, each a run of its own, oldest first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, cast

from prefect import State, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.configuration import load_configuration
from flows.days import day_table, each_day, landings, missing_nights
from flows.pages.artifacts import DayRun, never_in_the_way, show_backfill
from flows.runs.cancelling import cancel_its_runs
from flows.runs.progress import hear_all
from flows.runs.restarts import start_again
from flows.runs.runner_watch import end_with_runner
from flows.runs.states import is_done
from flows.schedule import night_of, require_over
from flows.settings import Settings, now, settings
from warehouse.errors import NightjarError
from warehouse.home import Home

logger = logging.getLogger("nightjar")

POLL_S = 2.0
LOOKS_BACK = 30
"""Nights among which the form's first day is the oldest that is missing."""
Mode = Literal["missing", "all"]


class BackfillFailedError(NightjarError):
    """Days failed; the others are done. The message names them."""


def run_name() -> str:
    """What the run is called in lists."""
    given = flow_run.parameters
    return f"{given['first']} to {given['last']}, {given['mode']}{', dry run' if given['dry_run'] else ''}"


@flow(
    name="backfill",
    flow_run_name=run_name,
    persist_result=False,
    on_crashed=[start_again],
    on_cancellation=[cancel_its_runs],
)
def backfill(
    first: date,
    last: date,
    mode: Mode = "missing",
    spaces: list[str] | None = None,
    dry_run: bool = False,
    known_as_of: date | None = None,
) -> State[None]:
    """Run past nights, oldest first, each as a run of its own.

    A day that fails does not stop the others; Retry on this run makes what is still missing. What is current never
    moves back in days.

    Args:
        first: First day, included.
        last: Last day, included.
        mode: missing: days for which one of the spaces has no version. all: every day; what is done already and
            would come out the same is recognised and costs seconds.
        spaces: Only these spaces; all where none is chosen.
        dry_run: Only list what would be run.
        known_as_of: Let every day see all logs that landed up to this day. None: each day sees what had landed by
            then.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    hear_all()
    _check(first, last, known_as_of)
    require_over(last, known_as_of, now().date())
    names = [name for name, _ in load_configuration(chosen.config).in_order(spaces or None)]
    days = _days_to_run(chosen, names, (first, last), mode, known_as_of)
    logger.info(
        "%d of %d days to run: %s", len(days), (last - first).days + 1, ", ".join(map(str, days)) or "none"
    )
    runs: list[DayRun] = []
    if not dry_run:
        for day in days:
            runs.append(_one_day(day, known_as_of, spaces))
            show_backfill(chosen, names, first, last, runs)
    show_backfill(chosen, names, first, last, runs)
    failed = [str(run.day) for run in runs if not run.succeeded]
    if failed:
        raise BackfillFailedError(
            f"{len(failed)} of {len(runs)} days failed: {', '.join(failed)}; Retry makes what is still missing"
        )
    done = "would be run" if dry_run else "were run"
    return Completed(message=f"{len(days)} of {(last - first).days + 1} days {done}")


def what_is_due(home: Home, spaces: Sequence[str], now: datetime) -> dict[str, date]:
    """The days that a backfill would be asked for: from the oldest missing one to the newest with logs."""
    over = night_of(now)
    found = landings(home)
    last = min(over, max(found.days)) if found is not None and found.days else over
    missing = missing_nights(home, spaces, last, LOOKS_BACK)
    return {"first": missing[0] if missing else last, "last": last}


@never_in_the_way
def renew_form(home: Home, spaces: Sequence[str]) -> None:
    """Let the form of a backfill ask for what is due by now: logs have landed since it was deployed."""
    with get_client(sync_client=True) as client:
        try:
            known = client.read_deployment_by_name(f"{backfill.name}/{backfill.name}")
        except ObjectNotFound:
            return
        due = {name: day.isoformat() for name, day in what_is_due(home, spaces, now()).items()}
        client.update_deployment(known.id, DeploymentUpdate(parameters={**known.parameters, **due}))


def _check(first: date, last: date, known_as_of: date | None) -> None:
    if last < first:
        raise BackfillFailedError(f"last day {last} is before first day {first}; swap them")
    if known_as_of is not None and known_as_of < last:
        raise BackfillFailedError(
            f"known_as_of {known_as_of} is before the last day {last}; give that day or a later one"
        )


def _days_to_run(
    chosen: Settings, spaces: list[str], days: tuple[date, date], mode: Mode, known_as_of: date | None
) -> list[date]:
    """A day on which nothing landed is run where it may see what landed later."""
    if mode == "all":
        return list(each_day(*days))
    wanted = ("missing",) if known_as_of is None else ("missing", "no_logs")
    return sorted({state.day for state in day_table(chosen.home, spaces, *days) if state.state in wanted})


def _one_day(day: date, known_as_of: date | None, spaces: list[str] | None) -> DayRun:
    """Start the day's run and wait for its end. A retry of the backfill starts a run anew, not the failed one again."""
    started = run_deployment(
        "nightly/nightly",
        parameters={
            "day": day,
            "known_as_of": known_as_of,
            "spaces": spaces,
            "backfilled": True,
            "catch_up": False,
        },
        idempotency_key=f"{flow_run.id}-{flow_run.run_count}-{day}",
        tags=["backfill"],
        poll_interval=POLL_S,
    )
    run = cast(FlowRun, started)  # a coroutine only where it is called from one
    state = run.state
    name = (state and state.name) or "unknown"
    if is_done(state):
        logger.info("%s: %s", day, name)
    else:
        logger.error("%s: %s: %s", day, name, (state and state.message) or "no reason was given")
    return DayRun(day, str(run.id), name, is_done(state))
