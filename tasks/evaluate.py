"""Score a space on days that its evaluation model has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tasks import held_out
from tasks.candidate import BEFORE_CUT, EVALUATION, TRAINED, Candidate
from tasks.embeddings.contract import BEHAVIOUR, Embedding
from tasks.embeddings.registry import METHODS
from tasks.evaluation import Evaluation, Scorer, Split, bird_scorer, nothing_to_score, profile_scorer, split
from tasks.evaluation import evaluate as score
from tasks.features import FeatureParameters
from tasks.inputs import read_inputs, read_log, read_vectors
from tasks.plan import Plan
from tasks.progress import Step, step
from warehouse.home import Home
from warehouse.snapshots import SnapshotStore
from warehouse.vectors import Ids, Matrix


def evaluate(home: Home, plan: Plan, features: FeatureParameters) -> None:
    """Leave `evaluation.json` in the candidate's folder; nothing is done where it is there.

    The model that is scored learns from what birds did before the cut; the published one from everything.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(EVALUATION):
        return
    with step(f"{plan.space}: evaluate") as report:
        evaluation = _evaluate(home, plan, features, report)
        candidate.save_json(EVALUATION, evaluation.as_json())
        report.note = _summary(evaluation)


def _evaluate(home: Home, plan: Plan, features: FeatureParameters, report: Step) -> Evaluation:
    parameters = plan.pipeline.evaluate
    if parameters.task == "none":
        return nothing_to_score(parameters, "task is none")
    informed = [name for name, version in plan.parents.items() if _saw_behaviour(home, name, version)]
    if informed:
        reason = (
            f"{', '.join(informed)} learnt from the days after the cut: to find them again proves nothing"
        )
        return nothing_to_score(parameters, reason)
    events, flits = read_log(home, plan)
    window = plan.pipeline.window
    parted = split(events, flits, plan.end, parameters, None if window is None else plan.cut - window)
    scorer = _OnDemand(
        lambda: _scorer(home, plan, parted, _embedding_before_cut(home, plan, features, report))
    )
    return score(parted, scorer, parameters, _predecessor(home, plan, parted))


def _predecessor(home: Home, plan: Plan, parted: Split) -> Scorer | None:
    """The predecessor's model of before its cut, to be scored on the days of this plan; None where none is kept."""
    if plan.predecessor is None:
        return None
    manifest = SnapshotStore(home.snapshots).manifest(plan.space, plan.predecessor)
    embedding = held_out.load(home, manifest)
    if embedding is None:
        return None
    vectors, output = embedding
    if manifest.entity == "flit":
        return profile_scorer(parted, vectors, plan.pipeline.evaluate.profile, output)
    parents = manifest.inputs["parents"]
    assert isinstance(parents, dict)
    ((parent, version),) = parents.items()
    return bird_scorer(parted, vectors, read_vectors(home, parent, str(version)))


def _saw_behaviour(home: Home, space: str, version: str) -> bool:
    """Whether a published version, or one that it is built on, learnt from what birds did."""
    manifest = SnapshotStore(home.snapshots).manifest(space, version)
    if METHODS[str(manifest.parameters["method"])].reads & BEHAVIOUR:
        return True
    parents = manifest.inputs["parents"]
    assert isinstance(parents, dict)
    return any(_saw_behaviour(home, name, str(parent)) for name, parent in parents.items())


def _embedding_before_cut(home: Home, plan: Plan, features: FeatureParameters, report: Step) -> Embedding:
    candidate = Candidate.of(home, plan)
    if not plan.pipeline.how.reads & BEHAVIOUR:
        return candidate.load_embedding(TRAINED)
    if not candidate.has_embedding(BEFORE_CUT):
        inputs = read_inputs(home, plan, features, until=plan.cut)
        candidate.save_embedding(BEFORE_CUT, plan.pipeline.how.fit(inputs, plan.pipeline.params, report))
    return candidate.load_embedding(BEFORE_CUT)


def _scorer(home: Home, plan: Plan, parted: Split, embedding: Embedding) -> Scorer:
    if plan.pipeline.entity == "flit":
        return profile_scorer(parted, embedding.vectors, plan.pipeline.evaluate.profile, embedding.output)
    ((parent, version),) = plan.parents.items()
    return bird_scorer(parted, embedding.vectors, read_vectors(home, parent, version))


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
