"""The flits of a day as arrays: who, when, about what, how good, and what a landing file says of them beyond that."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.synthetic.birds import Population, spam_day
from tasks.synthetic.interactions import LAG_SHARES
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Chunk, Integers, Purpose, chunks_of, pick, row_of, stream
from tasks.synthetic.subjects import draw_subjects
from tasks.synthetic.topics import TOPICS
from tasks.synthetic.trends import mood
from tasks.synthetic.visits import DAY_MS, PLACES, waking_times, weekday_factor
from tasks.synthetic.writing import DRAWS, TAG, Draws, voices, write_spam

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


def flits_of(parameters: SyntheticParameters, population: Population, day: int) -> Flits:
    """Everything posted on day `day` of the world."""
    return Flits.joined(
        [
            Flits.joined([_by_birds(parameters, population, chunk, day), _by_bots(parameters, chunk, day)])
            for chunk in chunks_of(parameters, len(population))
        ]
    )


def _by_birds(parameters: SyntheticParameters, population: Population, chunk: Chunk, day: int) -> Flits:
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
    population: Population
    kept: int
    _days: dict[int, Flits] = field(default_factory=dict)

    def day(self, day: int) -> Flits:
        """The flits of a day; none before the world began."""
        if day not in self._days:
            self._days[day] = flits_of(self.parameters, self.population, day)
            while len(self._days) > self.kept:
                del self._days[next(iter(self._days))]
        return self._days[day]


MEDIA = ("text", "photo", "video", "sound")
LANGUAGES = ("en", "de", "es")
_MEDIA_SHARES = np.array([0.62, 0.27, 0.08, 0.03])
_SENSITIVE_SHARE = 0.006
_BUZZ_SHARE = 0.35
_FOREIGN_SHARE = 0.3
_TAGGED_SHARE = 0.35
_GERMAN = PLACES.index("DE")
_SPANISH = PLACES.index("ES")


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """(n,) of everything, a flit a row.

    `lag`: days until it arrives. `sensitive`: moderators mark it, a day after it arrived. `draws`: (n, DRAWS), what its
    text is written from.
    """

    lag: NDArray[np.int8]
    language: NDArray[np.int8]
    media: NDArray[np.int8]
    sensitive: Booleans
    buzz: Booleans
    tagged: Booleans
    draws: Draws

    def __getitem__(self, rows: Integers | Booleans) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def details_of(parameters: SyntheticParameters, population: Population, flits: Flits, chunk: int) -> Details:
    """The details of the flits that a chunk of authors posted on a day."""
    rng = stream(parameters.seed, Purpose.FLIT_DETAILS, chunk, flits.day)
    rows = flits.rows_of(chunk)
    topic, n = flits.topic[rows], rows.stop - rows.start
    late = rng.random(n) < parameters.late_share
    lag = np.where(late, 1 + pick(rng, np.array(LAG_SHARES), n), 0)
    place = population.place[flits.author[rows]]
    foreign = (rng.random(n) < _FOREIGN_SHARE) & (topic != SPAM)
    language = np.where(foreign & (place == _GERMAN), 1, np.where(foreign & (place == _SPANISH), 2, 0))
    strength = mood(parameters, flits.day).strength[topic] * (topic != SPAM)
    return Details(
        lag=lag.astype(np.int8),
        language=language.astype(np.int8),
        media=pick(rng, _MEDIA_SHARES, n).astype(np.int8),
        sensitive=rng.random(n) < _SENSITIVE_SHARE,
        buzz=rng.random(n) < _BUZZ_SHARE * strength,
        tagged=rng.random(n) < _TAGGED_SHARE,
        draws=rng.integers(0, 2**32, (n, DRAWS), dtype=np.uint32),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """A flit's text, tags and advertiser."""

    text: str
    hashtags: list[str] | None
    advertiser: str | None


def _write(topic: int, facet: int, promoted: bool, row: tuple[int, bool, bool], draws: list[int]) -> Words:
    language, buzz, tagged = row
    if topic == SPAM:
        return Words(write_spam(draws), None, None)
    voice, subject = voices(topic, facet), TOPICS[topic]
    if promoted:
        brand = subject.brands[draws[TAG] % len(subject.brands)]
        text = voice.promoted.write(draws)
        # The sentence drew its own brand: the text is what counts for who paid.
        named = next((name for name in subject.brands if name in text), brand)
        return Words(text, None, "a-" + "-".join(named.lower().replace("&", "and").replace(".", "").split()))
    if language:
        return Words((voice.german, voice.spanish)[language - 1].write(draws), None, None)
    text = (voice.buzz if buzz else voice.post).write(draws)
    if not tagged and not buzz:
        return Words(text, None, None)
    tag = subject.buzz_hashtag if buzz else voice.hashtags[draws[TAG] % len(voice.hashtags)]
    return Words(f"{text} #{tag}", [tag], None)


def texts(
    topic: NDArray[np.int8], facet: NDArray[np.int8], promoted: Booleans, details: Details
) -> pl.DataFrame:
    """text, hashtags, advertiser_id of n flits, in their order."""
    plain = zip(details.language.tolist(), details.buzz.tolist(), details.tagged.tolist(), strict=True)
    written = [
        _write(*subject)
        for subject in zip(
            topic.tolist(), facet.tolist(), promoted.tolist(), plain, details.draws.tolist(), strict=True
        )
    ]
    return pl.DataFrame(
        {
            "text": [words.text for words in written],
            "hashtags": [words.hashtags for words in written],
            "advertiser_id": [words.advertiser for words in written],
        },
        schema={"text": pl.String, "hashtags": pl.List(pl.String), "advertiser_id": pl.String},
    )
