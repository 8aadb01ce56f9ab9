"""Score a space on days that its evaluation model has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tasks import held_out
from tasks.candidate import BEFORE_CUT, EVALUATION, TRAINED, Candidate
from tasks.embeddings.contract import BEHAVIOUR, Embedding
from tasks.evaluation import (
    Evaluation,
    Scorer,
    Sides,
    Split,
    intrinsic,
    nothing_to_score,
    space_scorer,
    split,
)
from tasks.evaluation import evaluate as score
from tasks.features import FeatureParameters
from tasks.inputs import read_inputs, read_log
from tasks.plan import Plan
from tasks.progress import Step, step
from warehouse.home import Home
from warehouse.snapshots import Manifest, SnapshotStore
from warehouse.vectors import Ids, Matrix, Vectors


def evaluate(home: Home, plan: Plan, features: FeatureParameters) -> None:
    """Leave `evaluation.json` in the candidate's folder; nothing is done where it is there.

    The model that is scored learns from what birds did before the cut; the published one from everything.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(EVALUATION):
        return
    with step(f"{plan.space}: evaluate") as report:
        evaluation = _evaluate(home, plan, features, report)
        in_itself = intrinsic(candidate.load_embedding(TRAINED).vectors, plan.pipeline.evaluate)
        candidate.save_json(EVALUATION, in_itself.added_to(evaluation.as_json()))
        report.note = _summary(evaluation)


def _evaluate(home: Home, plan: Plan, features: FeatureParameters, report: Step) -> Evaluation:
    parameters = plan.pipeline.evaluate
    unfit = _not_ranked(home, plan)
    if unfit is not None:
        return nothing_to_score(parameters.model_copy(update={"task": "none"}), unfit)
    parents = {
        name: _before_cut(home, plan, SnapshotStore(home.snapshots).manifest(name, version))
        for name, version in plan.parents.items()
    }
    seen = [name for name, vectors in parents.items() if vectors is None]
    if seen:
        reason = f"{', '.join(seen)} learnt from the days after the cut, and no earlier model of it is kept"
        return nothing_to_score(parameters, reason)
    known = {name: vectors for name, vectors in parents.items() if vectors is not None}
    events, flits = read_log(home, plan)
    window = plan.pipeline.window
    parted = split(events, flits, plan.end, parameters, None if window is None else plan.cut - window)

    def build() -> Scorer:
        embedding = _embedding_before_cut(home, plan, features, known, report)
        sides = Sides(embedding.vectors, embedding.output, embedding.parts)
        return space_scorer(parted, plan.pipeline.entity, sides, parameters, next(iter(known.values()), None))

    return score(parted, _OnDemand(build), parameters, _predecessor(home, plan, parted))


def _not_ranked(home: Home, plan: Plan) -> str | None:
    """Why flits cannot be ranked by the space; None where they can."""
    entity, store = plan.pipeline.entity, SnapshotStore(home.snapshots)
    if plan.pipeline.evaluate.task == "none":
        return "task is none"
    if entity == "word":
        return "words are not ranked for birds"
    parents = [store.manifest(name, version).entity for name, version in plan.parents.items()]
    if entity == "bird" and parents != ["flit"]:
        return (
            "a bird's vector is scored against flits of the space that it is computed from, and there is none"
        )
    return None


def _before_cut(home: Home, plan: Plan, manifest: Manifest) -> Vectors | None:
    """The vectors of a version, or where it learnt from what birds did, those of its model of before the plan's cut."""
    if held_out.is_informed(home, manifest):
        cut = manifest.evaluation.get("cut")
        if cut is None or datetime.fromisoformat(str(cut)) > plan.cut:
            return None
    kept = held_out.load(home, manifest)
    return None if kept is None else kept[0]


def _predecessor(home: Home, plan: Plan, parted: Split) -> Scorer | None:
    """The predecessor's model of before its cut, to be scored on the days of this plan; None where none is kept."""
    if plan.predecessor is None:
        return None
    manifest = SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    kept = held_out.load(home, manifest)
    parents = {
        parent.space: _before_cut(home, plan, parent) for parent in held_out.parents_of(home, manifest)
    }
    if kept is None or any(vectors is None for vectors in parents.values()):
        return None
    known = {name: vectors for name, vectors in parents.items() if vectors is not None}
    below = next(iter(known.values()), None)
    return space_scorer(parted, manifest.entity, Sides(*kept), plan.pipeline.evaluate, below)


def _embedding_before_cut(
    home: Home, plan: Plan, features: FeatureParameters, parents: Mapping[str, Vectors], report: Step
) -> Embedding:
    candidate = Candidate.of(home, plan)
    store = SnapshotStore(home.snapshots)
    below = [store.manifest(name, version) for name, version in plan.parents.items()]
    if not plan.pipeline.how.reads & BEHAVIOUR and not any(held_out.is_informed(home, one) for one in below):
        return candidate.load_embedding(TRAINED)
    if not candidate.has_embedding(BEFORE_CUT):
        inputs = read_inputs(home, plan, features, plan.cut, parents)
        candidate.save_embedding(BEFORE_CUT, plan.pipeline.how.fit(inputs, plan.pipeline.params, report))
    return candidate.load_embedding(BEFORE_CUT)


@dataclass(frozen=True)
class _OnDemand:
    """A scorer whose model is trained when the first bird is scored: never where there is nothing to score."""

    build: Callable[[], Scorer]

    @cached_property
    def _scorer(self) -> Scorer:
        return self.build()

    def score(self, birds: Ids) -> Matrix:
        return self._scorer.score(birds)


def _summary(evaluation: Evaluation) -> str:
    if evaluation.reason is not None:
        return f"not scored: {evaluation.reason}"
    k = evaluation.parameters.k[0]
    numbers = evaluation.headline
    return (
        f"recall@{k} {numbers[f'recall_at_{k}']:.4f}, popularity {numbers[f'popularity_recall_at_{k}']:.4f} "
        f"({evaluation.counts.birds_scored:,} birds)"
    )
