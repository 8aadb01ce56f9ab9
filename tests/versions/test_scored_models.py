"""The model that was scored outlives its candidate, and goes with its version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from flows.configuration import Configuration
from tasks.embeddings.contract import Embedding
from tasks.versions import scored_models
from tasks.versions.candidate import BEFORE_CUT, Candidate
from tasks.versions.plan import Night, Plan
from warehouse.home import Home
from warehouse.vectors import Vectors

DAY = date(2026, 3, 2)
ITEMS = {"entity": "flit", "method": "item2vec"}


def planned(day: date) -> Plan:
    pipeline = Configuration.model_validate({"pipelines": {"items": ITEMS}}).pipelines["items"]
    return Plan("items", pipeline, Night(day, day, "f" * 64, 1, "p" * 64), {}, None)


def embedding() -> Embedding:
    vectors = Vectors.of(["a", "b"], np.eye(2))
    return Embedding.uniform(vectors, "trained", {"too_few_events": ["c"]}, vectors.matrix)


def test_it_moves_and_old_ones_go(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    first, second = planned(DAY), planned(date(2026, 3, 3))
    for plan in (first, second):
        Candidate.of(home, plan).save_embedding(BEFORE_CUT, embedding())
        scored_models.keep(home, plan, [first.version, second.version])
        scored_models.keep(home, plan, [first.version, second.version])
        assert not Candidate.of(home, plan).has_embedding(BEFORE_CUT)
    folders = home.held_out / "items"
    assert {path.name for path in folders.iterdir()} == {first.version, second.version}
    kept = Candidate(folders / second.version).load_embedding(BEFORE_CUT)
    np.testing.assert_array_equal(kept.vectors.matrix, embedding().vectors.matrix)
    assert list(kept.left_out["too_few_events"]) == ["c"]
    scored_models.keep(home, replace(second), [second.version])
    assert {path.name for path in folders.iterdir()} == {second.version}


def test_nothing_scored_is_nothing_kept(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "landing")
    scored_models.keep(home, planned(DAY), [])
    assert not home.held_out.exists()
