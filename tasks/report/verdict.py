"""The verdict in one sentence that a person understands at 3 a.m.: what, why, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.report.facts import RuleFact, Subject, VerdictFact
from tasks.report.numbers import plural

NAMED = 2
"""Reasons in the sentence; the others follow it."""
BREACHES = ("block", "not_judged", "warn")


def verdict_of(subject: Subject, verdict: str, rules: Sequence[RuleFact]) -> VerdictFact:
    """`rules` as the gate has judged them."""
    breached = breaches(rules)
    if verdict == "block":
        return _held_back(subject, [rule for rule in breached if rule.outcome == "block"])
    if verdict == "warn":
        what = f"Released with {plural(len(breached), 'warning')}"
        return VerdictFact(verdict, what, _why(breached), _look(breached))
    judged = [rule for rule in rules if rule.outcome == "pass" and rule.level != "info"]
    why = f"{plural(len(judged), 'rule')} of the gate judged, none breached"
    if subject.predecessor is None:
        why += "; it is the first version of its space, with nothing to compare it with"
    return VerdictFact(verdict, "Released", why, "Nothing to do.")


def breaches(rules: Sequence[RuleFact]) -> list[RuleFact]:
    """What did not pass, worst first."""
    return sorted(
        (rule for rule in rules if rule.outcome in BREACHES), key=lambda rule: BREACHES.index(rule.outcome)
    )


def _held_back(subject: Subject, blocking: Sequence[RuleFact]) -> VerdictFact:
    stay = f"on {subject.predecessor}" if subject.predecessor else "without one"
    todo = (
        f"Nothing is urgent, consumers stay {stay}. First: {_ended(_first_step(blocking))} "
        "The next night is judged anew; if this one is meant, release it:"
    )
    command = f'nightjar release {subject.space} {subject.version} --reason "…"'
    return VerdictFact("block", "Held back", _why(blocking), todo, command)


def _why(breached: Sequence[RuleFact]) -> str:
    said = [rule.says or rule.rule for rule in breached[:NAMED]]
    more = len(breached) - len(said)
    return "; ".join(said) + (f"; and {plural(more, 'more reason')}" if more else "")


def _look(breached: Sequence[RuleFact]) -> str:
    return f"Consumers may follow it. In the morning: {_ended(_first_step(breached))}"


def _first_step(breached: Sequence[RuleFact]) -> str:
    """The first remedy that a breached rule names; what a release is for is said once, by the sentence around it."""
    steps = [step_of(rule) for rule in breached if rule.todo]
    return steps[0] if steps else "look at the rules below"


def step_of(rule: RuleFact) -> str:
    """What to do about a rule, but for releasing the version."""
    return rule.todo.split("; where it is meant")[0]


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".?!" else f"{sentence}."
