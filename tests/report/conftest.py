"""A version with everything planted: each number is one that nothing else in the report could be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.report import Sources
from tasks.report.facts import HistoryRow, Interval, Subject
from tasks.report.map import draw_points
from tasks.report.reading import Earlier, FromLogs, Made
from warehouse.vectors import Vectors, as_ids

HOSTILE = '<script>alert("f1")</script><img src=x onerror=alert(1)>'
VERSION, BEFORE = "2026-03-04-0123456789ab", "2026-03-03-ba9876543210"


def rule(name: str, value: float | None, **changes: Any) -> dict[str, Any]:
    whole = {"rule": name, "value": value, "floor": None, "limit": 0.2, "level": "block", "outcome": "pass"}
    return whole | {"interval": None, "note": ""} | changes


def neighbour(id_: str, score: float) -> dict[str, Any]:
    return {"id": id_, "score": score}


def topic(name: str, words: list[str], ids: int, added: int, before: float, today: float) -> dict[str, Any]:
    shares = {"share_before": before, "share_today": today, "growth": today - before}
    return {"name": name, "words": words, "ids": ids, "added": added, **shares}


def comparison() -> dict[str, Any]:
    """Blocked for its rows; moved 1.7 times as far as another seed; one topic grew."""
    spread = {"mean": 0.9123, "count": 777}
    return {
        "verdict": "block",
        "rules": [
            rule("first_version", 0.0, limit=None, level="info"),
            rule("row_drop", 0.3456, outcome="block"),
            rule("neighbour_overlap", 0.4321, limit=0.5, level="warn", outcome="warn", floor=0.87),
            rule("coverage_drop", None, outcome="not_applicable", note="no earlier coverage"),
        ],
        "alignment": {"status": "aligned", "reason": ""},
        "coverage": {"too_few_events": 4242, "unseen": 0},
        "movers": [
            {
                "id": HOSTILE if at == 1 else f"f{at}",
                "change": 0.9 - at / 100,
                "old_neighbours": [neighbour("f50", 0.91), neighbour("f51", 0.81)],
                "new_neighbours": [neighbour("f51", 0.71), neighbour("f52", 0.61)],
            }
            for at in range(1, 9)
        ],
        "statistics": {
            "frame": {"comparable": True, "reason": ""},
            "population": {"common": 777, "added": 55, "vanished": 33},
            "paired": {
                "cosine": spread,
                "typical_norm_change": 0.017,
                "outlier_share": 0.0123,
                "groups": [
                    {
                        "grouping": grouping,
                        "label": label,
                        "cosine": {"mean": 0.95, "count": 78},
                        "floor_cosine": 0.96,
                        "multiple": 1.25,
                    }
                    for grouping, labels in (("popularity", ("d01", "d02")), ("age", ("this week",)))
                    for label in labels
                ],
            },
            "neighbours": {"overlap_at_10": 0.66, "overlap_at_50": 0.4321},
            "floor": {
                "status": "measured",
                "note": "",
                "day": "2026-03-01",
                "seconds": 12.5,
                "paired": {"cosine": {"mean": 0.948}, "typical_norm_change": 0.01},
                "neighbours": {"overlap_at_10": 0.8, "overlap_at_50": 0.87},
            },
            "multiples": {"cosine": 1.69, "overlap_at_10": 1.7, "overlap_at_50": 4.37, "norm_change": 1.71},
            "identity": {"displaced": 13, "misplaced": 11, "identical_share": 0.25},
            "origin": {"version": "2026-02-01-aaaaaaaaaaaa", "days": 31, "cosine": 0.8765, "multiple": 5.5},
            "quality_change": {"birds": 268, "mean": -0.0044, "low": -0.0121, "high": 0.0033, "note": ""},
            "trends": {
                "words": [
                    {
                        "word": "<b>eclipse",
                        "share_before": 0.01,
                        "share_today": 0.12,
                        "growth": 0.11,
                        "deviations": 9.0,
                    }
                ],
            },
            "topics": {
                "usual_growth": 0.0234,
                "days": 17,
                "topics": [
                    topic("ballots", ["vote", "</td><script>x()</script>"], 120, 44, 0.02, 0.113),
                    topic("cats", ["purr"], 9, 1, 0.1, 0.1),
                ],
            },
            "inputs": inputs(),
            "distribution": {"old_rows": 810, "new_rows": 832, "classifier": {"auc": 0.6543}},
        },
    }


def inputs() -> dict[str, Any]:
    """A day with two empty hours and one file too few."""
    hours = [10 * hour for hour in range(24)]
    return {
        "volume": {
            "day": "2026-03-04",
            "events": 71234,
            "expected": 80000.0,
            "ratio": 0.8904,
            "basis": "same_weekday",
        },
        "hours": {"hours": [3, 4]},
        "files": {"missing": 1},
        "known": {"lost": 0.111, "worst_day": "2026-03-01", "worst_share": 0.222},
        "today": {"kinds": {"view": 60000, "like": 11234}, "hours": hours, "birds": 4321},
        "reference": {
            "day": "2026-02-25",
            "kinds": {"view": 70000, "like": 10000},
            "hours": hours,
            "birds": 4567,
        },
        "lines": {"quarantined": {"share": 0.0321, "usual": 0.0011}},
        "churn": {"birds": {"new_share": 0.0456}},
        "window": {"events": 987654},
        "before": {"events": 976543},
        "days": [{"day": f"2026-03-{at:02d}", "events": 1000 + at, "before": 1000} for at in range(1, 5)],
    }


def evaluation() -> dict[str, Any]:
    recall = {"recall_at_10": 0.0462, "recall_at_10_low": 0.0351, "recall_at_10_high": 0.0593}
    lift = {"recall_at_10_over_popularity": 0.0407}
    lift |= {"recall_at_10_over_popularity_low": 0.0282, "recall_at_10_over_popularity_high": 0.0551}
    others = {"popularity_recall_at_10": 0.0055, "predecessor_recall_at_10": 0.0506, "birds_scored": 268}
    return {
        "reason": None,
        "parameters": {"k": [10, 50]},
        "headline": recall | lift | others | {"best_baseline_recall_at_10": 0.0355},
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
            f"2026-03-0{at}-{at:012d}", f"2026-03-0{at}", verdict, 800 + at, Interval(0.04 + at / 1000, 0.03, 0.06),
            0.0055, 0.97, 0.85, 1.0 + at / 10, "one", ("row_drop",) if verdict == "block" else (),
        )
        for at, verdict in enumerate(("pass", "warn", "block"), start=1)
    ]  # fmt: skip
    return (*rows, replace(rows[0], version=VERSION, day="2026-03-04", verdict="block"))


@pytest.fixture
def sources() -> Sources:
    """All of it."""
    known = [f"f{at}" for at in range(2, 70)] + [HOSTILE]
    made = {"method": "item2vec", "params": {"epochs": 20, "seed": 7}}
    return Sources(
        subject=Subject("flits", VERSION, "2026-03-04", "2026-03-05", "flit", "item2vec", 832, BEFORE),
        comparison=comparison(),
        evaluation=evaluation(),
        made=Made(made, {"files": "f11e5", "parents": {"texts": "2026-03-04-cccccccccccc"}}, "c0de", 7),
        before=Earlier(BEFORE, Made(made | {"params": {"epochs": 5, "seed": 7}}, {"files": "01d"}, "c0de")),
        told=FromLogs(
            {"f2": HOSTILE, "f3": "a flit of its own", "f50": "an old friend"}, {"f3": 1234}, {"f3": 56}
        ),
        map=draw_points(vectors([*known, "came"], 2), vectors([*known, "went"], 3), ["f3", HOSTILE, "came"]),
        history=history(),
    )
