"""A sweep in MLflow while it runs: a trial once, and the sweep's run as the sweep ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.commands.calibrate.runs import logged
from flows.settings import Settings
from tasks.calibration.recipe import Recipe
from tasks.calibration.search_space import parse_search
from tasks.calibration.sets import SetName
from tasks.calibration.sweep import Sweep, Trial
from warehouse.home import Home
from warehouse.mlflow import Registry

TRIALS = [
    Trial(0, {"epochs": 2}, 0.4, 1.0, 90.0, headline="f1"),
    Trial(1, {"epochs": 9}, None, 1.0, 90.0, "slow"),
]


def test_a_stopped_sweep_is_killed_until_it_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", tmp_path / "landing")
    chosen = Settings(home, tmp_path / "pipelines.yaml", None, None)
    (tmp_path / "file").write_text("")
    recipe = Recipe.of("item2vec", {})
    of = SetName("sequences", {"path": str(tmp_path / "file")})
    asked = Sweep(of, recipe, parse_search(("epochs=1..9",), type(recipe.params)), tmp_path / "sweeps.log", 7)

    with pytest.raises(KeyboardInterrupt), logged(chosen, "set", asked) as runs:
        runs.add(TRIALS[0])
        raise KeyboardInterrupt
    client = Registry.open(home).client
    assert client.get_run(runs.parent).info.status == "KILLED"

    with logged(chosen, "set", asked) as again:
        assert client.get_run(again.parent).info.status == "RUNNING"
        for trial in TRIALS:
            again.add(trial)
        again.best = {"f1": 0.5}
    assert again.parent == runs.parent
    found = client.search_runs([again.log.experiment_id], order_by=["attributes.run_name ASC"])
    assert [(run.info.status, run.data.metrics.get("validation_f1")) for run in found] == [
        ("FINISHED", None), ("FINISHED", 0.4), ("KILLED", None),
    ]  # fmt: skip
    assert found[0].data.metrics == {"f1": 0.5} and found[2].data.tags["reason"] == "slow"
