"""From what the stages leave to `Facts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.comparison.compare_versions import Comparison
from tasks.comparison.gate.judge import BREACHED
from tasks.comparison.vectors.movers import Mover, NearId
from tasks.report.facts import (
    Facts,
    HistoryRow,
    IntrinsicFact,
    Lineage,
    MapFact,
    MoverFact,
    NearFact,
    QualityFact,
    Setting,
    ShownInterval,
    Subject,
)
from tasks.report.numbers import plain, short

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
    """The predecessor; `covered`: its rows, and its ids without a vector by reason."""

    version: str
    made: Made
    covered: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FromLogs:
    """What the logs tell of ids: text, events up to the day, and those of them since the predecessor's day."""

    texts: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    fresh: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a report is made of. `comparison`, `evaluation`: the documents of their stages."""

    subject: Subject
    comparison: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    made: Made
    before: Earlier | None = None
    from_logs: FromLogs = field(default_factory=FromLogs)
    map: MapFact | None = None
    history: tuple[HistoryRow, ...] = ()


def read_facts(sources: Sources) -> Facts:
    """What the documents say. What took time is left out: equal versions have equal facts."""
    compared = Comparison.from_json(sources.comparison)
    floor = replace(compared.statistics.floor, seconds=0.0)
    return Facts(
        subject=sources.subject,
        verdict=compared.verdict.verdict,
        rules=compared.verdict.rules,
        quality=read_quality(sources.evaluation),
        statistics=replace(compared.statistics, floor=floor),
        lineage=_lineage(sources),
        history=sources.history,
        map=sources.map,
        movers=tuple(_mover(mover, sources.from_logs) for mover in compared.movers[:CARDS]),
    )


def read_quality(evaluation: Mapping[str, Any]) -> QualityFact:
    """The recall at the first k, beside what it is held against. Evaluations of every edition can be read."""
    numbers: Mapping[str, Any] = evaluation.get("headline") or {}
    depths = (evaluation.get("parameters") or {}).get("k") or [10]
    recall = f"recall_at_{depths[0]}"

    def interval(name: str) -> ShownInterval:
        return ShownInterval(*(numbers.get(f"{name}{end}") for end in ("", "_low", "_high")))

    reason, best = evaluation.get("reason"), evaluation.get("best_baseline")
    in_itself = tuple(_intrinsic(evaluation.get("intrinsic") or {}))
    if reason or numbers.get(recall) is None:
        return QualityFact(plain(recall), reason=short(str(reason or "not scored")), intrinsic=in_itself)
    return QualityFact(
        plain(recall),
        numbers.get("birds_scored") or 0,
        reached=interval(recall),
        popularity=numbers.get(f"popularity_{recall}"),
        predecessor=numbers.get(f"predecessor_{recall}"),
        best=numbers.get(f"best_baseline_{recall}"),
        best_name=str(best or ""),
        over_popularity=interval(f"{recall}_over_popularity"),
        over_predecessor=interval(f"{recall}_over_predecessor"),
        note=short(str(evaluation.get("no_predecessor") or "")),
        intrinsic=in_itself,
    )


def _intrinsic(tests: Mapping[str, Any]) -> Iterator[IntrinsicFact]:
    for name, tested in tests.items():
        metric, found = next(iter(tested["metrics"].items()))
        yield IntrinsicFact(name, plain(metric), found["value"], tested["covered"], tested["asked"])


def read_history(
    row: HistoryRow,
    evaluation: Mapping[str, Any],
    statistics: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]],
) -> HistoryRow:
    """`row` with what evaluation and comparison found, whichever edition wrote them."""
    quality = read_quality(evaluation)
    return replace(
        row,
        recall=quality.reached,
        popularity=quality.popularity,
        cosine=_at(statistics, "paired", "cosine", "mean"),
        overlap_at_50=_at(statistics, "neighbours", "overlap_at_50"),
        multiple=_at(statistics, "multiples", "cosine"),
        breached=tuple(rule["rule"] for rule in rules if rule["outcome"] in BREACHED),
    )


def _at(document: Any, *keys: str) -> float | None:
    """The number at the end of `keys`, None where any of them is missing."""
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return float(document) if isinstance(document, int | float) else None


def _mover(mover: Mover, from_logs: FromLogs) -> MoverFact:
    return MoverFact(
        id=mover.id,
        text=short(from_logs.texts.get(mover.id, "")),
        change=mover.change,
        events=from_logs.events.get(mover.id, 0),
        fresh=from_logs.fresh.get(mover.id, 0),
        old=tuple(_company(mover.old_neighbours, mover.new_neighbours, from_logs)),
        new=tuple(_company(mover.new_neighbours, mover.old_neighbours, from_logs)),
    )


def _company(here: Sequence[NearId], there: Sequence[NearId], from_logs: FromLogs) -> Iterator[NearFact]:
    others = {near.id for near in there}
    for near in here[:COMPANY]:
        yield NearFact(near.id, short(from_logs.texts.get(near.id, ""), 100), near.score, near.id in others)


def _lineage(sources: Sources) -> Lineage:
    made, before = sources.made, sources.before
    alignment = sources.comparison.get("alignment") or {}
    digests = {name: value for name, value in made.inputs.items() if isinstance(value, str)}
    lineage = Lineage(
        parents=dict(sorted((made.inputs.get("parents") or {}).items())),
        digests=dict(sorted({**digests, "code": made.code_sha}.items())),
        seed=made.seed,
        alignment=str(alignment.get("status", "")),
        alignment_reason=short(str(alignment.get("reason", ""))),
        coverage={
            reason: ids for reason, ids in sorted(sources.comparison.get("coverage", {}).items()) if ids
        },
    )
    if before is None:
        return lineage
    return replace(
        lineage,
        coverage_before=dict(before.covered),
        settings=tuple(_settings(before.made.parameters, made.parameters)),
        same_logs=before.made.inputs.get("files") == made.inputs.get("files"),
        same_code=before.made.code_sha == made.code_sha,
    )


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
