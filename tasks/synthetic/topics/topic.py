"""What a topic is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Words = Mapping[str, tuple[str, ...]]
"""Slot → what may stand in it."""


def words(text: str) -> tuple[str, ...]:
    """The phrases of a line: `a wren | a robin` → two phrases."""
    return tuple(phrase.strip() for phrase in text.split("|"))


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that birds post about, with the words to do so.

    A topic has three facets, camps that share its sentences and differ in their words: `thing` (a noun with
    its article) and `deed` (what somebody did, in the past tense). `words` holds the slots that facets
    share, at least `place`, `when` and `gear`. `posts` and `replies` are sentences with slots; a slot with a
    capital, as in `{Thing}`, stands at the beginning of a sentence. `buzz` is what everybody talks about
    while the topic is a trend. `german` and `spanish` are plural nouns, Spanish ones with their article.
    """

    name: str
    facets: Mapping[str, Words]
    words: Words
    posts: tuple[str, ...]
    replies: tuple[str, ...]
    hashtags: tuple[str, ...]
    brands: tuple[str, ...]
    buzz: tuple[str, ...]
    buzz_hashtag: str
    german: tuple[str, ...]
    spanish: tuple[str, ...]

    def slots(self, facet: str) -> Words:
        """Every slot that a sentence of this facet may use."""
        return {**self.words, **self.facets[facet], "brand": self.brands, "buzz": self.buzz}
