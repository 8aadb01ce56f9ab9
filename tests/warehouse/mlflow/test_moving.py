"""A home that was moved, or copied, keeps its models and artifacts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from warehouse.home import Home
from warehouse.mlflow import Registry, VersionRecord, database_uri
from warehouse.mlflow.database import relocate

Make = Callable[..., VersionRecord]


def logged(registry: Registry, record: Make) -> str:
    registered = registry.log_candidate(record(1))
    registry.promote("flit_text", registered.model_version)
    return registered.run_id


def test_a_moved_home_serves_its_old_models_and_artifacts(
    home: Home, record: Make, tmp_path: Path, tracking: object
) -> None:
    import mlflow

    run_id = logged(Registry.open(home), record)
    moved = Home(tmp_path / "élsewhere with space" / "home", tmp_path)
    moved.root.parent.mkdir()
    shutil.move(home.root, moved.root)
    registry = Registry.open(moved)

    uri = database_uri(moved)
    mlflow.set_tracking_uri(uri)
    answer = mlflow.pyfunc.load_model("models:/flit_text@champion").predict(["flït"])
    assert answer["vector"][0] == record(1).vectors.matrix[2].tolist()
    plot = MlflowClient(uri).download_artifacts(run_id, "map.png", str(tmp_path))
    assert Path(plot).read_bytes() == b"a picture"

    registry.log_candidate(record(2))
    assert not home.root.exists(), "something is still written to the old place"
    assert mlflow.pyfunc.load_model("models:/flit_text@candidate").predict(["012"])["id"].to_list() == ["012"]


def test_a_copy_writes_to_its_own_place(home: Home, record: Make, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def killed(step: str) -> None:
        if step == "files":
            raise Killed

    original = Registry.open(home)
    with pytest.raises(Killed):
        original.log_candidate(record(1), killed)
    shutil.copytree(home.root, tmp_path / "copy")
    before = sorted(home.root.rglob("*"))
    (copied_plot,) = (tmp_path / "copy").rglob("map.png")
    copied_plot.unlink()

    copy = Registry.open(Home(tmp_path / "copy", tmp_path))
    copy.log_candidate(record(1))
    copy.log_candidate(record(2))
    assert copied_plot.exists(), "the run of the copy wrote into the original"
    assert sorted(home.root.rglob("*")) == before
    assert original.metric_history("flit_text").is_empty() and copy.metric_history("flit_text").height == 2


def test_only_places_under_the_old_root_follow(home: Home, record: Make) -> None:
    registry = Registry.open(home)
    root = str(home.mlflow_artifacts.resolve())
    registry.client.create_experiment("beside", f"{root}-beside/x")
    registry.client.create_experiment("remote", "s3://bucket/x")
    logged(registry, record)
    uri = database_uri(home)

    assert relocate(uri, root) == 0
    # the default experiment, the space's, its run, its model, and two places of the registered version
    assert relocate(uri, "/other/place") == 6
    places = {e.name: e.artifact_location for e in registry.client.search_experiments()}
    assert places == {
        "Default": "/other/place/0",
        "flit_text": "/other/place/flit_text",
        "beside": f"{root}-beside/x",
        "remote": "s3://bucket/x",
    }
    assert relocate(uri, root) == 6
    assert registry.client.get_experiment_by_name("flit_text").artifact_location == f"{root}/flit_text"
