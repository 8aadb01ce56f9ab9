"""A version with everything planted: each number is one that nothing else in the report could be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from tasks.comparison.compare_versions import Comparison
from tasks.comparison.distributions.distribution import Distribution
from tasks.comparison.distributions.domain_classifier import Separability
from tasks.comparison.gate.judge import Verdict, results_of
from tasks.comparison.inputs.churn import Churn, Turnover
from tasks.comparison.inputs.day_drift import Files, LineShare, LineShares, MissingHours
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.topics import TopicAttention, Topics
from tasks.comparison.inputs.trends import Trend, Trends
from tasks.comparison.inputs.volume import Volume
from tasks.comparison.inputs.window_drift import DayCount, Known, WindowNumbers
from tasks.comparison.statistics import Coverage, Frame, Origin, Quality, Statistics
from tasks.comparison.vectors.floor import Floor, Multiples
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.movers import Mover, NearId
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import GroupChange, Paired, Population, Spread
from tasks.comparison.vectors.structure import Structure
from tasks.report import Sources
from tasks.report.facts import HistoryRow, MapFact, ShownInterval, Subject
from tasks.report.map import draw_points
from tasks.report.read_facts import Earlier, FromLogs, Made
from warehouse.vectors import Vectors, as_ids

ABOVE = "../2026-03-03-ba9876543210/report.html"
HOSTILE = '<script>alert("f1")</script><img src=x onerror=alert(1)>'
VERSION, BEFORE = "2026-03-04-0123456789ab", "2026-03-03-ba9876543210"


def rule(name: str, value: float | None, **changes: Any) -> dict[str, Any]:
    whole = {"rule": name, "value": value, "floor": None, "limit": 0.2, "level": "block", "outcome": "pass"}
    return whole | {"interval": None, "note": ""} | changes


def topic(
    name: str, words: tuple[str, ...], ids: int, added: int, before: float, today: float
) -> TopicAttention:
    return TopicAttention(name, words, ids, added, before, today, today - before)


def statistics() -> Statistics:
    """Moved 1.7 times as far as another seed; one topic grew."""
    sound = Structure(832, 8, 0, 0, 0, 8)
    groups = tuple(
        GroupChange(grouping, label, Spread(78, 0.95), Spread(78), None, 0.96, 1.25)
        for grouping, labels in (("popularity", ("d01", "d02")), ("age", ("this week",)))
        for label in labels
    )
    moved = Paired(Spread(777, 0.9123), typical_norm_change=0.017, outlier_share=0.0123, groups=groups)
    twin = Paired(Spread(777, 0.948), typical_norm_change=0.01)
    return Statistics(
        new_structure=sound,
        population=Population(common=777, added=55, vanished=33),
        coverage=Coverage(),
        quality=Quality(),
        old_structure=sound,
        frame=Frame(True),
        paired=moved,
        neighbours=Overlap(overlap_at_10=0.66, overlap_at_50=0.4321),
        floor=Floor(
            "measured", "", "2026-03-01", seconds=12.5, paired=twin, neighbours=Overlap(0, 0, 0.8, 0.87)
        ),
        multiples=Multiples(1.69, 1.7, 4.37, 1.71),
        identity=Identity(13, 11, None, 0.25),
        origin=Origin("2026-02-01-aaaaaaaaaaaa", 31, cosine=0.8765, multiple=5.5),
        trends=Trends((Trend("<b>eclipse", 0.01, 0.12, 0.11, 9.0),)),
        topics=Topics(
            (
                topic("ballots </td><script>x()</script>", ("vote",), 120, 44, 0.02, 0.113),
                topic("cats", ("purr",), 9, 1, 0.1, 0.1),
            ),
            usual_growth=0.0234,
            days=17,
        ),
        inputs=inputs(),
        distribution=Distribution(810, 832, Separability(auc=0.6543)),
    )


def comparison() -> dict[str, Any]:
    """Blocked for its rows."""
    rules = [
        rule("first_version", 0.0, limit=None, level="info"),
        rule("row_drop", 0.3456, outcome="block"),
        rule("neighbour_overlap", 0.4321, limit=0.5, level="warn", outcome="warn", floor=0.87),
        rule("coverage_drop", None, outcome="not_applicable", note="no earlier coverage"),
    ]
    movers = tuple(
        Mover(
            HOSTILE if at == 1 else f"f{at}",
            0.9 - at / 100,
            (NearId("f50", 0.91), NearId("f51", 0.81)),
            (NearId("f51", 0.71), NearId("f52", 0.61)),
        )
        for at in range(1, 9)
    )
    compared = Comparison(statistics(), movers, Verdict("block", results_of(rules)))
    alignment = {"status": "aligned", "reason": ""}
    return compared.as_json() | {"alignment": alignment, "coverage": {"too_few_events": 4242, "unseen": 0}}


def with_statistics(comparison: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The same comparison with other statistics."""
    return {**comparison, "statistics": asdict(replace(statistics(), **changes))}


def inputs() -> InputDrift:
    """A day with two empty hours and one file too few."""
    hours = tuple(10 * hour for hour in range(24))
    return InputDrift(
        volume=Volume("2026-03-04", 71234, 80000.0, 0.8904, basis="same_weekday", reason=""),
        hours=MissingHours((3, 4)),
        files=Files(missing=1),
        known=Known(lost=0.111, worst_day="2026-03-01", worst_share=0.222),
        today=DayProfile("2026-03-04", 71234, {"view": 60000, "like": 11234}, hours=hours, birds=4321),
        reference=DayProfile("2026-02-25", 80000, {"view": 70000, "like": 10000}, hours=hours, birds=4567),
        lines=LineShares(quarantined=LineShare(0.0321, 0.0011)),
        churn=Churn(birds=Turnover(new_share=0.0456)),
        window=WindowNumbers(events=987654),
        before=WindowNumbers(events=976543),
        days=tuple(DayCount(f"2026-03-{at:02d}", 1000 + at, 1000) for at in range(1, 5)),
    )


def evaluation() -> dict[str, Any]:
    recall = {"recall_at_10": 0.0462, "recall_at_10_low": 0.0351, "recall_at_10_high": 0.0593}
    lift = {"recall_at_10_over_popularity": 0.0407}
    lift |= {"recall_at_10_over_popularity_low": 0.0282, "recall_at_10_over_popularity_high": 0.0551}
    change = {"recall_at_10_over_predecessor": -0.0044}
    change |= {"recall_at_10_over_predecessor_low": -0.0121, "recall_at_10_over_predecessor_high": 0.0033}
    others = {"popularity_recall_at_10": 0.0055, "predecessor_recall_at_10": 0.0506, "birds_scored": 268}
    return {
        "reason": None,
        "parameters": {"k": [10, 50]},
        "headline": recall | lift | change | others | {"best_baseline_recall_at_10": 0.0355},
        "best_baseline": "item_knn",
    }


def vectors(ids: list[str], seed: int) -> Vectors:
    """Two camps, a little apart from night to night."""
    camps = np.random.default_rng(1).normal(size=(2, 8))
    rows = [camps[sum(id_.encode()) % 2] for id_ in sorted(ids)]
    noise = np.random.default_rng(seed).normal(size=(len(ids), 8)) / 4
    return Vectors(as_ids(sorted(ids)), (np.array(rows) + noise).astype(np.float32))


def history() -> tuple[HistoryRow, ...]:
    rows = [
        HistoryRow(
            f"2026-03-0{at}-{at:012d}", f"2026-03-0{at}", verdict, 800 + at,
            ShownInterval(0.04 + at / 1000, 0.03, 0.06), 0.0055, 0.97, 0.85, 1.0 + at / 10, "one",
            ("row_drop",) if verdict == "block" else (),
        )
        for at, verdict in enumerate(("pass", "warn", "block"), start=1)
    ]  # fmt: skip
    return (*rows, replace(rows[0], version=VERSION, day="2026-03-04", verdict="block"))


@pytest.fixture
def changed() -> Callable[..., dict[str, Any]]:
    return with_statistics


@pytest.fixture(scope="session")
def drawn() -> MapFact | None:
    known = [f"f{at}" for at in range(2, 70)] + [HOSTILE]
    return draw_points(vectors([*known, "came"], 2), vectors([*known, "went"], 3), ["f3", HOSTILE, "came"])


@pytest.fixture
def sources(drawn: MapFact | None) -> Sources:
    """All of it."""
    made = {"method": "item2vec", "params": {"epochs": 20, "seed": 7}}
    return Sources(
        subject=Subject("flits", VERSION, "2026-03-04", "2026-03-05", "flit", "item2vec", 832, BEFORE, ABOVE),
        comparison=comparison(),
        evaluation=evaluation(),
        made=Made(made, {"files": "f11e5", "parents": {"texts": "2026-03-04-cccccccccccc"}}, "c0de", 7),
        before=Earlier(
            BEFORE, Made(made | {"params": {"epochs": 5, "seed": 7}}, {"files": "01d"}, "c0de"), {"rows": 810}
        ),
        from_logs=FromLogs(
            {"f2": HOSTILE, "f3": "a flit of its own", "f50": "an old friend"}, {"f3": 1234}, {"f3": 56}
        ),
        map=drawn,
        history=history(),
    )
