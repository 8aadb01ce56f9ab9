"""A measured number beside its goal, and the table of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal`: at most or at least so much; None where the number is only told. `note`: how it came about."""

    what: str
    value: float
    unit: str = ""
    sense: Literal["≤", "≥", "="] = "≤"
    goal: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return {"≤": self.value <= self.goal, "≥": self.value >= self.goal, "=": self.value == self.goal}[
            self.sense
        ]

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """What, value, goal, whether it was met, note."""
        goal = "" if self.goal is None else f"{self.sense} {_number(self.goal)} {self.unit}".strip()
        met = {None: "", True: "met", False: "MISSED"}[self.met]
        return self.what, f"{_number(self.value)} {self.unit}".strip(), goal, met, self.note


def print_figures(figures: Iterable[Figure]) -> None:
    """A table on stdout, columns as wide as their widest cell."""
    rows = [("what", "measured", "goal", "", "how"), *(figure.row for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[4]]).rstrip())


def machine() -> str:
    """One line: processor, cores, memory, Python, and how busy the machine is already."""
    memory_gib = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory_gib:.1f} GiB memory, {platform.system()}, "
        f"Python {platform.python_version()}; load average before the start {load:.1f}"
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:,.1f}"
