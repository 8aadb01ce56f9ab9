"""Turns draws into the words of a flit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.landing import phrases
from tasks.synthetic.topics import TOPICS

DRAWS = 13
"""Random numbers that a text is written from."""

_PARTS = slice(0, 4)
_FIRST_SLOTS = slice(4, 8)
_SECOND_SLOTS = slice(8, 12)
TAG = 12
"""The draw that chooses a hashtag."""

Draws = NDArray[np.uint32]
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A printf-style pattern and what may stand in each of its places."""

    pattern: str
    choices: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, template: str, slots: Mapping[str, tuple[str, ...]]) -> Sentence:
        """KeyError where the template names a slot that there is not."""
        names = _SLOT.findall(template)
        pattern = _SLOT.sub("%s", template.replace("%", "%%"))
        return cls(pattern, tuple(_capitalised(slots, name) for name in names))

    def say(self, draws: list[int]) -> str:
        """The sentence with a phrase in each of its places, one draw for each."""
        pairs = zip(self.choices, draws, strict=False)
        return self.pattern % tuple(choice[draw % len(choice)] for choice, draw in pairs)


def _capitalised(slots: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    if name[0].isupper():
        return tuple(phrase[0].upper() + phrase[1:] for phrase in slots[name.lower()])
    return slots[name]


@dataclass(frozen=True, slots=True)
class Style:
    """Sentences of one sort, and what may come before and after.

    Two in five texts have no opener, as many no closer. Of texts that may be `double`, half have a second sentence
    instead of a closer.
    """

    openers: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    closers: tuple[str, ...]
    double: bool = False

    def write(self, draws: list[int]) -> str:
        """A text; the same draws give the same text."""
        opener, body, closer, second = draws[_PARTS]
        first = body % len(self.sentences)
        said = [*_perhaps(self.openers, opener), self.sentences[first].say(draws[_FIRST_SLOTS])]
        if self.double and second % 2:
            other = (first + 1 + closer % (len(self.sentences) - 1)) % len(self.sentences)
            said.append(self.sentences[other].say(draws[_SECOND_SLOTS]))
        else:
            said += _perhaps(self.closers, closer)
        return " ".join(said)


def _perhaps(phrases: tuple[str, ...], draw: int) -> tuple[str, ...]:
    """One of the phrases, or none in two of five draws."""
    place = draw % (5 * max(len(phrases), 1))
    return (phrases[place // 3],) if place < 3 * len(phrases) else ()


@dataclass(frozen=True, slots=True)
class Voices:
    """How a facet of a topic is written about."""

    post: Style
    buzz: Style
    promoted: Style
    reply: Style
    german: Style
    spanish: Style
    hashtags: tuple[str, ...]


@cache
def voices(topic: int, facet: int) -> Voices:
    """The styles of a topic's facet, by their numbers."""
    subject = TOPICS[topic]
    slots = subject.slots(list(subject.facets)[facet])

    def style(templates: Iterable[str], openers: tuple[str, ...], closers: tuple[str, ...]) -> Style:
        sentences = tuple(Sentence.of(template, slots) for template in templates)
        return Style(openers, sentences, closers, double=templates in (subject.posts, subject.replies))

    return Voices(
        post=style(subject.posts, phrases.OPENERS, phrases.CLOSERS),
        buzz=style(phrases.BUZZ, phrases.OPENERS, phrases.CLOSERS),
        promoted=style(phrases.PROMOTED, (), ()),
        reply=style(subject.replies, phrases.REPLY_OPENERS, phrases.REPLY_CLOSERS),
        german=_foreign(phrases.GERMAN, subject.german, phrases.GERMAN_OPENERS, phrases.GERMAN_CLOSERS),
        spanish=_foreign(phrases.SPANISH, subject.spanish, phrases.SPANISH_OPENERS, phrases.SPANISH_CLOSERS),
        hashtags=(*subject.hashtags, list(subject.facets)[facet].replace(" ", "").replace("'", "")),
    )


def _foreign(
    templates: tuple[str, ...], nouns: tuple[str, ...], openers: tuple[str, ...], closers: tuple[str, ...]
) -> Style:
    return Style(openers, tuple(Sentence.of(template, {"noun": nouns}) for template in templates), closers)


def write_spam(draws: list[int]) -> str:
    """What a bot writes."""
    return phrases.SPAM[draws[0] % len(phrases.SPAM)].format(code=f"{draws[1] % 16**6:06x}")
