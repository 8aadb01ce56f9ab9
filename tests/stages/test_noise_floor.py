"""A floor is measured with a twin, kept for a week, and never taken from another method, scale or a later day."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.decisions import damaged_state
from tasks.stages.noise_floor import FRESH_FOR, SCALE, kept
from tasks.versions import scored_models
from tasks.versions.plan import Plan
from tasks.versions.published import plan_of
from warehouse.home import Home

if TYPE_CHECKING:
    from tests.stages.conftest import SmallHome


@pytest.fixture
def plan(small_home: SmallHome) -> Plan:
    """Of the first of the two nights, on which the floor was measured."""
    return plan_of(small_home.pair("items")[0].manifest)


def on(plan: Plan, days: int) -> Plan:
    return replace(plan, night=replace(plan.night, day=plan.day + timedelta(days=days)))


def test_the_twin_differs_by_its_seed_alone(small_home: SmallHome) -> None:
    floor = small_home.pair("items")[0].manifest.noise_floor
    assert floor["status"] == "measured" and floor["seeds"] == [7, 8]
    assert 0.2 < floor["paired"]["cosine"]["mean"] < 0.99999
    assert 0 < floor["neighbours"]["overlap_at_10"] < 1
    labels = {group["label"] for group in floor["paired"]["groups"] if group["grouping"] == "popularity"}
    assert labels == {f"d{tenth:02d}" for tenth in range(1, 11)}
    assert floor["distribution"]["classifier"]["auc"] is not None and floor["seconds"] >= 0


def test_the_next_night_takes_the_kept_one(small_home: SmallHome, plan: Plan) -> None:
    first, second = (snapshot.manifest.noise_floor for snapshot in small_home.pair("items"))
    assert first == second and first["day"] == plan.day.isoformat()
    assert len(list((small_home.home.floors / "items").glob("*.json"))) >= 1


def test_a_floor_is_fresh_for_a_week_and_not_known_before_its_day(small_home: SmallHome, plan: Plan) -> None:
    events = small_home.pair("items")[0].manifest.noise_floor["events"]
    assert isinstance(events, int)
    week = FRESH_FOR.days
    found = [kept(small_home.home, on(plan, days), events) is not None for days in (-1, 0, week - 1, week)]
    assert found == [False, True, True, False]


def test_a_floor_holds_for_its_scale(small_home: SmallHome, plan: Plan) -> None:
    events = small_home.pair("items")[0].manifest.noise_floor["events"]
    assert isinstance(events, int)
    factors = (1 / SCALE / 1.01, 1 / SCALE * 1.01, SCALE / 1.01, SCALE * 1.01)
    found = [kept(small_home.home, plan, round(events * factor)) is not None for factor in factors]
    assert found == [False, True, True, False]


def test_other_parameters_and_another_window_have_their_own(small_home: SmallHome, plan: Plan) -> None:
    events = small_home.pair("items")[0].manifest.noise_floor["events"]
    assert isinstance(events, int)
    params = plan.pipeline.params.model_copy(update={"epochs": 9})
    for other in (
        plan.pipeline.model_copy(update={"params": params}),
        plan.pipeline.model_copy(update={"window": timedelta(days=15)}),
    ):
        assert kept(small_home.home, replace(plan, pipeline=other), events) is None


def test_what_draws_nothing_says_whose_noise_it_passes_on(small_home: SmallHome) -> None:
    floor = small_home.manifest("readers").noise_floor
    assert floor["status"] == "missing" and "items does" in str(floor["note"])


def test_the_scored_model_is_kept_as_long_as_its_version(small_home: SmallHome) -> None:
    """The fixture scores nothing, so that nothing was kept; a text space is scored by what it published."""
    items = small_home.manifest("items")
    assert scored_models.load(small_home.home, items, datetime.max) is None  # noqa: DTZ901 - times are naive UTC


def test_a_damaged_floor_is_measured_again_and_a_stray_file_is_no_floor(
    small_home: SmallHome, plan: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = small_home.pair("items")[0].manifest.noise_floor["events"]
    assert isinstance(events, int)
    home = Home(tmp_path, small_home.home.landing)
    shutil.copytree(small_home.home.floors, home.floors)
    folder = home.floors / "items"
    (folder / "notes.json").write_text("not a floor")
    assert kept(home, plan, events) is not None
    # Others may have kept floors of this day for other parameters in the home that the tests share.
    files = sorted(folder.glob(f"{plan.day}-*.json"))
    for file in files:
        file.write_text(file.read_text().replace('"seconds": ', '"seconds": 1'))
    assert [finding.file for finding in damaged_state(home)] == [
        f"floors/items/{file.name}" for file in files
    ]
    assert kept(home, plan, events) is None
    (line,) = [record.getMessage() for record in caplog.records]
    (gone,) = [file for file in files if not file.exists()]
    assert gone.name in line
