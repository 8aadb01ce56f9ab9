"""Spam on request: bots that join on one day and push one cluster of flits."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from tasks.synthetic.birds import BirdPopulation, bots
from tasks.synthetic.events import CLICK, LIKE, REFLIT, EventBatch, Interactions
from tasks.synthetic.flits import Timeline
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Chunk, Integers, Purpose, pick, stream
from tasks.synthetic.rhythm import DAY_MS, HOUR_MS
from tasks.synthetic.subjects import cell_of

_TARGETS = 12
_TARGET_DAYS = 3
_FIRST_NUMBER = 5 * 10**7
_EVENTS_A_SESSION = 50
_KINDS = (LIKE, REFLIT, CLICK)
_KIND_SHARES = np.array([0.6, 0.25, 0.15])


class Scene(Protocol):
    """What spam needs of the world."""

    parameters: SyntheticParameters
    population: BirdPopulation
    timeline: Timeline


def spam_targets(scene: Scene, day: int) -> Integers:
    """The numbers of the flits that bots push: the best ones of the days before, all of the busiest subject."""
    days = [scene.timeline.day(earlier) for earlier in range(max(0, day - _TARGET_DAYS), day + 1)]
    topic, facet, quality, number, posted = (
        np.concatenate([getattr(flits, name) for flits in days])
        for name in ("topic", "facet", "quality", "number", "posted_ms")
    )
    usable = np.flatnonzero((topic >= 0) & (posted < day * DAY_MS))
    if not len(usable):
        return np.zeros(0, dtype=np.int64)
    cells = cell_of(topic[usable], facet[usable])
    cluster = usable[cells == np.bincount(cells).argmax()]
    return np.sort(number[cluster[np.argsort(-quality[cluster], kind="stable")[:_TARGETS]]])


def spam_of(scene: Scene, day: int, chunk: Chunk, honest: int) -> Interactions:
    """Bots' events that land with those of a chunk: with its `honest` ones they make up `spam_share` of all."""
    parameters, targets = scene.parameters, spam_targets(scene, day)
    share = parameters.spam_share or 0.0
    n = round(honest * share / (1 - share)) if len(targets) else 0
    rng = stream(parameters.seed, Purpose.SPAM, chunk.number, day, 1)
    at = np.sort(day * DAY_MS + rng.integers(2 * HOUR_MS, DAY_MS, n))
    flit = targets[rng.integers(0, len(targets), n)] if n else np.zeros(0, dtype=np.int64)
    first = EventBatch(day, chunk).first_number + _FIRST_NUMBER
    return Interactions(
        number=first + np.arange(n),
        at_ms=at,
        bird=(parameters.birds + rng.integers(0, bots(parameters), n)).astype(np.int32),
        flit=flit,
        topic=np.full(n, -1, dtype=np.int8),
        facet=np.zeros(n, dtype=np.int8),
        kind=np.array(_KINDS, dtype=np.int8)[pick(rng, _KIND_SHARES, n)],
        surface=np.zeros(n, dtype=np.int8),
        session=first + np.arange(n) // _EVENTS_A_SESSION,
        dwell_ms=rng.integers(20, 200, n).astype(np.int32),
    )
