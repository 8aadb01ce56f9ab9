"""Turn a candidate onto its predecessor, compare the two, and let the gate judge."""

from __future__ import annotations

from typing import Any

from tasks.candidate import COMPARISON, EVALUATION, TRAINED, Candidate
from tasks.comparison.alignment import Alignment, Sides, align
from tasks.comparison.compare import Comparison, Version
from tasks.comparison.compare import compare as compare_versions
from tasks.comparison.parameters import ComparisonParameters, GateParameters
from tasks.comparison.space_identity import SpaceOrigin, decide_space_id
from tasks.comparison.statistics import Quality
from tasks.coverage import left_out
from tasks.embeddings.contract import Embedding
from tasks.inputs import read_known
from tasks.plan import Plan
from tasks.progress import step
from warehouse.home import Home
from warehouse.snapshots import Snapshot
from warehouse.vectors import Matrix, Vectors


def compare(home: Home, plan: Plan, gate: GateParameters) -> None:
    """Leave `comparison.json`, and `rotation.npy` where one was found; nothing is done where they are there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(COMPARISON):
        return
    with step(f"{plan.space}: compare") as report:
        embedding = candidate.load_embedding(TRAINED)
        old = (
            None if plan.predecessor is None else Snapshot.open(home.snapshots, plan.space, plan.predecessor)
        )
        frame = frame_of(home, plan)
        alignment = None if old is None else _align(old, embedding, frame, plan)
        origin = SpaceOrigin(plan.space, plan.pipeline.method, embedding.vectors.dim, plan.version)
        new = Version(
            embedding.vectors.ids,
            _turned(embedding.vectors.matrix, alignment),
            decide_space_id(None if old is None else old.space_id, alignment, origin),
            None if embedding.output is None else _turned(embedding.output, alignment),
            left_out(plan, embedding, read_known(home, plan)),
            alignment,
        )
        comparison = compare_versions(
            None if old is None else version_of(old),
            new,
            quality=_quality(candidate.load_json(EVALUATION)),
            parameters=ComparisonParameters(gate=gate),
        )
        if alignment is not None and alignment.rotation is not None:
            candidate.save_rotation(alignment.rotation)
        candidate.save_json(COMPARISON, _document(comparison, new, frame))
        report.note = summary(comparison)


def compare_published(old: Snapshot, new: Snapshot, gate: GateParameters) -> Comparison:
    """What the gate says about `new` as a successor of `old`; both stay as they are."""
    return compare_versions(
        version_of(old),
        version_of(new),
        quality=_quality(new.manifest.evaluation),
        parameters=ComparisonParameters(gate=gate),
    )


def version_of(snapshot: Snapshot) -> Version:
    """A published version as the comparison takes it."""
    return Version(
        snapshot.ids, snapshot.matrix, snapshot.space_id, _output(snapshot), snapshot.manifest.coverage
    )


def frame_of(home: Home, plan: Plan) -> str:
    """What must be equal for coordinates to be comparable: the method, its model, the spaces it is built on."""
    artefact = plan.pipeline.how.artefact_digest(plan.pipeline.params)
    parents = [
        Snapshot.open(home.snapshots, name, version).space_id for name, version in plan.parents.items()
    ]
    return ":".join([plan.pipeline.method, *([artefact] if artefact else []), *parents])


def summary(comparison: Comparison) -> str:
    """One line: the verdict and the rules behind it."""
    verdict = comparison.verdict
    breached = [rule.rule for rule in verdict.rules if rule.outcome in ("warn", "block", "not_judged")]
    return verdict.verdict + (f" ({', '.join(breached)})" if breached else "")


def _align(old: Snapshot, embedding: Embedding, frame: str, plan: Plan) -> Alignment:
    predecessor = Sides(Vectors(old.ids, old.matrix), _output(old), str(old.manifest.inputs["frame"]))
    candidate = Sides(embedding.vectors, embedding.output, frame)
    return align(predecessor, candidate, fixed_frame=plan.pipeline.how.fixed_frame)


def _output(snapshot: Snapshot) -> Matrix | None:
    return snapshot.outputs(snapshot.ids) if snapshot.manifest.score.target == "output" else None


def _turned(matrix: Matrix, alignment: Alignment | None) -> Matrix:
    return matrix if alignment is None else alignment.apply(matrix)


def _quality(evaluation: Any) -> Quality:
    if evaluation["reason"] is not None:
        return Quality()
    headline = evaluation["headline"]
    name = f"recall_at_{evaluation['parameters']['k'][0]}_over_popularity"
    return Quality(
        headline["birds_scored"], headline[name], headline[f"{name}_low"], headline[f"{name}_high"]
    )


def _document(comparison: Comparison, new: Version, frame: str) -> dict[str, Any]:
    alignment = {"status": "first"} if new.alignment is None else new.alignment.as_json()
    return {
        **comparison.as_json(),
        "space_id": new.space_id,
        "frame": frame,
        "alignment": alignment,
        "coverage": dict(new.left_out),
    }
