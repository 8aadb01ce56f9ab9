"""A registry on a database of its own. Creating one takes seconds, so it is created once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.home import Home
from warehouse.registry import Dataset, Registry, VersionRecord
from warehouse.vectors import Vectors

IDS = ["012", "flit with space", "flït", "line\nbreak", "zebra 🦓"]


def home_at(root: Path) -> Home:
    return Home(root, root / "landing")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose MLflow database is fresh."""
    root = tmp_path_factory.mktemp("untouched")
    Registry.open(home_at(root))
    return root


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Home:
    root = tmp_path / "home"
    shutil.copytree(untouched, root)
    return home_at(root)


@pytest.fixture
def registry(home: Home) -> Registry:
    return Registry.open(home)


@pytest.fixture
def tracking(home: Home) -> Iterator[Any]:
    """MLflow as a consumer uses it, pointed at the home's database."""
    import mlflow

    from warehouse.registry import database_uri

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(database_uri(home))
    yield mlflow
    mlflow.set_tracking_uri(before)


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., VersionRecord]:
    """A version of a space: five ids with planted vectors, the metrics of one night, one plot."""
    plot = tmp_path / "map.png"
    plot.write_bytes(b"a picture")

    def make(day: int = 1, **changes: Any) -> VersionRecord:
        night = date(2015, 12, day)
        values: dict[str, Any] = {
            "space": "flit_text",
            "version": f"{night}-0123456789ab",
            "day": night,
            "known_as_of": night,
            "fingerprint": "0123456789ab" + "0" * 52,
            "verdict": "pass",
            "vectors": Vectors.of(IDS, np.eye(5, 3, dtype=np.float32) + np.float32(0.1) * day),
            "parent_version": None if day == 1 else f"2015-12-{day - 1:02}-0123456789ab",
            "prefect_flow_run_id": "flow-run",
            "parameters": {"method": "item2vec", "params": {"dimensions": 3, "epochs": 2}},
            "evaluation": {
                "recall_at_10": 0.1 + day / 100,
                "recall_at_10_low": 0.1,
                "cold_recall_at_10": None,
            },
            "coverage": {"trained": 5, "too_rare": 2},
            "drift": {"cosine_mean": None if day == 1 else 0.98},
            "datasets": [
                Dataset("sequences", "a" * 63 + str(day), "warehouse.duckdb", 100),
                Dataset("hold_out", "b" * 64, "warehouse.duckdb", 20, "evaluation"),
            ],
            "files": {"plots": [plot]},
        }
        return VersionRecord(**(values | changes))

    return make
