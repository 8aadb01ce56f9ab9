"""What a synthetic Flutter looks like; the defaults are the demo's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tasks.parameters import Parameters
from tasks.synthetic.topics import TOPICS

Format = Literal["jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "parquet"]
Share = Annotated[float, Field(ge=0, le=0.5)]
LATEST_LAG_DAYS = 3
"""Late events arrive one, two or three days after they occurred."""


MOST_CHUNKS = 1000
"""What ids have room for."""


class SyntheticParameters(Parameters):
    """Size, shape and faults of a synthetic Flutter. Same parameters, same bytes.

    The world has `history_days` before `first_night`, which land in bulk, and `nights` that land day by day.
    Rates are means per bird and day over birds that have joined.
    """

    seed: int = Field(default=7, ge=0, lt=2**32)
    first_night: date = date(2026, 3, 2)
    nights: int = Field(default=6, ge=1, le=365, description="days that land one by one, from first_night on")
    history_days: int = Field(default=21, ge=0, le=365, description="days before first_night, landed in bulk")

    birds: int = Field(default=400, ge=10, le=10_000_000)
    topics: int = Field(
        default=len(TOPICS), ge=2, le=len(TOPICS), description="the most popular ones of the list"
    )
    flits_per_bird: float = Field(default=0.3, ge=0, le=5)
    interactions_per_bird: float = Field(default=7.0, ge=0, le=500)
    follows_per_bird: float = Field(default=8.0, ge=0, le=100, description="in a bird's life")
    joining_share: Share = Field(default=0.12, description="of the birds, join during the world")
    erasure_share: Share = Field(
        default=0.01, description="of the birds, ask to be forgotten during the nights"
    )
    flit_erasures_per_night: int = Field(default=1, ge=0, le=1000)
    lifetime_days: float = Field(
        default=5.0, ge=0.5, le=14, description="a flit's appeal falls by e in this time"
    )

    trend: str | None = Field(
        default=None, description="the topic that rises and falls; drawn by seed if none"
    )
    trend_night: int | None = Field(default=None, ge=1, description="its peak; the middle night if none")
    trend_height: float = Field(default=2.5, ge=0, le=50, description="at its peak it weighs 1 + height")
    trend_days: int = Field(default=3, ge=1, le=60, description="up to the peak, and down again")

    spam_share: float | None = Field(
        default=None, gt=0, lt=0.95, description="of the spam night's interactions"
    )
    spam_night: int | None = Field(default=None, ge=1, description="the last night if none")

    birds_per_chunk: int = Field(
        default=32_768, ge=100, description="handled at a time, each chunk in files of its own"
    )
    late_share: Share = 0.02
    duplicate_share: Share = 0.01
    dirt_share: Annotated[float, Field(ge=0, le=0.02)] = 0.004
    extra_field_night: int | None = Field(
        default=4, ge=1, description="interactions carry `client` from it on"
    )
    files_a_day: Literal[1, 2, 3, 4, 6, 8, 12, 24] = Field(default=4, description="of interactions")
    formats: tuple[Format, ...] = Field(
        default=("jsonl.gz", "parquet", "jsonl", "csv.zst", "jsonl.zst"), min_length=1
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [topic.name for topic in TOPICS[: self.topics]]
        if self.trend is not None and self.trend not in names:
            raise ValueError(f"trend: expected one of {', '.join(names)}, found {self.trend!r}")
        for name in ("spam_night", "trend_night"):
            night = getattr(self, name)
            if night is not None and night > self.nights:
                raise ValueError(f"{name}: expected 1 to {self.nights} (nights), found {night}")
        if self.birds > self.birds_per_chunk * (MOST_CHUNKS - 1):
            raise ValueError(
                f"birds_per_chunk: expected at least {self.birds // (MOST_CHUNKS - 1) + 1} for {self.birds} birds, "
                f"found {self.birds_per_chunk}"
            )
        return self

    @property
    def first_day(self) -> date:
        """Day 0 of the world."""
        return self.first_night - timedelta(days=self.history_days)

    @property
    def days(self) -> int:
        """Days of the world: history and nights."""
        return self.history_days + self.nights

    def day_index(self, day: date) -> int:
        """Days since `first_day`; ValueError outside the nights."""
        index = (day - self.first_day).days
        if not self.history_days <= index < self.days:
            last = self.first_night + timedelta(days=self.nights - 1)
            raise ValueError(f"day {day}: the nights of this Flutter are {self.first_night} to {last}")
        return index
