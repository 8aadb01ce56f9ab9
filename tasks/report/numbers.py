"""Numbers, names and texts as people read them."""

from __future__ import annotations

import unicodedata

NOTHING = "–"
CHARACTERS = 160
"""Of a text that somebody wrote; what is longer is cut."""


def number(value: float | None, decimals: int | None = None) -> str:
    """With three decimals below 10, with fewer above, unless told."""
    if value is None:
        return NOTHING
    places = (3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0) if decimals is None else decimals
    return _minus(f"{value:,.{places}f}")


def share(value: float | None, decimals: int = 1) -> str:
    return NOTHING if value is None else _minus(f"{value:.{decimals}%}")


def count(value: float | None) -> str:
    return NOTHING if value is None else _minus(f"{value:,.0f}")


def signed(value: float | None, decimals: int = 3) -> str:
    return NOTHING if value is None else _minus(f"{value:+,.{decimals}f}")


def times(value: float | None) -> str:
    """A multiple of the noise."""
    if value is None:
        return NOTHING
    return f"{value:,.1f}×" if value < 100 else f"{value:,.0f}×"


def of_kind(value: float | None, kind: str) -> str:
    """As a rule counts: rows, a share, or a number."""
    return {"count": count, "share": share}.get(kind, number)(value)


def interval(value: float | None, low: float | None, high: float | None, *, sign: bool = False) -> str:
    """`0.046 [0.035, 0.059]`; the brackets only where there are bounds, none of which looks like 0 and is not."""
    form = signed if sign else number
    if low is None or high is None:
        return form(value)
    decimals = {"decimals": 4} if any(0 < abs(end) < 0.0005 for end in (low, high)) else {}
    return f"{form(value, **decimals)} [{form(low, **decimals)}, {form(high, **decimals)}]"


def plain(name: str) -> str:
    """`recall_at_10` → `recall@10`, `too_few_events` → `too few events`."""
    return name.replace("_at_", "@").replace("_", " ")


def plural(amount: int, noun: str) -> str:
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def _minus(text: str) -> str:
    """A real minus, and none before zero."""
    if text.startswith("-"):
        return text[1:] if not any(digit in text for digit in "123456789") else f"−{text[1:]}"
    return text


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
