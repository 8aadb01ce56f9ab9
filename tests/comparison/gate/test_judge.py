"""Rules where more than a limit counts, and the verdict that they make together."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.gate.judge import RuleResult, Verdict, judge
from tasks.comparison.gate.movement_rules import PER_TURNOVER
from tasks.comparison.gate.table import RULES, GateParameters, merged
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.statistics import Coverage, Frame, Quality, Statistics
from tasks.comparison.vectors.floor import Floor, Sampling
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import Paired, Population, Spread
from tasks.comparison.vectors.structure import Structure
from tasks.report.words import step_of

ORDER = ["pass", "warn", "block"]


def rule_of(verdict: Verdict, name: str) -> RuleResult:
    (found,) = [rule for rule in verdict.rules if rule.rule == name]
    return found


def judged(statistics: Statistics, name: str) -> RuleResult:
    return rule_of(judge(statistics, GateParameters()), name)


def test_a_healthy_night_passes_every_rule(healthy: Statistics) -> None:
    verdict = judge(healthy, GateParameters())
    assert verdict.verdict == "pass"
    assert [rule.rule for rule in verdict.rules] == ["first_version", *GateParameters.model_fields]
    assert {rule.outcome for rule in verdict.rules} == {"pass", "not_applicable"}


def test_a_fifth_of_the_rows_may_go_and_no_more(healthy: Statistics) -> None:
    for rows, verdict in ((80, "pass"), (79, "block")):
        population = replace(healthy.population, row_change=(rows - 100) / 100)
        assert judge(replace(healthy, population=population), GateParameters()).verdict == verdict


def test_more_dimensions_are_as_bad_as_fewer(healthy: Statistics) -> None:
    wider = replace(healthy, new_structure=replace(healthy.new_structure, dim=9))
    assert judge(wider, GateParameters()).verdict == "block"


@pytest.mark.parametrize(
    ("mean", "low", "high", "outcome"),
    [
        (0.02, 0.01, 0.03, "pass"),
        (0.02, -0.01, 0.05, "pass"),
        (0.0, 0.0, 0.0, "pass"),
        (-0.0698, -0.167, 0.021, "pass"),
        (-0.1, -0.2, 0.0, "pass"),
        (-0.1, -0.2, -0.01, "block"),
    ],
)
def test_only_who_is_surely_worse_than_popularity_is_held_back(
    healthy: Statistics, mean: float, low: float, high: float, outcome: str
) -> None:
    quality, change = Quality(30, mean, low, high), Quality(30, -0.1, -0.2, -0.01)
    night = replace(healthy, quality=quality, quality_change=change)
    rule = judged(night, "beats_popularity")
    assert (rule.outcome, rule.value, rule.interval) == (outcome, mean, (low, high))


POOR = Quality(30, -0.1, -0.2, -0.01)
EVEN = Quality(30, 0.0, 0.0, 0.0)
UNSURE = Quality(30, -0.1, -0.3, 0.1)


@pytest.mark.parametrize(
    ("before", "change", "outcome"),
    [
        (EVEN, POOR, "block"),
        (UNSURE, POOR, "block"),
        (EVEN, UNSURE, "warn"),
        (EVEN, EVEN, "warn"),
        (POOR, EVEN, "info"),
        (POOR, POOR, "info"),
        (Quality(note="not kept"), Quality(note="not kept"), "warn"),
    ],
)
def test_a_method_that_is_poor_on_a_log_is_said_once_and_holds_nothing_back(
    healthy: Statistics, before: Quality, change: Quality, outcome: str
) -> None:
    """One hot flit enters popularity's top ten: a frozen text model is below it, as it was the night before."""
    night = replace(healthy, quality=POOR, quality_before=before, quality_change=change)
    rule = judged(night, "beats_popularity")
    assert rule.outcome == outcome
    assert (step_of(rule) == RULES["beats_popularity"].todo) == (outcome == "block")
    milder = merged(GateParameters(), {"beats_popularity": {"level": "warn"}})
    expected = {"block": "warn"}.get(outcome, outcome)
    assert rule_of(judge(night, milder), "beats_popularity").outcome == expected


def test_a_first_version_that_is_poor_is_a_warning(first: Statistics) -> None:
    assert judged(replace(first, quality=POOR), "beats_popularity").outcome == "warn"


@pytest.mark.parametrize("quality", [Quality(), Quality(29, -0.5, -0.6, -0.4), Quality(29, 0.5, 0.4, 0.6)])
def test_too_few_birds_are_no_judgement_and_no_warning_either(healthy: Statistics, quality: Quality) -> None:
    """A small log is small every night."""
    verdict = judge(replace(healthy, quality=quality), GateParameters())
    rule = rule_of(verdict, "beats_popularity")
    assert (verdict.verdict, rule.outcome) == ("pass", "not_applicable")
    assert rule.note == f"{quality.birds} birds scored, 30 needed"


@pytest.mark.parametrize("numbers", [{"mean": math.nan}, {"low": -math.inf}, {"low": 0.2, "high": 0.1}])
def test_quality_must_be_numbers_in_order(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"differences in recall|interval begins"):
        Quality(birds=100, **numbers)


def test_a_first_version_is_told_and_passes(first: Statistics) -> None:
    verdict = judge(first, GateParameters())
    assert verdict.verdict == "pass"
    why = "nothing to compare with: the first version of the space"
    assert rule_of(verdict, "first_version") == RuleResult(
        "first_version", 1.0, None, None, "info", "info", note=why
    )
    alone = {"non_finite", "zero_norm", "duplicate_id", "rows", "beats_popularity"}
    others = {rule.rule for rule in verdict.rules if rule.outcome == "not_applicable"}
    assert others == set(GateParameters.model_fields) - alone


def test_a_first_version_may_be_broken(first: Statistics) -> None:
    broken = replace(first, new_structure=replace(first.new_structure, non_finite=1))
    assert judge(broken, GateParameters()).verdict == "block"


def test_who_may_move_is_no_outlier(healthy: Statistics) -> None:
    """Beyond the limit: of a trained space a quarter of the turnover, of any other those with events of their own."""
    moved = replace(healthy, paired=Paired(Spread(1, 0.95), outlier_share=0.0))
    trained = replace(moved, floor=Floor("measured"), inputs=InputDrift(turnover=0.2), active_share=0.9)
    still = replace(trained, floor=Floor.zero(), active_share=0.1)
    limits = [judged(one, "outlier_share").limit for one in (trained, still)]
    assert limits == pytest.approx([0.004 + 0.05, 0.004 + 0.1])


def test_a_floor_and_the_turnover_set_the_limit(healthy: Statistics) -> None:
    floor = Floor("measured", paired=Paired(Spread(1, 0.98)), neighbours=Overlap(9, 99, 0.9, 0.9))
    lengths = Paired(Spread(100, 0.95), norm_change=Spread(1, p50=0.0))
    night = replace(healthy, paired=lengths, floor=floor, inputs=InputDrift(turnover=0.05))
    verdict = judge(night, GateParameters())
    expected = 1 + PER_TURNOVER * 0.05
    assert rule_of(verdict, "aligned_cosine").limit == pytest.approx(1 - 1.75 * expected * 0.02)
    assert rule_of(verdict, "upheaval").limit == pytest.approx(1 - 4 * expected * 0.02)
    assert rule_of(verdict, "neighbour_overlap").limit == pytest.approx(1 - 1.75 * expected * 0.1)
    assert rule_of(verdict, "norm_change").limit == pytest.approx(0.06 * expected)
    assert [rule_of(verdict, name).floor for name in ("aligned_cosine", "neighbour_overlap")] == [0.98, 0.9]
    zero = judged(replace(night, floor=Floor.zero()), "aligned_cosine")
    assert (zero.limit, zero.floor) == (0.80, 1.0)


def test_ids_that_chance_misplaces_are_no_fault(healthy: Statistics) -> None:
    """Of a young log a third is new each night; of an old one hardly anything, and then two ids are too many."""
    mixed = replace(healthy, identity=Identity(9, 7, 0.07, 0.0))
    sampling = Sampling(0.25, cosine=0.8, misplaced=4)
    trained = replace(mixed, floor=Floor("measured", paired=Paired(Spread(1, 0.98)), sampling=sampling))
    for turnover, outcome in ((0.3, "pass"), (0.01, "block")):
        night = replace(trained, inputs=InputDrift(turnover=turnover))
        assert judged(night, "misplaced").outcome == outcome
    assert judged(replace(trained, floor=Floor("measured")), "misplaced").limit == 1
    drawn = replace(mixed, floor=Floor.zero(), active_share=1.0)
    assert judged(drawn, "misplaced").outcome == "pass", "each had events of its own since"
    assert judged(replace(drawn, active_share=0.1), "misplaced").outcome == "block"


def test_a_surely_worse_recall_blocks_and_an_unsure_one_does_not(healthy: Statistics) -> None:
    for change, outcome in (
        (Quality(99, -0.03, -0.045, -0.015), "block"),
        (Quality(99, -0.03, -0.06, 0.0), "pass"),
        (Quality(note="its model was not kept"), "not_applicable"),
    ):
        rule = judged(replace(healthy, quality_change=change), "recall_change")
        assert (rule.outcome, rule.value) == (outcome, change.mean)


def test_coordinates_that_do_not_compare_are_a_warning(healthy: Statistics) -> None:
    apart = replace(healthy, frame=Frame(False, "refused", None, "another frame"), paired=Paired())
    verdict = judge(apart, GateParameters())
    rule = rule_of(verdict, "aligned_cosine")
    assert (verdict.verdict, rule.outcome, rule.note) == ("warn", "not_judged", "another frame")


def test_few_common_ids_have_no_overlap_and_no_warning_for_it(healthy: Statistics) -> None:
    few, none = (replace(healthy, neighbours=Overlap(*of)) for of in ((20, 20, 0.5), (0, 0)))
    assert judged(few, "neighbour_overlap").outcome == "not_applicable"
    assert judged(none, "neighbour_overlap").outcome == "not_judged"


SOUND = Structure(rows=100, dim=8, non_finite=0, zero_norm=0, duplicate_id=0, rank=8)
numbers = st.floats(-1, 1)
nights = st.builds(
    lambda counts, change, kept, drop, mean, cosine, overlap: Statistics(
        Structure(counts[0], 8, *counts[1:], 8),
        Population(row_change=change, kept_share=kept),
        Coverage(1, 1 - drop, drop),
        Quality(50, mean, mean - 0.1, mean + 0.1),
        old_structure=SOUND,
        frame=Frame(True),
        paired=Paired(cosine=Spread(1, cosine)),
        neighbours=Overlap(9, 99, overlap, overlap),
    ),
    st.tuples(*[st.integers(0, 3)] * 4), numbers, st.floats(0, 1), numbers, numbers, numbers, st.floats(0, 1),
)  # fmt: skip


@given(nights, nights)
def test_a_worse_night_never_gets_a_better_verdict(a: Statistics, b: Statistics) -> None:
    broken = (
        max(getattr(s.new_structure, f) for s in (a, b)) for f in ("non_finite", "zero_norm", "duplicate_id")
    )
    worse = Statistics(
        Structure(min(a.new_structure.rows, b.new_structure.rows), 8, *broken, 8),
        replace(a.population, kept_share=min(s.population.kept_share or 0.0 for s in (a, b))),
        max(a.coverage, b.coverage, key=lambda coverage: coverage.drop or 0.0),
        min(a.quality, b.quality, key=lambda quality: quality.mean or 0.0),
        old_structure=SOUND,
        frame=Frame(True),
        paired=min(a.paired, b.paired, key=lambda paired: paired.cosine.mean or 0.0),
        neighbours=min(a.neighbours, b.neighbours, key=lambda overlap: overlap.overlap_at_50 or 0.0),
    )
    verdicts = [ORDER.index(judge(night, GateParameters()).verdict) for night in (a, worse)]
    assert verdicts[1] >= verdicts[0]


@given(nights)
def test_the_verdict_is_the_worst_outcome(night: Statistics) -> None:
    verdict = judge(night, GateParameters())
    outcomes = {rule.outcome for rule in verdict.rules}
    assert (verdict.verdict == "block") == ("block" in outcomes)
    assert (verdict.verdict == "pass") == (not outcomes & {"block", "warn", "not_judged"})
    severities = [["block", "warn", "not_judged"].index(rule.outcome) for rule in verdict.breached]
    assert severities == sorted(severities)
