"""What a night shows, as Markdown: short, the verdict first, so that it reads on a telephone at 3 a.m. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows.decisions import commands_to_decide
from flows.night import NightResult, Outcome
from flows.pages.canary_page import canary_lines
from flows.pages.version_page import MlflowLinks, Shown, version_section
from flows.set_aside_lines import lines_of
from tasks.ingest.ingest_report import LINE_COUNTS, RARE_COUNTS
from tasks.report.numbers import number
from tasks.report.read_facts import read_quality
from tasks.report.words import LONG, in_code, in_markdown
from tasks.versions.canary_results import CanaryResults

NAMED = 5
"""Files, reasons and fields that are named; the rest is counted."""


def night_page(
    result: NightResult,
    versions: Mapping[str, Shown],
    quarantined: Counter[str],
    links: MlflowLinks,
    forms: Mapping[str, str],
    canaries: Sequence[CanaryResults] = (),
) -> str:
    """The page of a night. `versions`: the space's version of the night; `quarantined`: kind → lines.

    `forms`: space → where its version is decided; `canaries`: the last time that each gate was tried.
    """
    parts = [f"# {night_title(result)}", _about(result)]
    parts += [in_markdown(reason, LONG) for reason in result.why_no_logs]
    parts.append(_spaces(result, versions))
    parts += [f"**{name}** failed: {in_markdown(why, LONG)}" for name, why in result.failures.items()]
    parts += [_to_decide(name, result.spaces[name], forms.get(name)) for name in result.held_back]
    parts += [f"**Set aside**: {line}" for line in lines_of(result.set_aside, str, in_code)]
    for name in sorted(versions, key=lambda name: not result.spaces[name].held):
        parts += [f"## {name}", version_section(versions[name], links)]
    if canaries:
        parts += ["## Is the gate to be trusted?", canary_lines(canaries)]
    parts += ["## Logs", *_logs(result.ingest, quarantined)]
    return "\n\n".join(parts) + "\n"


def night_title(result: NightResult) -> str:
    """The night in a few words."""
    if result.failures:
        return f"Failed: {', '.join(result.failures)}"
    if result.no_logs:
        some = len(result.no_logs) < len(result.spaces)
        return f"No logs{' for ' + ', '.join(result.no_logs) if some else ''}: no version was made"
    if result.held_back:
        return f"Held back: {', '.join(result.held_back)}"
    warned = [name for name, outcome in result.spaces.items() if outcome.verdict == "warn"]
    if warned:
        return f"Published; look at {', '.join(warned)}"
    if all(outcome.reused for outcome in result.spaces.values()):
        return "Done already; every version stands"
    return "Published"


def _about(result: NightResult) -> str:
    known = "" if result.day == result.known_as_of else f", known as of {result.known_as_of}"
    return f"Night **{result.day}**{known} · {result.seconds:,.0f} s"


def _spaces(result: NightResult, versions: Mapping[str, Shown]) -> str:
    rows = [
        f"| {name} | {_loud(outcome.verdict or ('no logs' if outcome.no_logs else 'waits'))} "
        f"| {_became(outcome)} | {_score(versions.get(name))} |"
        for name, outcome in result.spaces.items()
    ]
    return "\n".join(["| space | verdict | published | recall |", "| --- | --- | --- | --- |", *rows])


def _became(outcome: Outcome) -> str:
    if outcome.version is None:
        return "not made"
    if outcome.held:
        return "**held back**"
    return "current" if outcome.current else "yes, a later day is current"


def _score(shown: Shown | None) -> str:
    return number(None if shown is None else read_quality(shown.manifest.evaluation).reached.value)


def _loud(verdict: str) -> str:
    return verdict if verdict == "pass" else f"**{verdict}**"


def _to_decide(name: str, outcome: Outcome, form: str | None) -> str:
    if outcome.version is None:
        return str(outcome.reason)
    where = "Decide by" if form is None else f"**[Decide here]({form})** (Resume opens the form), or by"
    commands = "\n".join(f"- `{command}`" for command in commands_to_decide(name, outcome.version))
    return f"**{name}** is held back, its consumers stay on the last released version. {where}\n\n{commands}"


def _logs(ingest: Mapping[str, Any], quarantined: Counter[str]) -> Iterator[str]:
    if not ingest["read"] and not ingest["refusals"]:
        yield "Nothing landed since the last night."
    else:
        counts = ", ".join(
            f"{ingest[key]:,} {key.replace('_', ' ')}"
            for key in LINE_COUNTS[1:]
            if ingest[key] or key not in RARE_COUNTS
        )
        yield f"{ingest['read']:,} files, {ingest['lines']:,} lines: {counts}."
    if ingest["refusals"]:
        yield f"**Refused**, and tried again by every night:\n\n{_files(ingest['refusals'])}"
    if ingest["quarantined"] and quarantined:
        reasons = [f"{in_markdown(kind)} ({count:,})" for kind, count in quarantined.most_common(NAMED)]
        yield f"Quarantined: {_few(reasons, len(quarantined))}"
    if ingest["ignored"]:
        yield f"Left alone:\n\n{_files(ingest['ignored'])}"
    if ingest["late_files"]:
        yield f"Late:\n\n{_files(ingest['late_files'])}"
    if ingest["dated_ahead"]:
        yield f"{ingest['dated_ahead']:,} events are dated after this day: they count from their own day on."
    for stream, lost in ingest["lost_values"].items():
        values = [f"{in_code(what)} ({count:,})" for what, count in list(lost.items())[:NAMED]]
        yield f"Values of {stream} that were not taken, their lines were: {_few(values, len(lost))}"
    for stream, fields in ingest["unknown_fields"].items():
        named = [f"{in_code(name)} ({count:,})" for name, count in list(fields.items())[:NAMED]]
        yield f"Unknown fields of {stream}: {_few(named, len(fields))}"


def _files(notes: Sequence[Mapping[str, str]]) -> str:
    lines = [f"- {in_code(note['path'])}: {in_markdown(note['reason'], LONG)}" for note in notes[:NAMED]]
    more = len(notes) - NAMED
    return "\n".join([*lines, *([f"- and {more:,} more"] if more > 0 else [])])


def _few(named: Sequence[str], total: int) -> str:
    more = total - len(named)
    return ", ".join(named) + (f", and {more:,} more" if more > 0 else "")
