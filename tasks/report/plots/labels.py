"""A few words beside points of a map, none over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from tasks.report.plots.canvas import INK, legible, plain

LABELS = 16
LENGTH = 30
COMPANY = 10
"""How many neighbours tell whether a point lies among others."""
OFFSETS = ((8, 0), (-8, 0), (0, 9), (0, -9), (7, 9), (-7, 9), (7, -9), (-7, -9))
"""From the point to its label, in typographic points; the first place that is free is taken."""


def write_labels(figure: Figure, axes: Axes, points: NDArray[np.float64], texts: Sequence[str]) -> None:
    """Write some of `texts` beside their points, one for each part of the map, where there is room."""
    shown = [legible(text, LENGTH) for text in texts]
    chosen = list(representatives(points, [bool(text) for text in shown]))
    for row in write_beside(figure, axes, points[chosen], [shown[row] for row in chosen]):
        _ring(axes, points[chosen[row]])


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


def representatives(points: NDArray[np.float64], labelled: Sequence[bool]) -> Iterator[int]:
    """For each cell of the map the labelled point with the closest company in it."""
    rows = np.flatnonzero(labelled)
    for cell in cells(points[rows], LABELS):
        inside = points[rows[cell]]
        distance = np.linalg.norm(inside[:, None] - inside[None], axis=2)
        reach = np.sort(distance, axis=1)[:, : COMPANY + 1].mean(axis=1)
        yield int(rows[cell[int(reach.argmin())]])


def cells(points: NDArray[np.float64], count: int) -> list[NDArray[np.int64]]:
    """Part points into at most `count` cells of about equal size: halve the fullest across its wider side."""
    parts = [np.arange(len(points))] if len(points) else []
    while 0 < len(parts) < min(count, len(points)):
        parts.sort(key=lambda part: (-len(part), int(part[0])))
        fullest = parts.pop(0)
        wide = int(np.ptp(points[fullest], axis=0).argmax())
        ordered = fullest[np.argsort(points[fullest, wide], kind="stable")]
        middle = len(ordered) // 2
        parts += [np.sort(ordered[:middle]), np.sort(ordered[middle:])]
    return parts


def _ring(axes: Axes, point: NDArray[np.float64]) -> None:
    """Circle a labelled point, dark within white, so that it shows on any colour."""
    for colour, width in (("white", 3.2), (INK, 1.3)):
        axes.plot(
            [point[0]],
            [point[1]],
            marker="o",
            markersize=7.5,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=width,
            zorder=4,
        )


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
