"""Score a space on days that its evaluation model has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from tasks.embeddings.contract import BEHAVIOUR, Embedding
from tasks.evaluation import (
    Evaluation,
    Scorer,
    SpaceVectors,
    Split,
    intrinsic,
    nothing_to_score,
    space_scorer,
    split,
)
from tasks.evaluation import evaluate as score
from tasks.progress import Step, step
from tasks.stages.features import FeatureParameters
from tasks.versions import scored_models
from tasks.versions.candidate import BEFORE_CUT, EVALUATION, TRAINED, Candidate
from tasks.versions.inputs import read_inputs, read_log
from tasks.versions.plan import Plan
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
    below = _below(home, plan)
    parents = _before_cut(home, plan, below)
    if isinstance(parents, str):
        return nothing_to_score(parameters, parents)
    events, flits = read_log(home, plan)
    parted = split(events, flits, plan.end, parameters, _learnt_since(home, plan, below))

    def build() -> Scorer:
        embedding = _embedding_before_cut(home, plan, features, parents, report)
        sides = SpaceVectors(embedding.vectors, embedding.output, embedding.parts)
        return space_scorer(parted, plan.pipeline.entity, sides, parameters, _flits(parents))

    predecessor = _predecessor(home, plan, parted)
    if isinstance(predecessor, str):
        return replace(score(parted, _OnDemand(build), parameters), no_predecessor=predecessor)
    return score(parted, _OnDemand(build), parameters, predecessor)


def _below(home: Home, plan: Plan) -> list[Manifest]:
    store = SnapshotStore(home.snapshots)
    return [store.manifest(name, version) for name, version in plan.parents.items()]


def _learnt_since(home: Home, plan: Plan, below: list[Manifest]) -> datetime | None:
    """From when on all that the scored model is made of has met what birds touched; None where nothing is bounded."""
    own = [] if plan.pipeline.window is None else [plan.pipeline.window]
    windows = own + [window for parent in below for window in scored_models.windows(home, parent)]
    return plan.cut - min(windows) if windows else None


def _not_ranked(home: Home, plan: Plan) -> str | None:
    """Why flits cannot be ranked by the space; None where they can."""
    entity = plan.pipeline.entity
    if plan.pipeline.evaluate.task == "none":
        return "task is none"
    if entity == "word":
        return "words are not ranked for birds"
    if entity == "bird" and [parent.entity for parent in _below(home, plan)] != ["flit"]:
        return (
            "a bird's vector is scored against flits of the space that it is computed from, and there is none"
        )
    return None


def _before_cut(home: Home, plan: Plan, versions: Iterable[Manifest]) -> dict[str, SpaceVectors] | str:
    """Space → the model that a version was scored by; or why not all are fit to be scored on the days of this plan."""
    kept = {one.space: scored_models.load(home, one, plan.cut) for one in versions}
    known = {name: sides for name, sides in kept.items() if sides is not None}
    if len(known) < len(kept):
        lacking = ", ".join(name for name in kept if name not in known)
        return f"{lacking} learnt from the days after the cut, and no earlier model of it is kept"
    return known


def _predecessor(home: Home, plan: Plan, parted: Split) -> Scorer | str | None:
    """The predecessor's model, to be scored on the days of this plan; or why it cannot be; None where there is none."""
    if plan.predecessor is None:
        return None
    manifest = SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    parents = scored_models.parents_of(home, manifest)
    if parents is None:
        return f"a version that {manifest.version} is built on is no longer kept"
    kept, below = _before_cut(home, plan, [manifest]), _before_cut(home, plan, parents)
    if isinstance(kept, str) or isinstance(below, str):
        return "the predecessor's model has seen days that are to be found, or was not kept"
    return space_scorer(parted, manifest.entity, kept[plan.space], plan.pipeline.evaluate, _flits(below))


def _flits(parents: Mapping[str, SpaceVectors]) -> Vectors | None:
    """Of the space that a space of birds is built on."""
    return next((sides.vectors for sides in parents.values()), None)


def _embedding_before_cut(
    home: Home, plan: Plan, features: FeatureParameters, parents: Mapping[str, SpaceVectors], report: Step
) -> Embedding:
    candidate = Candidate.of(home, plan)
    below = _below(home, plan)
    if not plan.pipeline.how.reads & BEHAVIOUR and not any(
        scored_models.is_informed(home, one) for one in below
    ):
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
