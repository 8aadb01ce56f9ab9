"""What a person sees: progress while it runs, tables when it is done. Results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

VERDICT_STYLE = {"pass": "green", "warn": "yellow", "block": "bold red"}

NARROW = 140
"""Columns where nobody says how wide the terminal is: a file or a pipe."""

results = Console(highlight=False, soft_wrap=True)
if not results.is_terminal:
    results = Console(highlight=False, soft_wrap=True, width=NARROW)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


class TerminalListener:
    """Shows steps: a live bar where the terminal can, and one line a finished step everywhere."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._since: dict[str, float] = {}

    def started(self, step: str) -> None:
        self._since[step] = time.monotonic()
        if messages.is_terminal:
            self._bars[step] = self._progress.add_task(step, total=None)
        else:
            messages.print(f"▸ {step}")

    def advanced(self, step: str, done: int, total: int) -> None:
        if step in self._bars:
            self._progress.update(self._bars[step], completed=done, total=total)

    def finished(self, step: str, note: str) -> None:
        if step in self._bars:
            self._progress.remove_task(self._bars.pop(step))
        seconds = time.monotonic() - self._since.pop(step)
        messages.print(Text.assemble(("✓ ", "green"), f"{step:<28} {note}", (f"  {seconds:.1f} s", "dim")))


@contextmanager
def live_progress() -> Iterator[TerminalListener]:
    """A listener whose bars stand at the bottom of the terminal while the block runs."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as progress:
        yield TerminalListener(progress)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout, however wide the terminal is."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers stand right, verdicts carry their colour where colours can be shown."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for index, column in enumerate(columns):
        number = bool(rows) and all(isinstance(row[index], int | float) or row[index] is None for row in rows)
        table.add_column(column, justify="right" if number else "left", style=None, header_style="dim")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    results.print(table)


def _cell(value: object) -> Text:
    if value is None:
        return Text("–", "dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, float):
        return Text(f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}")
    return Text(str(value), VERDICT_STYLE.get(str(value), ""))


def say(line: str, style: str = "") -> None:
    """One line for people, on stderr."""
    messages.print(Text(line, style))
