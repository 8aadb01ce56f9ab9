"""Rules about what a space learns from: they see a damaged log before its vectors tell, or where they never do.

None has a noise floor: another seed changes no count. Limits were measured on healthy days of real logs, see
`docs/gate.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from tasks.comparison.gate.rule import LIMITS, Compared, Culprit, Evidence, Measured, Rule
from tasks.comparison.inputs.day_drift import LineShare
from tasks.comparison.inputs.input_drift import InputDay, InputDrift
from tasks.comparison.inputs.joins import Fit, Joins, Met
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.new_texts import NewTexts
from tasks.comparison.inputs.suspects import Suspect
from tasks.comparison.inputs.trends import FEWEST_DAYS
from tasks.comparison.inputs.window_drift import Excess
from tasks.comparison.statistics import Statistics

NORMAL_95 = 1.96
Measure = Callable[[Statistics, Any], Measured]


def _worst_day(measure: Callable[[InputDay, InputDrift, Any], Measured]) -> Measure:
    """Judge every day since the predecessor's by `measure`; the worst stands for all, of equal ones the newest."""

    def worst(statistics: Statistics, parameters: Any) -> Measured:
        inputs = statistics.inputs
        found = [measure(day, inputs, parameters) for day in inputs.judged]
        return max(found, key=lambda one: -1.0 if one.value is None else one.value)

    return worst


def _compared(day: InputDay) -> Compared:
    """Whether references are of the day's own weekday: those of a young log are the days before."""
    named = (day.today.day, *day.hours.references[:1])
    return "weekday" if len({date.fromisoformat(one).weekday() for one in named if one}) < 2 else "days"


def _events_gone(statistics: Statistics, parameters: Any) -> Measured:
    inputs, known = statistics.inputs, statistics.inputs.known
    if known.lost is None or known.before is None:
        if inputs.window.events is None:
            return Measured(note="does not learn from events")
        unknown = inputs.before.events is None
        return Measured(note="the predecessor's window is not known" if unknown else "no day in common")
    worst = Culprit("day", known.worst_day, share=known.worst_share) if known.worst_day else None
    evidence = Evidence(round(known.lost * known.before), known.before, culprits=(worst,) if worst else ())
    return Measured(known.lost, evidence=evidence)


@_worst_day
def _day_volume(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    volume = day.volume
    if volume.deviations is None or volume.expected is None or volume.spread is None:
        return Measured(note=_no_history(inputs))
    low, high = _around(volume.expected, volume.spread)
    compared = "weekday" if volume.basis == "same_weekday" else "days"
    evidence = Evidence(volume.events, None, math.floor(low), math.ceil(high), compared, volume.day)  # type: ignore[arg-type]
    return Measured(abs(volume.deviations), evidence=evidence)


def _day_surge(statistics: Statistics, parameters: Any) -> Measured:
    surge = statistics.inputs.surge
    if surge.times is None:
        return Measured(note=_no_history(statistics.inputs))
    day = (Culprit("day", surge.day),) if surge.day else ()
    evidence = Evidence(surge.events, high=surge.usual, compared="days", day=surge.day, culprits=day)
    return Measured(surge.times, evidence=evidence)


@_worst_day
def _missing_hours(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    hours = day.hours
    if hours.expected is None:
        return Measured(note=_NO_REFERENCE)
    culprits = tuple(Culprit("hour", f"{hour:02d}") for hour in hours.hours)
    evidence = Evidence(len(hours.hours), day=day.today.day, culprits=culprits)
    return Measured(float(len(hours.hours)), evidence=evidence)


@_worst_day
def _missing_kinds(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    fewest = day.parts.fewest
    if fewest is None:
        return Measured(note=f"{_NO_REFERENCE}; or one kind, surface and source alone")
    if not fewest:
        return Measured(0.0)
    far = [part for part in fewest if -part.deviations > parameters.limit] or fewest[:1]
    low = math.floor(_around(far[0].expected, far[0].spread)[0])
    culprits = tuple(Culprit(part.of, part.name or "none", part.events) for part in far)
    evidence = Evidence(far[0].events, low=low, compared=_compared(day), day=day.today.day, culprits=culprits)
    return Measured(-far[0].deviations, evidence=evidence)


@_worst_day
def _missing_files(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    files = day.files
    if files.missing is None:
        return Measured(note="fewer than 2 days of files before it")
    short = {stream: usual - files.landed.get(stream, 0) for stream, usual in files.usual.items()}
    culprits = tuple(Culprit("stream", stream, count) for stream, count in short.items() if count > 0)
    evidence = Evidence(files.missing, day=day.today.day, culprits=culprits)
    return Measured(float(files.missing), evidence=evidence)


@_worst_day
def _refused_files(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    refused = day.files.refused
    if refused is None:
        return Measured(note="the day's log is not known")
    return Measured(float(refused), evidence=Evidence(refused, day=day.today.day))


@_worst_day
def _concentration(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _excess(day, inputs, day.concentration.busiest_birds, day.suspects.busiest)


@_worst_day
def _newcomer_burst(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _excess(day, inputs, day.concentration.newcomers_together, day.suspects.together)


@_worst_day
def _newcomers(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _excess(day, inputs, day.concentration.newcomers)


def _excess(day: InputDay, inputs: InputDrift, excess: Excess, suspects: Sequence[Suspect] = ()) -> Measured:
    if excess.times is None:
        if inputs.window.events is None:
            return Measured(note="does not learn from events")
        return Measured(note="no event on the last day, or fewer than 3 days with events before it")
    on = day.today.day or inputs.window.end
    whole = sum(one.events for one in inputs.days if one.day == on) or None
    found = max(1, excess.events or 1)
    birds = tuple(Culprit("bird", one.bird, one.events, one.events / found) for one in suspects)
    evidence = Evidence(excess.events, whole, high=excess.usual, compared="days", day=on, culprits=birds)
    return Measured(excess.times, evidence=evidence)


@_worst_day
def _quarantine_share(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _line_share(day, day.lines.quarantined, day.today.quarantined, day.today.lines)


@_worst_day
def _duplicate_share(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _line_share(day, day.lines.duplicates, day.today.duplicates, day.today.lines)


@_worst_day
def _conflict_share(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    today = day.today
    if today.conflicts is None or not today.lines:
        return Measured(note="no line landed" if today.lines == 0 else "the day's log is not known")
    evidence = Evidence(today.conflicts, today.lines, high=0, compared="expected", day=today.day)
    return Measured(today.conflicts / today.lines, evidence=evidence)


@_worst_day
def _undelivered(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    today = day.today
    if today.undelivered is None or not today.delivered:
        return Measured(note="no count came with the day's logs")
    evidence = Evidence(today.undelivered, today.delivered, high=0, compared="expected", day=today.day)
    return Measured(today.undelivered / today.delivered, evidence=evidence)


def _late_files(statistics: Statistics, parameters: Any) -> Measured:
    inputs = statistics.inputs
    files = tuple(Culprit("file", path) for path in inputs.untimely.files)
    return _untimely(inputs.untimely.late, inputs.window.events, parameters, files)


def _dated_ahead(statistics: Statistics, parameters: Any) -> Measured:
    inputs = statistics.inputs
    return _untimely(inputs.untimely.ahead, inputs.today.landed, parameters, (), inputs.today.day)


def _untimely(
    events: int | None, whole: int | None, parameters: Any, files: tuple[Culprit, ...], day: str | None = None
) -> Measured:
    """A share that is a warning up to `block_above`."""
    if events is None or not whole:
        return Measured(note="no predecessor, or no events to count")
    share = min(1.0, events / max(whole, events))
    level: Literal["warn"] | None = None if share > parameters.block_above else "warn"
    return Measured(
        share, level=level, evidence=Evidence(events, max(whole, events), day=day, culprits=files)
    )


@_worst_day
def _late_share(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    return _line_share(day, day.lines.late, day.today.late, day.today.landed)


@_worst_day
def _early_events(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    joins = day.joins
    if joins.early.excess is None:
        return Measured(note=_no_joins(inputs, joins))
    return _share(joins.early, Evidence(joins.early_events, joins.known, compared="days", day=day.today.day))


def _line_share(day: InputDay, found: LineShare, part: int | None, whole: int | None) -> Measured:
    if found.excess is None:
        return Measured(note=_NO_REFERENCE)
    return _share(found, Evidence(part, whole, compared=_compared(day), day=day.today.day))


def _new_without_text(statistics: Statistics, parameters: Any) -> Measured:
    texts = statistics.inputs.texts
    return _new_share(statistics, texts.empty, texts.without, texts.posted)


def _new_repeated(statistics: Statistics, parameters: Any) -> Measured:
    texts = statistics.inputs.texts
    said = None if texts.posted is None or texts.without is None else texts.posted - texts.without
    return _new_share(statistics, texts.repeated, texts.repeats, said)


def _new_share(statistics: Statistics, found: LineShare, part: int | None, whole: int | None) -> Measured:
    inputs = statistics.inputs
    if found.excess is None:
        return Measured(note=_no_new_texts(inputs.texts))
    culprits = _files_of(inputs.texts)
    return _share(found, Evidence(part, whole, compared="days", day=inputs.today.day, culprits=culprits))


def _share(found: LineShare, evidence: Evidence) -> Measured:
    """A share beyond what is usual, which is told in things as the evidence is."""
    known = found.usual is not None and evidence.whole is not None
    usual = math.ceil(found.usual * evidence.whole) if known else None  # type: ignore[operator]
    return Measured(found.excess, evidence=replace(evidence, high=usual))


def _files_of(texts: NewTexts) -> tuple[Culprit, ...]:
    return tuple(Culprit("file", path) for path in texts.files)


@_worst_day
def _day_fit(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    named = (Culprit("day", day.today.day),) if day.today.day else ()
    missing = "" if inputs.window.events is not None else "does not learn from events"
    return _fit(day.joins.fit, Evidence(day=day.today.day, culprits=named), missing)


def _new_text_fit(statistics: Statistics, parameters: Any) -> Measured:
    inputs, new = statistics.inputs, statistics.new_ids
    evidence = Evidence(day=inputs.today.day, culprits=_files_of(inputs.texts))
    return _fit(new.fit, evidence, _no_new_ids(new) if new.ids is None else "")


def _fit(fit: Fit, evidence: Evidence, missing: str) -> Measured:
    if fit.deviations is None or fit.value is None or fit.usual is None:
        return Measured(note=missing or _too_few(fit))
    if not fit.tells:
        return Measured(note=f"{fit.birds} birds fit the day's flits hardly better than chance on any day")
    note = f"their fit is {fit.value:.2f}, usually {fit.usual:.2f}; birds and flits drawn at random have 0"
    return Measured(fit.deviations, note, evidence=evidence)


@_worst_day
def _own_flits(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    found = _met(day, inputs, day.joins.own)
    return found if found.value is None else replace(found, value=max(0.0, -found.value))


@_worst_day
def _repeat_pairs(day: InputDay, inputs: InputDrift, parameters: Any) -> Measured:
    found = _met(day, inputs, day.joins.repeats)
    return found if found.value is None else replace(found, value=abs(found.value))


def _met(day: InputDay, inputs: InputDrift, met: Met) -> Measured:
    """Signed deviations of what met, beside what a day usually has."""
    if met.deviations is None or met.usual is None or met.spread is None or met.whole is None:
        return Measured(note=_no_joins(inputs, day.joins))
    low, high = _around(met.usual * met.whole, met.spread)
    evidence = Evidence(met.events, met.whole, math.floor(low), math.ceil(high), "days", day.today.day)
    return Measured(met.deviations, evidence=evidence)


def _around(expected: float, spread: float) -> tuple[float, float]:
    """Between what a count usually lies, its logarithm having the `spread`."""
    low, high = ((expected + 1) * math.exp(side * NORMAL_95 * spread) - 1 for side in (-1, 1))
    return max(0.0, low), max(0.0, high)


def _no_joins(inputs: InputDrift, joins: Joins) -> str:
    if inputs.window.events is None:
        return "does not learn from events"
    return _too_few(joins.fit)


def _too_few(fit: Fit) -> str:
    if fit.birds is None:
        return "no event on the day, or no history before it"
    return (
        f"{fit.birds} birds with a history on the day and {fit.days} such days before it, too few to compare"
    )


def _new_writing(statistics: Statistics, parameters: Any) -> Measured:
    texts, day = statistics.inputs.texts, statistics.inputs.today.day
    if texts.writing is None:
        return Measured(note=_no_new_texts(texts))
    first = texts.writing[0]
    note = f"{first.trait} {first.value:.3g}, usually {first.usual:.3g}"
    return Measured(first.deviations, note, evidence=Evidence(day=day))


def _no_new_texts(texts: NewTexts) -> str:
    if texts.posted is None:
        return "does not learn from texts"
    return f"{texts.posted} flits on the day and {texts.days} days with flits before it, too few to compare"


def _new_alike(statistics: Statistics, parameters: Any) -> Measured:
    new = statistics.new_ids
    if new.alike is None or new.alike_deviations is None or new.usually_alike is None:
        return Measured(note=_no_new_ids(new))
    note = f"their mean cosine is {new.alike:.3f}, usually {new.usually_alike:.3f}"
    evidence = Evidence(day=statistics.inputs.today.day, culprits=_files_of(statistics.inputs.texts))
    return Measured(new.alike_deviations, note, evidence=evidence)


def _new_place(statistics: Statistics, parameters: Any) -> Measured:
    new = statistics.new_ids
    if new.place is None or new.place_deviations is None or new.usual_place is None:
        return Measured(note=_no_new_ids(new))
    note = f"their mean cosine to those of the days before is {new.place:.3f}, usually {new.usual_place:.3f}"
    return Measured(new.place_deviations, note, evidence=Evidence(day=statistics.inputs.today.day))


def _no_new_ids(new: NewIds) -> str:
    if new.ids is None:
        return "not made of the texts of flits alone"
    return f"{new.ids} flits on the day and {new.days} days with enough of them before it, too few to compare"


def _topic_growth(statistics: Statistics, parameters: Any) -> Measured:
    trends = statistics.trends
    if trends.growth is None:
        return Measured(note=f"{trends.days} days with events before this one, {FEWEST_DAYS} needed")
    if trends.birds < parameters.min_birds:
        return Measured(note=f"{trends.birds} birds were active on the day, {parameters.min_birds} needed")
    words = tuple(Culprit("word", trend.word, share=trend.share_today) for trend in trends.leapt)
    return Measured(trends.growth, evidence=Evidence(culprits=words))


def _no_history(inputs: InputDrift) -> str:
    return inputs.volume.reason or "too few days to compare with"


_NO_REFERENCE = "no log of the same weekday, nor of two days before it, to compare with"
_FILES = "look for missing, refused or replaced files in `nightjar status`"
_HOURS = (
    "look for a clock or time zone that was changed, and for missing or refused files in `nightjar status`"
)
_SENT_TWICE = "look whether files were sent again, and whether a clock was changed"
_DAY = "look at the input drift in the report: a holiday, or a fault of the log?"
_BIRDS = "look at the input drift in the report: news, or spam?"
_IDS = (
    "ask who writes the log whether ids are still joined to the right rows: a shifted column, ids mixed up?"
)
_PAST = "look which files came late in `nightjar status`; `nightjar backfill` makes the days again that lacked them"
_CLOCK = "ask who writes the log: a clock that is ahead, or a time zone?"
_TEXTS = "read some of the day's flits in the log, and ask who writes it"
_LINES = "look at the reasons in `nightjar status`, and ask who writes the log"

SETTING_ASIDE = frozenset(
    {
        "day_surge",
        "concentration",
        "newcomer_burst",
        "day_fit",
        "new_without_text",
        "new_repeated",
        "new_alike",
        "new_text_fit",
    }
)
"""Rules whose culprits a blocked night sets aside: what came in and should not have. What is missing cannot be left
out."""

_UNJOINED = frozenset(
    {"day_fit", "day_surge", "concentration", "newcomer_burst", "missing_kinds", "duplicate_share"}
)
"""What explains that other things met than usual."""

INPUT_RULES = (
    Rule(
        "topic_growth", "warn", 0.03, "share", "above", _topic_growth,
        means=(
            "Growth of one word's share of the day's attention, farther out than any word of any day before. Not "
            "judged below `min_birds` birds that day: a few who talk to each other are no trend."
        ),
        unit="of the day's attention gained by one word, as no word did before",
        todo="look at the words that grew in the report: news, or spam?",
        breach=(
            "a word gained more than {limit} of the day's attention, farther out than any word on the days before: "
            "a trend"
        ),
        follows=frozenset({"concentration", "newcomer_burst"}),
        more={"min_birds": (Annotated[int, Field(ge=1)], 50)},
    ),
    Rule(
        "events_missing", "warn", 0.01, "share", "above", _events_gone,
        means=(
            "Share of the events that the predecessor learnt from, on days that both windows hold, and that are gone. "
            "Late events only add: a healthy log loses none, a bird that asks to be forgotten takes its own."
        ),
        unit="events that the predecessor learnt from are gone", todo=_FILES,
        breach="more than {limit} of the predecessor's events gone, on days that both windows hold",
        follows=frozenset({"events_lost"}),
    ),
    Rule(
        "events_lost", "block", 0.08, "share", "above", _events_gone,
        means="As `events_missing`, so many that the log is damaged.",
        unit="events that the predecessor learnt from are gone", todo=_FILES,
        breach="more than {limit} of them gone",
    ),
    Rule(
        "day_volume", "warn", 3.5, "deviations", "above", _day_volume,
        means="Events of the last day against the same weekdays, in deviations of this log, either way.",
        unit="events", todo=_DAY,
        breach="the day's events more than {limit} deviations off the same weekdays, in this log's own spread",
        follows=frozenset(
            {
                "day_surge", "missing_hours", "missing_kinds", "missing_files", "refused_files", "concentration",
                "newcomer_burst", "quarantine_share", "late_share",
            }
        ),
    ),
    Rule(
        "day_surge", "block", 3.5, "times", "above", _day_surge,
        means=(
            "Events of a day that the predecessor did not know so, against what was expected of it, beyond chance. "
            "What was expected is half of the busiest other day of eight weeks at least."
        ),
        unit="events", todo="look for a log that was delivered several times",
        breach="a day with more than {limit} times what was to be expected of it",
    ),
    Rule(
        "missing_hours", "warn", 0, "count", "above", _missing_hours,
        means="Hours with next to no event in which the same weekday always had many.",
        unit="hours without events", todo=_HOURS, breach="any hour without events that always has some",
        follows=frozenset({"missing_files", "refused_files", "quarantine_share"}),
    ),
    Rule(
        "missing_kinds", "warn", 6, "deviations", "above", _missing_kinds,
        means=(
            "Events of one kind, on one surface or from one source, below those of the same weekdays, in deviations; "
            "the fewer are left, the farther out. What the whole day is quieter by counts for none of them."
        ),
        unit="events of one kind, surface or source",
        todo="ask who writes the log whether this kind of event is still sent",
        breach="one kind, surface or source more than {limit} deviations below the same weekdays, most of it gone",
        follows=frozenset({"missing_files", "refused_files"}),
    ),
    Rule(
        "missing_files", "warn", 0, "count", "above", _missing_files,
        means="Files fewer than land on every other day, of all streams whose files usually hold seven lines or more.",
        unit="files fewer than usual", todo=_FILES, breach="fewer files than land every day",
        follows=frozenset({"refused_files"}),
    ),
    Rule(
        "refused_files", "warn", 0, "count", "above", _refused_files,
        means="Files of the day that could not be read to their end.",
        unit="files refused", todo=_FILES, breach="any file refused",
    ),
    Rule(
        "concentration", "block", 1.5, "times", "above", _concentration,
        means="Events of the last day's five busiest birds, against the most of such five on any reference day.",
        unit="events by the five busiest birds", todo=_BIRDS,
        breach="five birds make more than {limit} times what any five made on a day before",
        follows=frozenset({"day_surge"}),
    ),
    Rule(
        "newcomer_burst", "block", 1.5, "times", "above", _newcomer_burst,
        means="Events of unknown birds on the five flits that they touch most, against the most of any reference day.",
        unit="events by unknown birds on five flits", todo=_BIRDS,
        breach="unknown birds, together on five flits, make more than {limit} times the most of a day before",
        follows=frozenset({"concentration"}),
    ),
    Rule(
        "newcomers", "warn", 1.25, "times", "above", _newcomers,
        means="Events of birds that the window shows on no earlier day, against the most of any reference day.",
        unit="events by unknown birds", todo=_BIRDS,
        breach="unknown birds make more than {limit} times the most of a day before",
        follows=frozenset({"concentration", "newcomer_burst"}),
    ),
    Rule(
        "quarantine_share", "warn", 0.01, "share", "above", _quarantine_share,
        means="Share of the day's lines in quarantine, above the most of the same weekdays and beyond chance.",
        unit="lines in quarantine", todo=_LINES,
        breach="more than {limit} of the day's lines in quarantine beyond what is usual",
    ),
    Rule(
        "duplicate_share", "warn", 0.05, "share", "above", _duplicate_share,
        means="Share of the day's lines that repeat another, above the most of the same weekdays and beyond chance.",
        unit="lines that repeat another", todo=_SENT_TWICE,
        breach="more than {limit} of the day's lines are repeats beyond what is usual",
    ),
    Rule(
        "conflict_share", "block", 0.005, "share", "above", _conflict_share,
        means="Share of the day's lines whose event_id is known with other content: a counter that starts again.",
        unit="lines with a known event_id and other content",
        todo="ask who writes the log, or let the source say what makes an event (`event_id_from`), see docs/sources.md",
        breach="more than {limit} of the day's lines have a known event_id and other content",
    ),
    Rule(
        "undelivered", "block", 0.005, "share", "above", _undelivered,
        means="Lines that the count delivered with a log says it has, and no file that could be read holds.",
        unit="lines that were to be delivered are missing", todo=_FILES,
        breach="more than {limit} of the lines that a log's own count names are missing",
        follows=frozenset({"missing_files", "refused_files"}),
    ),
    Rule(
        "late_share", "warn", 0.20, "share", "above", _late_share,
        means=(
            "Share of the events that landed on the day and belong to earlier ones, above the most of the same "
            "weekdays."
        ),
        unit="events that landed belong to earlier days", todo=_SENT_TWICE,
        breach="more than {limit} of what landed was late beyond what is usual",
        follows=frozenset({"missing_hours"}),
    ),
    Rule(
        "day_fit", "block", 3, "deviations", "above", _day_fit,
        means=(
            "How much worse the day's birds fit the flits that they touched than on the two weeks before: the cosine "
            "of their histories with those of others who met these flits, beyond what any bird and flit have. At "
            "least 0.3 of the usual fit must be lost. Not judged where no day's fit is surely above chance."
        ),
        unit="the day's birds fit the flits that they touched {} deviations worse than usual", todo=_IDS,
        breach="the day's birds fit the flits that they touched more than {limit} deviations worse than usual",
        follows=frozenset({"day_surge", "concentration", "newcomer_burst"}),
    ),
    Rule(
        "own_flits", "warn", 3.5, "deviations", "above", _own_flits,
        means=(
            "Events on flits of the bird itself and of birds that it follows, as a share of the day's, in deviations "
            "below the two weeks before."
        ),
        unit="events on flits of the bird itself and of birds that it follows", todo=_IDS,
        breach="events on own and followed birds' flits more than {limit} deviations below their usual share",
        follows=_UNJOINED,
    ),
    Rule(
        "repeat_pairs", "warn", 3.5, "deviations", "above", _repeat_pairs,
        means=(
            "Events that repeat a pair of bird and flit, as a share of the day's, in deviations from the two weeks "
            "before, either way."
        ),
        unit="events that repeat another of the same bird on the same flit", todo=_IDS,
        breach="events that repeat a pair of bird and flit more than {limit} deviations off their usual share",
        follows=_UNJOINED,
    ),
    Rule(
        "early_events", "warn", 0.02, "share", "above", _early_events,
        means="Share of the day's events that come before their flit was posted, above the most of two weeks.",
        unit="events before their flit was posted", todo=_IDS,
        breach="more than {limit} of the day's events come before their flit was posted, beyond what is usual",
        follows=_UNJOINED,
    ),
    Rule(
        "late_files", "block", 0.01, "share", "above", _late_files,
        means=(
            "Share of the window's events from files that landed under a past day after its night had run: they count "
            "from this night on, and no earlier version knew them. A warning up to `block_above`."
        ),
        unit="events landed under a past day after its night had run", todo=_PAST, todo_milder=_PAST,
        breach=(
            "more than {block_above:.0%} of the window's events landed under a past day after its night had run; a "
            "warning above {limit}"
        ),
        more={"block_above": (LIMITS["share"], 0.5)},
    ),
    Rule(
        "dated_ahead", "block", 0.03, "share", "above", _dated_ahead,
        means=(
            "Share of the events that landed on the day and are dated after it: they count from their own day on. Logs "
            "that land a visit whole have some 1 %. A warning up to `block_above`."
        ),
        unit="events that landed are dated after the day", todo=_CLOCK, todo_milder=_CLOCK,
        breach=(
            "more than {block_above:.0%} of what landed on the day is dated after it; a warning above {limit}"
        ),
        more={"block_above": (LIMITS["share"], 0.2)},
    ),
    Rule(
        "new_without_text", "block", 0.2, "share", "above", _new_without_text,
        means="Share of the day's flits that have no text, above the most of four weeks and beyond chance.",
        unit="flits without text", todo=_TEXTS,
        breach="more than {limit} of the day's flits without text beyond what is usual",
    ),
    Rule(
        "new_repeated", "block", 0.2, "share", "above", _new_repeated,
        means="Share of the day's texts that another flit of the day has too, above the most of four weeks and chance.",
        unit="texts that another flit has too", todo=_TEXTS,
        breach="more than {limit} of the day's texts say what another says beyond what is usual",
    ),
    Rule(
        "new_alike", "block", 8, "deviations", "above", _new_alike,
        means=(
            "How much nearer to each other the day's flits lie than those of other days: boilerplate, garbled and "
            "cut texts crowd together. Only of spaces that are made of the texts alone."
        ),
        unit="the day's flits are {} deviations more alike than those of other days", todo=_TEXTS,
        breach="the day's flits more than {limit} deviations nearer to each other than those of other days",
        follows=frozenset({"new_repeated"}),
    ),
    Rule(
        "new_place", "warn", 8, "deviations", "above", _new_place,
        means="How far from the flits of other days the day's flits lie. Only of spaces made of the texts alone.",
        unit="the day's flits lie {} deviations farther away than those of other days", todo=_TEXTS,
        breach="the day's flits more than {limit} deviations farther from those of other days than usual",
        follows=frozenset({"new_repeated", "new_alike"}),
    ),
    Rule(
        "new_text_fit", "block", 3, "deviations", "above", _new_text_fit,
        means=(
            "How much worse the day's flits fit those who wrote and touched them than on the two weeks before: the "
            "cosine of a flit with what its birds had written and touched, beyond what any flit and bird have. At "
            "least 0.3 of the usual fit must be lost. Only of spaces made of the texts alone, and not judged where "
            "no day's fit is surely above chance."
        ),
        unit="the day's flits fit those who wrote and touched them {} deviations worse than usual",
        todo="read some of the day's flits: does each have its own text, and the events their own flits?",
        breach="the day's flits fit those who wrote and touched them more than {limit} deviations worse than usual",
        follows=frozenset({"new_repeated", "new_alike", "new_without_text"}),
    ),
    Rule(
        "new_writing", "warn", 8, "deviations", "above", _new_writing,
        means="Length, capitals, alphabet or language of the day's texts against four weeks: the farthest out.",
        unit="the day's texts are written {} deviations otherwise than usual", todo=_TEXTS,
        breach="length, capitals, alphabet or language of the day's texts more than {limit} deviations off",
        follows=frozenset({"new_repeated", "new_alike"}),
    ),
)  # fmt: skip
