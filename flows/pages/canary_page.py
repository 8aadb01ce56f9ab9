"""What became of canaries, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.versions.canary_results import CanaryResults, CanaryTrial


def canary_page(results: Sequence[CanaryResults]) -> str:
    """A table a space, what was missed first."""
    return "\n\n".join(["# Canaries", canary_lines(results), *(_section(one) for one in results)]) + "\n"


def canary_lines(results: Sequence[CanaryResults]) -> str:
    """A line a space: when its gate was tried, and what it missed."""
    return "\n".join(
        f"- {one.space}, {one.day}: {f'**{one.summary}**' if one.missed else one.summary}" for one in results
    )


def answer(trial: CanaryTrial) -> str:
    """Whether the gate was right, in a word or two."""
    if trial.harmless:
        return "let pass" if trial.right else "FALSE ALARM"
    return "caught" if trial.right else "MISSED"


def _section(result: CanaryResults) -> str:
    trials = sorted(result.trials, key=lambda trial: {False: 0, True: 1, None: 2}[trial.right])
    rows = [
        f"| {trial.fault} | {trial.what} | {answer(trial) if trial.right is not None else 'not tried'} "
        f"| {', '.join(f'`{one.rule}`' for one in trial.objections) or trial.reason or '–'} |"
        for trial in trials
    ]
    head = ["| fault | what | gate | rules that object |", "| --- | --- | --- | --- |"]
    return f"## {result.space} {result.version}\n\n" + "\n".join([*head, *rows])
