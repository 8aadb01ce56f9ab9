"""What a backfill shows: each day, its run, and what is left to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flows.days import DayState, State

WORDS: dict[State, str] = {
    "done": "done",
    "held": "**held back**",
    "discarded": "discarded",
    "withdrawn": "withdrawn",
    "missing": "**missing**",
    "no_logs": "no logs",
    "dropped": "deleted by retention",
}


@dataclass(frozen=True, slots=True)
class DayRun:
    """The run that a backfill started for a day, and how it ended."""

    day: date
    flow_run_id: str
    state: str
    succeeded: bool


def backfill_page(spaces: Sequence[str], states: Sequence[DayState], runs: Sequence[DayRun]) -> str:
    """The page of a backfill, while it runs and after it."""
    by_day = {run.day: run for run in runs}
    days = sorted({state.day for state in states})
    found = {(state.day, state.space): state for state in states}
    failed = [run for run in runs if not run.succeeded]
    lines = [f"- **{run.day}**: {_link(run)}" for run in failed]
    remedy = ["**Retry** on this run makes what is still missing."] if failed else []
    head = ["day", "run", *spaces]
    rows = [
        [str(day), _link(by_day.get(day)), *(_said(found[day, space]) for space in spaces)] for day in days
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
    return (
        "\n\n".join(
            [f"# {backfill_title(states, runs)}", *(["\n".join(lines)] if lines else []), *remedy, table]
        )
        + "\n"
    )


def backfill_title(states: Sequence[DayState], runs: Sequence[DayRun]) -> str:
    """How far it is, in a few words."""
    failed = sum(not run.succeeded for run in runs)
    if failed:
        return f"{failed} of {len(runs)} days failed"
    missing, held = (len({one.day for one in states if one.state == state}) for state in ("missing", "held"))
    if not runs:
        parts = [f"{_days(missing)} missing" if missing else "No day is missing"]
    else:
        parts = [f"{len(runs)} day{'' if len(runs) == 1 else 's'} run", f"{missing or 'none'} missing"]
    return ", ".join([*parts, *([f"{held} held back"] if held else [])])


def day_rows(spaces: Sequence[str], states: Sequence[DayState]) -> list[dict[str, str]]:
    """A row a day, a column a space, for a table artifact."""
    found = {(state.day, state.space): state for state in states}
    landed = {state.day: state.logs_landed for state in states}
    words = {True: "yes", False: "no", None: "–"}
    return [
        {
            "day": str(day),
            "logs landed": words[landed[day]],
            **{space: _said(found[day, space]) for space in spaces},
        }
        for day in sorted(landed)
    ]


def _days(count: int) -> str:
    return f"{count} day is" if count == 1 else f"{count} days are"


def _said(state: DayState) -> str:
    return f"{WORDS[state.state]}{', current' if state.current else ''}"


def _link(run: DayRun | None) -> str:
    return "–" if run is None else f"[{run.state}](/runs/flow-run/{run.flow_run_id})"
