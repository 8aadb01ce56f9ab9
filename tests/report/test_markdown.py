"""A version in words: better, worse, or no telling, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.comparison.gate.judge import RuleResult
from tasks.comparison.gate.rule import Evidence
from tasks.comparison.statistics import Frame
from tasks.comparison.vectors.paired import Paired
from tasks.report import Facts, Sources, read_facts
from tasks.report.facts import IntrinsicFact, QualityFact, Setting, ShownInterval
from tasks.report.markdown import conclude, describe


@pytest.fixture
def facts(sources: Sources) -> Facts:
    return read_facts(sources)


def first(facts: Facts) -> Facts:
    lineage = replace(facts.lineage, settings=(), same_logs=None, same_code=None, coverage_before=None)
    alone = scored(facts, predecessor=None, over_predecessor=ShownInterval())
    return replace(alone, subject=replace(facts.subject, predecessor=None), lineage=lineage)


def scored(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, quality=replace(facts.quality, **changes))


@pytest.mark.parametrize(
    ("difference", "judgement"),
    [
        (ShownInterval(0.05, 0.01, 0.09), "; better than its predecessor's 0.051 on the same days"),
        (
            ShownInterval(0.04, -0.01, 0.09),
            "; no clear difference from its predecessor's 0.051 on the same days",
        ),
        (ShownInterval(-0.05, -0.09, -0.01), "; worse than its predecessor's 0.051 on the same days"),
    ],
)
def test_a_version_is_compared_with_the_one_before_on_the_same_days(
    facts: Facts, difference: ShownInterval, judgement: str
) -> None:
    said = scored(facts, over_predecessor=difference)
    assert judgement in conclude(said) and judgement in describe(said)
    assert "recall@10 0.046 [0.035, 0.059] over 268 birds" in conclude(said)


@pytest.mark.parametrize(
    ("difference", "judgement"),
    [
        (ShownInterval(0.04, 0.01, 0.07), "better than popularity's 0.005"),
        (ShownInterval(0.02, -0.01, 0.05), "no clear difference from popularity's"),
        (ShownInterval(-0.02, -0.03, -0.01), "worse than popularity's"),
    ],
)
def test_popularity_is_the_bar(facts: Facts, difference: ShownInterval, judgement: str) -> None:
    assert judgement in conclude(scored(facts, over_popularity=difference))


def test_why_names_what_changed(facts: Facts) -> None:
    assert "**Changed**: other logs, the same code, params.epochs 5 → 20" in describe(facts)
    same = replace(facts.lineage, settings=(), same_logs=True)
    assert "the same logs, the same code, the same parameters" in describe(replace(facts, lineage=same))
    hostile = replace(
        facts.lineage, settings=(Setting("params.name", "[x](http://y)", "z"),), same_code=False
    )
    said = describe(replace(facts, lineage=hostile))
    assert r"other code, params.name \[x\](http://y) → z" in said


def test_who_moved_and_who_is_covered(facts: Facts) -> None:
    said = describe(facts)
    assert "cosine to its earlier self 0.912 on average, 66% of the nearest 10 kept" in said
    assert "(0.89), f2 (0.88), f3 (0.87)" in said and "<script>" not in said
    assert "832 ids (+22); without a vector: 4,242 too few events" in said
    assert "a flit of its own" not in said, "what birds wrote stays in files"


def test_a_breach_stands_first(facts: Facts) -> None:
    assert describe(facts).startswith("block: row_drop, block: row drop 34.6%; the limit is 20.0%. First: ")
    assert conclude(facts).startswith("block; recall@10")
    rotten = RuleResult("zero_norm", 3.0, None, 0.0, "block", "block", evidence=Evidence(3, 60))
    assert "3 of 60 rows of length zero" in describe(replace(facts, rules=(*facts.rules, rotten)))
    calm = replace(facts, verdict="pass", rules=())
    assert describe(calm).startswith("pass: no rule of the gate objects\n")


def test_a_first_version_and_an_unmeasured_one_say_so(facts: Facts) -> None:
    said = describe(first(facts))
    assert "first version of the space" in said and "everything is seen for the first time" in said
    assert "predecessor" not in said
    unmeasured = replace(facts, quality=QualityFact("recall@10", reason="no event before the cut"))
    assert conclude(unmeasured) == (
        "block; not measured: no event before the cut; not comparable with 2026-03-03-ba9876543210"
    )


def test_a_test_of_the_space_in_itself_is_told(facts: Facts) -> None:
    known = scored(facts, intrinsic=(IntrinsicFact("similarity", "spearman", 0.4321, 12, 20),))
    assert "; similarity spearman 0.432, 12 of 20 covered" in describe(known)


def test_versions_in_other_coordinates_are_not_said_to_have_moved(facts: Facts) -> None:
    frame = Frame(False, reason="another method")
    other = replace(facts, statistics=replace(facts.statistics, frame=frame, paired=Paired()), movers=())
    assert "may not be compared with those of 2026-03-03-ba9876543210: another method" in describe(other)
