"""What a person reads of a breach: what was found, what is usual, who is behind it, what to do; one cause once."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.comparison.gate.judge import Outcome, RuleResult
from tasks.comparison.gate.rule import Culprit, Evidence
from tasks.comparison.gate.table import RULES
from tasks.report.numbers import interval
from tasks.report.words import cause_line, causes, in_markdown, listed, says

FRIDAY = "2026-03-06"


def result(name: str, value: float | None = 1.0, outcome: Outcome = "warn", **changes: Any) -> RuleResult:
    rule = RULES[name]
    changes = {"floor": None, "limit": rule.limit, "level": rule.level, "outcome": outcome} | changes
    return RuleResult(name, value, **changes)


SAID = [
    (
        result("day_volume", 7.81, evidence=Evidence(4_812, None, 2_300, 2_800, "weekday", FRIDAY)),
        "4,812 events on 2026-03-06; too many: a Friday usually has 2,300 to 2,800",
    ),
    (
        result("row_drop", 0.3, evidence=Evidence(700, low=1_000, high=1_000, compared="predecessor")),
        "700 rows; the predecessor has 1,000 (30.0% fewer)",
    ),
    (
        result(
            "events_lost", 0.103,
            evidence=Evidence(1_204, 11_690, culprits=(Culprit("day", "2026-03-03", share=0.8),)),
        ),
        "1,204 of 11,690 events that the predecessor learnt from are gone (10.3%); the limit is 8.0%; "
        "most of all on 2026-03-03: 80.0% of that day",
    ),
    (
        result(
            "concentration", 3.0,
            evidence=Evidence(
                740, 1_000, high=200, compared="days", day=FRIDAY,
                culprits=(Culprit("bird", "b0402", 400, 0.4), Culprit("bird", "b0401", 340, 0.34)),
            ),
        ),
        "740 of 1,000 events by the five busiest birds on 2026-03-06 (74.0%); too many: a day usually has at most 200; "
        "b0402 and b0401 made 74% of them",
    ),
    (
        result(
            "missing_hours", 4.0,
            evidence=Evidence(4, day=FRIDAY, culprits=tuple(Culprit("hour", f"{at:02d}") for at in (4, 5, 6, 12))),
        ),
        "4 hours without events on 2026-03-06; at 04:00–07:00, 12:00–13:00 UTC",
    ),
    (
        result("aligned_cosine", 0.712, limit=0.92, evidence=Evidence(low=0.953, compared="expected")),
        "a mean cosine of 0.712 to the predecessor after alignment; 0.953 is usual on a night with as many new events",
    ),
    (
        result("beats_popularity", -0.0698, "block", interval=(-0.167, -0.021), evidence=Evidence(whole=268)),
        "recall@10 0.070 below popularity's [−0.167, −0.021], over 268 birds",
    ),
    (result("zero_norm", 1.0, "block", evidence=Evidence(1)), "1 row of length zero"),
    (result("row_drop", 0.31, "block"), "row drop 31.0%; the limit is 20.0%"),
    (
        result("aligned_cosine", None, "not_judged", note="another frame"),
        "aligned cosine could not be judged: another frame",
    ),
    (
        RuleResult("of_another_edition", 0.5, None, 0.25, "warn", "warn"),
        "of another edition is 0.500, the limit 0.250",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "words"), SAID)
def test_a_breach_is_said_in_countable_things(rule: RuleResult, words: str) -> None:
    assert says(rule) == words


def test_one_cause_is_told_once_and_blocks_stand_first() -> None:
    """Spam: unknown birds on few flits are many newcomers too, and vectors move; a rotten row is another matter."""
    rules = [
        result("outlier_share", 0.1),
        result("zero_norm", 2.0, "block"),
        result("newcomers", 2.0),
        result("concentration", 3.0, "block"),
        result("newcomer_burst", 3.0, "block"),
        result("rows", 0.0, "not_judged"),
        result("row_drop", 0.0, "pass"),
    ]
    found = causes(rules)
    assert [cause.rule.rule for cause in found] == ["zero_norm", "concentration", "rows"]
    assert [[rule.rule for rule in cause.consequences] for cause in found] == [
        [],
        ["newcomer_burst", "outlier_share", "newcomers"],
        [],
    ]
    line = cause_line(found[1])
    assert line.startswith("concentration, block: ") and "First: " in line
    assert line.endswith("For the same cause: newcomer_burst, outlier_share, newcomers.")


@pytest.mark.parametrize(
    ("breaches", "told_first"),
    [
        (("late_share", "missing_hours", "day_volume"), "missing_hours"),
        (("quarantine_share", "missing_hours", "day_volume"), "quarantine_share"),
        (("refused_files", "missing_files", "missing_kinds", "day_volume"), "refused_files"),
    ],
    ids=["a clock that is late", "a clock that is ahead", "a file that was refused"],
)
def test_a_fault_of_the_log_is_one_sentence(breaches: tuple[str, ...], told_first: str) -> None:
    (cause,) = causes([result(name, 9.0) for name in breaches])
    assert cause.rule.rule == told_first and len(cause.consequences) == len(breaches) - 1


def test_no_rule_explains_itself() -> None:
    """Also not by way of others: then nothing would be told."""
    found = causes([result(name, 9.0, "block") for name in RULES])
    explained = {rule.rule for cause in found for rule in cause.consequences}
    assert {cause.rule.rule for cause in found} | explained == set(RULES)


def test_culprits_of_each_kind_are_named() -> None:
    files = Evidence(
        3, day=FRIDAY, culprits=(Culprit("stream", "interactions", 2), Culprit("stream", "flits", 1))
    )
    assert says(result("missing_files", 3.0, evidence=files)) == (
        "3 files fewer than usual on 2026-03-06; 2 of interactions and 1 of flits"
    )
    parts = (Culprit("kind", "like", 3), Culprit("surface", "ad", 0))
    gone = Evidence(3, low=90, compared="weekday", day=FRIDAY, culprits=parts)
    assert says(result("missing_kinds", 9.0, evidence=gone)) == (
        "3 events of one kind, surface or source on 2026-03-06; too few: a Friday usually has at least 90; "
        "kind like (3); surface ad"
    )


def test_a_block_is_never_hidden_behind_a_warning() -> None:
    found = causes([result("day_volume", 4.0), result("upheaval", 0.1, "block")])
    assert [cause.rule.rule for cause in found] == ["upheaval", "day_volume"]


def test_names_are_listed_and_many_are_counted() -> None:
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_names_out_of_a_log_stay_text_where_they_are_shown() -> None:
    hostile = Culprit("bird", "x](http://evil)\x1b[31m*", 9, 0.9)
    cause = causes([result("newcomers", 2.0, evidence=Evidence(9, 10, culprits=(hostile,)))])[0]
    assert "\x1b" not in cause_line(cause)
    assert r"x\](http://evil) \[31m\*" in cause_line(cause, in_markdown)


def test_a_bound_that_is_not_zero_does_not_look_like_it() -> None:
    assert interval(0.046, 0.035, 0.059) == "0.046 [0.035, 0.059]"
    assert interval(-0.003, -0.0063, -0.0004, sign=True) == "−0.0030 [−0.0063, −0.0004]"
    assert interval(0.1, None, None) == "0.100"
