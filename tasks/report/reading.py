"""From the documents that stages leave to `Facts`: the one place that knows their keys.

A statistic that a document lacks is a fact that is not known, never a fault: the page leaves it out or says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.comparison.gate.judge import results_of
from tasks.report.facts import (
    Facts,
    HistoryRow,
    Interval,
    Lineage,
    MapFact,
    MoverFact,
    Near,
    Origin,
    QualityFact,
    Score,
    Setting,
    Subject,
    TopicFact,
    TopicsFact,
    WordFact,
)
from tasks.report.found import Found, short
from tasks.report.inputs import read_inputs
from tasks.report.numbers import plain
from tasks.report.reading_change import read_change, read_distribution

CARDS, COMPANY = 10, 4
"""Movers told, and neighbours of each in either version."""


@dataclass(frozen=True, slots=True)
class Made:
    """What decides a version's bytes, as its plan or its manifest has it."""

    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    code_sha: str
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The predecessor."""

    version: str
    made: Made


@dataclass(frozen=True, slots=True)
class FromLogs:
    """What the logs tell of ids: text, events up to the day, and those of them since the predecessor's day."""

    texts: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    fresh: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a report is made of. `comparison`, `evaluation`: as their stages leave them."""

    subject: Subject
    comparison: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    made: Made
    before: Earlier | None = None
    told: FromLogs = field(default_factory=FromLogs)
    map: MapFact | None = None
    history: tuple[HistoryRow, ...] = ()


def read_facts(sources: Sources) -> Facts:
    """What the documents say, in the order in which the page tells it."""
    comparison, subject = Found(sources.comparison), sources.subject
    statistics = comparison.part("statistics")
    return Facts(
        subject=subject,
        verdict=comparison.text("verdict"),
        rules=results_of(sources.comparison["rules"]),
        quality=_quality(sources, statistics.part("quality_change")),
        change=read_change(statistics),
        lineage=_lineage(sources, statistics),
        history=sources.history,
        map=sources.map,
        movers=tuple(_movers(comparison, sources.told)),
        topics=_topics(statistics.part("topics"), statistics.part("trends")),
        inputs=read_inputs(statistics.part("inputs")),
        distribution=read_distribution(statistics.part("distribution")),
    )


def headline_of(evaluation: Mapping[str, Any]) -> tuple[str, Found]:
    """`recall_at_10`, or what the first k makes of it, and the numbers that begin with it."""
    found = Found(evaluation)
    depths = found.at("parameters.k")
    depth = depths[0] if isinstance(depths, list | tuple) and depths else 10
    return f"recall_at_{depth}", found.part("headline")


def interval_of(found: Found, name: str) -> Interval:
    return Interval(found.number(name), found.number(f"{name}_low"), found.number(f"{name}_high"))


def _quality(sources: Sources, change: Found) -> QualityFact:
    recall, numbers = headline_of(sources.evaluation)
    reason = short(Found(sources.evaluation).text("reason"))
    if reason or numbers.number(recall) is None:
        return QualityFact(plain(recall), reason=reason or "not scored")
    best = Found(sources.evaluation).text("best_baseline")
    others = [("popularity", "popularity"), ("predecessor", "predecessor, on the same days")]
    others += [("best_baseline", f"best baseline, {plain(best)}")] if best not in ("", "popularity") else []
    known = ((words, numbers.number(f"{name}_{recall}")) for name, words in others)
    return QualityFact(
        plain(recall),
        numbers.whole("birds_scored") or 0,
        scores=(
            Score("this version", interval_of(numbers, recall), ours=True),
            *(Score(words, Interval(value)) for words, value in known if value is not None),
        ),
        over_popularity=interval_of(numbers, f"{recall}_over_popularity"),
        over_predecessor=Interval(*(change.number(key) for key in ("mean", "low", "high"))),
        note=short(change.text("note")),
    )


def _movers(comparison: Found, told: FromLogs) -> Iterator[MoverFact]:
    for found in comparison.items("movers")[:CARDS]:
        id_ = found.text("id")
        old, new = (found.items(f"{side}_neighbours") for side in ("old", "new"))
        yield MoverFact(
            id=id_,
            text=short(told.texts.get(id_, "")),
            change=found.number("change") or 0.0,
            events=told.events.get(id_, 0),
            fresh=told.fresh.get(id_, 0),
            old=tuple(_company(old, new, told)),
            new=tuple(_company(new, old, told)),
        )


def _company(here: tuple[Found, ...], there: tuple[Found, ...], told: FromLogs) -> Iterator[Near]:
    others = {near.text("id") for near in there}
    for near in here[:COMPANY]:
        id_ = near.text("id")
        yield Near(id_, short(told.texts.get(id_, ""), 100), near.number("score") or 0.0, id_ in others)


def _topics(found: Found, trends: Found) -> TopicsFact:
    named = tuple(_topic(topic) for topic in found.items("topics"))
    words = tuple(
        WordFact(
            short(word.text("word"), 30),
            word.number("share_before") or 0.0,
            word.number("share_today") or 0.0,
        )
        for word in trends.items("words")
    )
    return TopicsFact(named, found.number("usual_growth"), found.whole("days") or 0, words)


def _topic(found: Found) -> TopicFact:
    words = found.at("words")
    return TopicFact(
        name=short(found.text("name"), 60),
        words=tuple(short(str(word), 30) for word in words) if isinstance(words, list | tuple) else (),
        ids=found.whole("ids") or 0,
        added=found.whole("added") or 0,
        share_before=found.number("share_before"),
        share_today=found.number("share_today"),
    )


def _lineage(sources: Sources, statistics: Found) -> Lineage:
    made, before = sources.made, sources.before
    alignment = Found(sources.comparison).part("alignment")
    parents = Found(made.inputs).mapping("parents")
    digests = {name: value for name, value in made.inputs.items() if isinstance(value, str)}
    return Lineage(
        parents={str(name): str(version) for name, version in sorted(parents.items())},
        digests=dict(sorted({**digests, "code": made.code_sha}.items())),
        seed=made.seed,
        alignment=" – ".join(
            filter(None, (plain(alignment.text("status")), short(alignment.text("reason"))))
        ),
        coverage={
            str(reason): int(ids)
            for reason, ids in sorted(Found(sources.comparison).mapping("coverage").items())
            if ids
        },
        settings=() if before is None else tuple(_settings(before.made.parameters, made.parameters)),
        same_logs=None if before is None else before.made.inputs.get("files") == made.inputs.get("files"),
        same_code=None if before is None else before.made.code_sha == made.code_sha,
        origin=_origin(statistics.part("origin")),
    )


def _origin(found: Found) -> Origin | None:
    if not found.text("version"):
        return None
    numbers = (found.number(key) for key in ("cosine", "overlap_at_50", "multiple"))
    return Origin(found.text("version"), found.whole("days"), *numbers)


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Setting]:
    before, after = dict(_flat("", old)), dict(_flat("", new))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Setting(name, short(str(before.get(name, "unset"))), short(str(after.get(name, "unset"))))


def _flat(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(inner, Mapping):
            yield from _flat(name, inner)
        else:
            yield name, inner
