"""The world as a whole: birds, authors, and what can be seen on a day. All of it follows from its parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time

from tasks.synthetic.birds import BirdPopulation, hatch
from tasks.synthetic.events import EventBatch, Interactions
from tasks.synthetic.flits import Timeline
from tasks.synthetic.follows import Authors, Follows, follows_of
from tasks.synthetic.interactions import interactions_of
from tasks.synthetic.parameters import LATEST_LAG_DAYS, SyntheticParameters
from tasks.synthetic.pool import FlitPool, pool_days, window_days
from tasks.synthetic.randomness import Chunk, chunks_of

_LATE_POOL_DAYS = 2


@dataclass(slots=True, eq=False)
class World:
    """Caches what is dear to make: the flits of recent days, one day's pool, one chunk's follows.

    Memory grows with the birds and with the flits that can still be seen, not with events or nights.
    """

    parameters: SyntheticParameters
    population: BirdPopulation = field(init=False)
    authors: Authors = field(init=False)
    timeline: Timeline = field(init=False)
    _pools: dict[tuple[int, bool], FlitPool] = field(default_factory=dict)
    _follows: dict[int, Follows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.population = hatch(self.parameters)
        self.authors = Authors.of(self.population, self.parameters.topics)
        kept = window_days(self.parameters) + LATEST_LAG_DAYS + 3
        self.timeline = Timeline(self.parameters, self.population, kept)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.parameters.first_day, time())

    @property
    def chunks(self) -> list[Chunk]:
        return chunks_of(self.parameters, len(self.population))

    def follows(self, chunk: Chunk) -> Follows:
        """The follows of a chunk of birds."""
        if chunk.start not in self._follows:
            self._follows.clear()
            self._follows[chunk.start] = follows_of(self.parameters, self.population, self.authors, chunk)
        return self._follows[chunk.start]

    def interactions(self, batch: EventBatch) -> Interactions:
        """The events of a batch.

        Late ones come from phones that were offline and saw only the latest flits: their pool is small, and the same
        whichever night asks for it.
        """
        pool = self._pool(batch.day, late=batch.lag > 0)
        return interactions_of(self.parameters, self.population, self.follows(batch.chunk), pool, batch)

    def _pool(self, day: int, *, late: bool) -> FlitPool:
        key = (day, late)
        if key not in self._pools:
            oldest = day - LATEST_LAG_DAYS - 1 if late else day
            stale = [other for other in self._pools if other[1] == late and not oldest <= other[0] <= day]
            for other in stale:
                del self._pools[other]
            days = (
                range(max(0, day - _LATE_POOL_DAYS + 1), day + 1) if late else pool_days(self.parameters, day)
            )
            self._pools[key] = FlitPool.of(self.parameters, [self.timeline.day(day) for day in days])
        return self._pools[key]
