"""What all pictures share: colours, an empty figure, text that can be drawn, a file without time or place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

DOTS_PER_INCH = 100
"""So that a picture is at most 1,000 pixels wide, which MLflow's pages show without cutting it."""
FONT = "DejaVu Sans"
"""Comes with matplotlib, so that pictures are the same on every machine."""

# Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C")
INK, QUIET, PALE = "#222222", "#666666", "#E2E2E2"
LENGTH = 30
"""Characters of a text beside a point."""
OFFSETS = ((8, 0), (-8, 0), (0, 9), (0, -9), (7, 9), (-7, 9), (7, -9), (-7, -9))
"""From the point to its text, in typographic points; the first place that is free is taken."""


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A figure of so many inches with one pair of axes and room that fits its text."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    plain(axes.set_title(legible(title), loc="left", fontsize=13, fontweight="bold", color=INK, pad=12))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=QUIET, labelsize=9)
    return figure, axes


def note(axes: Axes, text: str) -> None:
    """A quiet line on the title's right."""
    plain(axes.set_title(text, loc="right", fontsize=9, color=QUIET, pad=12))


def say(axes: Axes, text: str) -> None:
    """Words in place of a picture that cannot be drawn."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=QUIET, fontsize=12, transform=axes.transAxes)


def grid(axes: Axes, axis: str) -> None:
    """Quiet lines behind the data."""
    (axes.xaxis if axis == "x" else axes.yaxis).grid(True, color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)


def legible(text: str, length: int | None = None) -> str:
    """One line of what the font can show, cut to `length` characters, after a whole word if possible."""
    known = get_font(findfont(FONT))
    line = " ".join(
        "".join(c if known.get_char_index(ord(c)) else " " for c in " ".join(text.split())).split()
    )
    if length is None or len(line) <= length:
        return line
    words = line[: length - 1].rsplit(" ", 1)
    return (words[0] if len(words[0]) > length // 2 else line[: length - 1]).rstrip(" ,.;:–-") + "…"


def plain(text: Text) -> Text:
    """Dollar signs are dollar signs, not formulas."""
    text.set_parse_math(False)
    text.set_fontfamily(FONT)
    return text


def save(figure: Figure, path: Path) -> None:
    """Write a PNG that names neither the time nor the library."""
    figure.savefig(path, format="png", metadata={"Software": None})


def write_beside(
    figure: Figure,
    axes: Axes,
    points: NDArray[np.float64],
    texts: Sequence[str],
    clear: NDArray[np.float64] | None = None,
) -> list[int]:
    """Write each text beside its point where there is room, the first ones first; which of them were written.

    Nothing is written over the other points, nor over those of `clear`.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    kept = points if clear is None else np.concatenate([points, clear])
    taken: list[Bbox] = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in axes.transData.transform(kept)]
    written = []
    for number, (point, text) in enumerate(zip(points, texts, strict=True)):
        label = _place(axes, point, legible(text, LENGTH), taken)
        if label is not None:
            taken.append(label)
            written.append(number)
    return written


def _place(axes: Axes, point: NDArray[np.float64], text: str, taken: Sequence[Bbox]) -> Bbox | None:
    """Write `text` at the first free place beside `point`; None, and nothing written, where there is none."""
    for across, up in OFFSETS:
        label = _write(axes, point, text, (across, up))
        box = label.get_window_extent().padded(3)
        room = axes.get_window_extent()
        inside = box.x0 >= room.x0 and box.x1 <= room.x1 and box.y0 >= room.y0 and box.y1 <= room.y1
        if inside and not any(box.overlaps(other) for other in taken):
            return box
        label.remove()
    return None


def _write(axes: Axes, point: NDArray[np.float64], text: str, offset: tuple[int, int]) -> Annotation:
    label = axes.annotate(
        text,
        (float(point[0]), float(point[1])),
        xytext=offset,
        textcoords="offset points",
        ha={1: "left", 0: "center", -1: "right"}[int(np.sign(offset[0]))],
        va={1: "bottom", 0: "center", -1: "top"}[int(np.sign(offset[1]))],
        fontsize=9,
        color=INK,
        zorder=5,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )
    plain(label)
    return label
