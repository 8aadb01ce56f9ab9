"""The flits of a day as arrays: who, when, about what, how good. Their words come later, in `details`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.birds import BirdPopulation, spam_day
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Chunk, Integers, Purpose, chunks_of, row_of, stream
from tasks.synthetic.rhythm import DAY_MS, waking_times, weekday_factor
from tasks.synthetic.subjects import draw_subjects
from tasks.synthetic.trends import mood

ROWS_A_DAY = 10**7
"""A flit's number is its day times this, plus its row on that day."""

SPAM = np.int8(-1)
_CURIOSITY = 0.05
_QUALITY_SIGMA = 0.9
_PROMOTED_SHARE = 0.012


@dataclass(frozen=True, slots=True, eq=False)
class Flits:
    """The n flits of one day, chunk of authors by chunk.

    `posted_ms`: after the start of the world. `topic`: SPAM for what bots write. `quality`: how much birds
    like it, long-tailed, widened by its author's reach. `starts`: the first row of each chunk, and n at the
    end.
    """

    day: int
    author: NDArray[np.int32]
    posted_ms: Integers
    topic: NDArray[np.int8]
    facet: NDArray[np.int8]
    quality: NDArray[np.float32]
    promoted: Booleans
    starts: Integers

    def __len__(self) -> int:
        return len(self.author)

    @property
    def number(self) -> Integers:
        return self.day * ROWS_A_DAY + np.arange(len(self))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """The flits of one day from those of its chunks."""
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        names = [field.name for field in fields(cls) if field.name not in {"day", "starts"}]
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(day=parts[0].day, starts=starts, **columns)

    def rows_of(self, chunk: int) -> slice:
        return slice(int(self.starts[chunk]), int(self.starts[chunk + 1]))


def flits_of(parameters: SyntheticParameters, population: BirdPopulation, day: int) -> Flits:
    """Everything posted on day `day` of the world."""
    return Flits.joined(
        [
            Flits.joined([_by_birds(parameters, population, chunk, day), _by_bots(parameters, chunk, day)])
            for chunk in chunks_of(parameters, len(population))
        ]
    )


def _by_birds(parameters: SyntheticParameters, population: BirdPopulation, chunk: Chunk, day: int) -> Flits:
    """The flits of a chunk of authors, in order of author."""
    rng = stream(parameters.seed, Purpose.FLITS, chunk.number, day)
    birds = population[chunk.rows]
    weekday = (parameters.first_day.weekday() + day) % 7
    rate = parameters.flits_per_bird * weekday_factor(weekday) * birds.authorship * birds.awake(day)
    author = row_of(rng.poisson(rate))
    subjects = draw_subjects(rng, birds, author, mood(parameters, day), _CURIOSITY)
    quality = rng.lognormal(0.0, _QUALITY_SIGMA, len(author)) * np.sqrt(birds.reach[author])
    return Flits(
        day=day,
        author=(chunk.start + author).astype(np.int32),
        posted_ms=day * DAY_MS + waking_times(rng, birds.place[author], weekday),
        topic=subjects.topic,
        facet=subjects.facet,
        quality=quality.astype(np.float32),
        promoted=rng.random(len(author)) < _PROMOTED_SHARE,
        starts=np.array([0, len(author)]),
    )


def _by_bots(parameters: SyntheticParameters, chunk: Chunk, day: int) -> Flits:
    """One flit of each bot of the chunk on the spam day, within its first six hours; none else."""
    first = max(chunk.start, parameters.birds) if day == spam_day(parameters) else chunk.stop
    author = np.arange(first, chunk.stop, dtype=np.int32)
    rng = stream(parameters.seed, Purpose.SPAM, chunk.number, day)
    n = len(author)
    return Flits(
        day=day,
        author=author,
        posted_ms=day * DAY_MS + rng.integers(DAY_MS // 24, DAY_MS // 4, n),
        topic=np.full(n, SPAM),
        facet=np.zeros(n, dtype=np.int8),
        quality=np.zeros(n, dtype=np.float32),
        promoted=np.zeros(n, dtype=np.bool_),
        starts=np.array([0, n]),
    )


@dataclass(slots=True, eq=False)
class Timeline:
    """The flits of the days last asked for. A cache: what it answers depends on its parameters alone."""

    parameters: SyntheticParameters
    population: BirdPopulation
    kept: int
    _days: dict[int, Flits] = field(default_factory=dict)

    def day(self, day: int) -> Flits:
        """The flits of a day; none before the world began."""
        if day not in self._days:
            self._days[day] = flits_of(self.parameters, self.population, day)
            while len(self._days) > self.kept:
                del self._days[next(iter(self._days))]
        return self._days[day]
