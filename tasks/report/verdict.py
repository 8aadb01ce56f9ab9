"""The verdict in one sentence that a person understands at 3 a.m.: what, why, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.comparison.gate.judge import RuleResult
from tasks.report.facts import QualityFact, ShownInterval, Subject
from tasks.report.numbers import count, interval, number, plural
from tasks.report.words import Cause, causes, says, step_of

NAMED = 2
"""Reasons in the sentence; the others follow it."""


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """What the gate says, why, and what to do; `command`: what releases a version that is held back."""

    what: str
    why: str
    todo: str
    command: str | None = None


def verdict_words(subject: Subject, verdict: str, rules: Sequence[RuleResult]) -> VerdictWords:
    """`rules` as the gate has judged them."""
    found = causes(rules)
    if verdict == "block":
        return _held_back(subject, [cause for cause in found if cause.rule.outcome == "block"])
    if verdict == "warn":
        look = f"Consumers may follow it. In the morning: {_ended(_first_step(found))}"
        return VerdictWords(f"Released with {plural(len(found), 'warning')}", reasons(found), look)
    judged = [rule for rule in rules if rule.outcome == "pass" and rule.level != "info"]
    why = f"{plural(len(judged), 'rule')} of the gate judged, none breached"
    if subject.predecessor is None:
        why += "; it is the first version of its space, with nothing to compare it with"
    return VerdictWords("Released", why, "Nothing to do.")


def _held_back(subject: Subject, blocking: Sequence[Cause]) -> VerdictWords:
    stay = f"on {subject.predecessor}" if subject.predecessor else "without one"
    todo = (
        f"Nothing is urgent, consumers stay {stay}. First: {_ended(_first_step(blocking))} "
        "The next night is judged anew; if this one is meant, release it:"
    )
    command = f'nightjar release {subject.space} {subject.version} --reason "…"'
    return VerdictWords("Held back", reasons(blocking), todo, command)


def reasons(found: Sequence[Cause]) -> str:
    """What did not pass, severest first, without a full stop; how many more there are."""
    said = [says(cause.rule) for cause in found[:NAMED]]
    more = len(found) - len(said)
    return "; ".join(said) + (f"; and {plural(more, 'more reason')}" if more else "")


def held_because(rules: Sequence[RuleResult]) -> str:
    """Why a version is held back, and what to do first; without a full stop."""
    blocking = [cause for cause in causes(rules) if cause.rule.outcome == "block"]
    if not blocking:
        return "its manifest names no rule that blocks. First: look at its report"
    return f"{reasons(blocking)}. First: {_first_step(blocking)}"


def _first_step(found: Sequence[Cause]) -> str:
    steps = [step_of(cause.rule) for cause in found if step_of(cause.rule)]
    return steps[0] if steps else "look at the rules below"


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".?!" else f"{sentence}."


def conclusion(quality: QualityFact, predecessor: str | None) -> str:
    """How good the version is, beside popularity and its predecessor, in one line without a full stop."""
    of, parts = quality.reached, [f"not measured: {quality.reason}"]
    if not quality.reason:
        birds = f" over {plural(quality.birds, 'bird')}" if quality.birds else ""
        popularity = f"popularity's {number(quality.popularity)}"
        parts = [f"{quality.metric} {interval(of.value, of.low, of.high)}{birds}"]
        if quality.popularity is not None:
            parts.append(against(quality.over_popularity, popularity))
    if quality.predecessor is not None:
        other = f"its predecessor's {number(quality.predecessor)} on the same days"
        parts.append(against(quality.over_predecessor, other))
    elif predecessor is not None:
        parts.append(f"not comparable with {predecessor}" + (f": {quality.note}" if quality.note else ""))
    parts += [
        f"{test.name} {test.metric} {number(test.value)}, {count(test.covered)} of {count(test.asked)} covered"
        for test in quality.intrinsic
    ]
    return "; ".join(parts)


def against(difference: ShownInterval, other: str) -> str:
    """A paired difference in words: its interval decides whether it is one."""
    if difference.low is None or difference.high is None:
        return f"beside {other}"
    if difference.low > 0:
        return f"better than {other}"
    return f"worse than {other}" if difference.high < 0 else f"no clear difference from {other}"
