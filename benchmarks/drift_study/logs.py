"""The logs of the study, each landed in a home of its own, and the nights to run on it."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from benchmarks.commands import ROOT
from flows.configuration import Configuration, load_configuration
from flows.yaml_lines import ConfigurationError
from tasks.synthetic import Flutter, SyntheticParameters

ITEM2VEC = {
    "entity": "flit",
    "method": "item2vec",
    "params": {"dimensions": 64, "epochs": 20, "seed": 7},
}

TEXTS = {"entity": "flit", "method": "sentence_transformer"}
GLOBO_SAMPLE = 25
"""Every so manyth bird of globo: disjoint samples are independent logs of the same days."""


@dataclass(frozen=True, slots=True)
class Log:
    """One log to study: `landing` and the configuration to read it by; `nights` in order, the first two warm up."""

    name: str
    landing: Path
    configuration: Configuration
    nights: tuple[date, ...]


def travel(data: Path, folder: Path) -> Iterator[Log]:
    """Every night of December 2015, learning from a quarter of a year."""
    sources = {"interactions": {}, "flits": {}, "birds": {}}
    configuration = _configured(folder / "travel.yaml", sources, {**ITEM2VEC, "window": "90d"})
    yield Log("travel", data / "travel", configuration, _december())


def travel_texts(data: Path, folder: Path) -> Iterator[Log]:
    """The same nights, learning from what flits say alone."""
    sources = {"interactions": {}, "flits": {}, "birds": {}}
    configuration = _configured(folder / "travel-texts.yaml", sources, TEXTS)
    yield Log("travel's texts", data / "travel", configuration, _december())


def _december() -> tuple[date, ...]:
    return tuple(date(2015, 11, 29) + timedelta(days=n) for n in range(33))


def globo(data: Path, folder: Path) -> Iterator[Log]:
    """Four disjoint samples of the birds of globo, on all nights that the log has."""
    declared = load_configuration(ROOT / "docs" / "sources" / "globo.yaml")
    source = declared.sources["clicks"].model_dump(mode="json", exclude_unset=True, by_alias=True)
    for sample in range(4):
        landing = folder / f"globo-{sample}"
        _sample_globo(data / "globo" / "clicks", landing / "clicks", sample)
        configuration = _configured(
            folder / f"globo-{sample}.yaml", {"clicks": source}, {**ITEM2VEC, "window": "14d"}
        )
        first = date(2017, 10, 2)
        nights = tuple(first + timedelta(days=n) for n in range(7))
        yield Log(f"globo, sample {sample + 1}", landing, configuration, nights)


def lastfm(data: Path, folder: Path) -> Iterator[Log]:
    """Artists that were tagged; a month is played as a day, since most tags are dated to the first of one."""
    landing = folder / "lastfm"
    _land_lastfm(data / "lastfm" / "user_taggedartists.tsv.gz", landing / "interactions")
    configuration = _configured(folder / "lastfm.yaml", {"interactions": {}}, {**ITEM2VEC, "window": "24d"})
    first = _played(2009, 1)
    yield Log("Last.fm", landing, configuration, tuple(first + timedelta(days=n) for n in range(22)))


def synthetic(data: Path, folder: Path) -> Iterator[Log]:
    """A synthetic Flutter of 22 nights after a month of history."""
    yield _synthetic("synthetic Flutter", folder / "synthetic", {**ITEM2VEC, "window": "28d"})


def synthetic_texts(data: Path, folder: Path) -> Iterator[Log]:
    """The same nights, learning from what flits say alone."""
    yield _synthetic("synthetic Flutter's texts", folder / "synthetic-texts", TEXTS)


def _synthetic(name: str, landing: Path, space: Mapping[str, Any]) -> Log:
    flutter = Flutter(
        SyntheticParameters(birds=400, nights=22, history_days=35, interactions_per_bird=10, trend_height=0)
    )
    flutter.land_history(landing)
    for day in flutter.nights:
        flutter.land(landing, day)
    sources = {"interactions": {}, "flits": {}, "birds": {}, "follows": {}, "erasures": {}}
    configuration = _configured(landing.with_suffix(".yaml"), sources, space)
    return Log(name, landing, configuration, tuple(flutter.nights))


LOGS: Mapping[str, Callable[[Path, Path], Iterator[Log]]] = {
    "travel": travel,
    "globo": globo,
    "lastfm": lastfm,
    "synthetic": synthetic,
    "travel_texts": travel_texts,
    "synthetic_texts": synthetic_texts,
}


def _configured(path: Path, sources: Mapping[str, Any], space: Mapping[str, Any]) -> Configuration:
    """A sample of a file may hold more than its share of what is wrong with the whole: it is not to be refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"ingest": {"quarantine_share": 0.5}, "sources": sources, "pipelines": {"flits": space}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_configuration(path)


def _sample_globo(clicks: Path, landing: Path, sample: int) -> None:
    landing.mkdir(parents=True, exist_ok=True)
    for file in sorted(clicks.glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as whole:
            rows = csv.reader(whole)
            header = next(rows)
            bird = header.index("user_id")
            kept = [row for row in rows if zlib.crc32(row[bird].encode()) % GLOBO_SAMPLE == sample]
        with gzip.open(landing / file.name, "wt", encoding="utf-8", newline="") as part:
            csv.writer(part).writerows([header, *kept])


def _played(year: int, month: int) -> date:
    """The day that a month is played as; the site was founded in 2002."""
    return date(2020, 1, 1) + timedelta(days=12 * (year - 2002) + month - 1)


def _land_lastfm(file: Path, landing: Path) -> None:
    """One interaction for the month in which a user tagged an artist, however many tags it gave."""
    landing.mkdir(parents=True, exist_ok=True)
    months: dict[date, dict[tuple[str, str], None]] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            year, month = int(row["year"]), int(row["month"])
            if year >= 2002:  # five rows are dated decades before
                months.setdefault(_played(year, month), {})[(row["userID"], row["artistID"])] = None
    for day, pairs in months.items():
        (landing / f"{day}.jsonl").write_text(
            "".join(_tagged(day, place, *pair) for place, pair in enumerate(pairs)), encoding="utf-8"
        )


def _tagged(day: date, place: int, user: str, artist: str) -> str:
    """A line of the log; events are spread over the day in the order of the file."""
    moment = datetime.combine(day, time()) + timedelta(seconds=2 * place)
    event = {
        "event_id": f"{day} {user} {artist}",
        "occurred_at": f"{moment.isoformat()}Z",
        "bird_id": user,
        "flit_id": artist,
        "kind": "like",
    }
    return json.dumps(event) + "\n"


__all__ = ["LOGS", "ConfigurationError", "Log"]
