"""What a space is about: clusters of its vectors with names, and how much of the log each takes.

Vectors of one version cluster alike whatever its axes are. A topic that grows overnight is the difference between
a trend and a fault: it has a name, and the people on call can ask whether they have heard of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.frames import Floats, Rows, directions
from warehouse.vectors import Ids, Vectors, as_ids

ROWS_A_TOPIC = 50
MOST_TOPICS = 40
WORDS = 3
SAMPLE = 20_000
"""Rows that the centres are found on, texts that names are made of."""

SURE = 6.0
"""Standard deviations from which a growth is no chance, whichever of the topics it is."""

_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Activity:
    """How much of the log each row of a version is, (n,): events of the last day, and of the predecessor's window."""

    today: Floats
    before: Floats


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of a version.

    `name`: its most telling words, or its busiest ids where nobody says anything. `ids`: rows; `added`: of these,
    unknown to the predecessor. `share_before`: its part of the predecessor's window; `share_today`: of the last
    day; None where there was no event. `growth`: their difference; `deviations`: that in standard deviations of
    a day of as many events drawn from the window before.
    """

    name: str
    words: tuple[str, ...]
    ids: int
    added: int
    events_before: float
    events_today: float
    share_before: float | None
    share_today: float | None
    growth: float | None
    deviations: float | None


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
    labels: NDArray[np.int64] = means.fit(units[::step]).predict(units).astype(np.int64)
    return labels


def name_topics(
    labels: NDArray[np.int64], texts: Sequence[str | None], busiest: Ids
) -> list[tuple[str, ...]]:
    """The words that tell each topic from the others; of a topic without texts, its busiest id.

    A word weighs its share of the topic × log(1 + mean words of a topic / its count in all): class-based TF-IDF
    (Grootendorst 2022, "BERTopic", section 3.3). `texts`, `labels`: (n,); `busiest`: an id for each topic.
    """
    counts: list[Counter[str]] = [Counter() for _ in busiest]
    for label, text in zip(labels.tolist(), texts, strict=True):
        if text:
            counts[label].update(set(_WORD.findall(text.lower())))
    overall: Counter[str] = sum(counts, Counter())
    mean = overall.total() / max(len(counts), 1)
    names = []
    for topic, own in enumerate(counts):
        total = max(own.total(), 1)
        weight = {word: n / total * np.log1p(mean / overall[word]) for word, n in own.items() if n > 1}
        words = tuple(sorted(weight, key=lambda word: (-weight[word], word))[:WORDS])
        names.append(words or (str(busiest[topic]),))
    return names


def topic_labels(labels: NDArray[np.int64], words: Sequence[tuple[str, ...]]) -> Ids:
    """The name of each row's topic, (n,); topics with the same words are told apart by a number."""
    names = [" · ".join(of) for of in words]
    seen: Counter[str] = Counter()
    for place, name in enumerate(names):
        seen[name] += 1
        names[place] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return as_ids(names[label] for label in labels.tolist())


def busiest_ids(ids: Ids, labels: NDArray[np.int64], activity: Activity) -> Ids:
    """The id with most events of each topic, ties by id."""
    order = np.lexsort((np.arange(len(ids)), -(activity.today + activity.before)))
    first: dict[int, str] = {}
    for row in order.tolist():
        first.setdefault(int(labels[row]), str(ids[row]))
    return as_ids(first[label] for label in sorted(first))


def find_topics(
    names: Ids, words: Mapping[str, tuple[str, ...]], activity: Activity, known: NDArray[np.bool_]
) -> tuple[Topic, ...]:
    """Topics by growth, the fastest first. `names`: of each row, (n,); `known`: to the predecessor, (n,)."""
    before, today = activity.before.sum(), activity.today.sum()
    topics = []
    for name in sorted(set(names)):
        rows: Rows = np.flatnonzero(names == name)
        old, new = float(activity.before[rows].sum()), float(activity.today[rows].sum())
        old_share = old / before if before else None
        new_share = new / today if today else None
        growth = None if old_share is None or new_share is None else new_share - old_share
        topics.append(
            Topic(
                name,
                words[name],
                len(rows),
                int((~known[rows]).sum()),
                old,
                new,
                old_share,
                new_share,
                growth,
                _deviations(old, before, new, today),
            )
        )
    return tuple(sorted(topics, key=lambda topic: (-(topic.growth or 0.0), topic.name)))


def _deviations(old: float, before: float, new: float, today: float) -> float | None:
    """Difference of two shares over its standard error, the old one with one event more: none is no certainty."""
    if not before or not today:
        return None
    share = (old + new + 1) / (before + today + 1)
    error = np.sqrt(share * (1 - share) * (1 / today + 1 / before)) if share < 1 else 0.0
    return float((new / today - old / before) / error) if error else None


def fastest_growth(topics: Sequence[Topic]) -> float | None:
    """The largest growth that chance does not explain, 0 where there is none; None without events to compare."""
    grown = [topic for topic in topics if topic.growth is not None]
    if not grown:
        return None
    sure = [topic.growth or 0.0 for topic in grown if (topic.deviations or 0.0) >= SURE]
    return max([0.0, *sure])
