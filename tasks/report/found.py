"""Reading documents that other stages wrote, whatever they hold: what is not there is None, or empty."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHARACTERS = 160
"""Of a text that somebody wrote; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a document. Paths are keys joined by dots."""

    document: Any

    def at(self, path: str) -> Any:
        """What is at `path`, None where any key of it is missing."""
        here = self.document
        for key in path.split("."):
            if not isinstance(here, Mapping):
                return None
            here = here.get(key)
        return here

    def part(self, path: str) -> Found:
        return Found(self.at(path))

    def number(self, path: str) -> float | None:
        value = self.at(path)
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(value) if usable else None

    def whole(self, path: str) -> int | None:
        value = self.number(path)
        return None if value is None else round(value)

    def text(self, path: str) -> str:
        value = self.at(path)
        return value if isinstance(value, str) else ""

    def items(self, path: str) -> tuple[Found, ...]:
        value = self.at(path)
        return tuple(Found(item) for item in value) if isinstance(value, list | tuple) else ()

    def mapping(self, path: str) -> Mapping[str, Any]:
        value = self.at(path)
        return value if isinstance(value, Mapping) else {}

    def __bool__(self) -> bool:
        return self.document is not None


def short(text: str, characters: int = CHARACTERS) -> str:
    """One line of what can be shown, cut after a whole word if possible.

    Logs hold anything: control characters, halves of surrogate pairs, marks that turn the direction of writing.
    """
    kept = "".join(character if _is_shown(character) else " " for character in text[: 4 * characters])
    line = " ".join(kept.split())
    if len(line) <= characters:
        return line
    head = line[: characters - 1]
    words = head.rsplit(" ", 1)[0]
    return (words if len(words) > characters // 2 else head).rstrip(" ,.;:–-") + "…"


def _is_shown(character: str) -> bool:
    """Not control, surrogate or private; of format characters only the joiners that scripts and emoji need."""
    return character in "\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs")
