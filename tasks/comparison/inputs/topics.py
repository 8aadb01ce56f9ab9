"""What a space is about: clusters of its vectors with names, and how much of the log each takes, day by day.

Vectors of one version cluster alike whatever its axes are. A topic that grows overnight is the difference between
a trend and a fault: it has a name, and the people on call can ask whether they have heard of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.rows import Floats, directions
from warehouse.vectors import Ids, Vectors, as_ids

ROWS_A_TOPIC = 50
MOST_TOPICS = 40
WORDS = 3
SAMPLE = 20_000
"""Rows that the centres are found on."""

TELLING = 1.5
"""How many times more often a telling word is said in its topic than overall."""

FEWEST_DAYS = 7
"""Days of history without which no growth is out of the ordinary."""

_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class TopicAttention:
    """One topic of a version.

    `name`: its most telling words, or its busiest id where nobody says anything. `ids`: rows; `added`: of these,
    unknown to the predecessor. `share_today`, `share_before`: its part of the attention of the last day, and of
    the days before on average; None where there was none. `growth`: their difference.
    """

    name: str
    words: tuple[str, ...]
    ids: int
    added: int
    share_before: float | None
    share_today: float | None
    growth: float | None


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics, the fastest growing first.

    `largest_growth`: of any topic today; `usual_growth`: the largest that any topic had on one of the `days`
    before, each held against the other days. None where there are fewer than `FEWEST_DAYS`.
    """

    topics: tuple[TopicAttention, ...] = ()
    largest_growth: float | None = None
    usual_growth: float | None = None
    days: int = 0


def cluster(vectors: Vectors, seed: int = 0) -> NDArray[np.int64]:
    """The topic of each row, (n,), from 0; k-means of the directions, one topic for every `ROWS_A_TOPIC` rows.

    (Sculley 2010, "Web-scale k-means clustering", as scikit-learn has it.)
    """
    count = min(MOST_TOPICS, len(vectors) // ROWS_A_TOPIC)
    if count < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    from sklearn.cluster import MiniBatchKMeans

    units = directions(vectors.matrix)
    step = max(1, len(units) // SAMPLE)
    means = MiniBatchKMeans(count, random_state=seed, n_init=1, batch_size=4096, max_iter=50)
    labels = means.fit(units[::step]).predict(units)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def name_topics(
    labels: NDArray[np.int64], texts: Sequence[str | None], busiest: Ids
) -> list[tuple[str, ...]]:
    """The words that tell each topic from the others; of a topic without texts, its busiest id.

    A word weighs p log(p / q) for its shares p of the topic's words and q of all: its part of the divergence of
    the topic from the whole (Kullback and Leibler 1951, "On information and sufficiency", section 2). `labels`,
    `texts`: (n,); `busiest`: an id for each topic.
    """
    counts: list[Counter[str]] = [Counter() for _ in busiest]
    for label, text in zip(labels.tolist(), texts, strict=True):
        if text:
            counts[label].update(set(_WORD.findall(text.lower())))
    overall: Counter[str] = Counter()
    for own in counts:
        overall.update(own)
    everything = max(overall.total(), 1)
    names = []
    for topic, own in enumerate(counts):
        total = max(own.total(), 1)
        weight = {
            word: n / total * np.log((n / total) / (overall[word] / everything))
            for word, n in own.items()
            if n > 1
        }
        common = {word for word, n in own.items() if n / total < TELLING * overall[word] / everything}
        telling = sorted(weight.keys() - common, key=lambda word: (-weight[word], word))
        names.append(tuple(telling[:WORDS]) or (str(busiest[topic]),))
    return names


def topic_labels(words: Sequence[tuple[str, ...]]) -> list[str]:
    """The name of each topic; those with the same words are told apart by a number."""
    seen: Counter[str] = Counter()
    names = []
    for of in words:
        name = " · ".join(of)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def busiest_ids(ids: Ids, labels: NDArray[np.int64], events: Floats) -> Ids:
    """The id with most `events`, (n,), of each topic, ties by id."""
    first: dict[int, str] = {}
    for row in np.lexsort((np.arange(len(ids)), -events)).tolist():
        first.setdefault(int(labels[row]), str(ids[row]))
    return as_ids(first[label] for label in sorted(first))


def find_topics(
    labels: NDArray[np.int64], words: Sequence[tuple[str, ...]], known: NDArray[np.bool_], attention: Floats
) -> Topics:
    """Topics and how they grew. `labels`, `known` to the predecessor: (n,).

    `attention`: (days, topics), how many birds turned to each topic on each day, the last one last. A topic's
    growth on a day is its share of the day's attention less its mean share of the other days. Topics are bursty,
    and where a space follows behaviour the flits of one day are a topic of their own: so the growth of today's
    fastest topic is held against that of the fastest one of every earlier day.
    """
    names = topic_labels(words)
    totals = attention.sum(axis=1)
    shares = attention[totals > 0] / totals[totals > 0, None]
    measured = len(totals) > 0 and totals[-1] > 0 and len(shares) > 1
    before = shares[:-1].mean(axis=0) if measured else None
    topics = tuple(
        TopicAttention(
            name,
            words[topic],
            int((labels == topic).sum()),
            int((~known[labels == topic]).sum()),
            None if before is None else float(before[topic]),
            None if before is None else float(shares[-1, topic]),
            None if before is None else float(shares[-1, topic] - before[topic]),
        )
        for topic, name in enumerate(names)
    )
    ordered = tuple(sorted(topics, key=lambda topic: (-(topic.growth or 0.0), topic.name)))
    if before is None or len(shares) <= FEWEST_DAYS:
        return Topics(ordered, days=max(0, len(shares) - 1))
    largest = _largest_growths(shares)
    return Topics(ordered, float(largest[-1]), float(largest[:-1].max()), len(shares) - 1)


def _largest_growths(shares: Floats) -> Floats:
    """(days,): the largest growth of any topic on each day, held against the mean of all other days."""
    others = (shares.sum(axis=0) - shares) / (len(shares) - 1)
    return np.asarray((shares - others).max(axis=1))
