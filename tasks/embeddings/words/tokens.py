"""Words of a text, by one rule for every method that reads words."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    """The words of `text` in their order, case-folded: runs of letters, digits and underscores of any script."""
    return _WORD.findall(text.casefold())
