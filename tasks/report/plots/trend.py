"""A metric over the versions of a space."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tasks.report.plots.canvas import INK, PALETTE, QUIET, canvas, grid, note, save, say

VERDICTS = {"pass": (PALETTE[0], "o"), "warn": (PALETTE[1], "^"), "block": (PALETTE[5], "X")}
DAYS = 10
"""At most so many days are written under the axis."""
CLOSE = 60
"""With more versions the marks of those that passed are drawn small."""


def draw_trend(
    path: Path, title: str, history: pl.DataFrame, metric: str, baseline: str | None = None
) -> None:
    """Draw a metric over versions, oldest first, with its interval, a baseline and what the gate said.

    `history` as `Registry.metric_history` gives it: version, day, verdict, `metric`, and where they are there
    `<metric>_low`, `<metric>_high` and `baseline`; null where a night could not measure it.
    """
    figure, axes = canvas(10, 5, title)
    note(axes, f"{history.height:,} version{'' if history.height == 1 else 's'}")
    values = _column(history, metric)
    if np.isnan(values).all():
        say(axes, f"{_words(metric)}: not measured yet")
        return save(figure, path)
    low, high = _column(history, f"{metric}_low"), _column(history, f"{metric}_high")
    reference = _column(history, baseline)
    _draw_lines(axes, metric, values, (low, high))
    if not np.isnan(reference).all():
        dashes = (0, (4, 3))
        axes.plot(
            reference, color=QUIET, linewidth=1.5, linestyle=dashes, marker=".", label=_words(str(baseline))
        )
    _mark_verdicts(axes, values, history["verdict"].to_list())
    _frame(axes, history["day"].to_list(), float(np.nanmax([values, high, reference])))
    figure.legend(loc="outside lower center", ncols=7, frameon=False, labelcolor=INK, fontsize=9)
    return save(figure, path)


def _column(history: pl.DataFrame, name: str | None) -> NDArray[np.float64]:
    """A column as floats, NaN for null; all NaN where there is no such column."""
    if name is None or name not in history.columns:
        return np.full(history.height, np.nan)
    return history[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _draw_lines(
    axes: Axes,
    metric: str,
    values: NDArray[np.float64],
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    place = np.arange(len(values))
    if not np.isnan(bounds).all():
        axes.fill_between(place, *bounds, color=PALETTE[0], alpha=0.15, linewidth=0, label="95 % interval")
        axes.vlines(place, *bounds, color=PALETTE[0], alpha=0.35, linewidth=1.5)
    axes.plot(place, values, color=PALETTE[0], linewidth=1.8, label=_words(metric))


def _mark_verdicts(axes: Axes, values: NDArray[np.float64], verdicts: Sequence[str]) -> None:
    for verdict, (colour, shape) in VERDICTS.items():
        here = np.flatnonzero([found == verdict for found in verdicts])
        if here.size:
            axes.plot(
                here,
                values[here],
                linestyle="none",
                marker=shape,
                markersize=9 if len(values) <= CLOSE or verdict != "pass" else 4,
                markerfacecolor=colour,
                markeredgecolor="white",
                zorder=4,
                label=verdict,
            )


def _frame(axes: Axes, days: Sequence[date], top: float) -> None:
    axes.set_ylim(0, 1.1 * top if top > 0 else 1)
    axes.set_xlim(-0.5, len(days) - 0.5)
    step = -(-len(days) // DAYS)
    shown = range((len(days) - 1) % step, len(days), step)
    axes.set_xticks(shown, [days[at].isoformat() for at in shown])
    grid(axes, "y")


def _words(name: str) -> str:
    return name.replace("_at_", "@").replace("_", " ")
