"""The history of a space in a terminal: a line a metric, oldest version first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows.commands.terminal import print_table

LEVELS, UNKNOWN = "▁▂▃▄▅▆▇█", "·"
VERDICTS = {"pass": "●", "warn": "▲", "block": "■"}
LONGEST = 40
"""Versions on a line; of more, the newest."""
METRICS = ("recall", "popularity", "cosine", "noise", "rows")


def print_history(versions: Sequence[Mapping[str, Any]]) -> None:
    """Metrics and verdicts over `versions`, as `nightjar status --json` lists them; nothing for less than two."""
    shown = versions[-LONGEST:]
    if len(shown) < 2:
        return
    rows: list[list[object]] = [
        ["verdict", "".join(VERDICTS[entry["verdict"]] for entry in shown), None, None, shown[-1]["verdict"]]
    ]
    for metric in METRICS:
        values = [_value(entry, metric) for entry in shown]
        known = [value for value in values if value is not None]
        if known:
            rows.append(
                [
                    metric,
                    sparkline(values),
                    *(_shown(metric, at) for at in (min(known), max(known), values[-1])),
                ]
            )
    title = f"History: {len(shown)} versions, {shown[0]['day']} to {shown[-1]['day']} (● pass ▲ warn ■ block)"
    print_table(title, ["metric", "trend", "lowest", "highest", "newest"], rows)


def sparkline(values: Sequence[float | None]) -> str:
    """A character a value, the lowest and the highest as the lowest and highest block; all alike in the middle."""
    known = [value for value in values if value is not None]
    low, span = min(known, default=0.0), max(known, default=0.0) - min(known, default=0.0)
    top = len(LEVELS) - 1
    return "".join(
        UNKNOWN if value is None else LEVELS[round(top * (value - low) / span) if span else top // 2]
        for value in values
    )


def _value(entry: Mapping[str, Any], metric: str) -> float | None:
    found = entry["rows"] if metric == "rows" else entry["metrics"][metric]
    return None if found is None else float(found)


def _shown(metric: str, value: float | None) -> object:
    return (
        None
        if value is None
        else f"{value:,.0f}"
        if metric == "rows"
        else f"{value:.1f}×"
        if metric == "noise"
        else f"{value:.3f}"
    )
