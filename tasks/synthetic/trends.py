"""How much each topic is on everybody's mind, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Floats, Purpose, stream
from tasks.synthetic.topics import TOPICS


@dataclass(frozen=True, slots=True)
class PlantedTrend:
    """A topic that rises for `days`, peaks on day `peak` of the world and falls for `days`."""

    topic: int
    peak: int
    height: float
    days: int

    def strength(self, day: int) -> float:
        """0 outside the trend, 1 at its peak."""
        return max(0.0, 1.0 - abs(day - self.peak) / self.days)

    @property
    def name(self) -> str:
        return TOPICS[self.topic].name


def trends(parameters: SyntheticParameters) -> tuple[PlantedTrend, ...]:
    """The trend of the nights and, with two weeks of history, an older one of another topic."""
    order = stream(parameters.seed, Purpose.WORLD).permutation(parameters.topics)
    names = [topic.name for topic in TOPICS]
    topic = int(order[0]) if parameters.trend is None else names.index(parameters.trend)
    night = parameters.trend_night or (parameters.nights + 1) // 2
    peak = parameters.history_days + night - 1
    main = PlantedTrend(topic, peak, parameters.trend_height, parameters.trend_days)
    if parameters.history_days < 14:
        return (main,)
    other = int(next(candidate for candidate in order if candidate != topic))
    return main, PlantedTrend(
        other, parameters.history_days // 3, parameters.trend_height, parameters.trend_days
    )


@dataclass(frozen=True, slots=True, eq=False)
class Mood:
    """A day's weights, each (topics,).

    `appeal`: popularity times trend, mean 1 outside trends. `rising`: the trend's factor alone, from 1 on.
    `strength`: from 0 to 1 at a peak.
    """

    appeal: Floats
    rising: Floats
    strength: Floats


def popularity(topics: int) -> Floats:
    """(topics,) shares of birds' interests, falling slowly: the first is four times the last of fourteen."""
    weights = 1.0 / (np.arange(topics) + 4.5)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def mood(parameters: SyntheticParameters, day: int) -> Mood:
    """The weights of day `day` of the world."""
    strength = np.zeros(parameters.topics)
    rising = np.ones(parameters.topics)
    for trend in trends(parameters):
        strength[trend.topic] += trend.strength(day)
        rising[trend.topic] += trend.height * trend.strength(day)
    return Mood(popularity(parameters.topics) * parameters.topics * rising, rising, strength)
