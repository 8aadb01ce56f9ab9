"""Do bird and flit of the day's events belong together? A shifted column or mixed-up ids break that, and no count.

All counts of such a day are sound: as many events, birds and flits as ever. What breaks is who met what. Four things
tell, each held against the same log's own days: how well birds fit the flits that they touched, what they touched of
their own and of followed birds, how often they touch a flit again, and what was touched before it was posted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from tasks.comparison.inputs.day_drift import LineShare
from tasks.comparison.inputs.usual import FEWEST_DAYS as ENOUGH_DAYS
from tasks.comparison.inputs.usual import Usual, log_deviations
from tasks.comparison.inputs.window_profile import hashed

DAYS = 14
"""Days before that a day is held against."""
HISTORY = 28
"""Days before each day that tell what its birds turn to; half of what is known of a log, where that is shorter."""
FEWEST_DAYS = 3
FEWEST_BIRDS = 8
"""Of a day, without which nothing is said of how they fit."""
MOST_EVENTS, MOST_BIRDS, MOST_FLITS, MOST_VISITORS = 500_000, 500, 1_000, 2_000
"""That are looked at for how birds fit: of a longer log a part of the birds, with all that they did."""
SURELY = 3.0
"""Standard deviations."""
_LEAST_SPREAD, _PRIOR_SPREAD = 0.1, 0.15
"""Of the mean: what the fit differs by from day to day at least, and before the log is known."""
Places = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DayJoins:
    """Who met what on one day. `fit`: of its `birds` that have a history, None where they are too few.

    `pairs`: distinct (bird, flit) among the `events`. Of events on flits whose author is `known`: `own`, on the bird's
    own flits and those of birds that it follows; `early`: before the flit was posted.
    """

    events: int
    pairs: int
    known: int = 0
    own: int = 0
    early: int = 0
    birds: int = 0
    fit: float | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """`events` of `whole`, against the `usual` share of the days before; `deviations` of its logarithm, signed.

    None where there is nothing to compare with.
    """

    events: int | None = None
    whole: int | None = None
    usual: float | None = None
    spread: float | None = None
    deviations: float | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """How much better the day's `birds` fit what they touched than what others did, in deviations of all pairs.

    `value`: 0 is what birds and flits drawn at random give. `usual`: the mean of the `days` before, `spread`: the
    standard deviation of a day's. `deviations`: from the usual, positive where it is worse. None where birds or days
    are too few.
    """

    birds: int | None = None
    days: int = 0
    value: float | None = None
    usual: float | None = None
    spread: float | None = None
    deviations: float | None = None

    @property
    def tells(self) -> bool:
        """Whether a day of birds and flits drawn at random would stand out."""
        return self.usual is not None and self.spread is not None and self.usual > SURELY * self.spread

    @classmethod
    def of(cls, today: tuple[int, float | None], before: Sequence[tuple[int, float | None]]) -> Fit:
        """Each argument: (birds, fit) of a day."""
        birds, value = today
        known = [(things, fit) for things, fit in before if fit is not None]
        if value is None or len(known) < FEWEST_DAYS:
            return cls(birds, len(known))
        things, fits = zip(*known, strict=True)
        mean = float(np.mean(fits))
        usual = Usual.of(fits, things, _LEAST_SPREAD * abs(mean), _PRIOR_SPREAD * abs(mean))
        spread = usual.spread_of(birds) * math.sqrt(1 + 1 / len(fits))
        return cls(birds, len(fits), value, mean, spread, (mean - value) / spread if spread else None)


@dataclass(frozen=True, slots=True)
class Joins:
    """One day against those before it.

    `fit`: of birds and flits. `own`, `repeats`: shares of the events. `early`: share, with its count, of the events
    whose flit is `known`.
    """

    fit: Fit = field(default_factory=Fit)
    own: Met = field(default_factory=Met)
    repeats: Met = field(default_factory=Met)
    early: LineShare = field(default_factory=LineShare)
    early_events: int | None = None
    known: int | None = None

    @classmethod
    def of(cls, day: date, days: Mapping[date, DayJoins], before: date | None = None) -> Joins:
        """`before`: the first day that is no reference, by default `day`."""
        today = days.get(day)
        if today is None:
            return cls()
        known = [one for when, one in sorted(days.items()) if when < min(day, before or day)]
        repeats = [(one.events - one.pairs, one.events) for one in known]
        return cls(
            Fit.of((today.birds, today.fit), [(one.birds, one.fit) for one in known]),
            _met(today.own, today.known, [(one.own, one.known) for one in known]),
            _met(today.events - today.pairs, today.events, repeats),
            LineShare.of((today.early, today.known), [(one.early, one.known) for one in known]),
            today.early,
            today.known,
        )


def _met(part: int, whole: int, before: list[tuple[int, int]]) -> Met:
    events = sum(events for _, events in before)
    if not whole or not events or len(before) < ENOUGH_DAYS:
        return Met(part, whole)
    usual = sum(part for part, _ in before) / events
    parts, wholes = (np.array(numbers, dtype=np.float64) for numbers in zip(*before, strict=True))
    spread, deviations = log_deviations(part, usual * whole, parts, usual * wholes)
    return Met(part, whole, usual, spread, deviations)


def joins_by_day(
    events: pl.DataFrame, flits: pl.DataFrame, follows: pl.DataFrame, last: date
) -> dict[date, DayJoins]:
    """What met on `last` and on the two weeks before it, as far as there is a history of each; days without events are
    left out.

    `events`: bird_id, flit_id, occurred_at; `flits`: flit_id, author, posted_at; `follows`: bird_id, followee_id. The
    history of each day is as long, so that a growing log does not look as if its birds became more faithful.
    """
    held = events.filter(pl.col("occurred_at") < last + timedelta(days=1))
    if held.is_empty():
        return {}
    named = held.select("bird_id", "flit_id", "occurred_at")
    known = (last - held["occurred_at"].min().date()).days  # type: ignore[union-attr]
    history = min(HISTORY, max(1, known // 2))
    days = [last - timedelta(days=back) for back in range(min(DAYS, max(0, known - history)) + 1)]
    met = named.filter(pl.col("occurred_at").dt.date().is_in(days)).join(flits, on="flit_id", how="left")
    counts = _counts(met, follows)
    recent = hashed(named.filter(pl.col("occurred_at").dt.date() >= days[-1] - timedelta(days=history)))
    part = math.ceil(len(recent) / MOST_EVENTS)
    fits = _fits(recent.filter(pl.col("bird") % part == 0), history, days)
    return {day: replace(counts[day], **fits.get(day, {})) for day in days if day in counts}


def _counts(met: pl.DataFrame, follows: pl.DataFrame) -> dict[date, DayJoins]:
    """`met`: the events, each with author and posted_at of its flit, null where the flit is not known."""
    followed = follows.select("bird_id", author="followee_id", follows=pl.lit(True)).unique()
    told = met.join(followed, on=["bird_id", "author"], how="left")
    own = (pl.col("author") == pl.col("bird_id")) | pl.col("follows")
    rows = told.group_by(day=pl.col("occurred_at").dt.date()).agg(
        events=pl.len(),
        pairs=pl.struct("bird_id", "flit_id").n_unique(),
        known=pl.col("author").count(),
        own=own.fill_null(False).sum(),
        early=(pl.col("occurred_at") < pl.col("posted_at")).fill_null(False).sum(),
    )
    return {row.pop("day"): DayJoins(**row) for row in rows.iter_rows(named=True)}


def _fits(events: pl.DataFrame, history: int, days: list[date]) -> dict[date, dict[str, Any]]:
    """`events`: day, bird, flit as hashes."""
    if events.is_empty():
        return {}
    ids = {name: np.unique(events[name].to_numpy(), return_inverse=True)[1] for name in ("bird", "flit")}
    shape = tuple(int(ids[name].max()) + 1 for name in ("bird", "flit"))
    when = events["day"].to_numpy()
    found = {}
    for day in days:
        begin = np.datetime64(day - timedelta(days=history))
        touched = [
            _pairs(ids["bird"][rows], ids["flit"][rows], shape)
            for rows in ((when >= begin) & (when < np.datetime64(day)), when == np.datetime64(day))
        ]
        birds, fit = _fit(*touched)
        found[day] = {"birds": birds, "fit": fit}
    return found


def _pairs(birds: Places, flits: Places, shape: tuple[int, ...]) -> sparse.csr_matrix:
    """Birds × flits, 1 where they met."""
    met = sparse.csr_matrix((np.ones(len(birds)), (birds, flits)), shape=shape)
    met.data[:] = 1
    return met


def _fit(before: sparse.csr_matrix, today: sparse.csr_matrix) -> tuple[int, float | None]:
    """How many birds of the day have a history, and how well they fit the flits that they touched.

    A bird fits a flit as it is like others that met it, by what they turned to before: the mean cosine of their
    histories, that flit left out, rare flits counting more.
    """
    active = np.flatnonzero((np.diff(before.indptr) > 0) & (np.diff(today.indptr) > 0))
    birds = active[:MOST_BIRDS]
    flits = np.flatnonzero(np.asarray(today[birds].sum(axis=0)).ravel())[:MOST_FLITS]
    if len(birds) < FEWEST_BIRDS or len(flits) < 2:
        return len(active), None
    visits = (before + today)[:, flits].tocsr()
    visits.data[:] = 1
    others = np.setdiff1d(np.flatnonzero((np.diff(visits.indptr) > 0) & (np.diff(before.indptr) > 0)), birds)
    # The day's birds first, so that the diagonal is each bird with itself.
    visitors = np.concatenate([birds, others])[:MOST_VISITORS]
    visits, profiles = visits[visitors], _profiles(before)
    own, mine, theirs = slice(len(birds)), profiles[birds], profiles[visitors]
    alike = (mine @ theirs.T).toarray()
    np.fill_diagonal(alike, 0)
    shared, met = theirs[:, flits].multiply(visits).toarray(), visits[own].toarray()
    through_the_flit_itself = mine[:, flits].toarray() * (shared.sum(axis=0) - shared[own])
    visited = np.asarray(visits.sum(axis=0)) - met
    scores = (alike @ visits - through_the_flit_itself) / np.maximum(1, visited)
    touched = (today[birds][:, flits].toarray() > 0) & (visited > 0)
    return len(active), fit_of(scores, touched, np.sqrt(visited))  # a mean over more birds is surer


def fit_of(scores: Scores, touched: NDArray[np.bool_], sureness: Scores | float = 1.0) -> float | None:
    """How far the scores of what was `touched` stand above all, (birds, flits); None where fewer than eight birds did.

    Each score is taken less the mean of its bird and of its flit, so that neither zeal nor popularity counts.
    """
    centred = scores + scores.mean() - scores.mean(axis=0, keepdims=True) - scores.mean(axis=1, keepdims=True)
    centred *= sureness
    some, spread = touched.any(axis=1), float(centred.std())
    if int(some.sum()) < FEWEST_BIRDS or not spread:
        return None
    means = (centred * touched)[some].sum(axis=1) / touched[some].sum(axis=1)
    return float(means.mean()) / spread


def _profiles(before: sparse.csr_matrix) -> sparse.csr_matrix:
    """Of each bird what it met, a unit vector; a flit counts the less the more birds met it."""
    met = np.asarray(before.sum(axis=0)).ravel()
    weighted = before @ sparse.diags(np.log(1 + before.shape[0] / (1 + met)))
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return (sparse.diags(1 / lengths) @ weighted).tocsr()
