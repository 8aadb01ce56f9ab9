"""Turn a candidate onto its predecessor, compare the two, and let the gate judge."""

from __future__ import annotations

from typing import Any

from tasks.activity import Told
from tasks.candidate import COMPARISON, EVALUATION, TRAINED, Candidate
from tasks.comparison.compare import Comparison, Knowledge, Version
from tasks.comparison.compare import compare as compare_versions
from tasks.comparison.floor import Floor
from tasks.comparison.parameters import ComparisonParameters, GateParameters
from tasks.plan import Plan
from tasks.profile_inputs import load_input_drift, load_window
from tasks.progress import step
from tasks.yardstick import Facts, Yardstick, quality_against, version_of
from warehouse.home import Home
from warehouse.snapshots import Snapshot


def compare(home: Home, plan: Plan, gate: GateParameters) -> None:
    """Leave `comparison.json`, and `rotation.npy` where one was found; nothing is done where they are there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(COMPARISON):
        return
    with step(f"{plan.space}: compare") as report:
        yardstick = Yardstick.read(home, plan, gate)
        facts = Facts(
            Told.read(home, plan),
            candidate.load_json(EVALUATION),
            load_input_drift(home, plan),
        )
        judgement = yardstick.judge(candidate.load_embedding(TRAINED), facts)
        if judgement.rotation is not None:
            candidate.save_rotation(judgement.rotation)
        document = _document(judgement.comparison, judgement.version, yardstick.frame)
        candidate.save_json(COMPARISON, {**document, "inputs": load_window(home, plan)})
        report.note = summary(judgement.comparison)


def compare_published(old: Snapshot, new: Snapshot, gate: GateParameters) -> Comparison:
    """What the gate says about `new` as a successor of `old`; both stay as they are.

    Floors are those of `new`. What only its own night knew, its quality against its predecessor and its inputs, is
    told where `old` is that predecessor.
    """
    manifest = new.manifest
    known = Knowledge(
        floor=Floor.from_json(manifest.noise_floor) if manifest.noise_floor else Floor(),
        quality=quality_against("popularity", manifest.evaluation),
        same_inputs=old.manifest.inputs["files"] == manifest.inputs["files"],
    )
    return compare_versions(version_of(old), version_of(new), known, ComparisonParameters(gate=gate))


def summary(comparison: Comparison) -> str:
    """One line: the verdict and the rules behind it."""
    verdict = comparison.verdict
    breached = [rule.rule for rule in verdict.rules if rule.outcome in ("warn", "block", "not_judged")]
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
