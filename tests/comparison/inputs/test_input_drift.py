"""Input drift finds what was planted in a log, to the event, and nothing in a log that only goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tasks.comparison.gate.judge import judge
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.inputs.day_drift import Files, LineShare, MissingHours, Part, PartDrifts
from tasks.comparison.inputs.day_profile import DayProfile
from tasks.comparison.inputs.input_drift import Background, InputDrift, LoggedDay, compare_inputs
from tasks.comparison.inputs.window_drift import Concentration, Known
from tasks.comparison.inputs.window_profile import WindowProfile
from tasks.comparison.statistics import Coverage, Quality, Statistics
from tasks.comparison.vectors.paired import Population
from tasks.comparison.vectors.structure import Structure

END = datetime(2026, 3, 29)  # noqa: DTZ001 - times are naive UTC
LAST = date(2026, 3, 28)
WINDOW = timedelta(days=28)
DAILY = 120


def a_log(seed: int = 0, days: int = 40) -> pl.DataFrame:
    """About 120 events a day by birds of very different zeal, the last day ending at END."""
    random = np.random.default_rng(seed)
    parts = []
    for back in range(days):
        n = random.poisson(DAILY)
        parts.append(
            pl.DataFrame(
                {
                    "bird_id": [f"b{bird}" for bird in np.minimum(random.zipf(1.5, n), 400)],
                    "flit_id": [f"f{flit}" for flit in back // 3 + np.minimum(random.zipf(1.4, n), 300)],
                    "occurred_at": [
                        END - timedelta(days=back + 1) + timedelta(seconds=int(second))
                        for second in random.integers(0, 86400, n)
                    ],
                },
                schema_overrides={"occurred_at": pl.Datetime("us")},
            )
        )
    return pl.concat(parts)


def profile(log: pl.DataFrame, end: datetime = END) -> WindowProfile:
    held = log.filter((pl.col("occurred_at") < end) & (pl.col("occurred_at") >= end - WINDOW))
    return WindowProfile.of(held, end, WINDOW)


def yesterday(log: pl.DataFrame) -> WindowProfile:
    return profile(log, END - timedelta(days=1))


def spam(n: int, birds: int, flits: int, seed: int = 1) -> pl.DataFrame:
    """`n` events on the last day by unknown birds."""
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "bird_id": [f"spam{bird}" for bird in random.integers(0, birds, n)],
            "flit_id": [f"f{flit}" for flit in random.integers(0, flits, n)],
            "occurred_at": [END - timedelta(seconds=int(s)) for s in random.integers(1, 86400, n)],
        },
        schema_overrides={"occurred_at": pl.Datetime("us")},
    )


@given(share=st.floats(0.0, 1.0), seed=st.integers(0, 3))
def test_a_lost_share_of_the_log_is_found_to_the_event(share: float, seed: int) -> None:
    log = a_log(seed).unique()
    known = log.filter(pl.col("occurred_at") < END - timedelta(days=1))
    before, shared = yesterday(log), known.filter(pl.col("occurred_at") >= END - WINDOW)
    gone = shared.sample(round(share * len(shared)), seed=seed)
    left = log.join(gone.with_columns(gone=True), on=log.columns, how="anti")
    found = Known.of(profile(left), before)
    assert (found.before, found.after) == (len(shared), len(shared) - len(gone))
    assert found.lost == pytest.approx(len(gone) / len(shared), abs=1e-12)


@given(seed=st.integers(0, 20), late=st.integers(0, 50))
def test_a_log_that_goes_on_loses_nothing_however_late_events_are(seed: int, late: int) -> None:
    log = a_log(seed)
    on_time = log.sample(len(log) - late, seed=seed)
    found = compare_inputs(window=profile(log), before=yesterday(on_time)).known
    assert found.lost == 0.0
    assert found.worst_day is None
    assert found.gained is not None
    assert found.gained >= 0


def test_a_lost_day_is_named_and_gains_elsewhere_do_not_hide_it() -> None:
    log = a_log()
    day = pl.col("occurred_at").dt.date()
    lost = log.filter(day == date(2026, 3, 20))
    doubled = log.filter(day == date(2026, 3, 10))
    found = compare_inputs(
        window=profile(pl.concat([log.filter(day != date(2026, 3, 20)), doubled])), before=yesterday(log)
    ).known
    assert (found.worst_day, found.worst_share) == ("2026-03-20", 1.0)
    assert found.before is not None
    assert found.lost == len(lost) / found.before
    assert found.gained == len(doubled) / found.before


def test_windows_without_a_common_day_are_not_compared() -> None:
    far = profile(a_log(days=100), END - timedelta(days=60))
    assert Known.of(profile(a_log()), far) == Known()


def test_a_shorter_window_has_lost_nothing() -> None:
    log = a_log()
    held = log.filter(pl.col("occurred_at") >= END - timedelta(days=7))
    assert Known.of(WindowProfile.of(held, END, timedelta(days=7)), yesterday(log)).lost == 0.0


@pytest.mark.parametrize("birds, flits", [(5, 3), (20, 5), (60, 5), (5, 200)])
def test_spam_stands_out_whoever_spreads_it(birds: int, flits: int) -> None:
    for seed in range(5):
        log = a_log(seed)
        healthy = compare_inputs(window=profile(log)).concentration
        n = round(len(log.filter(pl.col("occurred_at") >= END - WINDOW)) * 0.05 / 0.95)
        spammed = compare_inputs(window=profile(pl.concat([log, spam(n, birds, flits, seed)]))).concentration
        assert all(
            times is not None and times < 1.25
            for times in (
                healthy.busiest_birds.times,
                healthy.newcomers.times,
                healthy.newcomers_together.times,
            )
        )
        assert spammed.newcomers.times is not None
        assert spammed.newcomers.times > 1.25
        if flits <= 5:
            assert spammed.newcomers_together.times is not None
            assert spammed.newcomers_together.times > 1.5


def test_spam_of_a_day_that_no_gate_has_passed_is_found_and_is_no_reference() -> None:
    """A night was held back for a burst; the next one has it in its window, and a burst of the same size on top."""
    log, day = a_log(), timedelta(days=1)
    first = spam(200, 20, 5).with_columns(pl.col("occurred_at") - day)
    second = spam(200, 20, 5, seed=2).with_columns(bird_id="other " + pl.col("bird_id"))
    window, before = profile(pl.concat([log, first, second])), profile(log, END - 2 * day)
    logged = [LoggedDay(DayProfile(day=str(LAST - back * day))) for back in range(2)]
    drift = compare_inputs(logged[0], window, before, Background(earlier=logged[1:]))
    for judged in drift.judged:
        assert judged.concentration.newcomers_together.times is not None
        assert judged.concentration.newcomers_together.times > 1.5, judged.today.day
    rules = {rule.rule: rule for rule in judge(statistics_of(drift), GateParameters()).rules}
    assert rules["newcomer_burst"].outcome == "block"
    alone = compare_inputs(
        logged[0], profile(pl.concat([log, first])), before, Background(earlier=logged[1:])
    )
    rules = {rule.rule: rule for rule in judge(statistics_of(alone), GateParameters()).rules}
    assert (rules["newcomer_burst"].outcome, rules["newcomer_burst"].evidence.day) == ("block", "2026-03-27")


def statistics_of(drift: InputDrift) -> Statistics:
    sound = Structure(rows=9, dim=2, non_finite=0, zero_norm=0, duplicate_id=0, rank=2)
    return Statistics(sound, Population(new_rows=9), Coverage(), Quality(), inputs=drift)


def test_a_popular_day_of_the_usual_birds_is_no_concentration() -> None:
    log = a_log()
    popular = pl.concat([log, *[log.filter(pl.col("occurred_at") >= END - timedelta(days=1))] * 2])
    found = compare_inputs(window=profile(popular)).concentration
    assert found.busiest_birds.times is not None
    assert found.busiest_birds.times < 1.25


def test_a_few_days_are_not_enough_to_speak_of_concentration() -> None:
    found = Concentration.of(profile(a_log(days=3)).recent, LAST.isoformat())
    assert (found.busiest_birds.times, found.references) == (None, 2)


@pytest.mark.parametrize("days", [4, 5, 6, 7, 8])
def test_the_first_days_of_a_log_may_be_twice_as_far_out(days: int) -> None:
    """Every bird of an even log has one event a day, so that five of them make five."""
    rows = [
        (f"b{bird}", f"f{bird % 40}", END - timedelta(days=day, hours=-3))
        for day in range(1, days + 1)
        for bird in range(120)
    ]
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    log = pl.DataFrame(rows, schema=schema, orient="row")
    spammed = pl.concat([log, spam(100, 5, 3)])
    healthy, hit = (Concentration.of(profile(one).recent, LAST.isoformat()) for one in (log, spammed))
    few = days - 1 < 7
    assert healthy.references == hit.references == (days - 1 if few else (days - 1) - days // 2)
    assert healthy.busiest_birds.times is not None and healthy.busiest_birds.times < 0.5
    assert hit.busiest_birds.times is not None and hit.busiest_birds.times > 1.5
    assert hit.busiest_birds.events == 100 and hit.busiest_birds.usual == 5


def day_profile(hours: list[int], day: str = "2026-03-28", **changes: Any) -> DayProfile:
    return replace(DayProfile(day=day, hours=tuple(hours), events=sum(hours)), **changes)


@pytest.mark.parametrize(
    ("gap", "level", "missing"), [((9, 10), 40, (9,)), ((6, 10), 5, (6, 7, 8, 9)), ((9, 10), 5, ())]
)
def test_hours_are_missing_where_chance_does_not_explain_it(
    gap: tuple[int, int], level: int, missing: tuple[int, ...]
) -> None:
    hours = [0 if gap[0] <= hour < gap[1] else level for hour in range(24)]
    references = [day_profile([level] * 24, f"2026-03-{day}") for day in (21, 14)]
    found = MissingHours.of(day_profile(hours), references)
    assert found.hours == missing
    assert found.expected == level * (gap[1] - gap[0])
    assert found.references == ("2026-03-21", "2026-03-14")


def test_a_stray_event_does_not_make_an_hour_whole() -> None:
    hours = [500] * 24
    hours[3], hours[7] = 2, 60
    assert MissingHours.of(day_profile(hours), [day_profile([500] * 24)]).hours == (3,)


def test_a_quiet_day_is_no_day_of_missing_hours() -> None:
    hours = [0, 4] * 12
    assert MissingHours.of(day_profile(hours), [day_profile([20] * 24)]).hours == ()


def test_hours_that_a_reference_lacks_too_are_not_missing() -> None:
    hours = [0] * 12 + [50] * 12
    references = [day_profile([50] * 24), day_profile(hours)]
    assert MissingHours.of(day_profile(hours), references).hours == ()


def test_a_wholly_empty_day_lacks_all_hours() -> None:
    assert MissingHours.of(day_profile([0] * 24), [day_profile([3] * 24)]).hours == tuple(range(24))


def test_a_share_counts_beyond_what_is_usual_and_beyond_chance() -> None:
    assert LineShare.of((1, 80), [(0, 90)]).excess == 0.0
    assert LineShare.of((400, 10_000), [(38, 10_000), (45, 10_000)]).excess == pytest.approx(0.0295)
    assert LineShare.of((400, 10_000), []).excess is None
    assert LineShare.of((0, 0), [(1, 10)]).share is None


def test_a_file_that_always_lands_is_missed() -> None:
    files = {LAST - timedelta(days=back): {"interactions": 24, "flits": 1} for back in range(1, 15)}
    files[LAST - timedelta(days=3)] = {"interactions": 2}
    whole = day_profile([1] * 24, files={"interactions": 24, "flits": 1}, refused_files=0)
    assert Files.of(whole, files).missing == 0
    assert Files.of(replace(whole, files={"interactions": 22}), files).missing == 3
    young = dict(list(files.items())[:2])
    assert Files.of(replace(whole, files={"interactions": 24}), young).missing == 1
    assert Files.of(whole, dict(list(files.items())[:1])).missing is None


def test_a_day_on_which_nothing_landed_counts_as_such() -> None:
    files = {LAST - timedelta(days=back): {"flits": 1} for back in range(1, 15) if back not in (4, 8)}
    assert Files.of(day_profile([1] * 24, files={}), files).missing == 0


def kinds_of(day: str, **kinds: int) -> DayProfile:
    total = sum(kinds.values())
    return DayProfile(day=day, events=total, kinds=kinds, surfaces={"feed": total}, sources={"clicks": total})


WEEKDAYS = [
    kinds_of(f"2026-03-{day}", view=views, click=clicks, like=likes)
    for day, views, clicks, likes in ((21, 900, 290, 117), (14, 850, 310, 125), (7, 1_010, 300, 101))
]


def farthest(today: DayProfile, references: list[DayProfile] = WEEKDAYS) -> Part:
    fewest = PartDrifts.of(today, references).fewest
    assert fewest
    return fewest[0]


def test_a_kind_that_is_gone_is_farther_out_than_one_of_which_an_event_is_left() -> None:
    gone, one, few = (
        farthest(kinds_of("2026-03-28", view=930, click=305, **likes))
        for likes in ({}, {"like": 1}, {"like": 50})
    )
    assert (gone.of, gone.name, gone.events, one.events) == ("kind", "like", 0, 1)
    assert gone.deviations < one.deviations < -6 < few.deviations < -2


def test_kinds_of_a_quiet_day_are_not_missing() -> None:
    half = kinds_of("2026-03-28", view=440, click=149, like=60)
    assert all(part.deviations > -2 for part in PartDrifts.of(half, WEEKDAYS).fewest or ())
    assert PartDrifts.of(half, []).fewest is None


def test_a_rare_kind_may_be_missing_by_chance() -> None:
    rare = [kinds_of(f"2026-03-{day}", view=900, report=reports) for day, reports in ((21, 4), (14, 7))]
    assert farthest(kinds_of("2026-03-28", view=900), rare).deviations > -6


@pytest.mark.parametrize("of", ["surface", "source"])
def test_a_surface_or_a_source_may_be_missing(of: str) -> None:
    field = {"surface": "surfaces", "source": "sources"}[of]
    before = [replace(day, **{field: {"feed": 600, "ad": 700}}) for day in WEEKDAYS]
    today = replace(WEEKDAYS[0], day="2026-03-28", **{field: {"feed": 610}})
    found = farthest(today, before)
    assert (found.of, found.name) == (of, "ad") and found.deviations < -6


def keys(value: Any) -> Any:
    """The fields below a dataclass, whatever their values."""
    return (
        {field.name: keys(getattr(value, field.name)) for field in fields(value)}
        if is_dataclass(value)
        else None
    )


def test_a_first_night_has_the_same_fields_as_any_other() -> None:
    log = a_log()
    hours = [5] * 24
    full = compare_inputs(
        LoggedDay(day_profile(hours), [day_profile(hours, "2026-03-21")]),
        profile(log),
        yesterday(log),
        Background(),
    )
    assert keys(compare_inputs()) == keys(full)
    assert compare_inputs() == InputDrift()


def test_the_drift_survives_a_manifest() -> None:
    log = a_log()
    earlier = [LoggedDay(day_profile([5] * 24, "2026-03-27"))]
    last, background = LoggedDay(day_profile([5] * 24)), Background(earlier=earlier)
    drift = compare_inputs(last, profile(log), yesterday(log), background)
    assert len(drift.judged) == 2
    document = json.loads(json.dumps(asdict(drift), allow_nan=False))
    assert TypeAdapter(InputDrift).validate_python(document) == drift


def test_the_days_of_both_windows_stand_side_by_side() -> None:
    log = a_log()
    days = {count.day: count for count in compare_inputs(window=profile(log), before=yesterday(log)).days}
    assert days["2026-03-28"].before is None
    assert days["2026-03-27"].before == days["2026-03-27"].events
    assert len(days) == 28
