"""`nightjar calibrate` as people and scripts use it: on a file of sequences, with real processes and MLflow."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from warehouse.home import Home
from warehouse.mlflow import Registry


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


def test_the_table_joins_what_was_scored_before_unless_it_cannot_be_read(empty: Any, file: Path) -> None:
    assert empty.run("calibrate", "sequences", file, "--method", "popularity").code == 0
    done = empty.run("calibrate", "sequences", file, "--method", "item_knn")
    assert done.code == 0 and "popularity" in done.out and "item_knn" in done.out
    # Whoever walks forwards is found by its neighbours, not by how popular an item is: all are alike.
    assert done.out.index("item_knn") < done.out.index("popularity")
    best = max(card(empty), key=lambda score: float(score["metrics"]["ndcg_at_10"]))
    shown = under_headings(done.out)
    assert shown["method"] == best["method"] and shown["dim"] == shown["events"] == "–"
    assert float(shown["ndcg@10"]) == pytest.approx(best["metrics"]["ndcg_at_10"], abs=0.001)
    assert float(shown["seconds"]) == pytest.approx(best["seconds"], abs=0.001)
    (kept,) = (empty.home / "calibration").glob("ring_*/scorecard.json")
    kept.write_text("{}", encoding="utf-8")
    refused = empty.run("calibrate", "sequences", file, "--method", "popularity")
    assert refused.code == 1 and str(kept) in refused.err and "Traceback" not in refused.err
    assert "popularity" not in refused.err, "it is told before anything is scored"


def under_headings(out: str) -> dict[str, str]:
    """What stands in the first row under each heading: cells and headings end, or begin, at the same column."""
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("method"))
    headings = [(word.start(), word.end(), word.group()) for word in re.finditer(r"\S+", lines[at])]
    cells = [(word.start(), word.end(), word.group()) for word in re.finditer(r"\S+", lines[at + 1])]
    return {
        name: cell
        for start, end, name in headings
        for begin, stop, cell in cells
        if begin < end and start < stop
    }


def test_lengths_are_drawn_beside_the_scorecard_that_they_join(empty: Any, file: Path) -> None:
    done = empty.run("calibrate", "sequences", file, "--method", "item2vec", "--set", "min_count=1",
                     "--set", "epochs=1", "--dimensions", "4,8", "--on", "validation", "--json")  # fmt: skip
    assert done.code == 0, done.err
    assert [score["dimensions"] for score in done.document["scores"]] == [4, 8]
    chart, kept = Path(done.document["chart"]), Path(done.document["scorecard"])
    assert chart.name == "dimensions.png" and chart.is_file() and kept.with_suffix(".png").is_file()


def test_what_was_scored_is_kept_when_the_rest_is_stopped(empty: Any, file: Path) -> None:
    command = empty.start("calibrate", "sequences", file, "--method", "popularity", "--method", "item2vec",
                          "--set", "epochs=10000", "--set", "min_count=1")  # fmt: skip
    for line in command.stderr:
        if "▸" in line and "item2vec" in line:
            break
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 130 and "1 of 2 are scored and kept" in err and "Traceback" not in err
    assert [score["method"] for score in card(empty)] == ["popularity"]
    assert not empty.processes()


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
        (["--method", "item2vec", "--search", "epochs=1..2"], "--sweep TRIALS"),
        (["--method", "item2vec", "--sweep", "2", "--search", "epochs=1..2", "--on", "test"], "leave out"),
        (
            ["--method", "item2vec", "--sweep", "2", "--search", "epochs=1..2", "--dimensions", "4"],
            "leave out",
        ),
        (["--method", "popularity", "--set", "epochs=3"], "a baseline has none"),
        (["--profile", "factor=7"], "--profile: factor: expected less than or equal to 1, found 7"),
        (["--method", "pca"], "needs --from"),
        (["--method", "item2vec", "--from", "als"], "takes no --from"),
        (["--method", "pca", "--from", "bridge"], "bridge builds on other methods itself"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    empty: Any, file: Path, arguments: list[str], said: str, ask: Any
) -> None:
    done = ask(empty.root, "calibrate", "sequences", file, *arguments)
    assert done.code == 2 and said in done.err and len(done.err.splitlines()) == 1


def test_a_malformed_file_is_refused_in_one_line(empty: Any, file: Path) -> None:
    file.write_text("u1 a b c\nu2\n", encoding="utf-8")
    done = empty.run("calibrate", "sequences", file, "--method", "popularity")
    assert done.code == 1 and "line 2" in done.err and "Traceback" not in done.err


def test_a_method_that_does_not_fit_the_set_says_why(empty: Any, file: Path) -> None:
    done = empty.run("calibrate", "sequences", file, "--method", "tf_idf", "--json")
    assert done.code == 1 and "Traceback" not in done.err
    assert done.document["scores"] == [] and "documents" in done.document["refused"]["tf_idf"]
