"""The birds: where they live, what they care about, how much they post and look."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Chunk, Integers, Purpose, chunks_of, pick, stream
from tasks.synthetic.rhythm import DAY_MS, PLACE_SHARES
from tasks.synthetic.topics import FACETS
from tasks.synthetic.trends import popularity

MOST_INTERESTS = 3
NEVER = np.int32(2**31 - 1)
_INTEREST_COUNTS = np.array([0.40, 0.42, 0.18])
_ACTIVITY_SHAPE = 1.1
_REACH_SIGMA = 1.1
_AUTHOR_SIGMA = 0.9
_YEARS_BEFORE = 3
_MOVING_SHARE = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class BirdPopulation:
    """n birds, in order of their number; bots come last and have no interests.

    `topics`, `weights`, `facets`: (n, 3); topic −1 and weight 0 where a bird has fewer interests, weights
    add up to one, strongest first; `facets` holds the favourite facet of each. `activity`, `authorship`:
    (n,), mean 1. `reach`: (n,), how widely an author is followed. `joined_ms`: after the start of the world,
    negative before it. `left_day`: the day of the world on which a bird asks to be forgotten, or NEVER;
    `moved_day`: on which it tells of another place. `born`: days since 1970, or −1 where it does not say.
    """

    topics: NDArray[np.int8]
    weights: NDArray[np.float32]
    facets: NDArray[np.int8]
    activity: NDArray[np.float32]
    authorship: NDArray[np.float32]
    reach: NDArray[np.float32]
    place: NDArray[np.int8]
    joined_ms: Integers
    left_day: NDArray[np.int32]
    moved_day: NDArray[np.int32]
    born: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.place)

    def __getitem__(self, rows: slice | Integers | Booleans) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def awake(self, day: int) -> Booleans:
        """(n,) birds that joined on an earlier day and have not left."""
        return np.asarray((self.joined_ms < day * DAY_MS) & (day < self.left_day))


def bots(parameters: SyntheticParameters) -> int:
    """How many bots a spam night brings."""
    return 0 if parameters.spam_share is None else max(3, parameters.birds // 200)


def spam_day(parameters: SyntheticParameters) -> int:
    """The day of the world that spam hits, where it is asked for."""
    return parameters.history_days + (parameters.spam_night or parameters.nights) - 1


def hatch(parameters: SyntheticParameters) -> BirdPopulation:
    """All birds, chunk by chunk, bots at the end."""
    parts = [_hatch_chunk(parameters, chunk) for chunk in chunks_of(parameters, parameters.birds)]
    parts.append(_bots(parameters, bots(parameters)))
    return BirdPopulation(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(BirdPopulation)
        }
    )


def _hatch_chunk(parameters: SyntheticParameters, chunk: Chunk) -> BirdPopulation:
    rng = stream(parameters.seed, Purpose.BIRDS, chunk.number)
    n = len(chunk)
    topics, weights = _interests(rng, n, parameters.topics)
    reach = rng.lognormal(-(_REACH_SIGMA**2) / 2, _REACH_SIGMA, n)
    # E[√reach] = exp(−σ²/8): divided out, so that authorship keeps its mean of one.
    authorship = rng.lognormal(-(_AUTHOR_SIGMA**2) / 2, _AUTHOR_SIGMA, n) * np.sqrt(reach)
    return BirdPopulation(
        topics=topics,
        weights=weights,
        facets=rng.integers(0, FACETS, (n, MOST_INTERESTS), dtype=np.int8),
        activity=rng.gamma(_ACTIVITY_SHAPE, 1 / _ACTIVITY_SHAPE, n).astype(np.float32),
        authorship=(authorship * np.exp(_REACH_SIGMA**2 / 8)).astype(np.float32),
        reach=reach.astype(np.float32),
        place=pick(rng, PLACE_SHARES, n).astype(np.int8),
        **_lives(rng, n, parameters),
    )


def _interests(rng: np.random.Generator, n: int, topics: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Each bird's topics, without repetition, and how much it cares; a second interest weighs at least a quarter."""
    # Gumbel's trick: the largest of log weight + noise are draws without replacement.
    noise = np.log(popularity(topics)) + rng.gumbel(size=(n, topics))
    kept = min(MOST_INTERESTS, topics)
    order = np.full((n, MOST_INTERESTS), -1, dtype=np.int8)
    order[:, :kept] = np.argsort(-noise, axis=1)[:, :kept]
    count = np.minimum(1 + pick(rng, _INTEREST_COUNTS, n), kept)
    raw = 1.0 + rng.random((n, MOST_INTERESTS))
    raw[np.arange(MOST_INTERESTS) >= count[:, None]] = 0
    raw = -np.sort(-raw, axis=1)
    return np.where(raw > 0, order, -1).astype(np.int8), (raw / raw.sum(axis=1, keepdims=True)).astype(
        np.float32
    )


def _lives(rng: np.random.Generator, n: int, parameters: SyntheticParameters) -> dict[str, Any]:
    joining = rng.random(n) < parameters.joining_share
    before = -1 - (rng.random(n) * _YEARS_BEFORE * 365 * DAY_MS).astype(np.int64)
    within = (rng.random(n) * parameters.days * DAY_MS).astype(np.int64)
    joined = np.where(joining, within, before)
    leaving = (rng.random(n) < parameters.erasure_share) & ~joining
    left = parameters.history_days + rng.integers(0, parameters.nights, n)
    moving = (rng.random(n) < _MOVING_SHARE) & ~joining & ~leaving
    born = rng.integers(-7_300, 14_600, n)
    return {
        "joined_ms": joined,
        "left_day": np.where(leaving, left, NEVER).astype(np.int32),
        "moved_day": np.where(moving, rng.integers(0, parameters.days, n), NEVER).astype(np.int32),
        "born": np.where(rng.random(n) < 0.6, born, -1).astype(np.int32),
    }


def _bots(parameters: SyntheticParameters, n: int) -> BirdPopulation:
    rng = stream(parameters.seed, Purpose.SPAM)
    nothing = np.zeros(n, dtype=np.float32)
    return BirdPopulation(
        topics=np.full((n, MOST_INTERESTS), -1, dtype=np.int8),
        weights=np.zeros((n, MOST_INTERESTS), dtype=np.float32),
        facets=np.zeros((n, MOST_INTERESTS), dtype=np.int8),
        activity=nothing,
        authorship=nothing,
        reach=nothing,
        place=pick(rng, PLACE_SHARES, n).astype(np.int8),
        joined_ms=spam_day(parameters) * DAY_MS + rng.integers(0, DAY_MS // 24, n),
        left_day=np.full(n, NEVER),
        moved_day=np.full(n, NEVER),
        born=np.full(n, -1, dtype=np.int32),
    )
