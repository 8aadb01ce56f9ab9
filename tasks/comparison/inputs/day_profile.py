"""The logs of one day in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

HOURS = 24
_SINGLE = (
    *("birds", "flits", "posted", "refused_files"),
    *("lines", "duplicates", "conflicts", "quarantined", "landed", "late"),
)


@dataclass(frozen=True, slots=True)
class TextLength:
    """Characters of the day's flits; None where none was posted."""

    mean: float | None = None
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class DayProfile:
    """What happened and what landed on one day; all None or empty where there is no profile.

    `kinds`, `surfaces`, `sources` (folders that files land in), `hours` (24): events, which make up `events`.
    `new_birds`: without an event in the four
    weeks before, counted for the night itself alone. `files`: stream → files loaded. `late`: of the `landed`
    events, those of earlier days. `lines` of the loaded files, of them `duplicates`, `conflicts` (a known event_id
    with other content) and `quarantined`.
    `languages`: shares of the `posted` flits. `delivered`: lines that a log's own count says it has, of them
    `undelivered` are in no file that could be read; None where no count came with the day's logs.
    """

    day: str | None = None
    events: int | None = None
    kinds: Mapping[str, int] = field(default_factory=dict)
    surfaces: Mapping[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = ()
    birds: int | None = None
    new_birds: int | None = None
    flits: int | None = None
    posted: int | None = None
    text_length: TextLength = field(default_factory=TextLength)
    languages: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    refused_files: int | None = None
    lines: int | None = None
    duplicates: int | None = None
    conflicts: int | None = None
    quarantined: int | None = None
    landed: int | None = None
    late: int | None = None
    sources: Mapping[str, int] = field(default_factory=dict)
    delivered: int | None = None
    undelivered: int | None = None

    @classmethod
    def of(cls, day: date, numbers: pl.DataFrame) -> DayProfile:
        """Of measure, key, value, as `warehouse.duckdb.log_profile.read_day` counts them."""
        found: dict[str, dict[str, float | None]] = {}
        for measure, key, value in numbers.iter_rows():
            found.setdefault(measure, {})[key] = value
        counts = {
            measure: {key: int(value or 0) for key, value in values.items()}
            for measure, values in found.items()
        }
        single = {name: counts[name][""] for name in _SINGLE}
        hours = counts.get("hours", {})
        languages = counts.get("languages", {})
        return cls(
            day=day.isoformat(),
            events=sum(hours.values()),
            kinds=counts.get("kinds", {}),
            surfaces=counts.get("surfaces", {}),
            hours=tuple(hours.get(str(hour), 0) for hour in range(HOURS)),
            text_length=TextLength(*(found[f"text_{name}"][""] for name in ("mean", "p50", "p95"))),
            languages={lang: count / single["posted"] for lang, count in languages.items()},
            files=counts.get("files", {}),
            sources=counts.get("sources", {}),
            new_birds=counts.get("new_birds", {}).get(""),
            delivered=counts.get("delivered", {}).get(""),
            undelivered=counts.get("undelivered", {}).get(""),
            **single,
        )
