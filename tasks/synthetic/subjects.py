"""What a bird posts about or looks at, one draw at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.synthetic.birds import BirdPopulation
from tasks.synthetic.randomness import Booleans, Integers, pick
from tasks.synthetic.topics import FACETS
from tasks.synthetic.trends import Mood

_FAITHFUL = 0.7
"""Share of draws that keep to the favourite facet, beyond those that hit it by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """(n,) topics and facets; `own` where the topic is one of the bird's interests."""

    topic: NDArray[np.int8]
    facet: NDArray[np.int8]
    own: Booleans

    @property
    def cell(self) -> Integers:
        """(n,) one number for topic and facet."""
        return cell_of(self.topic, self.facet)


def cell_of(topic: NDArray[np.int8], facet: NDArray[np.int8]) -> Integers:
    return topic.astype(np.int64) * FACETS + facet


def draw_subjects(
    rng: np.random.Generator, birds: BirdPopulation, rows: Integers, day: Mood, curiosity: float
) -> Subjects:
    """A subject for each of `rows`, birds by their row: by the bird's interests and what is rising.

    With probability `curiosity`, more while a trend is on, it is something that is popular on the day.
    """
    topics = birds.topics[rows]
    cumulative = np.cumsum(birds.weights[rows] * day.rising[topics], axis=1)
    slot = (rng.random(len(rows)) * cumulative[:, -1] >= cumulative.T).sum(axis=0)
    each = np.arange(len(rows))
    # Rounding may carry a draw past the last interest: weights end in zeros there.
    slot = np.minimum(slot, (topics >= 0).sum(axis=1) - 1)
    curious = rng.random(len(rows)) < curiosity + 0.15 * day.strength.max()
    topic = np.where(curious, pick(rng, day.appeal, len(rows)), topics[each, slot]).astype(np.int8)
    faithful = ~curious & (rng.random(len(rows)) < _FAITHFUL)
    anything = rng.integers(0, FACETS, len(rows), dtype=np.int8)
    facet = np.where(faithful, birds.facets[rows][each, slot], anything).astype(np.int8)
    return Subjects(topic, facet, (topics == topic[:, None]).any(axis=1))
