"""What is true of a synthetic Flutter: the answers that tests and benchmarks hold results against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.synthetic.birds import NEVER, spam_day
from tasks.synthetic.events import REPLY, Interactions
from tasks.synthetic.landing import names
from tasks.synthetic.landing.interactions import events_of_birds
from tasks.synthetic.randomness import Floats
from tasks.synthetic.spam import spam_targets
from tasks.synthetic.topics import TOPICS
from tasks.synthetic.trends import PlantedTrend, mood, trends
from tasks.synthetic.world import World

_FACETS = [tuple(topic.facets) for topic in TOPICS]


@dataclass(frozen=True, slots=True)
class Truth:
    """Planted truth. Frames hold everything: ask for them in worlds that fit in memory."""

    world: World

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of this world, most popular first."""
        return tuple(topic.name for topic in TOPICS[: self.world.parameters.topics])

    @property
    def trend(self) -> PlantedTrend:
        """The topic that rises and falls during the nights."""
        return trends(self.world.parameters)[0]

    def appeal(self, day: date) -> Floats:
        """(topics,) how much each topic is on everybody's mind on a day, mean 1 outside trends."""
        return mood(self.world.parameters, (day - self.world.parameters.first_day).days).appeal

    @property
    def spam_birds(self) -> list[str]:
        """The bots, sorted; none where no spam was asked for."""
        n = len(self.world.population)
        return names.bird_ids(np.arange(self.world.parameters.birds, n), n).to_list()

    @property
    def spam_targets(self) -> list[str]:
        """The flits that bots push, sorted; none where no spam was asked for."""
        if self.world.parameters.spam_share is None:
            return []
        return names.flit_ids(spam_targets(self.world, spam_day(self.world.parameters))).to_list()

    @property
    def spam_flits(self) -> list[str]:
        """What bots wrote, sorted."""
        if self.world.parameters.spam_share is None:
            return []
        posted = self._posts(spam_day(self.world.parameters))
        return posted.filter(pl.col("topic").is_null())["flit_id"].sort().to_list()

    def birds(self) -> pl.DataFrame:
        """A row a bird, by number.

        bird_id, topics, facets and weights (lists, strongest first; weights add up to 1, bots have none),
        activity, reach, joined_at, left_on (null: never), bot.
        """
        birds, first_day = self.world.population, self.world.parameters.first_day
        counts = (birds.topics >= 0).sum(axis=1).tolist()
        rows = zip(birds.topics.tolist(), birds.facets.tolist(), counts, strict=True)
        interests = [list(zip(topics[:n], facets[:n], strict=True)) for topics, facets, n in rows]
        weights = [row[:n] for row, n in zip(birds.weights.tolist(), counts, strict=True)]
        left = [None if day == NEVER else first_day + timedelta(days=day) for day in birds.left_day.tolist()]
        return pl.DataFrame(
            {
                "bird_id": names.bird_ids(np.arange(len(birds)), len(birds)),
                "topics": [[TOPICS[topic].name for topic, _ in pairs] for pairs in interests],
                "facets": [[_FACETS[topic][facet] for topic, facet in pairs] for pairs in interests],
                "weights": weights,
                "activity": birds.activity,
                "reach": birds.reach,
                "joined_at": names.moments(self.world.start, birds.joined_ms),
                "left_on": pl.Series(left, dtype=pl.Date),
                "bot": np.arange(len(birds)) >= self.world.parameters.birds,
            },
            schema_overrides={
                "topics": pl.List(pl.String), "facets": pl.List(pl.String), "weights": pl.List(pl.Float64),
            },
        )  # fmt: skip

    def flits(self) -> pl.DataFrame:
        """A row a flit, posts then replies, each in order of arrival.

        flit_id, bird_id, posted_at, topic and facet (null for spam), quality (null for replies), reply_to.
        """
        days = range(self.world.parameters.days)
        replies = [
            self._replies(events_of_birds(self.world, day, rows))
            for day in days
            for rows in self.world.chunks
        ]
        return pl.concat([*[self._posts(day) for day in days], *replies])

    def _posts(self, day: int) -> pl.DataFrame:
        flits = self.world.timeline.day(day)
        return pl.DataFrame(
            {
                "flit_id": names.flit_ids(flits.number),
                "bird_id": names.bird_ids(flits.author, len(self.world.population)),
                "posted_at": names.moments(self.world.start, flits.posted_ms),
                **_subjects(flits.topic, flits.facet),
                "quality": flits.quality,
                "reply_to": pl.repeat(None, len(flits), dtype=pl.String, eager=True),
            }
        )

    def _replies(self, events: Interactions) -> pl.DataFrame:
        replies = events[events.kind == REPLY]
        return pl.DataFrame(
            {
                "flit_id": names.reply_ids(replies.number),
                "bird_id": names.bird_ids(replies.bird, len(self.world.population)),
                "posted_at": names.moments(self.world.start, replies.at_ms),
                **_subjects(replies.topic, replies.facet),
                "quality": pl.repeat(None, len(replies), dtype=pl.Float32, eager=True),
                "reply_to": names.flit_ids(replies.flit),
            }
        )


def _subjects(topic: NDArray[np.int8], facet: NDArray[np.int8]) -> dict[str, pl.Series]:
    pairs = [
        (None, None) if t < 0 else (TOPICS[t].name, _FACETS[t][f]) for t, f in zip(topic, facet, strict=True)
    ]
    return {
        "topic": pl.Series([pair[0] for pair in pairs], dtype=pl.String),
        "facet": pl.Series([pair[1] for pair in pairs], dtype=pl.String),
    }
