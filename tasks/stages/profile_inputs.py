"""Profile what a space learns from, and hold it against the predecessor's and against earlier days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from tasks.comparison.inputs.churn import Churn, WindowIds
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.input_drift import (
    Background,
    InputDay,
    InputDrift,
    LeftOutEvents,
    LoggedDay,
    Untimely,
    compare_inputs,
)
from tasks.comparison.inputs.joins import DAYS as JOIN_DAYS
from tasks.comparison.inputs.joins import HISTORY, DayJoins, joins_by_day
from tasks.comparison.inputs.new_texts import DAYS, MOST, NewTexts
from tasks.comparison.inputs.suspects import Suspects
from tasks.comparison.inputs.volume import PRECEDING, WEEKS, History
from tasks.comparison.inputs.window_drift import Concentration
from tasks.comparison.inputs.window_profile import RECENT_DAYS, WindowProfile
from tasks.embeddings.contract import EVENTS, TEXTS
from tasks.progress import step
from tasks.versions.candidate import Candidate
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_authors, read_follow_edges, read_sequences
from warehouse.duckdb.log_profile import (
    Series,
    read_counts,
    read_day,
    read_files,
    read_new_texts,
    read_paths,
    read_untimely,
)
from warehouse.duckdb.set_aside import in_force, read_left_out
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore

INPUTS = "inputs.json"
_FILE_DAYS, NAMED = 14, 20
_FEWEST_LINES = 7
"""Of a file, on the median day. Where so few events come by chance, none at all come once in e^7 = 1,097 times."""
_MOST_DAYS = 14
"""Days since the predecessor that are judged: a space that was held back for longer is held back for what is older."""


def profile_inputs(home: Home, plan: Plan) -> None:
    """Leave `inputs.json`, the drift and the window's profile for the next night; nothing is done where it is there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(INPUTS):
        return
    with step(f"{plan.space}: profile inputs") as report:
        drift, window = measure_inputs(home, plan)
        candidate.save_json(INPUTS, {"drift": asdict(drift), "window": window and window.as_json()})
        report.note = _summary(drift)


def measure_inputs(
    home: Home,
    plan: Plan,
    events: pl.DataFrame | None = None,
    texts: pl.DataFrame | None = None,
    spoil: Callable[[DayProfile], DayProfile] | None = None,
) -> tuple[InputDrift, WindowProfile | None]:
    """What changed in the inputs, and the window's profile.

    `events`: what the window holds, `texts`: flit_id, text_hash of every flit, and of those that are written otherwise
    the columns of `read_new_texts` that differ; by default what the warehouse has of them. Lines, hours and files are
    the warehouse's in any case. `spoil`: what happens to the numbers of the last day's log on their way; nothing, but
    for a canary.
    """
    manifest = _predecessor(home, plan)
    with Warehouse.of(home, read_only=True) as warehouse:
        window, churn = _window(warehouse, plan, manifest, events)
        last, *earlier = (_logged(warehouse, plan, day) for day in _days_to_judge(warehouse, plan, manifest))
        if events is not None and window is not None and last.history is not None:
            last = replace(last, history=last.history.holding(window))
        if spoil is not None:
            last = replace(last, today=spoil(last.today))
        before = None if manifest is None else profile_of(manifest)
        background = Background(
            churn, _new_texts(warehouse, plan, texts), earlier, _joins(warehouse, plan, events)
        )
        drift = _with_suspects(warehouse, plan, compare_inputs(last, window, before, background), events)
        drift = replace(drift, untimely=_untimely(warehouse, plan, manifest))
    return drift, window


def load_input_drift(home: Home, plan: Plan) -> InputDrift:
    """What `profile_inputs` found for the candidate."""
    return _DRIFT.validate_python(Candidate.of(home, plan).load_json(INPUTS)["drift"])


def load_window(home: Home, plan: Plan) -> dict[str, Any] | None:
    """The window's profile as the manifest keeps it under `drift.inputs`; None where the space reads no events."""
    window: dict[str, Any] | None = Candidate.of(home, plan).load_json(INPUTS)["window"]
    return window


def profile_of(manifest: Manifest) -> WindowProfile | None:
    """The window that a version learnt from; None where it reads no events, or is older than profiles are."""
    found = manifest.drift.get("inputs")
    return WindowProfile.from_json(found) if isinstance(found, dict) else None


_DRIFT = TypeAdapter(InputDrift)


def _predecessor(home: Home, plan: Plan) -> Manifest | None:
    return (
        None
        if plan.predecessor is None
        else SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    )


def _window(
    warehouse: Warehouse, plan: Plan, predecessor: Manifest | None, events: pl.DataFrame | None
) -> tuple[WindowProfile | None, Churn]:
    """The window's profile, and who came and went since the predecessor's, as it was known then."""
    if not {"sequences", "interactions"} & plan.pipeline.how.reads:
        return None, Churn()
    events = _read(warehouse, plan, plan.day, plan.known_as_of) if events is None else events
    profile, now = WindowProfile.of(events, plan.end, plan.pipeline.window), WindowIds.of(events)
    if predecessor is None:
        return profile, Churn()
    del events  # two windows at a time would be too many for a small machine
    before = _read(warehouse, plan, predecessor.day, predecessor.known_as_of)
    return profile, Churn.of(WindowIds.of(before), now)


def _read(warehouse: Warehouse, plan: Plan, day: date, known_as_of: date) -> pl.DataFrame:
    return read_sequences(warehouse, AsOf(day, known_as_of, plan.pipeline.window))


def _days_to_judge(warehouse: Warehouse, plan: Plan, predecessor: Manifest | None) -> list[date]:
    """The plan's day, and before it those that are later than the predecessor's, the newest first.

    A day that is set aside as a whole is judged no more.
    """
    since = 1 if predecessor is None else min((plan.day - predecessor.day).days, _MOST_DAYS)
    aside = {when.date() for what, _, when in in_force(warehouse, plan.known_as_of) if what == "day"}
    days = [plan.day - timedelta(days=back) for back in range(max(1, since))]
    return [day for day in days if day == plan.day or day not in aside]


def _logged(warehouse: Warehouse, plan: Plan, day: date) -> LoggedDay:
    return LoggedDay(
        DayProfile.of(day, read_day(warehouse, day, plan.known_as_of)),
        _references(warehouse, day, plan.known_as_of),
        _history(warehouse, plan, day),
        _files(warehouse, day, plan.known_as_of),
    )


def _references(warehouse: Warehouse, day: date, known_as_of: date) -> list[DayProfile]:
    """The same weekday of the weeks before, each as known at the age that the day has; those that have a log.

    Of a young log the days before, where there are two.
    """
    weeks = _profiles(warehouse, day, known_as_of, [timedelta(weeks=week) for week in range(1, WEEKS + 1)])
    if weeks:
        return weeks
    days = _profiles(warehouse, day, known_as_of, [timedelta(days=back) for back in range(1, PRECEDING + 1)])
    return days if len(days) > 1 else []


def _profiles(
    warehouse: Warehouse, day: date, known_as_of: date, ages: Sequence[timedelta]
) -> list[DayProfile]:
    found = (DayProfile.of(day - age, read_day(warehouse, day - age, known_as_of - age)) for age in ages)
    return [profile for profile in found if profile.lines or profile.events]


def _history(warehouse: Warehouse, plan: Plan, day: date) -> History:
    """Day by day what the space learns from: acts, or where it reads only texts, flits."""
    series: Series = "flits" if plan.pipeline.how.reads <= {"texts", "parents"} else "acts"
    return History.read(day, read_counts(warehouse, series, day, plan.known_as_of, RECENT_DAYS))


def _files(warehouse: Warehouse, day: date, known_as_of: date) -> dict[date, dict[str, int]]:
    """Of the days before, the files of streams whose files hold so many lines that none is empty by chance."""
    landed = read_files(warehouse, day - timedelta(days=1), known_as_of, _FILE_DAYS)
    of_a_file = landed.group_by("stream").agg((pl.col("lines") / pl.col("files")).median())
    full = of_a_file.filter(pl.col("lines") >= _FEWEST_LINES)
    found: dict[date, dict[str, int]] = {}
    for day_landed, stream, files, _ in landed.join(full, on="stream", how="semi").iter_rows():
        found.setdefault(day_landed, {})[stream] = files
    return found


def _with_suspects(
    warehouse: Warehouse, plan: Plan, drift: InputDrift, events: pl.DataFrame | None
) -> InputDrift:
    """With who stands out on a day, and with what is left out."""

    def suspects(day: InputDay) -> Suspects:
        if day.today.day is None or max(_times(day.concentration)) <= 1:
            return Suspects()
        return _suspects(warehouse, plan, date.fromisoformat(day.today.day), events)

    last, *earlier = drift.judged
    left_out = tuple(
        LeftOutEvents(
            one.space,
            one.version,
            one.rule,
            one.decision,
            str(one.known_from),
            one.things[:NAMED],
            one.events,
        )
        for one in read_left_out(warehouse, plan.known_as_of)
    )
    judged = tuple(replace(day, suspects=suspects(day)) for day in earlier)
    return replace(drift, suspects=suspects(last), earlier=judged, set_aside=left_out)


def _times(of: Concentration) -> tuple[float, ...]:
    return tuple(excess.times or 0.0 for excess in (of.busiest_birds, of.newcomers_together))


def _suspects(warehouse: Warehouse, plan: Plan, day: date, events: pl.DataFrame | None) -> Suspects:
    """Of the events of the day that the space learns from; strangers have none on an earlier day of the window."""
    begins = datetime.combine(day, time())
    window = _read(warehouse, plan, plan.day, plan.known_as_of) if events is None else events
    when = pl.col("occurred_at")
    on_day = window.filter((when >= begins) & (when < begins + timedelta(days=1)))
    earlier = window.filter(when < begins).join(on_day.select("bird_id").unique(), on="bird_id", how="semi")
    return Suspects.of(on_day, earlier["bird_id"].unique().to_list())


def _new_texts(warehouse: Warehouse, plan: Plan, texts: pl.DataFrame | None) -> NewTexts:
    if not TEXTS & plan.pipeline.how.reads:
        return NewTexts()
    flits = read_new_texts(warehouse, plan.day, plan.known_as_of, DAYS, MOST)
    if texts is not None:
        hashes = texts.select("flit_id", "text_hash")
        flits = flits.drop("text_hash").join(hashes, on="flit_id", how="left", maintain_order="left")
        flits = flits.update(texts.drop("text_hash"), on="flit_id")
    return replace(NewTexts.of(flits, plan.day), files=tuple(read_paths(warehouse, "flits", plan.day)))


def _joins(warehouse: Warehouse, plan: Plan, events: pl.DataFrame | None) -> dict[date, DayJoins]:
    """Of what the space learns from, day by day; nothing where it reads no events."""
    if not {"sequences", "interactions"} & plan.pipeline.how.reads:
        return {}
    known, recent = AsOf(plan.day, plan.known_as_of), timedelta(days=JOIN_DAYS + HISTORY + 1)
    if plan.pipeline.window is not None:
        recent = min(recent, plan.pipeline.window)
    return joins_by_day(
        read_sequences(warehouse, replace(known, window=recent)) if events is None else events,
        read_authors(warehouse, known),
        read_follow_edges(warehouse, known),
        plan.day,
    )


def _untimely(warehouse: Warehouse, plan: Plan, predecessor: Manifest | None) -> Untimely:
    if not set(EVENTS) & plan.pipeline.how.reads:
        return Untimely()
    start = AsOf(plan.day, plan.known_as_of, plan.pipeline.window).start
    night = None if predecessor is None else predecessor.day
    found = read_untimely(warehouse, plan.day, plan.known_as_of, start, night)
    ahead = found.pop("")
    return Untimely(None if night is None else sum(found.values()), tuple(found), ahead)


def _summary(drift: InputDrift) -> str:
    events = "no profile" if drift.today.events is None else f"{drift.today.events:,} events on the day"
    if drift.volume.ratio is not None:
        events += f", {drift.volume.ratio:.2f} of what was expected"
    return events + (f", {drift.known.lost:.1%} of the earlier ones gone" if drift.known.lost else "")
