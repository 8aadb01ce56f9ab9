"""Texts as codes: nothing lost, orders kept."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.embeddings.words.corpus import WordCorpus, most_used
from tasks.embeddings.words.vocabulary import Vocabulary

TEXTS = st.lists(st.lists(st.sampled_from(["owl", "finch", "heron", "wren"]), max_size=6), max_size=6)


def corpus(texts: list[list[str]]) -> WordCorpus:
    return WordCorpus.of((f"f{n}", text) for n, text in enumerate(texts))


@given(TEXTS)
def test_a_corpus_says_what_the_texts_say(texts: list[list[str]]) -> None:
    made = corpus(texts)
    counts = made.counts()
    assert list(made) == texts
    assert list(made.words) == sorted({word for text in texts for word in text})
    for row, text in enumerate(texts):
        assert [counts[row, column] for column in range(len(made.words))] == [
            text.count(word) for word in made.words
        ]
    assert made.uses.tolist() == np.asarray(counts.sum(axis=0)).ravel().tolist()


@given(TEXTS, st.sets(st.sampled_from(["owl", "finch", "heron"])))
def test_words_taken_away_leave_the_others_in_order(texts: list[list[str]], kept: set[str]) -> None:
    made = corpus(texts)
    less = made.with_words(np.array([word in kept for word in made.words], dtype=bool))
    assert list(less) == [[word for word in text if word in kept] for text in texts]


def test_the_most_used_equal_ones_by_their_order() -> None:
    assert most_used(np.array([1, 5, 3, 3]), at_most=2).tolist() == [False, True, True, False]
    assert most_used(np.array([1, 5, 3, 3]), at_most=4, at_least=4).tolist() == [False, True, False, False]


def test_a_word_is_too_rare_or_beyond_the_vocabulary_never_both() -> None:
    vocabulary = Vocabulary.of(corpus([["owl", "owl", "wren", "wren", "finch"]]), min_count=2, at_most=1)
    assert list(vocabulary.corpus.words) == ["owl"]
    assert list(vocabulary.too_few_uses) == ["finch"]
    assert list(vocabulary.beyond_vocabulary) == ["wren"]


def test_reading_takes_no_more_than_is_stated() -> None:
    """20 bytes a word, and two references a flit."""
    said, flits = ["owl", "finch", "heron", "wren"], 20_000
    tracemalloc.start()
    try:
        WordCorpus.of(("f", said) for _ in range(flits))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(said) * flits + 16 * flits
