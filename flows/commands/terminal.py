"""What a person sees: progress while it runs, tables when it is done. Results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

VERDICT_STYLE = {"pass": "green", "warn": "yellow", "block": "bold red"}

WIDE = 140
"""Columns where nobody says how wide the terminal is: a file or a pipe."""
NUMBER = re.compile(r"–|-?[\d.,]+%?")
FOLDED, GAP = 32, 2
"""Columns that a text may be folded into, and that stand between two columns."""

_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")

results = Console(highlight=False, soft_wrap=True)
if not results.is_terminal:
    results = Console(highlight=False, soft_wrap=True, width=WIDE)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


class CountColumn(MofNCompleteColumn):
    """How much is done of how much; nothing where a step does not count."""

    def render(self, task: Task) -> Text:
        return Text() if task.total is None else super().render(task)


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
        messages.print(Text.assemble(("✓ ", "green"), f"{step:<36} {note}", (f"  {seconds:.1f} s", "dim")))


@contextmanager
def live_progress() -> Iterator[TerminalListener]:
    """A listener whose bars stand at the bottom of the terminal while the block runs."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(24),
        CountColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as progress:
        yield TerminalListener(progress)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout, however wide the terminal is."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers stand right, verdicts carry their colour where colours can be shown.

    Where it is wider than the terminal even with its long texts folded, each row becomes a paragraph: no name is cut.
    ValueError for a row without a cell for each column.
    """
    title = escaped(title)
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{title}: expected a row of {len(columns)} cells, found {len(row)}")
    cells = list(zip(*(_cells(column) for column in zip(*rows, strict=True)), strict=True))
    widths = [
        max(map(len, (*name.split(), *(row[at].plain for row in cells)))) for at, name in enumerate(columns)
    ]
    if sum(min(width, FOLDED) for width in widths) + GAP * (len(columns) - 1) > results.width:
        return _print_paragraphs(title, columns, cells)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.padding = (0, GAP, 0, 0)
    for at, name in enumerate(columns):
        numbers = bool(cells) and all(NUMBER.fullmatch(row[at].plain) for row in cells)
        table.add_column(
            name if len(name) <= widths[at] else name.replace(" ", "\n"),
            justify="right" if numbers else "left",
            header_style="dim",
            no_wrap=widths[at] <= FOLDED,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*row)
    return results.print(table)


def print_links(title: str, links: Mapping[str, str]) -> None:
    """Names and addresses on stdout, a line each; an address is never folded, so that it can be clicked and copied."""
    tell(title, "bold")
    widest = max(map(len, links), default=0)
    for name, address in links.items():
        results.print(Text.assemble((name.ljust(widest + GAP), "dim"), address), soft_wrap=True)


def _print_paragraphs(title: str, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
    results.print(Text(title, "bold"))
    for row in cells:
        results.print(row[0])
        named = [
            Text.assemble((f"{column} ", "dim"), cell)
            for column, cell in zip(columns[1:], row[1:], strict=True)
        ]
        results.print(Padding(Text(" · ").join(named), (0, 0, 0, 2)), soft_wrap=False)


def _cells(column: Sequence[object]) -> list[Text]:
    """A column's values; its fractions all have as many decimals as the largest of them needs."""
    largest = max((abs(value) for value in column if isinstance(value, float)), default=0.0)
    decimals = 3 if largest < 10 else 1 if largest < 1000 else 0
    return [_cell(value, decimals) for value in column]


def _cell(value: object, decimals: int) -> Text:
    if value is None:
        return Text("–", "dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, float):
        return Text(f"{value:,.{decimals}f}")
    return Text(escaped(str(value)), VERDICT_STYLE.get(str(value), ""))


def print_neighbours(space: str, id_: str, said: str | None, near: Sequence[Mapping[str, Any]]) -> None:
    """An id, what it is about, and its neighbours: a line each, cut where the terminal ends."""
    tell(f"\n{space}: near {escaped(id_)}", "bold")
    lines = [Text(f"  {said}", "italic")] if said else []
    for one in near:
        lines.append(
            Text.assemble((f"  {one['score']:.3f}  ", "dim"), escaped(one["id"]), "  ", one["text"] or "")
        )
    for line in lines:
        line.truncate(results.width, overflow="ellipsis")
        results.print(line)


def tell(line: str, style: str = "") -> None:
    """One line for people that belongs to the results, on stdout."""
    results.print(Text(_escaped_but_line_ends(line), style))


def say(line: str, style: str = "") -> None:
    """One line for people, on stderr."""
    messages.print(Text(_escaped_but_line_ends(line), style))


def escaped(text: str) -> str:
    """The text with everything that a terminal would act on, or that nobody would see, written out: `\\x1b[31m`.

    Ids and file names come from logs and may hold anything.
    """
    return "".join(_written_out(character) for character in text)


def _written_out(character: str) -> str:
    hidden = character not in "\u200c\u200d" and unicodedata.category(character) in _HIDDEN
    return ascii(character)[1:-1] if hidden else character


def _escaped_but_line_ends(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))
