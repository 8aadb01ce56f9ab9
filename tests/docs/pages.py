"""README and docs as data: fenced blocks, code spans, tables, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "docs/methods.md",
    "docs/operate.md",
    "docs/gate.md",
    "docs/snapshots.md",
    "docs/sources.md",
)


@dataclass(frozen=True)
class Block:
    """A fenced block: `language` and what follows it on the fence, its text, and the line of its fence, from 1."""

    page: str
    line: int
    language: str
    name: str
    text: str


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    found, lines = [], text_of(page).splitlines()
    start: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if start is None:
            start = number
            continue
        language, _, name = lines[start][3:].partition(" ")
        found.append(Block(page, start + 1, language, name, "\n".join(lines[start + 1 : number]) + "\n"))
        start = None
    assert start is None, f"{page}:{start}: a fence that is not closed"
    return found


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def spans(page: str) -> list[str]:
    """What stands between backticks, outside of blocks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def commands(page: str, program: str) -> Iterator[str]:
    """Every mention of `program` with arguments: in spans, and in blocks that a shell would read."""
    for span in spans(page):
        if span.startswith(f"{program} "):
            yield span
    for block in blocks(page):
        if block.language in ("sh", "text"):
            for match in re.finditer(rf"(?:^|[\s`]|bin/)({program} [a-z][^|>#`\n]*)", block.text):
                yield match[1].strip()


def table_after(page: str, header: str) -> list[list[str]]:
    """The rows of the table whose header begins with `header`."""
    lines = text_of(page).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(header))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
