"""Words of a text, by one rule for every method that reads words.

A word is a run of letters, digits and underscores of any script, with the marks that belong to them, case-folded (so
that ẞ, SS and ss are one) and in normal form NFC. Everything else parts words: `#travel` is the word travel,
`broken-winged` two words, `l'avion` the word avion. A single character is no word, as for scikit-learn's vectorisers,
but for ideographs and hiragana, where each is one: they put no spaces between words (UAX #29, section 4.1).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Hiragana, and the ideographs of Chinese, Japanese and Korean with their extensions.
_ONE_BY_ONE = "\u3041-\u3096\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JOINERS = "\u200c\u200d"
_LAST_MARK = 0xFFFF


def tokens(text: str) -> list[str]:
    """The words of `text` in their order."""
    return _word().findall(unicodedata.normalize("NFC", text.casefold()))


@cache
def _word() -> re.Pattern[str]:
    """Python's \\w knows letters and digits, and not the vowel signs of, say, Devanagari."""
    marks = "".join(char for code in range(_LAST_MARK) if unicodedata.category(char := chr(code))[0] == "M")
    letters = rf"[^\W{_ONE_BY_ONE}]"
    two_or_more = rf"{letters}(?:{letters}|[{marks}{_JOINERS}])+"
    return re.compile(rf"[{_ONE_BY_ONE}]|{two_or_more}")
