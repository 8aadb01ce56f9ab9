"""A space is scored on days that nothing in its model has seen, and cold is what no part of it has met."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.configuration import Configuration
from tasks.embeddings.contract import silent
from tasks.stages.evaluate import evaluate
from tasks.stages.train import train
from tasks.versions.candidate import BEFORE_CUT, EVALUATION, TRAINED, Candidate
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import Plan
from warehouse.home import Home

ITEMS = {"method": "item2vec", "entity": "flit", "params": {"dimensions": 8, "epochs": 2}}
TEXTS = {"method": "lsa", "entity": "flit", "params": {"dimensions": 8}}


@pytest.fixture
def home(small_home: Any, tmp_path: Path) -> Any:
    """The logs and features of the small home, no space in it yet; what is published there is scored."""
    root = tmp_path / "home"
    shutil.copytree(small_home.home.root, root, ignore=shutil.ignore_patterns("snapshots", "candidates"))
    return replace(small_home, home=Home(root, small_home.home.landing), scored=True)


def declaring(home: Any, **spaces: dict[str, Any]) -> Any:
    """The home with these spaces in its pipelines.yaml, and a gate that holds none back."""
    gate = {"beats_popularity": {"limit": -1, "min_birds": 1}}
    configuration = Configuration.model_validate({"pipelines": spaces, "gate": gate})
    return replace(home, configuration=configuration)


def scored(home: Any, space: str, day: date) -> tuple[Plan, dict[str, Any]]:
    """A space evaluated on one night, and what the evaluation says."""
    plan = home.plan(space, day)
    train(home.home, plan, home.configuration.features)
    evaluate(home.home, plan, home.configuration.features)
    return plan, Candidate.of(home.home, plan).load_json(EVALUATION)


def test_what_a_bird_posts_after_the_cut_is_not_known_to_the_model_that_is_scored(home: Any) -> None:
    writers = {"method": "author", "entity": "bird", "from": ["texts"]}
    home, day = declaring(home, texts=TEXTS, writers=writers), home.days[1]
    home.night("texts", day)
    plan, found = scored(home, "writers", day)
    assert found["reason"] is None
    inputs = read_inputs(home.home, plan, home.configuration.features)
    posted = inputs.frame("authors")
    before = posted.filter(posted["posted_at"] < plan.cut)
    assert 0 < len(before) < len(posted)
    expected = plan.pipeline.how.fit(replace(inputs, authors=before), plan.pipeline.params, silent).vectors
    candidate = Candidate.of(home.home, plan)
    trained, held_out = (
        candidate.load_embedding(TRAINED).vectors,
        candidate.load_embedding(BEFORE_CUT).vectors,
    )
    np.testing.assert_array_equal(held_out.ids, expected.ids)
    np.testing.assert_array_equal(held_out.matrix, expected.matrix)
    assert not np.array_equal(trained.matrix[trained.rows(expected.ids)], expected.matrix)


def test_a_predecessor_that_knows_what_is_to_be_found_is_no_opponent(home: Any) -> None:
    """Its model is of before its own cut: where more days are held out, it has learnt from some of them."""
    earlier, day = home.days
    last_day = declaring(home, items={**ITEMS, "evaluate": {"hold_out": "1d", "min_history": 1}})
    version = last_day.night("items", earlier)
    for hold_out, compared in (("2d", True), ("3d", False)):
        longer = declaring(home, items={**ITEMS, "evaluate": {"hold_out": hold_out, "min_history": 1}})
        plan, found = scored(longer, "items", day)
        assert plan.predecessor == version and found["reason"] is None
        told = found["predecessor"]["metrics"]["all"]["recall_at_10"]["value"]
        assert (told is not None) == (found["no_predecessor"] is None) == compared


def test_cold_is_what_a_space_below_has_not_met(home: Any) -> None:
    spaces = {
        "items": {**ITEMS, "window": "5d"},
        "texts": TEXTS,
        "bridged": {"method": "bridge", "entity": "flit", "from": ["items", "texts"]},
        "short": {"method": "pca", "entity": "flit", "from": ["bridged"], "params": {"dimensions": 4}},
    }
    home, day = declaring(home, **spaces), home.days[1]
    for below in ("items", "texts", "bridged"):
        home.night(below, day)
    warm = {
        space: scored(home, space, day)[1]["counts"]["candidates_warm"]
        for space in ("items", "texts", "short")
    }
    assert 0 < warm["items"] == warm["short"] < warm["texts"]


def test_a_predecessor_whose_parent_is_gone_is_no_opponent_and_no_fault(home: Any) -> None:
    """Earlier editions deleted versions that others were built on."""
    evaluated = {"evaluate": {"hold_out": "2d", "min_history": 1}}
    readers = {"method": "recency_weighted_mean", "entity": "bird", "from": ["items"], **evaluated}
    home = declaring(home, items={**ITEMS, **evaluated}, readers=readers)
    earlier, day = home.days
    parent = home.night("items", earlier)
    version = home.night("readers", earlier)
    home.night("items", day)
    shutil.rmtree(home.home.snapshots / "items" / parent)
    plan, found = scored(home, "readers", day)
    assert plan.predecessor == version and found["reason"] is None
    assert found["no_predecessor"] == f"a version that {version} is built on is no longer kept"
    assert home.night("readers", day) == plan.version
