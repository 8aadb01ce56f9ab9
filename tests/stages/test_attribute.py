"""Attribution finds the cause that was planted: data, parameters, seed, or vectors that the code does not make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.commands.explain import show_explanation
from flows.settings import Settings
from tasks.comparison.vectors.causes import CauseAlone
from tasks.stages.ablations import Ablations
from tasks.stages.attribute import Attribution, attribute
from tasks.versions.published import OtherEditionError, plan_of
from warehouse.snapshots import Snapshot

if TYPE_CHECKING:
    from tests.stages.conftest import Damage, SmallHome


def explain(small: SmallHome, old: Snapshot, new: Snapshot) -> Attribution:
    return attribute(small.home, old, new, small.configuration.features)


def by_name(found: Attribution) -> dict[str, CauseAlone]:
    return {part.name: part for part in found.parts}


@pytest.fixture(scope="module")
def of_a_night(small_home: SmallHome) -> Attribution:
    return explain(small_home, *small_home.pair("items"))


def test_a_night_is_all_data(of_a_night: Attribution) -> None:
    parts = by_name(of_a_night)
    assert list(parts) == ["seed", "data", "parameters", "code"]
    assert of_a_night.total.change is not None and of_a_night.total.change > 0.005
    assert parts["data"].share == pytest.approx(1, abs=1e-5)
    assert (parts["parameters"].share, parts["code"].share) == (0, 0)
    assert of_a_night.rest == pytest.approx(0, abs=1e-5)
    assert parts["parameters"].seconds is None, "parameters that are the same were trained"


def test_the_noise_of_a_seed_is_told_and_not_added(of_a_night: Attribution) -> None:
    seed = by_name(of_a_night)["seed"]
    assert seed.times_noise == 1 and not seed.adds_up
    assert seed.share is not None and 0.1 < seed.share < 1.5
    assert any("noise" in note for note in of_a_night.notes)


def test_data_is_taken_apart_by_what_came_and_went(of_a_night: Attribution) -> None:
    parts = {part.name: part for part in of_a_night.data}
    assert {"arrivals", "aged out"} <= set(parts)
    assert "2026-03-17" in parts["arrivals"].what
    assert all(part.distance.change for part in of_a_night.data)


def test_who_moved_is_told_by_group_topic_and_id(of_a_night: Attribution) -> None:
    assert {"popularity", "age", "topic"} >= {group.grouping for group in of_a_night.groups}
    multiples = [group.multiple for group in of_a_night.groups]
    assert None not in multiples and multiples == sorted(multiples, reverse=True)  # type: ignore[type-var]
    assert of_a_night.topics and of_a_night.movers


def test_what_came_went_and_changed_make_the_new_inputs(small_home: SmallHome) -> None:
    old, new = (plan_of(snapshot.manifest) for snapshot in small_home.pair("items"))
    ablations = Ablations(small_home.home, old, new, small_home.configuration.features)
    before, after = ablations.old_inputs.frame("sequences"), ablations.new_data.frame("sequences")
    told = {name: inputs.frame("sequences") for name, _, inputs in ablations.of_data()}
    arrived = told["arrivals"].join(before, on=before.columns, how="anti")
    assert arrived["occurred_at"].min() >= old.end and len(told["arrivals"]) == len(before) + len(arrived)
    kept = told["aged out"]
    assert kept.join(before, on=before.columns, how="anti").is_empty()
    revised = told.get("late or revised", before)
    start = kept["occurred_at"].min()
    assert (
        pl.concat([revised.filter(pl.col("occurred_at") >= start), arrived])
        .sort(before.columns)
        .equals(after.sort(before.columns))
    )


def test_other_parameters_on_the_same_night_are_all_parameters(small_home: SmallHome) -> None:
    old, _ = small_home.pair("items")
    other = small_home.night("items", small_home.days[0], {"epochs": 2, "context": 3})
    found = explain(small_home, old, small_home.open("items", other))
    parts = by_name(found)
    assert parts["parameters"].share == pytest.approx(1, abs=1e-5)
    assert "epochs 8 → 2" in parts["parameters"].what and "context 10 → 3" in parts["parameters"].what
    assert parts["data"].share == parts["code"].share == 0
    assert found.data == () and found.rest == pytest.approx(0, abs=1e-5)


def test_another_seed_on_the_same_night_is_all_seed(small_home: SmallHome) -> None:
    old, _ = small_home.pair("items")
    other = small_home.night("items", small_home.days[0], {"seed": 8})
    found = explain(small_home, old, small_home.open("items", other))
    seed = by_name(found)["seed"]
    assert seed.adds_up and seed.what == "8 instead of 7"
    assert seed.share == pytest.approx(1, abs=1e-5) and found.rest == pytest.approx(0, abs=1e-5)
    assert by_name(found)["parameters"].distance.change == 0


def test_what_the_code_would_not_make_again_is_code(small_home: SmallHome, blur: Damage) -> None:
    made = small_home.night("items", small_home.days[0], {"negative": 6}, blur)
    _, new = small_home.pair("items")
    found = explain(small_home, small_home.open("items", made), new)
    code = by_name(found)["code"]
    assert code.share is not None and code.share > 0.1
    assert any("logs that were known then have changed" in note for note in found.notes)


def test_a_method_without_a_seed_has_no_noise(small_home: SmallHome) -> None:
    found = explain(small_home, *small_home.pair("readers"))
    seed = by_name(found)["seed"]
    assert seed.distance.change == 0 and seed.seconds is None and seed.times_noise is None
    assert {"arrivals", "parents"} <= {part.name for part in found.data}
    assert by_name(found)["data"].share == pytest.approx(1, abs=1e-5)


def test_the_command_tells_people_and_programs(
    small_home: SmallHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "pipelines.yaml"
    config.write_text("pipelines: {}\n", encoding="utf-8")
    chosen = Settings(small_home.home, config, None, None)
    assert show_explanation(chosen, True, "items", None, None) == 0
    document = json.loads(capsys.readouterr().out)
    old, new = (snapshot.version for snapshot in small_home.pair("items"))
    assert (document["space"], document["old"], document["new"]) == ("items", old, new)
    assert [part["name"] for part in document["parts"]] == ["seed", "data", "parameters", "code"]
    assert show_explanation(chosen, False, "items", old, new) == 0
    out = capsys.readouterr().out
    for heading in ("what the change is made of", "What of the data", "Who moved most", "Movers"):
        assert heading in out
    assert "data, parameters, code leave 0% unexplained" in out and "100%" in out


def test_nothing_is_written(small_home: SmallHome, of_a_night: Attribution) -> None:
    before = small_home.seal()
    explain(small_home, *small_home.pair("readers"))
    assert small_home.seal() == before


def test_a_version_of_another_edition_is_refused_in_a_line(small_home: SmallHome) -> None:
    manifest = small_home.manifest("items")
    parameters = {**manifest.parameters, "params": {"dimensions": 16, "wings": 2}}
    with pytest.raises(OtherEditionError, match=r"wings.*; another edition of Nightjar made it"):
        plan_of(manifest.model_copy(update={"parameters": parameters}))
