"""A version in Markdown: how good it is, how it compares with the one before, what changed between them and why."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.report.facts import Facts
from tasks.report.numbers import count, plain, share
from tasks.report.words import cause_line, causes, conclusion, in_markdown

NAMED = 3
"""Movers."""


def conclude(facts: Facts) -> str:
    """One line: the verdict, the quality, and how it stands to popularity and to the version before."""
    return f"{facts.verdict}; {conclusion(facts.quality, facts.subject.predecessor)}"


def describe(facts: Facts) -> str:
    """The verdict and four lines, for the page of a run; tables show its beginning as it is.

    No text of a flit is quoted: files, such as the report, can be forgotten, and words in a database linger.
    """
    breached = [cause_line(cause, in_markdown) for cause in causes(facts.rules)]
    verdict = f"{facts.verdict}: {' '.join(breached) or 'no rule of the gate objects'}"
    return "\n".join([verdict, "", *(f"- {line}" for line in _lines(facts))])


def _lines(facts: Facts) -> Iterator[str]:
    yield f"**Quality**: {conclusion(facts.quality, facts.subject.predecessor)}"
    yield f"**Moved**: {_moved(facts)}"
    yield f"**Changed**: {_changed(facts)}"
    yield f"**Covered**: {_covered(facts)}"


def _moved(facts: Facts) -> str:
    found, predecessor = facts.statistics, facts.subject.predecessor
    if predecessor is None:
        return "it is the first version of the space, with nothing to compare it with"
    if found.paired.cosine.mean is None:
        return f"vectors may not be compared with those of {predecessor}: {found.frame.reason}"
    movers = [f"{in_markdown(mover.id)} ({mover.change:.2f})" for mover in facts.movers[:NAMED]]
    most = f"; most (1 − cosine): {', '.join(movers)}" if movers else ""
    kept = found.neighbours.overlap_at_10
    near = "" if kept is None else f", {share(kept, 0)} of the nearest 10 kept"
    return f"cosine to its earlier self {found.paired.cosine.mean:.3f} on average{near}{most}"


def _changed(facts: Facts) -> str:
    of = facts.lineage
    if facts.subject.predecessor is None:
        return "everything is seen for the first time"
    changed = [f"{one.name} {in_markdown(one.old)} → {in_markdown(one.new)}" for one in of.settings]
    logs = "the same logs" if of.same_logs else "other logs"
    code = "the same code" if of.same_code else "other code"
    return f"{logs}, {code}, " + (", ".join(changed) or "the same parameters")


def _covered(facts: Facts) -> str:
    of, rows = facts.lineage, facts.subject.rows
    before = (of.coverage_before or {}).get("rows")
    change = "" if before is None else f" ({rows - before:+,})"
    without = [f"{count(ids)} {plain(reason)}" for reason, ids in of.coverage.items()]
    return f"{rows:,} ids{change}; without a vector: {', '.join(without) or 'none'}"
