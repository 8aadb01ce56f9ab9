"""What MLflow is told: names, numbers and links."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.mlflow import Registered, VersionRecord, database_uri, server_command

Make = Callable[..., VersionRecord]


def test_metrics_keep_their_keys_where_a_value_could_not_be_measured(record: Make) -> None:
    first, second = record(1).metrics, record(2).metrics
    assert list(first) == list(second)
    assert math.isnan(first["drift_cosine_mean"]) and second["drift_cosine_mean"] == 0.98
    assert first["coverage_too_rare"] == 2 and second["recall_at_10"] == pytest.approx(0.12)


def test_parameters_are_flat_and_text(record: Make) -> None:
    said = {"0_verdict": "pass", "0_conclusion": "pass; recall@10 0.11"}
    made = {"method": "item2vec", "params.dimensions": "3", "params.epochs": "2"}
    assert list(record().flat_parameters.items()) == [*said.items(), *made.items()]


def test_a_tag_without_a_value_is_left_out(record: Make) -> None:
    assert "parent_version" not in record(1).tags
    assert record(2).tags["parent_version"] == "2015-12-01-0123456789ab"


def test_links_open_in_the_mode_that_shows_models() -> None:
    registered = Registered("flit_text", "1", "r1", "m-1", "4")
    assert registered.model_uri == "models:/flit_text/4"
    assert registered.run_link("http://h:5000/") == (
        "http://h:5000/#/experiments/1/runs/r1?workflowType=machine_learning"
    )
    assert registered.compare_link("http://h:5000", ["r0"]) == (
        "http://h:5000/#/compare-runs?runs=%5B%22r0%22%2C%20%22r1%22%5D&experiments=%5B%221%22%5D"
        "&workflowType=machine_learning"
    )
    assert registered.run_link("").startswith("#/experiments/1/runs/r1?")


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b"])
def test_a_home_that_no_uri_can_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ValueError, match=r"MLflow cannot keep files under a path with [?#%]; use another --home"
    ):
        database_uri(Home(tmp_path / name, tmp_path))


def test_the_server_stays_on_the_loopback_interface(tmp_path: Path) -> None:
    command = server_command(Home(tmp_path, tmp_path), 5005)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--workers") + 1] == "1"


def test_records_and_environment_come_without_mlflow() -> None:
    script = "import sys; import warehouse.mlflow as r; r.VersionRecord; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
