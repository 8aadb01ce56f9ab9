"""Rules about what a space learns from: they see a damaged log before its vectors tell, or where they never do.

None has a noise floor: another seed changes no count. Limits were measured on healthy days of real logs, see
`docs/gate.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tasks.comparison.gate.check import Check, Outcome
from tasks.comparison.inputs.drift import InputDrift
from tasks.comparison.statistics import Statistics

_MEANT = "where it is meant, release the version"
_LOOK_AT_FILES = f"look for missing, refused or replaced files in `nightjar status`; {_MEANT}"
_LOOK_AT_DAY = f"look at the input drift in the report: a holiday, or a fault of the log?; {_MEANT}"
_LOOK_AT_BIRDS = f"look at the input drift in the report: news, or spam?; {_MEANT}"
_LOOK_AT_QUARANTINE = f"look at the reasons in `nightjar status`, and ask who writes the log; {_MEANT}"


def _check(
    measure: Callable[[InputDrift], float | None],
    what: str,
    show: str,
    remedy: str,
    missing: Callable[[InputDrift], str],
) -> Check:
    """A rule that is breached above its limit, and that does not apply where there is nothing to compare with."""

    def why(statistics: Statistics) -> tuple[Outcome, str]:
        return "not_applicable", missing(statistics.inputs)

    return Check(lambda s: measure(s.inputs), "above", what, show, remedy, why)


def _deviations(inputs: InputDrift) -> float | None:
    return None if inputs.volume.deviations is None else abs(inputs.volume.deviations)


def _missing_hours(inputs: InputDrift) -> float | None:
    return None if inputs.hours.expected is None else float(len(inputs.hours.hours))


def _no_window(inputs: InputDrift) -> str:
    if inputs.window.events is None:
        return "does not learn from events"
    return "the predecessor's window is not known" if inputs.before.events is None else "no day in common"


def _no_history(inputs: InputDrift) -> str:
    return inputs.volume.reason or "too few days to compare with"


def _no_days(inputs: InputDrift) -> str:
    if inputs.window.events is None:
        return "does not learn from events"
    return "no event on the last day, or fewer than 3 days with events before it"


def _no_reference(inputs: InputDrift) -> str:
    return "no log of the same weekday to compare with"


INPUT_CHECKS: Mapping[str, Check] = {
    "events_missing": _check(
        lambda i: i.known.lost,
        "of the predecessor's events are gone",
        "share",
        _LOOK_AT_FILES,
        _no_window,
    ),
    "events_lost": _check(
        lambda i: i.known.lost, "of the predecessor's events are gone", "share", _LOOK_AT_FILES, _no_window
    ),
    "day_volume": _check(
        _deviations,
        "deviations between the day's events and the same weekday's",
        "number",
        _LOOK_AT_DAY,
        _no_history,
    ),
    "day_surge": _check(
        lambda i: i.surge.times,
        "times what was to be expected of the day",
        "number",
        f"look for a log that was delivered several times; {_MEANT}",
        _no_history,
    ),
    "missing_hours": _check(
        _missing_hours, "hours of the day without events", "count", _LOOK_AT_FILES, _no_reference
    ),
    "missing_files": _check(
        lambda i: None if i.files.missing is None else float(i.files.missing),
        "files fewer than usual",
        "count",
        _LOOK_AT_FILES,
        lambda i: "fewer than 7 days of files",
    ),
    "refused_files": _check(
        lambda i: None if i.files.refused is None else float(i.files.refused),
        "files of the day refused",
        "count",
        _LOOK_AT_FILES,
        lambda i: "the day's log is not known",
    ),
    "concentration": _check(
        lambda i: i.concentration.busiest_birds.times,
        "times the usual most by five birds",
        "number",
        _LOOK_AT_BIRDS,
        _no_days,
    ),
    "newcomer_burst": _check(
        lambda i: i.concentration.newcomers_together.times,
        "times the usual most by unknown birds on five flits",
        "number",
        _LOOK_AT_BIRDS,
        _no_days,
    ),
    "newcomers": _check(
        lambda i: i.concentration.newcomers.times,
        "times the usual most by unknown birds",
        "number",
        _LOOK_AT_BIRDS,
        _no_days,
    ),
    "quarantine_share": _check(
        lambda i: i.lines.quarantined.excess,
        "of the day's lines in quarantine beyond what is usual",
        "share",
        _LOOK_AT_QUARANTINE,
        _no_reference,
    ),
    "duplicate_share": _check(
        lambda i: i.lines.duplicates.excess,
        "of the day's lines are repeats beyond what is usual",
        "share",
        _LOOK_AT_FILES,
        _no_reference,
    ),
    "late_share": _check(
        lambda i: i.lines.late.excess,
        "of what landed was late beyond what is usual",
        "share",
        _LOOK_AT_FILES,
        _no_reference,
    ),
}
