"""Every method goes through whole nights: trained, scored, compared, judged, reported, published."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from typing import Any

import pytest

from flows.configuration import Configuration
from flows.night import read_night
from tasks.embeddings.registry import METHODS
from tasks.stages.compare import compare
from tasks.stages.encode_texts import encode_pending
from tasks.stages.evaluate import evaluate
from tasks.stages.features import features
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import publish, settle
from tasks.stages.report import write_report
from tasks.stages.train import train
from tasks.versions.candidate import REGISTERED, REPORT, REPORT_FACTS, TRAINED, Candidate
from tasks.versions.documents import RunContext
from tasks.versions.inputs import read_known
from tasks.versions.plan import plan_space
from tasks.versions.published import plan_of
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore, verify

LOGS: dict[str, Any] = {name: {} for name in ("interactions", "flits", "birds", "follows")}
RUN_CONTEXT = RunContext(datetime(2026, 4, 1), backfilled=False, prefect_flow_run_id=None, tracking_uri=None)  # noqa: DTZ001
BELOW: dict[str, dict[str, Any]] = {
    "below_items": {"entity": "flit", "method": "item2vec", "params": {"dimensions": 8, "epochs": 3}},
    "below_texts": {"entity": "flit", "method": "lsa", "params": {"dimensions": 8}},
    "below_words": {
        "entity": "word",
        "method": "word2vec",
        "params": {"dimensions": 8, "epochs": 2, "min_count": 2},
    },
}
PARENTS = {
    "sif": ["below_words"],
    "bridge": ["below_items", "below_texts"],
    "concatenation": ["below_items", "below_texts"],
    "blend": ["below_items", "below_texts"],
}
"""What a method builds on, where it is not the flits that were touched."""
SMALL = {"dimensions": 8, "epochs": 2, "min_count": 1, "max_tokens": 4}
RANKED = {"flit", "joint"}


def declared(method: str) -> dict[str, Any]:
    how = METHODS[method]
    params = {key: value for key, value in SMALL.items() if key in how.parameters.model_fields}
    space: dict[str, Any] = {
        "entity": "flit" if how.entity == "parent" else how.entity,
        "method": method,
        "params": params,
    }
    if "parents" in how.reads:
        space["from"] = PARENTS.get(method, ["below_items"])
    return space


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    spaces = {**BELOW, **{method: declared(method) for method in sorted(METHODS)}}
    gate = {"beats_popularity": {"limit": -1, "min_birds": 1}}
    return Configuration.model_validate({"sources": LOGS, "pipelines": spaces, "gate": gate})


@pytest.fixture(scope="session")
def world(
    small_home: Any, configuration: Configuration, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, tuple[date, date]]:
    """A copy of the small home, so that its own spaces stay alone there, with the features of both nights."""
    root = tmp_path_factory.mktemp("methods") / "home"
    shutil.copytree(small_home.home.root, root)
    home = Home(root, small_home.home.landing)
    for day in small_home.days:
        features(home, configuration.features, day, day)
    return home, small_home.days


def night(
    home: Home, configuration: Configuration, space: str, day: date, reported: bool = False
) -> Manifest:
    """What a night does for one space, but for MLflow; the report, which costs most, where it is asked for."""
    pipeline = configuration.pipelines[space]
    plan = plan_space(home, space, pipeline, read_night(home, configuration, day, day))
    store = SnapshotStore(home.snapshots)
    if plan.version not in store.versions(space):
        encode_pending(home, plan)
        train(home, plan, configuration.features)
        noise_floor(home, plan, configuration.features)
        evaluate(home, plan, configuration.features)
        profile_inputs(home, plan)
        compare(home, plan, pipeline.gate_parameters(configuration.gate))
        candidate = Candidate.of(home, plan)
        if reported:
            write_report(home, plan)
        else:
            candidate.save_json(REPORT_FACTS, {})
            candidate.save_text(REPORT, "<p>not asked for</p>")
        candidate.save_json(REGISTERED, {"run_id": None, "model_version": None})
        trained = candidate.load_embedding(TRAINED)
        publish(home, plan, configuration.publish, RUN_CONTEXT)
        settle(home, plan, configuration.publish, RUN_CONTEXT)
        manifest = store.manifest(space, plan.version)
        assert manifest.coverage.keys() >= set(pipeline.how.leaves_out)
        everybody = set(read_known(home, plan)).union(trained.vectors.ids, *trained.left_out.values())
        assert manifest.rows + sum(manifest.coverage.values()) == len(everybody) > 0
    return store.manifest(space, plan.version)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_two_nights(world: tuple[Home, tuple[date, date]], configuration: Configuration, method: str) -> None:
    home, days = world
    for day in days:
        for below in declared(method).get("from", []):
            night(home, configuration, below, day)
    before, after = (night(home, configuration, method, day, reported=day == days[1]) for day in days)
    assert before.rows > 0 and after.rows > 0 and after.dim == before.dim
    assert not list(verify(home.snapshots, method))
    if SnapshotStore(home.snapshots).released(method, before=days[1]) is not None:
        assert after.parent_version == before.version
    judged = {rule.rule: rule.outcome for rule in after.gate.rules}["beats_popularity"]
    # A warning every night for what can never be judged would teach people to look away.
    assert (judged == "not_applicable") == (after.evaluation["task"] == "none")
    if METHODS[method].entity in RANKED:
        assert after.evaluation["reason"] is None
        assert after.evaluation["model"]["metrics"]["all"]["recall_at_10"]["value"] is not None
        paired = after.evaluation["headline"]["predecessor_recall_at_10_over_popularity"]
        assert after.drift["statistics"]["quality_before"]["mean"] == paired  # type: ignore[index, call-overload]
        assert (paired is None) == (
            after.parent_version is None or after.evaluation["no_predecessor"] is not None
        )


def test_a_version_taken_up_again_knows_which_parent_comes_first(
    world: tuple[Home, tuple[date, date]], configuration: Configuration
) -> None:
    """Names of a manifest are sorted; a bridge leads from the first space in `from` to the second."""
    home, (day, _) = world
    swapped = {**declared("bridge"), "from": ["below_texts", "below_items"]}
    spaces = {**BELOW, "swapped": swapped}
    other = Configuration.model_validate({**configuration.model_dump(mode="json"), "pipelines": spaces})
    for below in BELOW:
        night(home, other, below, day)
    manifest = night(home, other, "swapped", day)
    assert list(plan_of(manifest).parents) == ["below_texts", "below_items"]
