"""Texts are worth reading: no slot left open, few repetitions, beginnings with capitals, topics told apart."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from tasks.synthetic.landing.voices import DRAWS, Sentence, voices, write_spam
from tasks.synthetic.topics import FACETS, TOPICS, Topic

STYLES = ("post", "buzz", "promoted", "reply", "german", "spanish")


def draws(count: int, seed: int = 0) -> list[list[int]]:
    rows: list[list[int]] = (
        np.random.default_rng(seed).integers(0, 2**32, (count, DRAWS), dtype=np.uint32).tolist()
    )
    return rows


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_three_facets_with_words_of_their_own(topic: Topic) -> None:
    assert len(topic.facets) == FACETS
    things = [set(words["thing"]) for words in topic.facets.values()]
    assert all(len(words) >= 9 for words in things)
    assert not things[0] & things[1] and not things[1] & things[2] and not things[0] & things[2]
    assert {"place", "when", "gear"} <= set(topic.words)


def test_topics_share_no_things_and_have_names_of_their_own() -> None:
    things = Counter(thing for topic in TOPICS for words in topic.facets.values() for thing in words["thing"])
    assert things.most_common(1)[0][1] == 1
    assert (
        len({topic.name for topic in TOPICS})
        == len({topic.buzz_hashtag for topic in TOPICS})
        == len(TOPICS)
        >= 12
    )


@pytest.mark.parametrize("topic", range(len(TOPICS)))
@pytest.mark.parametrize("facet", range(FACETS))
def test_texts_are_whole(topic: int, facet: int) -> None:
    for style in STYLES:
        for row in draws(60):
            text = getattr(voices(topic, facet), style).write(row)
            assert not re.search(r"[{}|]|%s|  ", text), text
            assert text == text.strip()
            assert text[0].isupper() or not text[0].isalpha() or text[0].isdigit(), text
            assert len(text) <= 280, text


def test_a_hundred_thousand_posts_hardly_repeat() -> None:
    rng = np.random.default_rng(1)
    subjects = zip(
        rng.integers(0, len(TOPICS), 100_000), rng.integers(0, FACETS, 100_000), draws(100_000), strict=True
    )
    texts = [voices(int(topic), int(facet)).post.write(row) for topic, facet, row in subjects]
    assert len(set(texts)) > 97_000


def test_a_sentence_names_its_missing_slot() -> None:
    with pytest.raises(KeyError, match="wing"):
        Sentence.of("A bird with a {wing}.", {"thing": ("a wren",)})


def test_a_capital_slot_begins_a_sentence_and_percent_signs_stay() -> None:
    sentence = Sentence.of("{Thing} at 20 % off, {thing}!", {"thing": ("a wren", "a robin")})
    assert sentence.say([1, 0]) == "A robin at 20 % off, a wren!"


def test_spam_reads_like_spam() -> None:
    assert len({write_spam(row) for row in draws(50)}) == 50
