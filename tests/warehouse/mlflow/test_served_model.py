"""The model that MLflow serves: what it answers, and that it needs nothing of Nightjar."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from safetensors.numpy import save_file

from warehouse.home import Home
from warehouse.mlflow import Registry, VersionRecord
from warehouse.mlflow.served_model import SpaceModel, _largest
from warehouse.vectors import Vectors

Make = Callable[..., VersionRecord]

ELSEWHERE = """
import json, sys

site, server = sys.argv[1:]
sys.path.insert(0, site)

def outward(event, arguments):
    if event == "socket.connect" and arguments[1][:2] != ("127.0.0.1", int(server.rpartition(":")[2])):
        raise PermissionError(f"calls out: {arguments}")
sys.addaudithook(outward)

import mlflow
from mlflow.pyfunc.scoring_server import invocations

mlflow.set_tracking_uri(server)
model = mlflow.pyfunc.load_model("models:/served_text@champion")
vectors = model.predict(["flït", "unknown", "line\\nbreak"])
neighbours = model.predict(["zebra 🦓"], params={"task": "neighbours", "k": 2})
asked = json.dumps({"inputs": ["zebra 🦓"], "params": {"task": "neighbours", "k": 2}})
answered = invocations(asked, "application/json", model, model.metadata.get_input_schema())
absent = []
for name in ("warehouse", "tasks", "flows", "polars", "duckdb", "faiss", "torch", "prefect", "pytest", "pip"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        absent.append(name)
print(json.dumps({
    "vectors": vectors.to_dict("list"),
    "neighbours": neighbours.to_dict("list"),
    "served": json.loads(answered.response),
    "version": model.metadata.metadata["version"],
    "absent": absent,
    "outside": [m.__file__ for m in sys.modules.values() if "/site-packages/" in str(getattr(m, "__file__", None))],
}))
"""


def closure(requirements: list[str]) -> set[str]:
    """The distributions that these requirements bring, their own requirements among them."""
    found: set[str] = set()
    waiting = [canonicalize_name(Requirement(line).name) for line in requirements]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in map(Requirement, distribution(name).requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
    return found


def installed(names: set[str], folder: Path) -> Path:
    """A folder in which these distributions are installed and nothing else is."""
    folder.mkdir()
    for name in names:
        found = distribution(name)
        for top in {
            file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")
        }:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
    return folder


def test_it_answers_where_only_its_requirements_are_installed(
    served_home: Home, server: str, record: Make, tmp_path: Path
) -> None:
    registry = Registry.open(served_home, tracking_uri=server)
    registered = registry.log_candidate(record(space="served_text"))
    registry.promote("served_text", registered.model_version)
    (listed,) = served_home.mlflow_artifacts.glob(
        f"*/models/{registered.model_id}/artifacts/requirements.txt"
    )
    site = installed(closure(listed.read_text().split()), tmp_path / "site")
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ELSEWHERE, str(site), server],
        cwd=tmp_path, env={"HOME": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    stored = record().vectors
    assert said["vectors"]["id"] == ["flït", "unknown", "line\nbreak"]
    assert said["vectors"]["vector"] == [stored.matrix[2].tolist(), None, stored.matrix[3].tolist()]
    nearest = said["neighbours"]["neighbours"][0]
    assert nearest[0] == "line\nbreak" and len(nearest) == 2
    (served,) = said["served"]["predictions"]
    assert served["neighbours"] == nearest and served["id"] == "zebra 🦓"
    assert said["version"] == record().version
    assert len(said["absent"]) == 10 and not said["outside"]


def test_a_model_is_code_and_tensors_without_a_path_of_this_machine(home: Home, record: Make) -> None:
    registered = Registry.open(home).log_candidate(record())
    (folder,) = home.mlflow_artifacts.glob(f"flit_text/models/{registered.model_id}/artifacts")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"artifacts/vectors.safetensors", "artifacts/ids.json", "served_model.py"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    requirements = (folder / "requirements.txt").read_text().split()
    assert all("==" in line for line in requirements) and len(requirements) == 4
    text = "".join((folder / name).read_text() for name in files if not name.endswith(".safetensors"))
    assert "/tmp" not in text and str(Path(__file__).parents[3]) not in text and str(home.root) not in text


@pytest.mark.parametrize(
    "asked",
    [
        ["012", "flït"],
        pd.DataFrame({"id": ["012", "flït"]}),
        pd.DataFrame({"anything": ["012", "flït"]}),
        pd.Series(["012", "flït"]),
        {"id": ["012", "flït"]},
        [{"id": "012"}, {"id": "flït"}],
        np.array(["012", "flït"]),
    ],
    ids=["list", "frame", "any name", "series", "dict", "records", "array"],
)
def test_ids_come_in_whatever_shape(served: Any, asked: Any) -> None:
    assert served.predict(asked)["id"].to_list() == ["012", "flït"]


def test_a_number_is_not_an_id(served: Any) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException, match="Incompatible input types"):
        served.predict([12])


def test_a_wrong_question_is_answered_with_the_right_ones(served: Any) -> None:
    with pytest.raises(ValueError, match="task 'nearest' is unknown; ask for one of vectors, neighbours"):
        served.predict(["012"], params={"task": "nearest"})
    with pytest.raises(ValueError, match="k must be at least 1, found 0"):
        served.predict(["012"], params={"task": "neighbours", "k": 0})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A saved model, loaded as a consumer loads it."""
    from datetime import date

    import mlflow

    from warehouse.mlflow.model_files import save_model
    from warehouse.vectors import Vectors

    day = date(2015, 12, 1)
    vectors = Vectors.of(["012", "flït"], np.eye(2, dtype=np.float32))
    folder = tmp_path_factory.mktemp("served") / "model"
    save_model(VersionRecord("flit_text", "v", day, day, "f", "pass", vectors), "m-1", folder)
    return mlflow.pyfunc.load_model(str(folder))


def model_of(folder: Path, ids: list[str], matrix: np.ndarray[Any, Any], metric: str) -> SpaceModel:
    save_file({"vectors": matrix}, folder / "vectors.safetensors")
    (folder / "ids.json").write_text(json.dumps(ids))
    artifacts = {"vectors": str(folder / "vectors.safetensors"), "ids": str(folder / "ids.json")}
    model = SpaceModel()
    model.load_context(SimpleNamespace(artifacts=artifacts, model_config={"metric": metric}))
    return model


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_neighbours_are_those_of_exact_search(tmp_path: Path, metric: str) -> None:
    random = np.random.default_rng(3)
    matrix = random.normal(size=(700, 8)).astype(np.float32)
    matrix[5] = 0
    ids = [f"f{row:03}" for row in range(len(matrix))]
    model = model_of(tmp_path, ids, matrix, metric)
    answer = model.predict(None, pd.DataFrame(ids), {"task": "neighbours", "k": 4})

    exact = matrix.astype(np.float64)
    if metric == "cosine":
        exact /= np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12)
    scores = exact @ exact.T
    np.fill_diagonal(scores, -np.inf)
    for row in (0, 1, 255, 256, 511, 699):
        expected = np.argsort(-scores[row], kind="stable")[:4]
        assert answer["neighbours"][row] == [ids[column] for column in expected]
        assert answer["similarities"][row] == pytest.approx(scores[row][expected], rel=1e-4)


def test_equal_vectors_come_in_id_order_and_few_ids_give_few_neighbours(tmp_path: Path) -> None:
    model = model_of(tmp_path, ["a", "b", "c"], np.ones((3, 2), dtype=np.float32), "cosine")
    answer = model.predict(None, pd.DataFrame(["b", "b", "z"]), {"task": "neighbours", "k": 10})
    assert answer["neighbours"].to_list() == [["a", "c"], ["a", "c"], None]


def test_a_single_id_has_no_neighbour(tmp_path: Path) -> None:
    model = model_of(tmp_path, ["a"], np.ones((1, 2), dtype=np.float32), "cosine")
    assert model.predict(None, pd.DataFrame(["a"]), {"task": "neighbours", "k": 3})["neighbours"][0] == []


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 30))
def test_the_largest_are_the_head_of_a_stable_sort(values: list[int], k: int) -> None:
    line = np.array(values, dtype=np.float32)
    k = min(k, len(values))
    assert _largest(line, k).tolist() == np.argsort(-line, kind="stable")[:k].tolist()


def test_a_bird_gets_the_flits_of_the_version_that_it_was_made_from(
    registry: Registry, record: Make, tracking: Any
) -> None:
    flits = registry.log_candidate(record(space="flits", space_id="flits-1"))
    registry.log_candidate(record(2, space="flits"))
    birds = Vectors.of(["wren"], record().vectors.matrix[1:2] * 3)
    made = registry.log_candidate(record(space="birds", vectors=birds, targets=flits.model_uri))
    model = tracking.pyfunc.load_model(made.model_uri)
    answer = model.predict(["wren", "unknown"], params={"task": "flits", "k": 2})
    nearest, likeness = answer["neighbours"][0], answer["similarities"][0]
    assert nearest[0] == record().vectors.ids[1] and likeness[0] == pytest.approx(1, abs=1e-6)
    assert len(nearest) == 2 and answer["neighbours"][1] is None
    of_flits = tracking.pyfunc.load_model(flits.model_uri)
    assert of_flits.metadata.metadata["space_id"] == "flits-1"
    with pytest.raises(ValueError, match="not made from flits"):
        of_flits.predict(["zebra 🦓"], params={"task": "flits"})
