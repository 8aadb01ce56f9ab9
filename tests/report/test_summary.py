"""A version in words: better, worse, or no telling, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.comparison.compare import Knowledge, Version, compare
from tasks.comparison.statistics import Quality
from tasks.report.summary import Predecessor, VersionSummary
from warehouse.vectors import as_ids

IDS = as_ids([f"f{row:03}" for row in range(60)])


def numbers(low: float, value: float, high: float) -> dict[str, Any]:
    """Recall@10 with its interval, and popularity 0.03 below it."""
    metric = "recall_at_10"
    lift = {
        f"{metric}_over_popularity{end}": bound - 0.03
        for end, bound in (("_low", low), ("", value), ("_high", high))
    }
    bounds = {metric: value, f"{metric}_low": low, f"{metric}_high": high, f"popularity_{metric}": 0.03}
    return bounds | lift | {"birds_scored": 1200, "coverage_rows": 57.0}


def summary(headline: dict[str, Any], before: Predecessor | None = None, **changes: Any) -> VersionSummary:
    """Sixty flits of which the first has turned round since the version before."""
    matrix = np.random.default_rng(7).normal(size=(60, 8)).astype(np.float32)
    old = Version(IDS, matrix, "space-1", None, {"too_rare": 4})
    turned = matrix.copy()
    turned[0] = -turned[0]
    new = Version(IDS, turned, "space-1", None, {"too_rare": 2})
    comparison = compare(
        None if before is None else old,
        new,
        Knowledge(quality=Quality(1200, 0.05, 0.04, 0.06)),
    )
    values: dict[str, Any] = {
        "evaluation": {"reason": None, "parameters": {"k": [10]}, "headline": headline},
        "comparison": comparison.as_json() | {"coverage": {"too_rare": 2, "unseen": 0}},
        "parameters": {"method": "item2vec", "params": {"epochs": 20}},
        "inputs": {"files": "a"},
        "code_sha": "c",
        "rows": 60,
        "before": before,
    }
    return VersionSummary(**(values | changes))


def predecessor(headline: dict[str, Any], **changes: Any) -> Predecessor:
    values = {
        "version": "2015-12-01-aaaaaaaaaaaa",
        "numbers": headline,
        "parameters": {"method": "item2vec", "params": {"epochs": 20}},
        "inputs": {"files": "a"},
        "code_sha": "c",
    }
    return Predecessor(**(values | changes))


def paired(low: float, high: float) -> dict[str, Any]:
    """What the version before reaches on the same days for the same birds, 0.15, and the difference."""
    over = "recall_at_10_over_predecessor"
    return {"predecessor_recall_at_10": 0.15, f"{over}_low": low, f"{over}_high": high}


@pytest.mark.parametrize(
    ("difference", "judgement"),
    [
        ((0.01, 0.09), "better than 2015-12-01-aaaaaaaaaaaa with 0.1500 on the same days"),
        ((-0.01, 0.09), "no clear difference from 2015-12-01-aaaaaaaaaaaa"),
        ((-0.09, -0.01), "worse than 2015-12-01-aaaaaaaaaaaa"),
    ],
)
def test_a_version_is_compared_with_the_one_before_on_the_same_days(
    difference: tuple[float, float], judgement: str
) -> None:
    mine = numbers(0.19, 0.25, 0.29) | paired(*difference)
    said = summary(
        mine, predecessor(numbers(0.30, 0.35, 0.40))
    )  # on days of its own, which are not comparable
    assert judgement in said.conclusion and judgement in said.description
    assert "recall@10 0.2500 (0.1900 to 0.2900) over 1,200 birds" in said.conclusion


@pytest.mark.parametrize(
    ("bounds", "judgement"),
    [
        ((0.04, 0.05, 0.06), "better than popularity's 0.0300"),
        ((0.02, 0.05, 0.06), "not clearly different from popularity's"),
        ((0.01, 0.015, 0.02), "worse than popularity's"),
    ],
)
def test_popularity_is_the_bar(bounds: tuple[float, float, float], judgement: str) -> None:
    assert judgement in summary(numbers(*bounds)).conclusion


def test_why_names_what_changed() -> None:
    same = summary(numbers(0.1, 0.2, 0.3), predecessor(numbers(0.1, 0.2, 0.3)))
    assert "**Changed**: the same logs, the same code, the same parameters" in same.description
    other = predecessor(
        numbers(0.1, 0.2, 0.3),
        parameters={"method": "item2vec", "params": {"epochs": 10, "seed": 1}},
        inputs={"files": "b"},
        code_sha="d",
    )
    text = summary(numbers(0.1, 0.2, 0.3), other).description
    assert "**Changed**: other logs, other code, params.epochs 10 → 20, params.seed 1 → unset" in text


def test_who_moved_and_who_is_covered() -> None:
    said = summary(numbers(0.1, 0.2, 0.3), predecessor(numbers(0.1, 0.2, 0.3)))
    assert "most (1 − cosine): f000 (2.00)" in said.description
    assert "60 ids (+3); without a vector: 2 too rare" in said.description


def test_a_breach_stands_first() -> None:
    calm = summary(numbers(0.1, 0.2, 0.3))
    assert calm.description.startswith("pass: no rule of the gate objects\n")
    blocked = {
        "verdict": "block",
        "rules": [
            rule
            | (
                {"outcome": "block", "value": 3.0, "evidence": {"found": 3.0, "whole": 60.0}}
                if rule["rule"] == "zero_norm"
                else {}
            )
            for rule in calm.comparison["rules"]
        ],
    }
    said = summary(numbers(0.1, 0.2, 0.3), comparison=dict(calm.comparison) | blocked)
    assert said.description.startswith("block: zero_norm, block: 3 of 60 rows of length zero")
    assert said.conclusion.startswith("block; ")


def test_a_first_version_and_an_unmeasured_one_say_so() -> None:
    first = summary(numbers(0.1, 0.2, 0.3))
    assert "it is the first version of the space" in first.description
    empty = dict.fromkeys(numbers(0, 0, 0))
    unmeasured = {"reason": "no event before the cut", "parameters": {"k": [10]}, "headline": empty}
    said = summary(empty, predecessor(numbers(0.1, 0.2, 0.3)), evaluation=unmeasured)
    assert "not measured: no event before the cut" in said.conclusion
    assert "quality cannot be compared with 2015-12-01" in said.conclusion
    assert "popularity" not in said.conclusion
    unknown = summary(numbers(0.1, 0.2, 0.3), predecessor({}))
    assert "quality cannot be compared" in unknown.conclusion and "60 ids; without" in unknown.description


def test_versions_in_other_coordinates_are_not_said_to_have_moved() -> None:
    before = predecessor(numbers(0.1, 0.2, 0.3))
    said = summary(numbers(0.1, 0.2, 0.3), before)
    statistics = dict(said.comparison["statistics"])
    statistics["paired"] = statistics["paired"] | {"cosine": dict.fromkeys(statistics["paired"]["cosine"])}
    statistics["frame"] = statistics["frame"] | {"reason": "another method"}
    other = summary(
        numbers(0.1, 0.2, 0.3),
        before,
        comparison=dict(said.comparison) | {"statistics": statistics, "movers": []},
    )
    assert "may not be compared with those of 2015-12-01-aaaaaaaaaaaa: another method" in other.description
