"""Rates with their intervals, a line a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt

from benchmarks.drift_study.trials import STRENGTHS, Outcome

HEALTHY = "healthy next day"
HARMLESS = (HEALTHY, STRENGTHS["other_seed"][0], STRENGTHS["rotate"][0], STRENGTHS["trend"][0])


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Rates by log and case, then over all logs, and which rules objected."""
    logs = list(dict.fromkeys(family(outcome) for outcome in outcomes))
    cases = [HEALTHY, *(name for name, _, _ in STRENGTHS.values())]
    print(
        "\n| log | case | trials | blocked | blocked or warned | harm measured | of these blocked | objections |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for log in [*logs, "all logs"]:
        for case in cases:
            chosen = [one for one in outcomes if one.case == case and log in (family(one), "all logs")]
            if chosen:
                print(_row(log, case, chosen))


def family(outcome: Outcome) -> str:
    """The log without its sample."""
    return outcome.log.split(",")[0]


def _row(log: str, case: str, outcomes: Sequence[Outcome]) -> str:
    harmed = [one for one in outcomes if one.harm]
    objections = Counter(rule for one in outcomes for rule in one.rules)
    listed = ", ".join(f"{rule} {count}" for rule, count in objections.most_common(4))
    named = [one for one in outcomes if one.named is not None]
    if named:
        listed += f"; topic named {rate(named, lambda one: bool(one.named))}"
    cells = [
        log,
        case,
        str(len(outcomes)),
        rate(outcomes, lambda one: one.verdict == "block"),
        rate(outcomes, lambda one: one.verdict != "pass"),
        str(len(harmed)) if case not in HARMLESS else "",
        rate(harmed, lambda one: one.verdict == "block") if harmed else "",
        listed,
    ]
    return f"| {' | '.join(cells)} |"


def rate(outcomes: Sequence[Outcome], is_one: Callable[[Outcome], bool]) -> str:
    """`97 % [91, 99]`: the share, and its 95 % interval (Wilson 1927, "Probable inference", Eq. 7)."""
    count, hits = len(outcomes), sum(map(is_one, outcomes))
    low, high = wilson(hits, count)
    return f"{hits / count:.0%} [{low:.0%}, {high:.0%}]"


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share of `count` > 0 trials."""
    share, square = hits / count, z * z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)
