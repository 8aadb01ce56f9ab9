"""A small home of a synthetic Flutter with two nights published, stage by stage, without Prefect and MLflow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from flows.configuration import Configuration
from flows.night import read_night
from tasks.embeddings.contract import Embedding
from tasks.evaluation import EvaluationParameters, nothing_to_score
from tasks.stages.compare import compare
from tasks.stages.evaluate import evaluate
from tasks.stages.features import features
from tasks.stages.ingest import ingest
from tasks.stages.noise_floor import noise_floor
from tasks.stages.profile_inputs import profile_inputs
from tasks.stages.publish import publish, settle
from tasks.stages.train import train
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters
from tasks.versions.candidate import EVALUATION, REGISTERED, REPORT, REPORT_FACTS, TRAINED, Candidate
from tasks.versions.documents import RunContext
from tasks.versions.plan import Plan, plan_space
from warehouse.home import Home
from warehouse.snapshots import Manifest, Snapshot, SnapshotStore
from warehouse.vectors import Vectors

WORLD = SyntheticParameters(
    seed=3, birds=120, nights=16, history_days=7, interactions_per_bird=10, erasure_share=0.0, trend_height=0
)
SPACES: dict[str, dict[str, Any]] = {
    "items": {
        "entity": "flit", "method": "item2vec", "window": "14d", "params": {"dimensions": 16, "epochs": 8},
    },
    "readers": {"entity": "bird", "from": ["items"], "method": "recency_weighted_mean"},
}  # fmt: skip
LOGS = {name: {} for name in ("interactions", "flits", "birds", "follows")}
RUN_CONTEXT = RunContext(datetime(2026, 4, 1), backfilled=False, prefect_flow_run_id=None, tracking_uri=None)  # noqa: DTZ001
Damage = Callable[[Embedding], Embedding]


@dataclass(frozen=True, slots=True)
class SmallHome:
    """A home, and what it was made by.

    `days`: the two nights that are published. `scored`: whether `night` evaluates.
    """

    home: Home
    days: tuple[date, date]
    configuration: Configuration
    scored: bool = False

    def plan(self, space: str, day: date) -> Plan:
        """The space as declared, on one night."""
        night = read_night(self.home, self.configuration, day, day)
        return plan_space(self.home, space, self.configuration.pipelines[space], night)

    def night(
        self, space: str, day: date, params: dict[str, Any] | None = None, damage: Damage | None = None
    ) -> str:
        """Publish a version and return its name; one with other parameters or a damaged embedding is not settled."""
        pipeline = self.configuration.pipelines[space]
        if params:
            pipeline = pipeline.model_copy(update={"params": pipeline.params.model_copy(update=params)})
        night = read_night(self.home, self.configuration, day, day)
        plan = plan_space(self.home, space, pipeline, night)
        self._make(plan, damage)
        if (
            params or damage
        ):  # no night would have made it: nobody is to follow it, or to lose a version for it
            Candidate.of(self.home, plan).remove()
        else:
            settle(self.home, plan, self.configuration.publish, RUN_CONTEXT)
        return plan.version

    def _make(self, plan: Plan, damage: Damage | None) -> None:
        candidate = Candidate.of(self.home, plan)
        train(self.home, plan, self.configuration.features)
        if damage is not None:
            candidate.save_embedding(TRAINED, damage(candidate.load_embedding(TRAINED)))
        noise_floor(self.home, plan, self.configuration.features)
        if self.scored:
            evaluate(self.home, plan, self.configuration.features)
        else:
            unscored = nothing_to_score(EvaluationParameters(), "not a matter of this test")
            candidate.save_json(EVALUATION, unscored.as_json())
        profile_inputs(self.home, plan)
        compare(self.home, plan, plan.pipeline.gate_parameters(self.configuration.gate))
        candidate.save_json(REPORT_FACTS, {})
        candidate.save_text(REPORT, "<p>not a matter of this test</p>")
        candidate.save_json(REGISTERED, {"run_id": None, "model_version": None})
        publish(self.home, plan, self.configuration.publish, RUN_CONTEXT)

    def manifest(self, space: str, version: str | None = None) -> Manifest:
        """Of a version, the current one where none is named."""
        store = SnapshotStore(self.home.snapshots)
        current = store.current(space)
        assert current is not None
        return store.manifest(space, version or current.version)

    def pair(self, space: str) -> tuple[Snapshot, Snapshot]:
        """What is current, after its predecessor."""
        new = Snapshot.open(self.home.snapshots, space)
        return Snapshot.open(self.home.snapshots, space, new.manifest.parent_version), new

    def open(self, space: str, version: str) -> Snapshot:
        return Snapshot.open(self.home.snapshots, space, version)

    def seal(self) -> str:
        """A digest of everything that is published or under way."""
        digest = hashlib.sha256()
        for room in (self.home.snapshots, self.home.candidates):
            for path in sorted(
                path for path in room.rglob("*") if path.is_file() and ".lock" not in path.name
            ):
                digest.update(path.relative_to(self.home.root).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    """Two nights of `items` and `readers`, after two weeks that landed day by day."""
    root = tmp_path_factory.mktemp("small")
    home, flutter = Home(root / "home", root / "landing"), Flutter(WORLD)
    flutter.land_history(home.landing)
    for day in flutter.nights:
        flutter.land(home.landing, day)
    configuration = Configuration.model_validate({"sources": LOGS, "pipelines": SPACES})
    last = flutter.nights[-1]
    ingest(home, configuration.ingest, configuration.sources, last, last)
    features(home, configuration.features, last, last)
    small = SmallHome(home, (flutter.nights[-2], last), configuration)
    for day in small.days:
        for space in SPACES:
            small.night(space, day)
    return small


@pytest.fixture(scope="session")
def blur() -> Damage:
    """An embedding that the code does not make: every vector a little off."""

    def damage(embedding: Embedding) -> Embedding:
        matrix = embedding.vectors.matrix
        noise = np.random.default_rng(1).normal(scale=0.3 * matrix.std(), size=matrix.shape)
        blurred = (matrix + noise).astype(np.float32)
        return Embedding(
            Vectors(embedding.vectors.ids, blurred),
            embedding.provenance,
            embedding.output,
            embedding.left_out,
        )

    return damage
