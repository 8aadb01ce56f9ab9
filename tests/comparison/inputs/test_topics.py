"""Planted camps are topics, named by their own words; growth is told against the days before."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.comparison.inputs.topics import (
    ROWS_A_TOPIC,
    Topics,
    busiest_ids,
    cluster,
    find_topics,
    name_topics,
    topic_labels,
)
from warehouse.vectors import Vectors, as_ids


def camps(count: int, rows: int = 100) -> tuple[Vectors, np.ndarray]:
    """`count` camps of `rows` rows around axes of their own, and the camp of each row."""
    camp = np.repeat(np.arange(count), rows)
    noise = np.random.default_rng(0).normal(scale=0.05, size=(len(camp), 16))
    matrix = (np.eye(16)[camp] * 3 + noise).astype(np.float32)
    return Vectors(as_ids(f"f{row:05d}" for row in range(len(camp))), matrix), camp


def test_camps_do_not_share_a_topic():
    vectors, camp = camps(4)
    labels = cluster(vectors)
    assert set(labels) == set(range(labels.max() + 1))
    for label in set(labels):
        assert len(set(camp[labels == label])) == 1
    np.testing.assert_array_equal(labels, cluster(vectors))


def test_few_rows_are_one_topic(make_space):
    assert set(cluster(make_space(2 * ROWS_A_TOPIC - 1))) == {0}
    assert len(cluster(Vectors.empty(4))) == 0


def test_names_are_words_that_tell_topics_apart():
    labels = np.array([0, 0, 0, 1, 1, 1, 2])
    texts = [
        "the cat purrs",
        "the cat naps",
        "the cat purrs",
        "the rook wins",
        "the rook wins",
        "the king",
        None,
    ]
    words = name_topics(labels, texts, as_ids(["f0", "f3", "f6"]))
    assert words[0][0] == "cat" and words[1][0] == "rook" and words[2] == ("f6",)
    assert "the" not in words[0] + words[1]


def test_topics_of_one_name_are_numbered():
    assert topic_labels([("cat",), ("dog",), ("cat",)]) == ["cat", "dog", "cat (2)"]


def test_the_busiest_id_of_each_topic():
    found = busiest_ids(as_ids("abcd"), np.array([0, 1, 0, 1]), np.array([1.0, 5.0, 2.0, 5.0]))
    assert list(found) == ["c", "b"]


def test_growth_is_held_against_the_days_before():
    attention = np.array([[5.0, 5.0]] * 9 + [[2.0, 8.0]])
    found = find_topics(np.array([0, 0, 1]), [("cat",), ("dog",)], np.array([True, False, True]), attention)
    grown, shrunk = found.topics
    assert (grown.name, grown.ids, grown.added) == ("dog", 1, 0)
    assert (grown.share_before, grown.share_today, grown.growth) == pytest.approx((0.5, 0.8, 0.3))
    assert (shrunk.added, shrunk.growth) == (1, pytest.approx(-0.3))
    assert (found.largest_growth, found.days) == (pytest.approx(0.3), 9)
    assert found.usual_growth == pytest.approx(0.5 - (8 * 0.5 + 0.2) / 9)


def test_without_attention_there_is_no_growth():
    labels, known = np.array([0]), np.array([True])
    for attention in (np.zeros((0, 1)), np.zeros((5, 1)), np.array([[1.0], [0.0]])):
        found = find_topics(labels, [("cat",)], known, attention)
        assert found.topics[0].growth is None and found.largest_growth is None
    assert Topics().topics == ()
