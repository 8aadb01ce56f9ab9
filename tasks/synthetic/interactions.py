"""What birds do with flits: views by their interests and by whom they follow, reactions in plausible ratios."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.birds import BirdPopulation
from tasks.synthetic.events import (
    AD,
    CLICK,
    FEED,
    HIDE,
    LIKE,
    PROFILE,
    REFLIT,
    REPLY,
    REPORT,
    SEARCH,
    SHARE,
    VIEW,
    EventBatch,
    Interactions,
    share_of,
)  # fmt: skip
from tasks.synthetic.follows import Follows
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.pool import FlitPool
from tasks.synthetic.randomness import Booleans, Integers, Purpose, row_of, stream
from tasks.synthetic.rhythm import DAY_MS, waking_times, weekday_factor
from tasks.synthetic.subjects import draw_subjects
from tasks.synthetic.trends import mood

_VIEWS_A_VISIT = 6.0
_REACTION_MS = 60_000
"""Reactions follow their view by less."""

_LONGEST_LOOK_MS = 600_000

_RATES = {CLICK: 0.16, LIKE: 0.09, REPLY: 0.015, REFLIT: 0.02, SHARE: 0.015, HIDE: 0.006, REPORT: 0.0015}
"""Further events per view of a flit that fits the bird."""

_DISLIKES = (HIDE, REPORT)
_OFF_TOPIC = 0.4
_OFF_TOPIC_DISLIKE = 4.0
_CURIOSITY = 0.08
_FOLLOWED_SHARE = 0.22
_FEED_SHARE = 0.78
_LATEST_REACTION_MS = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Moments at which a bird looks: its row in the chunk, when, in which visit of the batch, for how long."""

    bird: Integers
    at_ms: Integers
    visit: Integers
    dwell_ms: Integers

    def __getitem__(self, rows: Integers) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def views_of(
    rng: np.random.Generator,
    parameters: SyntheticParameters,
    birds: BirdPopulation,
    batch: EventBatch,
    views_per_bird: float,
) -> Views:
    """The views of a batch: on its day, visit by visit, one after the other; none passes midnight."""
    weekday = (parameters.first_day.weekday() + batch.day) % 7
    visits = views_per_bird * weekday_factor(weekday) * share_of(parameters, batch.lag) / _VIEWS_A_VISIT
    visitor = row_of(rng.poisson(visits * birds.activity * birds.awake(batch.day)))
    visit = row_of(1 + rng.poisson(_VIEWS_A_VISIT - 1, len(visitor)))
    dwell = np.minimum(rng.lognormal(8.3, 1.0, len(visit)), _LONGEST_LOOK_MS).astype(np.int64) + 300
    pause = rng.exponential(4_000, len(visit)).astype(np.int64)
    length = np.bincount(visit, weights=dwell + pause, minlength=len(visitor)).astype(np.int64)
    # A visit that would reach midnight begins earlier.
    begin = np.minimum(waking_times(rng, birds.place[visitor], weekday), DAY_MS - _REACTION_MS - length)
    ended = np.cumsum(dwell + pause)
    offset = ended - dwell - pause - (np.cumsum(length) - length)[visit]
    return Views(visitor[visit], batch.day * DAY_MS + np.maximum(begin, 0)[visit] + offset, visit, dwell)


def interactions_of(
    parameters: SyntheticParameters,
    population: BirdPopulation,
    follows: Follows,
    pool: FlitPool,
    batch: EventBatch,
) -> Interactions:
    """The events of a batch. `follows` are those of its chunk, `pool` what can be seen on its day."""
    rng = stream(parameters.seed, Purpose.INTERACTIONS, batch.chunk.number, batch.day, batch.lag)
    birds = population[batch.chunk.rows]
    views_per_bird = parameters.interactions_per_bird / (1 + sum(_RATES.values()))
    views = views_of(rng, parameters, birds, batch, views_per_bird)
    subjects = draw_subjects(rng, birds, views.bird, mood(parameters, batch.day), _CURIOSITY)
    by_subject = pool.draw(pool.by_subject, subjects.cell, views.at_ms, rng.random(len(views.bird)))
    by_author = _of_followed(rng, follows, pool, views)
    flit = np.where(by_author >= 0, by_author, by_subject)
    kept = np.flatnonzero(flit >= 0)
    author = pool.author[flit[kept]]
    # Nobody looks at their own flits, nor at those of birds that have left.
    kept = kept[(author != batch.chunk.start + views.bird[kept]) & (population.left_day[author] > batch.day)]
    views, flit = views[kept], flit[kept]
    fits = (birds.topics[views.bird] == pool.topic[flit][:, None]).any(axis=1)
    surface = _surfaces(rng, pool.promoted[flit], by_author[kept] >= 0)
    return _events(batch, pool, views, _Seen(flit, surface), _reactions(rng, fits, views.dwell_ms))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """(n,) the pool's row of what each view saw, and where it did."""

    flit: Integers
    surface: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class _Reactions:
    """Views and what followed from them: the view's row, what was done, and how long after."""

    view: Integers
    kind: NDArray[np.int8]
    delay_ms: Integers


def _of_followed(rng: np.random.Generator, follows: Follows, pool: FlitPool, views: Views) -> Integers:
    """(n,) for some views, a flit by somebody whom the bird follows at that moment; −1 for the others."""
    chosen = np.flatnonzero(rng.random(len(views.bird)) < _FOLLOWED_SHARE)
    followee, holds = follows.draw(views.bird[chosen], views.at_ms[chosen], rng.random(len(chosen)))
    chosen, followee = chosen[holds], followee[holds]
    rows = np.full(len(views.bird), -1, dtype=np.int64)
    rows[chosen] = pool.draw(pool.by_author, followee, views.at_ms[chosen], rng.random(len(chosen)))
    return rows


def _surfaces(rng: np.random.Generator, promoted: Booleans, followed: Booleans) -> NDArray[np.int8]:
    """(n,) ads as ads; most of the rest in the feed, and else by search, or on the profile of a followed author."""
    elsewhere = np.where(followed, PROFILE, SEARCH)
    surface = np.where(rng.random(len(promoted)) < _FEED_SHARE, FEED, elsewhere)
    return np.where(promoted, AD, surface).astype(np.int8)


def _reactions(rng: np.random.Generator, fits: Booleans, dwell_ms: Integers) -> _Reactions:
    """Every view, and reactions to some; birds like what fits their interests, and hide what does not."""
    n = len(fits)
    view, kinds, delays = [np.arange(n)], [np.full(n, VIEW)], [np.zeros(n)]
    for kind, rate in _RATES.items():
        otherwise = _OFF_TOPIC_DISLIKE if kind in _DISLIKES else _OFF_TOPIC
        reacting = np.flatnonzero(rng.random(n) < rate * np.where(fits, 1.0, otherwise))
        view.append(reacting)
        kinds.append(np.full(len(reacting), kind))
        delays.append(300 + rng.random(len(reacting)) * np.minimum(dwell_ms[reacting], _LATEST_REACTION_MS))
    delay_ms = np.concatenate(delays).astype(np.int64)
    return _Reactions(np.concatenate(view), np.concatenate(kinds).astype(np.int8), delay_ms)


def _events(batch: EventBatch, pool: FlitPool, views: Views, seen: _Seen, done: _Reactions) -> Interactions:
    """Events in order of time, numbered in that order."""
    at_ms, bird, flit = views.at_ms[done.view] + done.delay_ms, views.bird[done.view], seen.flit[done.view]
    order = np.lexsort((done.kind, flit, bird, at_ms))
    view, kind, flit = done.view[order], done.kind[order], flit[order]
    return Interactions(
        number=batch.first_number + np.arange(len(order)),
        at_ms=at_ms[order],
        bird=(batch.chunk.start + bird[order]).astype(np.int32),
        flit=pool.number(flit),
        topic=pool.topic[flit],
        facet=pool.facet[flit],
        kind=kind,
        surface=seen.surface[view],
        session=batch.first_number + views.visit[view],
        dwell_ms=np.where(kind <= CLICK, views.dwell_ms[view], -1).astype(np.int32),
    )
