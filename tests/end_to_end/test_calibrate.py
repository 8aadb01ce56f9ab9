"""`nightjar calibrate` as people and scripts use it: on a file of sequences, with real processes and MLflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from warehouse.home import Home
from warehouse.registry import Registry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Forty users who walk a ring of items forwards: what comes next is where they stand, plus one."""
    path = tmp_path / "ring.txt"
    lines = [f"u{user} " + " ".join(f"i{(user + step) % 20}" for step in range(8)) for user in range(40)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def empty(tools: Any, tmp_path: Path) -> Any:
    return tools.Place(tmp_path, tmp_path / "landing")


def test_one_method_is_one_document(empty: Any, file: Path) -> None:
    done = empty.run("calibrate", "sequences", file, "--method", "item2vec", "--set", "min_count=1",
                     "--set", "dimensions=8", "--set", "epochs=2", "--json")  # fmt: skip
    assert done.code == 0, done.err
    found = done.document
    assert found["method"] == "item2vec" and found["params"]["dimensions"] == 8 and found["dimensions"] == 8
    assert 0 <= found["metrics"]["ndcg_at_10"] <= 1 and found["peak_mib"] > 50 and found["seconds"] > 0
    assert found["bytes"] == 20 * 8 * 4 * 2 and found["coverage"] == {"trained": 20}
    assert found["validation"]["metrics"].keys() == found["metrics"].keys()
    kept = json.loads(Path(found["scorecard"]).read_text(encoding="utf-8"))
    assert [score["method"] for score in kept["scores"]] == ["item2vec"]
    assert Path(found["chart"]).read_bytes().startswith(b"\x89PNG")


def test_the_table_joins_what_was_scored_before(empty: Any, file: Path) -> None:
    assert empty.run("calibrate", "sequences", file, "--method", "popularity").code == 0
    done = empty.run("calibrate", "sequences", file, "--method", "item_knn")
    assert done.code == 0 and "popularity" in done.out and "item_knn" in done.out
    # Whoever walks forwards is found by its neighbours, not by how popular an item is: all are alike.
    assert done.out.index("item_knn") < done.out.index("popularity")


def card(place: Any) -> list[dict[str, Any]]:
    """The scores of the only scorecard."""
    (path,) = (place.home / "calibration").glob("*/scorecard.json")
    return list(json.loads(path.read_text(encoding="utf-8"))["scores"])


def runs(place: Any) -> list[Run]:
    """What MLflow holds, the oldest first."""
    client = Registry.open(Home(place.home, place.home / "landing")).client
    experiments = [
        one.experiment_id for one in client.search_experiments(filter_string="name LIKE 'calibrate %'")
    ]
    return list(client.search_runs(experiments, order_by=["attributes.start_time ASC"]))


def test_a_sweep_ends_with_lines_to_paste(empty: Any, file: Path) -> None:
    command = ["calibrate", "sequences", file, "--method", "item2vec", "--set", "min_count=1", "--set", "epochs=2",
               "--sweep", "2", "--search", "dimensions=4,8", "--json"]  # fmt: skip
    first = empty.run(*command)
    assert first.code == 0, first.err
    lines = first.document["pipelines"]
    assert lines.startswith("my_item2vec:") and "min_count: 1" in lines
    (empty.root / "pipelines.yaml").write_text(
        "pipelines:\n" + "\n".join(f"  {line}" for line in lines.splitlines()) + "\n", encoding="utf-8"
    )
    from flows.configuration import load_configuration

    assert "my_item2vec" in load_configuration(empty.root / "pipelines.yaml").pipelines
    again = empty.run(*command)
    assert again.document == first.document, "the best is not looked at on test a second time"
    assert [score["params"] for score in card(empty)] == [first.document["params"]]
    parent, *others = runs(empty)
    assert [run.info.status for run in (parent, *others)] == ["FINISHED"] * 4
    assert parent.data.metrics["ndcg_at_10"] == first.document["metrics"]["ndcg_at_10"]
    trials = [run for run in others if run.data.tags.get(MLFLOW_PARENT_RUN_ID) == parent.info.run_id]
    assert [run.data.params["dimensions"] for run in trials] == [
        str(trial["params"]["dimensions"]) for trial in first.document["trials"]
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "item2vek"], "no such method: 'item2vek'"),
        (["--method", "item2vec", "--set", "epoch=3"], "its parameters are dimensions, epochs"),
        (["--method", "item2vec", "--set", "epochs"], "KEY=VALUE"),
        (["--set", "epochs=3"], "--method"),
        (["--method", "item2vec", "--sweep", "2"], "--search KEY=LOW..HIGH"),
        (["--method", "pca"], "needs --from"),
        (["--method", "item2vec", "--from", "als"], "takes no --from"),
        (["--method", "pca", "--from", "bridge"], "bridge builds on other methods itself"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(empty: Any, file: Path, arguments: list[str], said: str) -> None:
    done = empty.run("calibrate", "sequences", file, *arguments)
    assert done.code == 2 and said in done.err and "Traceback" not in done.err


def test_a_malformed_file_is_refused_in_one_line(empty: Any, file: Path) -> None:
    file.write_text("u1 a b c\nu2\n", encoding="utf-8")
    done = empty.run("calibrate", "sequences", file, "--method", "popularity")
    assert done.code == 1 and "line 2" in done.err and "Traceback" not in done.err


def test_a_method_that_does_not_fit_the_set_says_why(empty: Any, file: Path) -> None:
    done = empty.run("calibrate", "sequences", file, "--method", "tf_idf")
    assert done.code == 1 and "documents" in done.err and "Traceback" not in done.err
