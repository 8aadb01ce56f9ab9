"""Who follows whom since when: mostly authors who share an interest, the widely read ones most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.birds import MOST_INTERESTS, NEVER, BirdPopulation
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Chunk, Floats, Integers, Purpose, pick, row_of, stream
from tasks.synthetic.rhythm import DAY_MS
from tasks.synthetic.trends import popularity

_LIKE_MINDED = 0.9
_UNFOLLOW_SHARE = 0.04
_OLDEST_DAYS = 120
_MOST_FOLLOWS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Authors:
    """Birds by topic: those of topic t stand at `starts[t]` to `starts[t + 1]`, `cumulative` adds up their reach."""

    starts: Integers
    bird: NDArray[np.int32]
    cumulative: Floats

    @classmethod
    def of(cls, population: BirdPopulation, topics: int) -> Self:
        flat = population.topics.ravel()
        order = np.argsort(flat, kind="stable")[np.count_nonzero(flat < 0) :]
        bird = (order // MOST_INTERESTS).astype(np.int32)
        weights = population.reach[bird] * population.weights.ravel()[order]
        starts = np.searchsorted(flat[order], np.arange(topics + 1))
        return cls(starts, bird, np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)]))

    def draw(self, topics: Integers, fractions: Floats) -> NDArray[np.int32]:
        """(n,) birds that care about each of `topics`, −1 where nobody does."""
        low, high = self.cumulative[self.starts[topics]], self.cumulative[self.starts[topics + 1]]
        place = np.searchsorted(self.cumulative, low + fractions * (high - low), side="right") - 1
        place = np.clip(place, self.starts[topics], np.maximum(self.starts[topics + 1] - 1, 0))
        return np.where(high > low, self.bird[np.minimum(place, len(self.bird) - 1)], -1).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Follows:
    """The follows of a chunk of birds, ordered by (bird, followee), each pair once.

    `bird`: row within the chunk. `followee`: number in the population. `since_ms`, `until_ms`: after the
    start of the world, half-open; `until_ms` is past the end of the world where nobody unfollows. `starts`:
    first edge of each bird, and the number of edges at the end.
    """

    bird: Integers
    followee: NDArray[np.int32]
    since_ms: Integers
    until_ms: Integers
    starts: Integers

    def draw(self, birds: Integers, at_ms: Integers, fractions: Floats) -> tuple[Integers, Booleans]:
        """(n,) a followee of each bird, and whether the bird follows it at that moment."""
        first = self.starts[birds]
        count = self.starts[birds + 1] - first
        if not len(self.bird):
            return np.zeros(len(birds), dtype=np.int64), np.zeros(len(birds), dtype=np.bool_)
        edge = np.minimum(first + (fractions * count).astype(np.int64), len(self.bird) - 1)
        holds = (count > 0) & (self.since_ms[edge] <= at_ms) & (at_ms < self.until_ms[edge])
        return self.followee[edge].astype(np.int64), holds


def follows_of(
    parameters: SyntheticParameters, population: BirdPopulation, authors: Authors, chunk: Chunk
) -> Follows:
    """The follows of a chunk of birds; bots follow nobody."""
    rng = stream(parameters.seed, Purpose.FOLLOWS, chunk.number)
    birds = population[chunk.rows]
    counts = rng.poisson(parameters.follows_per_bird * rng.gamma(1.5, 1 / 1.5, len(birds)))
    counts = np.where(birds.topics[:, 0] >= 0, np.minimum(counts, _MOST_FOLLOWS), 0)
    bird = row_of(counts)
    followee = _followees(rng, birds, bird, authors, parameters.topics)
    real = (followee >= 0) & (followee != chunk.start + bird)
    pairs = np.sort(bird[real] * len(population) + followee[real])
    return _dated(rng, parameters, population, chunk, pairs[np.diff(pairs, prepend=-1) > 0])


def _followees(
    rng: np.random.Generator, birds: BirdPopulation, bird: Integers, authors: Authors, topics: int
) -> NDArray[np.int32]:
    cumulative = np.cumsum(birds.weights[bird], axis=1)
    slot = (rng.random(len(bird)) * cumulative[:, -1] >= cumulative.T).sum(axis=0)
    slot = np.minimum(slot, (birds.topics[bird] >= 0).sum(axis=1) - 1)
    own = birds.topics[bird, slot]
    anything = pick(rng, popularity(topics), len(bird))
    topic = np.where(rng.random(len(bird)) < _LIKE_MINDED, own, anything).astype(np.int64)
    return authors.draw(topic, rng.random(len(bird)))


def _dated(
    rng: np.random.Generator,
    parameters: SyntheticParameters,
    population: BirdPopulation,
    chunk: Chunk,
    pairs: Integers,
) -> Follows:
    """When each follow began and ended: after both birds joined, before either left.

    `pairs`: the follower's row in the chunk times the size of the population, plus the followee.
    """
    bird, followee = pairs // len(population), (pairs % len(population)).astype(np.int32)
    n, end = len(bird), parameters.days * DAY_MS
    who = chunk.start + bird
    earliest = np.maximum(
        np.maximum(population.joined_ms[who], population.joined_ms[followee]) + 1, -_OLDEST_DAYS * DAY_MS
    )
    since = earliest + (rng.random(n) * (end - earliest)).astype(np.int64)
    ended = rng.random(n) < _UNFOLLOW_SHARE
    until = np.where(
        ended, since + 1 + (rng.random(n) * (end - since)).astype(np.int64), np.int64(NEVER) * DAY_MS
    )
    left = np.minimum(population.left_day[who], population.left_day[followee]).astype(np.int64) * DAY_MS
    kept = since < left
    until = np.where(until >= left, np.int64(NEVER) * DAY_MS, until)
    starts = np.searchsorted(bird[kept], np.arange(len(chunk) + 1))
    return Follows(bird[kept], followee[kept], since[kept], until[kept], starts)
