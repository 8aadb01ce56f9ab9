"""Who has a vector, and why the others have none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tasks.report.plots.canvas import INK, PALETTE, canvas, grid, legible, note, save, say

WITH_VECTOR = "rows"


def draw_coverage(
    path: Path, title: str, counts: Mapping[str, int], before: Mapping[str, int] | None = None
) -> None:
    """Draw how many ids have a vector and how many have none under each reason.

    `counts`: reason → ids, with `rows` for the ids that have a vector. `before`: the same of the predecessor,
    drawn as marks.
    """
    before = before or {}
    reasons = sorted({*counts, *before}, key=lambda reason: _rank(reason, counts))
    figure, axes = canvas(9, 1.7 + 0.42 * len(reasons), title)
    if not reasons:
        say(axes, "no id is known yet")
        return save(figure, path)
    widths = [counts.get(reason, 0) for reason in reasons]
    note(axes, f"{sum(widths):,} known ids")
    colours = [PALETTE[0] if reason == WITH_VECTOR else PALETTE[1] for reason in reasons]
    axes.barh(range(len(reasons)), widths, color=colours, height=0.6)
    _write_counts(axes, widths, [before.get(reason, 0) for reason in reasons])
    if before:
        marks = [(before.get(reason, 0), row) for row, reason in enumerate(reasons)]
        across, down = zip(*marks, strict=True)
        axes.scatter(across, down, marker="|", s=380, linewidth=2, color=INK, label="version before")
        figure.legend(loc="outside lower right", frameon=False, labelcolor=INK, fontsize=9)
    axes.set_yticks(range(len(reasons)), [_words(reason) for reason in reasons], fontsize=10)
    axes.set_ylim(len(reasons) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * max(1, *widths, *before.values()))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    grid(axes, "x")
    return save(figure, path)


def _rank(reason: str, counts: Mapping[str, int]) -> tuple[bool, int, str]:
    """Ids with a vector first, then the most frequent reason."""
    return reason != WITH_VECTOR, -counts.get(reason, 0), reason


def _write_counts(axes: Axes, widths: list[int], marks: list[int]) -> None:
    total = max(1, sum(widths))
    for row, (width, mark) in enumerate(zip(widths, marks, strict=True)):
        text = f"   {width:,}  ({width / total:.1%})"
        axes.text(max(width, mark), row, text, va="center", color=INK, fontsize=10)


def _words(reason: str) -> str:
    return "with a vector" if reason == WITH_VECTOR else legible(reason.replace("_", " "), 32)
