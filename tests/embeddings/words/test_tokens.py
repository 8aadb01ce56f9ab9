"""The one rule of what a word is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.embeddings.words.tokens import tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat sat, on the mat!", ["the", "cat", "sat", "on", "the", "mat"]),
        ("#Travel #new_york2024", ["travel", "new_york2024"]),
        ("a broken-winged bird", ["broken", "winged", "bird"]),
        ("l'avion, don’t", ["avion", "don"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ΟΔΟΣ οδός", ["οδοσ", "οδόσ"]),
        ("Ёлка и снег", ["ёлка", "снег"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("العَرَبِيَّة", ["العَرَبِيَّة"]),
        ("日本で飛ぶ", ["日", "本", "で", "飛", "ぶ"]),
        ("ヌイ鳥", ["ヌイ", "鳥"]),
        ("한국어 새", ["한국어"]),
        ("e\u0301te\u0301", ["été"]),
        ("5 g 🚆 — 10", ["10"]),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert tokens(text) == words


@given(st.text())
def test_words_are_folded_and_stay_words(text: str) -> None:
    for word in tokens(text):
        assert word and word == unicodedata.normalize("NFC", word)
        assert not any(char.isspace() for char in word)
        assert tokens(word) == [word] or unicodedata.normalize("NFC", word.casefold()) != word


@given(st.text(), st.text())
def test_a_space_parts_texts(one: str, other: str) -> None:
    assert tokens(f"{one} {other}") == tokens(one) + tokens(other)
