"""Turn a candidate onto its predecessor, compare the two, and let the gate judge."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from tasks.comparison.compare_versions import (
    Comparison,
    ComparisonParameters,
    Knowledge,
    Version,
    compare_versions,
)
from tasks.comparison.gate.judge import judge
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.inputs.input_drift import compare_inputs
from tasks.comparison.statistics import Statistics
from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.movers import Mover
from tasks.progress import step
from tasks.stages.profile_inputs import load_input_drift, load_window, profile_of
from tasks.versions.candidate import COMPARISON, EVALUATION, TRAINED, Candidate
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.plan import Plan
from tasks.versions.references import CandidateFacts, References, quality_of, same_inputs, version_of
from warehouse.home import Home
from warehouse.snapshots import Snapshot

_STATISTICS: TypeAdapter[Statistics] = TypeAdapter(Statistics)
_MOVERS: TypeAdapter[tuple[Mover, ...]] = TypeAdapter(tuple[Mover, ...])


def compare(home: Home, plan: Plan, gate: GateParameters) -> None:
    """Leave `comparison.json`, and `rotation.npy` where one was found; nothing is done where they are there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(COMPARISON):
        return
    with step(f"{plan.space}: compare") as report:
        references = References.read(home, plan, gate)
        facts = CandidateFacts(
            IdProfiles.read(home, plan),
            candidate.load_json(EVALUATION),
            load_input_drift(home, plan),
        )
        judgement = references.judge(candidate.load_embedding(TRAINED), facts)
        if judgement.rotation is not None:
            candidate.save_rotation(judgement.rotation)
        document = _document(judgement.comparison, judgement.version, references.frame)
        candidate.save_json(COMPARISON, {**document, "inputs": load_window(home, plan)})
        report.note = summary(judgement.comparison)


def compare_published(old: Snapshot, new: Snapshot, gate: GateParameters) -> Comparison:
    """What `gate` says about `new` as a successor of `old`; both stay as they are.

    Where `old` is its predecessor, the statistics are those of its own night. Of any other two the vectors and the
    windows are compared anew, in units of the floor of `new`; what only a night can know is left out.
    """
    own = _of_its_night(new) if new.manifest.parent_version == old.version else None
    if own is not None:
        statistics, movers = own
        return Comparison(statistics, movers, judge(statistics, gate))
    manifest = new.manifest
    known = Knowledge(
        floor=Floor.from_json(manifest.noise_floor) if manifest.noise_floor else Floor(),
        quality=quality_of("recall_at_{k}_over_popularity", manifest.evaluation),
        same_inputs=same_inputs(old.manifest.inputs, manifest.inputs),
        inputs=compare_inputs(window=profile_of(manifest), before=profile_of(old.manifest)),
    )
    return compare_versions(version_of(old), version_of(new), known, ComparisonParameters(gate=gate))


def _of_its_night(new: Snapshot) -> tuple[Statistics, tuple[Mover, ...]] | None:
    """Statistics and movers as the manifest keeps them; None where another edition of Nightjar wrote them."""
    drift, floor = new.manifest.drift, new.manifest.noise_floor
    try:
        statistics = _STATISTICS.validate_python({**drift["statistics"], "floor": floor})  # type: ignore[dict-item]
        return statistics, _MOVERS.validate_python(drift["movers"])
    except (KeyError, TypeError, ValidationError):
        return None


def summary(comparison: Comparison) -> str:
    """One line: the verdict and the rules behind it."""
    verdict = comparison.verdict
    breached = [rule.rule for rule in verdict.breached]
    return verdict.verdict + (f" ({', '.join(breached)})" if breached else "")


def _document(comparison: Comparison, new: Version, frame: str) -> dict[str, Any]:
    alignment = {"status": "first"} if new.alignment is None else new.alignment.as_json()
    return {
        **comparison.as_json(),
        "space_id": new.space_id,
        "frame": frame,
        "alignment": alignment,
        "coverage": dict(new.left_out),
    }
