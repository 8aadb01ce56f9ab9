"""What the gate found, in words for a tired person: the one place that makes sentences of rules and verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tasks.comparison.gate.judge import BREACHED, FIRST_VERSION, RuleResult, breached
from tasks.comparison.gate.rule import Culprit, Evidence, Rule
from tasks.comparison.gate.table import RULES
from tasks.report.facts import QualityFact, ShownInterval, Subject
from tasks.report.numbers import (
    CHARACTERS,
    count,
    interval,
    number,
    of_kind,
    plain,
    plural,
    share,
    short,
    times,
)

NAMED = 5
"""Culprits of a kind that are named; the rest is counted."""
REASONS = 2
"""Reasons in the sentence of a verdict; the others are counted."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Cause:
    """A breach, and the breaches that follow from it: they are told together."""

    rule: RuleResult
    consequences: tuple[RuleResult, ...] = ()


def causes(rules: Sequence[RuleResult]) -> list[Cause]:
    """What did not pass, severest first; what another breach of at least its weight explains stands with that one."""
    found = breached(rules)
    under: dict[str, list[RuleResult]] = {rule.rule: [] for rule in found}
    roots = [rule for rule in found if _root(rule, found) is rule]
    for rule in found:
        if rule not in roots:
            under[_root(rule, found).rule].append(rule)
    return [Cause(rule, tuple(under[rule.rule])) for rule in roots]


def _root(rule: RuleResult, found: Sequence[RuleResult]) -> RuleResult:
    known = RULES.get(rule.rule)
    if known is None or rule.outcome == "not_judged":
        return rule
    for other in found:
        weight = BREACHED.index(other.outcome) <= BREACHED.index(rule.outcome)
        if other.rule in known.follows and other.outcome != "not_judged" and weight:
            return _root(other, found)
    return rule


def cause_line(cause: Cause, write: Callable[[str], str] = short) -> str:
    """One line: the rule, its outcome, what was found, what to do first, what follows from it.

    `write`: how names out of a log are written where the line goes.
    """
    rule = cause.rule
    line = f"{rule.rule}, {rule.outcome.replace('_', ' ')}: {says(rule, write)}."
    if rule.outcome in ("warn", "block") and step_of(rule):
        line += f" First: {step_of(rule)}{'' if step_of(rule)[-1] in '.?!' else '.'}"
    return f"{line}{follows(cause)}"


def follows(cause: Cause) -> str:
    """The rules that are breached for the same cause; with a space before, empty where there are none."""
    if not cause.consequences:
        return ""
    return f" For the same cause: {', '.join(rule.rule for rule in cause.consequences)}."


def step_of(rule: RuleResult) -> str:
    """What to do first about a breach; empty for a rule that is not in the table."""
    known = RULES.get(rule.rule)
    if known is None:
        return ""
    return known.todo_milder if known.todo_milder and rule.outcome != rule.level else known.todo


def kind_of(rule: RuleResult) -> str:
    """How value, floor and limit read: count, share or number."""
    kind = RULES[rule.rule].kind if rule.rule in RULES else "count" if rule.limit is None else "difference"
    return {"count": "count", "share": "share", "growth": "share"}.get(kind, "number")


def bound_of(rule: RuleResult) -> str:
    """On which side of its limit a rule passes; empty where it is not known."""
    return {"above": "≤", "below": "≥"}[RULES[rule.rule].bad] if rule.rule in RULES else ""


def means(rule: RuleResult) -> str:
    """What a rule looks at."""
    return RULES[rule.rule].means if rule.rule in RULES else ""


LONG = 500
"""Characters that a page has for a reason or a path."""


def in_markdown(text: str, characters: int = CHARACTERS) -> str:
    """One line in which no character means anything to Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#!~])", r"\\\1", short(text, characters))


def in_code(text: str) -> str:
    """One line as code, whatever it holds: an id or a file name can neither end the code nor a cell of a table."""
    shown = short(text, LONG)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    padding = " " if shown[:1] == "`" or shown[-1:] == "`" else ""
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def says(rule: RuleResult, write: Callable[[str], str] = short) -> str:
    """What a rule found, beside what is usual: one sentence without its full stop."""
    if rule.rule == FIRST_VERSION:
        return rule.note or "it has a predecessor"
    if rule.outcome == "not_judged":
        return f"{plain(rule.rule)} could not be judged{f': {rule.note}' if rule.note else ''}"
    if rule.value is None:
        return rule.note
    known, evidence = RULES.get(rule.rule), rule.evidence
    if known is None:
        return f"{plain(rule.rule)} is {number(rule.value)}, the limit {number(rule.limit)}"
    parts = [_found(known, rule), _usual(known, rule), *_named(evidence.culprits, write), rule.note]
    return "; ".join(part for part in parts if part)


def _found(known: Rule, rule: RuleResult) -> str:
    """`4,812 events on 2015-12-04`, `1,204 of 11,690 events … are gone (10.3%)`, or the value itself."""
    evidence = rule.evidence
    day = f" on {evidence.day}" if evidence.day else ""
    if evidence.found is None:
        return f"{_value(known, rule, rule.value or 0.0)}{_over(evidence)}{day}"
    unit = _singular(known.unit) if evidence.found == 1 else known.unit
    if evidence.whole:
        part = share(evidence.found / evidence.whole)
        return f"{count(evidence.found)} of {count(evidence.whole)} {known.unit}{day} ({part})"
    return f"{count(evidence.found)} {unit}{day}"


def _value(known: Rule, rule: RuleResult, value: float) -> str:
    if known.kind == "difference":
        side = "above" if value > 0 else "below"
        bounds = "" if rule.interval is None else f" {_bounds(rule.interval)}"
        return known.unit.replace("{}", f"{number(abs(value))} {side}") + bounds
    read = {"times": times, "count": count, "share": share, "growth": share}.get(known.kind, number)(value)
    if "{}" in known.unit:
        return known.unit.replace("{}", read)
    return f"{read} {known.unit}" if known.unit.startswith("of ") else f"{plain(known.name)} {read}"


def _bounds(ends: tuple[float, float]) -> str:
    return interval(0.0, *ends, sign=True).split(" ", 1)[1]


def _over(evidence: Evidence) -> str:
    return f", over {count(evidence.whole)} birds" if evidence.whole else ""


def _usual(known: Rule, rule: RuleResult) -> str:
    """What is usual; where that is not known, what passes."""
    evidence = rule.evidence
    if evidence.compared == "predecessor" and evidence.low is not None:
        return f"the predecessor has {count(evidence.low)}{_difference(evidence)}"
    if evidence.compared == "expected" and evidence.low is not None:
        read = share if known.kind == "share" else number
        return f"{read(evidence.low)} is usual on a night with as many new events"
    if evidence.compared in ("weekday", "days") and (evidence.low, evidence.high) != (None, None):
        whose = f"a {_weekday(evidence.day)}" if evidence.compared == "weekday" and evidence.day else "a day"
        return f"{_direction(evidence)}{whose} usually has {_range(evidence)}"
    if rule.limit is None or known.kind == "difference" or (known.kind == "count" and not rule.limit):
        return ""
    return f"the limit is {of_kind(rule.limit, kind_of(rule))}"


def _direction(evidence: Evidence) -> str:
    """`too many: ` or `too few: `; empty where what was found lies within what is usual."""
    if evidence.found is None:
        return ""
    if evidence.high is not None and evidence.found > evidence.high:
        return "too many: "
    return "too few: " if evidence.low is not None and evidence.found < evidence.low else ""


def _difference(evidence: Evidence) -> str:
    if not evidence.low or evidence.found is None or evidence.found == evidence.low:
        return ""
    change = evidence.found / evidence.low - 1
    return f" ({share(abs(change))} {'more' if change > 0 else 'fewer'})"


def _range(evidence: Evidence) -> str:
    if evidence.low is None:
        return f"at most {count(evidence.high)}"
    if evidence.high is None:
        return f"at least {count(evidence.low)}"
    return f"{count(evidence.low)} to {count(evidence.high)}"


def _weekday(day: str | None) -> str:
    return "day" if day is None else WEEKDAYS[date.fromisoformat(day).weekday()]


def _named(culprits: Sequence[Culprit], write: Callable[[str], str]) -> list[str]:
    """A part of the sentence for each kind of culprit."""
    kinds = dict.fromkeys(culprit.kind for culprit in culprits)
    written = [replace(culprit, key=write(culprit.key)) for culprit in culprits]
    return [_of_kind(kind, [one for one in written if one.kind == kind]) for kind in kinds]


def _of_kind(kind: str, culprits: Sequence[Culprit]) -> str:
    if kind == "hour":
        return f"at {_hours([int(one.key) for one in culprits])} UTC"
    names = listed([f"“{one.key}”" if kind == "word" else one.key for one in culprits])
    shares = [one.share for one in culprits if one.share is not None]
    if kind == "day" and shares:
        return f"most of all on {names}: {share(shares[0])} of that day"
    if kind == "stream":
        return listed([f"{count(one.events)} of {one.key}" if one.events else one.key for one in culprits])
    if kind in ("kind", "surface", "source"):
        return listed([f"{kind} {one.key}{f' ({one.events:,})' if one.events else ''}" for one in culprits])
    if kind == "word" or len(shares) < len(culprits):
        return names
    return f"{names} made {share(sum(shares), 0)} of them"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of many the first, and how many more."""
    shown, more = list(names[:NAMED]), len(names) - NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def say_set_aside(
    decision: str, since: str, who: str, things: Sequence[str], added: str, ways: Sequence[str]
) -> str:
    """One sentence on what is left out of the log, without a full stop. `since`: the first night without it.

    `who`: the rule that named it. `added`: what counting it in adds. `ways`: the commands that count it in and keep
    it out, as they work where they are shown.
    """
    discarded = decision == "discarded"
    release, discard = ways
    return (
        f"{'kept out' if discarded else 'set aside until a person decides'}, from the night of {since} on "
        f"({who}): {listed(things)}; counting it in adds {added}: `{release}`"
        f"{'' if discarded else f'; keeping it out: `{discard}`'}"
    )


def _hours(hours: Sequence[int]) -> str:
    """`04:00–07:00, 12:00–13:00`: whole hours, run by run, the end open."""
    runs: list[list[int]] = []
    for hour in sorted(hours):
        if runs and runs[-1][1] == hour:
            runs[-1][1] = hour + 1
        else:
            runs.append([hour, hour + 1])
    return ", ".join(f"{first:02d}:00–{end:02d}:00" for first, end in runs)


def _singular(unit: str) -> str:
    head, _, rest = unit.partition(" ")
    return f"{head.removesuffix('s')} {rest}".rstrip()


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
    said = [says(cause.rule) for cause in found[:REASONS]]
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
