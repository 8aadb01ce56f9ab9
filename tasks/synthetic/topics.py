"""The topics of the synthetic Flutter, as `topics.toml` beside this module has them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Words = Mapping[str, tuple[str, ...]]
"""Slot → what may stand in it."""
FACETS = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that birds post about, with the words to do so; `topics.toml` says what each field holds."""

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


def _read(path: Path) -> tuple[Topic, ...]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Topic(**_frozen(topic)) for topic in document["topics"])


def _frozen(value: Any) -> Any:
    """The same with tuples for lists."""
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(value) if isinstance(value, list) else value


TOPICS = _read(Path(__file__).with_suffix(".toml"))
"""Most popular first."""
