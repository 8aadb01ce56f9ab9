"""Each rule passes, warns and blocks at its limit; the worst of them is the verdict."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.gate.input_rules import INPUT_CHECKS
from tasks.comparison.gate.movement_rules import PER_TURNOVER
from tasks.comparison.gate.parameters import GateParameters, merged
from tasks.comparison.gate.rules import CHECKS, Rule, Verdict, explain, judge
from tasks.comparison.inputs.drift import InputDrift
from tasks.comparison.inputs.trends import Trend, Trends
from tasks.comparison.statistics import Coverage, Frame, Quality, Statistics
from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.identity import Identity
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import Paired, Population, Spread
from tasks.comparison.vectors.structure import Structure

SOUND = Structure(rows=100, dim=8, non_finite=0, zero_norm=0, duplicate_id=0, rank=8)
HEALTHY = Statistics(
    new_structure=SOUND,
    old_structure=SOUND,
    population=Population(100, 100, 100, 0, 0, 0.0, 1.0),
    coverage=Coverage(0.9, 0.9, 0.0),
    quality=Quality(birds=100, mean=0.05, low=0.02, high=0.08),
    frame=Frame(comparable=True, status="aligned", residual=0.1),
    paired=Paired(cosine=Spread(100, 0.95)),
    neighbours=Overlap(100, 100, 0.7, 0.8),
)


def with_structure(**changes: int) -> Statistics:
    return replace(HEALTHY, new_structure=replace(SOUND, **changes))


def with_population(**changes: float) -> Statistics:
    return replace(HEALTHY, population=replace(HEALTHY.population, **changes))


def with_quality(mean: float, low: float = 1e-9) -> Statistics:
    return replace(HEALTHY, quality=Quality(100, mean, min(mean, low), 1.0))


def with_norm_change(value: float) -> Statistics:
    return replace(HEALTHY, paired=Paired(Spread(1, 0.95), norm_change=Spread(1, p50=value)))


def trends(growth: float) -> Trends:
    """Two words that grew, of which only cats are out of the ordinary."""
    return Trends((Trend("cats", 0.1, 0.2, growth, 9.0), Trend("dogs", 0.1, 0.9, 0.8, 5.0)), 5.0, 9, 9)


# rule → (statistics for a value, the limit, the last value that passes, the first that does not)
AT_THE_LIMIT = {
    "non_finite": (lambda value: with_structure(non_finite=value), 3, 3, 4),
    "zero_norm": (lambda value: with_structure(zero_norm=value), 3, 3, 4),
    "duplicate_id": (lambda value: with_structure(duplicate_id=value), 3, 3, 4),
    "rows": (lambda value: with_structure(rows=value), 50, 50, 49),
    "dimension": (lambda value: with_structure(dim=8 - value), 2, 2, 3),
    "row_drop": (lambda value: with_population(row_change=-value), 0.2, 0.2, math.nextafter(0.2, 1)),
    "row_growth": (lambda value: with_population(row_change=value), 0.5, 0.5, math.nextafter(0.5, 1)),
    "kept_ids": (lambda value: with_population(kept_share=value), 0.5, 0.5, math.nextafter(0.5, 0)),
    "coverage_drop": (
        lambda value: replace(HEALTHY, coverage=Coverage(0.9, 0.1, value)), 0.2, 0.2, math.nextafter(0.2, 1)
    ),
    "beats_popularity": (with_quality, 0.0, 1e-6, 0.0),
    "aligned_cosine": (
        lambda value: replace(HEALTHY, paired=Paired(Spread(1, value))), 0.8, 0.8, math.nextafter(0.8, 0)
    ),
    "neighbour_overlap": (
        lambda value: replace(HEALTHY, neighbours=Overlap(9, 99, value, value)),
        0.5, 0.5, math.nextafter(0.5, 0)
    ),
    "recall_change": (
        lambda value: replace(HEALTHY, quality_change=Quality(100, value, value, value)),
        -0.1, -0.1, math.nextafter(-0.1, -1)
    ),
    "upheaval": (
        lambda value: replace(HEALTHY, paired=Paired(Spread(1, value))), 0.9, 0.9, math.nextafter(0.9, 0)
    ),
    "norm_change": (with_norm_change, 0.1, -0.1, math.nextafter(-0.1, -1)),
    "length_collapse": (with_norm_change, 0.04, 0.04, 0.05),
    "outlier_share": (
        lambda value: replace(HEALTHY, paired=Paired(Spread(1, 0.95), outlier_share=value)), 0.1, 0.1, 0.11
    ),
    "misplaced": (
        lambda value: replace(HEALTHY, identity=Identity(9, value, value / 100, 0.0)), 1, 1, 2
    ),
    "unchanged": (
        lambda value: replace(
            HEALTHY, floor=Floor("measured"), same_inputs=False, identity=Identity(0, 0, 0.0, value)
        ),
        0.5, 0.5, math.nextafter(0.5, 1)
    ),
    "lost_directions": (lambda value: with_structure(rank=8 - value), 2, 2, 3),
    "topic_growth": (
        lambda value: replace(HEALTHY, trends=trends(value)),
        0.1, 0.1, math.nextafter(0.1, 1)
    ),
}  # fmt: skip


def rule_of(verdict: Verdict, name: str) -> Rule:
    (found,) = [rule for rule in verdict.rules if rule.rule == name]
    return found


def test_every_rule_is_shown_here():
    assert {*AT_THE_LIMIT, *INPUT_CHECKS} == set(GateParameters.model_fields)
    assert {*CHECKS, "beats_popularity", "recall_change"} == set(GateParameters.model_fields)


def test_a_healthy_night_passes_every_rule():
    verdict = judge(HEALTHY, GateParameters())
    assert verdict.verdict == "pass"
    assert [rule.rule for rule in verdict.rules] == ["first_version", *GateParameters.model_fields]
    assert {rule.outcome for rule in verdict.rules} == {"pass", "not_applicable"}


@pytest.mark.parametrize("level", ["warn", "block"])
@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_the_limit_divides(name, level):
    make, limit, passes, fails = AT_THE_LIMIT[name]
    gate = merged(GateParameters(), {name: {"limit": limit, "level": level}})
    good, bad = judge(make(passes), gate), judge(make(fails), gate)
    assert rule_of(good, name).outcome == good.verdict == "pass"
    assert rule_of(bad, name).outcome == bad.verdict == level
    assert rule_of(bad, name) == replace(
        rule_of(bad, name), value=abs_of(name, fails), limit=limit, level=level
    )


def abs_of(name: str, value: float) -> float:
    """Lengths may change either way."""
    return abs(float(value)) if name in {"norm_change", "length_collapse"} else float(value)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("rows", "warn"),
        ("row_growth", "warn"),
        ("kept_ids", "warn"),
        ("aligned_cosine", "warn"),
        ("neighbour_overlap", "warn"),
        ("non_finite", "block"),
        ("zero_norm", "block"),
        ("duplicate_id", "block"),
        ("dimension", "block"),
        ("row_drop", "block"),
        ("coverage_drop", "block"),
        ("beats_popularity", "block"),
        ("recall_change", "block"),
        ("upheaval", "block"),
        ("norm_change", "warn"),
        ("length_collapse", "block"),
        ("outlier_share", "warn"),
        ("misplaced", "block"),
        ("unchanged", "block"),
        ("lost_directions", "block"),
        ("topic_growth", "warn"),
    ],
)
def test_default_levels(name, level):
    worst = {"rows": 0, "row_growth": 9, "kept_ids": 0, "aligned_cosine": 0.7, "neighbour_overlap": 0}
    worst |= {"upheaval": 0, "norm_change": 0.2, "misplaced": 2, "recall_change": -0.1}
    value = worst.get(name, -1 if name == "beats_popularity" else 1)
    assert judge(AT_THE_LIMIT[name][0](value), GateParameters()).verdict == level


def test_a_fifth_of_the_rows_may_go_and_no_more():
    assert judge(with_population(row_change=(80 - 100) / 100), GateParameters()).verdict == "pass"
    assert judge(with_population(row_change=(79 - 100) / 100), GateParameters()).verdict == "block"


def test_more_dimensions_are_as_bad_as_fewer():
    assert judge(with_structure(dim=9), GateParameters()).verdict == "block"


@pytest.mark.parametrize(
    ("mean", "low", "outcome"),
    [
        (0.02, 0.01, "pass"),
        (0.02, 0.0, "warn"),
        (0.02, -0.01, "warn"),
        (0.0, -0.01, "block"),
        (-0.1, -0.2, "block"),
    ],
)
def test_popularity_must_be_beaten_surely(mean, low, outcome):
    rule = rule_of(
        judge(replace(HEALTHY, quality=Quality(30, mean, low, 0.5)), GateParameters()), "beats_popularity"
    )
    assert (rule.outcome, rule.value, rule.interval) == (outcome, mean, (low, 0.5))


@pytest.mark.parametrize("quality", [Quality(), Quality(29, -0.5, -0.6, -0.4), Quality(29, 0.5, 0.4, 0.6)])
def test_too_few_birds_are_no_judgement_and_a_warning(quality):
    verdict = judge(replace(HEALTHY, quality=quality), GateParameters())
    assert verdict.verdict == "warn"
    assert rule_of(verdict, "beats_popularity").outcome == "not_judged"
    assert rule_of(verdict, "beats_popularity").note in {"no bird was scored", "29 birds scored, 30 needed"}


def test_an_interval_that_is_missing_is_not_sure():
    verdict = judge(replace(HEALTHY, quality=Quality(100, 0.5)), GateParameters())
    assert (verdict.verdict, rule_of(verdict, "beats_popularity").interval) == ("warn", None)


@pytest.mark.parametrize("numbers", [{"mean": math.nan}, {"low": -math.inf}, {"low": 0.2, "high": 0.1}])
def test_quality_must_be_numbers_in_order(numbers):
    with pytest.raises(ValueError, match=r"differences in recall|interval begins"):
        Quality(birds=100, **numbers)


def test_a_first_version_is_told_and_passes():
    first = Statistics(SOUND, Population(new_rows=100), Coverage(None, 0.9), HEALTHY.quality)
    verdict = judge(first, GateParameters())
    assert verdict.verdict == "pass"
    assert rule_of(verdict, "first_version") == Rule(
        "first_version",
        1.0,
        None,
        None,
        "info",
        "info",
        note="nothing to compare with: the first version of the space",
    )
    against_predecessor = set(GateParameters.model_fields) - {
        "non_finite",
        "zero_norm",
        "duplicate_id",
        "rows",
        "beats_popularity",
    }
    assert {rule.rule for rule in verdict.rules if rule.outcome == "not_applicable"} == against_predecessor


def test_who_may_move_is_no_outlier():
    """Beyond the limit: of a trained space a quarter of the turnover, of any other those with events of their own."""
    trained = replace(HEALTHY, floor=Floor("measured"), inputs=InputDrift(turnover=0.2), active_share=0.9)
    still = replace(trained, floor=Floor.zero(), active_share=0.1)
    limits = [rule_of(judge(one, GateParameters()), "outlier_share").limit for one in (trained, still)]
    assert limits == pytest.approx([0.004 + 0.05, 0.004 + 0.1])


def test_a_floor_and_the_turnover_set_the_limit():
    floor = Floor("measured", paired=Paired(Spread(1, 0.98)), neighbours=Overlap(9, 99, 0.9, 0.9))
    night = replace(HEALTHY, floor=floor, inputs=InputDrift(turnover=0.05))
    verdict = judge(night, GateParameters())
    expected = 1 + PER_TURNOVER * 0.05
    assert rule_of(verdict, "aligned_cosine").limit == pytest.approx(1 - 1.75 * expected * 0.02)
    assert rule_of(verdict, "upheaval").limit == pytest.approx(1 - 4 * expected * 0.02)
    assert rule_of(verdict, "neighbour_overlap").limit == pytest.approx(1 - 1.75 * expected * 0.1)
    assert rule_of(verdict, "norm_change").limit == pytest.approx(0.06 * expected)
    assert [rule_of(verdict, name).floor for name in ("aligned_cosine", "neighbour_overlap")] == [0.98, 0.9]
    zero = judge(replace(night, floor=Floor.zero()), GateParameters())
    assert (rule_of(zero, "aligned_cosine").limit, rule_of(zero, "aligned_cosine").floor) == (0.80, 1.0)


def test_a_surely_worse_recall_blocks_and_an_unsure_one_does_not():
    for change, outcome in (
        (Quality(99, -0.03, -0.045, -0.015), "block"),
        (Quality(99, -0.03, -0.06, 0.0), "pass"),
        (Quality(note="its model was not kept"), "not_applicable"),
    ):
        rule = rule_of(judge(replace(HEALTHY, quality_change=change), GateParameters()), "recall_change")
        assert (rule.outcome, rule.value) == (outcome, change.mean)


def test_a_first_version_may_be_broken():
    first = Statistics(
        replace(SOUND, non_finite=1), Population(new_rows=99), Coverage(None, 0.9), HEALTHY.quality
    )
    assert judge(first, GateParameters()).verdict == "block"


def test_coordinates_that_do_not_compare_are_a_warning():
    apart = replace(HEALTHY, frame=Frame(False, "refused", None, "another frame"), paired=Paired())
    verdict = judge(apart, GateParameters())
    assert verdict.verdict == "warn"
    assert (rule_of(verdict, "aligned_cosine").outcome, rule_of(verdict, "aligned_cosine").note) == (
        "not_judged",
        "another frame",
    )


def test_few_common_ids_have_no_overlap_and_no_warning_for_it():
    few = judge(replace(HEALTHY, neighbours=Overlap(20, 20, 0.5)), GateParameters())
    none = judge(replace(HEALTHY, neighbours=Overlap(0, 0)), GateParameters())
    assert rule_of(few, "neighbour_overlap").outcome == "not_applicable"
    assert rule_of(none, "neighbour_overlap").outcome == "not_judged"


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
ORDER = ["pass", "warn", "block"]


@given(nights, nights)
def test_a_worse_night_never_gets_a_better_verdict(a, b):
    worse = Statistics(
        Structure(
            min(a.new_structure.rows, b.new_structure.rows),
            8,
            *(
                max(getattr(s.new_structure, f) for s in (a, b))
                for f in ("non_finite", "zero_norm", "duplicate_id")
            ),
            8,
        ),
        replace(a.population, kept_share=min(a.population.kept_share, b.population.kept_share)),
        max(a.coverage, b.coverage, key=lambda coverage: coverage.drop),
        min(a.quality, b.quality, key=lambda quality: quality.mean),
        old_structure=SOUND,
        frame=Frame(True),
        paired=min(a.paired, b.paired, key=lambda paired: paired.cosine.mean),
        neighbours=min(a.neighbours, b.neighbours, key=lambda overlap: overlap.overlap_at_50),
    )
    verdicts = [ORDER.index(judge(night, GateParameters()).verdict) for night in (a, worse)]
    assert verdicts[1] >= verdicts[0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_rows_lost_is_never_judged_better(a, b):
    less, more = (
        judge(with_population(row_change=-drop), GateParameters()).verdict for drop in sorted((a, b))
    )
    assert ORDER.index(more) >= ORDER.index(less)


@given(nights)
def test_the_verdict_is_the_worst_outcome(night):
    verdict = judge(night, GateParameters())
    outcomes = {rule.outcome for rule in verdict.rules}
    assert (verdict.verdict == "block") == ("block" in outcomes)
    assert (verdict.verdict == "pass") == (not outcomes & {"block", "warn", "not_judged"})


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_explanations_are_one_line_with_value_limit_and_remedy(name):
    make, limit, passes, fails = AT_THE_LIMIT[name]
    gate = merged(GateParameters(), {name: {"limit": limit}})
    good, bad = (explain(rule_of(judge(make(value), gate), name)) for value in (passes, fails))
    assert good.startswith(f"{name}: pass: ") and ";" not in good
    assert bad.startswith((f"{name}: warn: ", f"{name}: block: ")) and "; " in bad
    assert "\n" not in bad and " passes" in bad


def test_explanations_show_the_numbers():
    dropped = judge(with_population(row_change=-0.31), GateParameters())
    assert explain(rule_of(dropped, "row_drop")) == (
        "row_drop: block: 31.0% rows lost since the predecessor, at most 20.0% passes; "
        "look for missing or refused files in `nightjar status`; where it is meant, release the version"
    )
    unsure = judge(replace(HEALTHY, quality=Quality(40, 0.02, -0.01, 0.05)), GateParameters())
    assert explain(rule_of(unsure, "beats_popularity")).startswith(
        "beats_popularity: warn: 0.0200 recall@10 above popularity's [-0.0100, +0.0500], "
        "more than 0.0000 passes, 40 birds scored"
    )
    first = judge(Statistics(SOUND, Population(), Coverage(), Quality()), GateParameters())
    assert explain(rule_of(first, "first_version")).endswith("the first version of the space")
    assert explain(rule_of(first, "row_drop")) == "row_drop: not applicable: no predecessor"
    assert explain(rule_of(first, "beats_popularity")) == "beats_popularity: not judged: no bird was scored"
