"""What a landing file says of a flit beyond who and when: words, language, medium, tags, when it arrives."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.synthetic.birds import BirdPopulation
from tasks.synthetic.events import LAG_SHARES
from tasks.synthetic.flits import SPAM, Flits
from tasks.synthetic.landing.voices import DRAWS, TAG, Draws, voices, write_spam
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Booleans, Integers, Purpose, pick, stream
from tasks.synthetic.rhythm import PLACES
from tasks.synthetic.topics import TOPICS
from tasks.synthetic.trends import mood

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


def details_of(
    parameters: SyntheticParameters, population: BirdPopulation, flits: Flits, chunk: int
) -> Details:
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
