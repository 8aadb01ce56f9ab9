"""How much a space changes when only the seed does: measured with a twin, kept, and measured again every week."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tasks.comparison.compare_versions import ComparisonParameters, Knowledge, Version, compare_versions
from tasks.comparison.statistics import Statistics
from tasks.comparison.vectors.alignment import Sides, align
from tasks.comparison.vectors.floor import Floor, Sampling
from tasks.embeddings.contract import Embedding, Inputs, thinned
from tasks.progress import Step, step
from tasks.stages.features import FeatureParameters
from tasks.versions.candidate import TRAINED, Candidate
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import Plan
from warehouse import sealed
from warehouse.fingerprint import digest
from warehouse.home import Home
from warehouse.json_file import save_json
from warehouse.snapshots import SnapshotStore

FLOOR = "floor.json"
FRESH_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=60)
SMALL = 100_000
"""Up to so many events the chance of the log is measured too; in larger logs a night exchanges few of them."""
LEFT_OUT = 0.25
"""Of the events: what the twin that measures it does without."""
DAY = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]"
"""How the name of a kept floor begins, for a glob."""
SCALE = 1.25
"""A floor holds for inputs up to this many times larger or smaller than those it was measured on."""


def noise_floor(home: Home, plan: Plan, features: FeatureParameters) -> None:
    """Leave `floor.json` in the candidate's folder; nothing is done where it is there.

    A floor of the same method and parameters, no older than a week and of about as many events, is taken as it is.
    """
    candidate = Candidate.of(home, plan)
    if candidate.has(FLOOR):
        return
    seed = getattr(plan.pipeline.params, "seed", None)
    if seed is None:
        candidate.save_json(FLOOR, _without_seed(home, plan).as_json())
        return
    with step(f"{plan.space}: noise floor") as report:
        inputs = read_inputs(home, plan, features)
        floor = kept(home, plan, inputs.rows)
        report.note = "" if floor is None else f"kept from {floor.day}"
        if floor is None:
            floor = _measure(home, plan, inputs, candidate.load_embedding(TRAINED), report)
            _keep(home, plan, floor)
            report.note = (
                f"another seed gives a cosine of {floor.mean_cosine or 0:.3f}, in {floor.seconds:.0f} s"
            )
        candidate.save_json(FLOOR, floor.as_json())


def kept(home: Home, plan: Plan, events: int) -> Floor | None:
    """The newest floor that may stand for the plan, of no later day than its own."""
    for day, path in _kept(home, plan):
        if not plan.day - FRESH_FOR < day <= plan.day:
            continue
        if not sealed.there(path):
            continue
        floor = Floor.from_json(json.loads(path.read_text(encoding="utf-8")))
        if floor.events / SCALE <= events <= floor.events * SCALE:
            return floor
    return None


def twin_floor(plan: Plan, version: Embedding, twin: Embedding, profiles: IdProfiles) -> Floor:
    """What `twin` differs by from `version`: two trainings on the same inputs. Provenance is left to the caller."""
    found = _between(version, twin, profiles, Floor())
    return Floor(
        "measured", "", paired=found.paired, neighbours=found.neighbours, distribution=found.distribution
    )


def _between(version: Embedding, twin: Embedding, profiles: IdProfiles, floor: Floor) -> Statistics:
    """`twin` as if it were the version's successor."""
    alignment = align(
        Sides(version.vectors, version.output),
        Sides(twin.vectors, twin.output),
        weights=profiles.weights(twin.vectors.ids),
    )
    old = Version(version.vectors.ids, version.vectors.matrix, "", version.output)
    output = None if twin.output is None else alignment.apply(twin.output)
    new = Version(twin.vectors.ids, alignment.apply(twin.vectors.matrix), "", output)
    known = Knowledge(floor=floor, groups=profiles.groups(twin.vectors))
    return compare_versions(old, new, known, ComparisonParameters(movers=0)).statistics


def _measure(home: Home, plan: Plan, inputs: Inputs, version: Embedding, report: Step) -> Floor:
    seed = plan.pipeline.params.seed  # type: ignore[attr-defined]  # who has none has a floor of zero
    other = (seed + 1) % 2**32
    changed = plan.pipeline.params.model_copy(update={"seed": other})
    profiles = IdProfiles.read(home, plan, inputs.sequences)
    began = time.monotonic()
    floor = twin_floor(plan, version, plan.pipeline.how.fit(inputs, changed, report), profiles)
    fewer = thinned(inputs, LEFT_OUT, other) if inputs.rows <= SMALL else inputs
    if fewer is not inputs:
        found = _between(version, plan.pipeline.how.fit(fewer, changed, report), profiles, floor)
        floor = replace(floor, sampling=_sampling(found))
    seconds = round(time.monotonic() - began, 1)
    return replace(
        floor, note="", day=plan.day.isoformat(), seeds=(seed, other), events=inputs.rows, seconds=seconds
    )


def _sampling(found: Statistics) -> Sampling:
    lengths = found.paired.norm_change.p50
    return Sampling(
        LEFT_OUT,
        found.paired.cosine.mean,
        found.neighbours.overlap_at_50,
        None if lengths is None else abs(lengths),
        found.paired.outlier_share,
        found.identity.misplaced,
    )


def _without_seed(home: Home, plan: Plan) -> Floor:
    """Nothing at random: zero, unless a space below it is trained with a seed."""
    store = SnapshotStore(home.snapshots)
    noisy = [
        name
        for name, version in plan.parents.items()
        if store.manifest(name, version).noise_floor.get("status") != "zero"
    ]
    if noisy:
        return Floor(
            "missing", f"draws nothing at random itself, {', '.join(noisy)} does: its noise is passed on"
        )
    return Floor.zero()


def _folder(home: Home, plan: Plan) -> Path:
    return home.floors / plan.space


def _key(plan: Plan) -> str:
    """What a floor stands for: the method, its parameters, its window, and what the second twin does without."""
    pipeline = plan.parameters
    return digest(pipeline["method"], pipeline["params"], pipeline["window"], LEFT_OUT)[:12]


def _kept(home: Home, plan: Plan) -> Iterator[tuple[date, Path]]:
    """Day and file of the floors of the plan's method and parameters, the newest first."""
    folder = _folder(home, plan)
    for path in sorted(folder.glob(f"{DAY}-{_key(plan)}.json") if folder.is_dir() else [], reverse=True):
        yield date.fromisoformat(path.name[:10]), path


def _keep(home: Home, plan: Plan, floor: Floor) -> None:
    folder = _folder(home, plan)
    save_json(folder / f"{plan.day.isoformat()}-{_key(plan)}.json", floor.as_json())
    for old in folder.glob(f"{DAY}-*.json"):
        if date.fromisoformat(old.name[:10]) < plan.day - KEPT_FOR:
            sealed.remove(old)
