"""Rates with their intervals, a line a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt

from benchmarks.drift_study.trials import STRENGTHS, Outcome

HEALTHY = "healthy next day"
HARMLESS = (HEALTHY, STRENGTHS["other_seed"][0], STRENGTHS["rotate"][0], STRENGTHS["trend"][0])


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Rates by case over all logs, with the rules that objected most; then the counts of each log."""
    logs = list(dict.fromkeys(family(outcome) for outcome in outcomes))
    by_case = {
        case: [one for one in outcomes if one.case == case]
        for case in (HEALTHY, *(name for name, _, _ in STRENGTHS.values()))
    }
    known = {case: chosen for case, chosen in by_case.items() if chosen}
    _print(
        ["case", "trials", "blocked", "blocked or warned", "with harm: blocked", "objections"],
        [_row(case, chosen) for case, chosen in known.items()],
    )
    _print(
        ["trials: blocked, warned", *logs],
        [
            [case, *(_counts([one for one in chosen if family(one) == log]) for log in logs)]
            for case, chosen in known.items()
        ],
    )


def _print(header: list[str], rows: list[list[str]]) -> None:
    print()
    for cells in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(cells)} |")


def _counts(outcomes: Sequence[Outcome]) -> str:
    verdicts = Counter(one.verdict for one in outcomes)
    return f"{len(outcomes)}: {verdicts['block']}, {verdicts['warn']}" if outcomes else "–"


def family(outcome: Outcome) -> str:
    """The log without its sample."""
    return outcome.log.split(",")[0]


def _row(case: str, outcomes: Sequence[Outcome]) -> list[str]:
    harmed = [one for one in outcomes if one.harm]
    objections = Counter(rule for one in outcomes for rule in one.rules)
    listed = ", ".join(f"{rule} {count}" for rule, count in objections.most_common(3))
    named = [one for one in outcomes if one.named is not None]
    if named:
        listed += f"; named {rate(named, lambda one: bool(one.named))}"
    blocked = f"{rate(harmed, _is_blocked)} of {len(harmed)}" if harmed else "none"
    return [
        case,
        str(len(outcomes)),
        rate(outcomes, _is_blocked),
        rate(outcomes, lambda one: one.verdict != "pass"),
        "" if case in HARMLESS else blocked,
        listed,
    ]


def _is_blocked(outcome: Outcome) -> bool:
    return outcome.verdict == "block"


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
