"""What a candidate is measured against: its predecessor, its chain's origin, its noise floor, the logs of both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.compare_versions import (
    Comparison,
    ComparisonParameters,
    Knowledge,
    Version,
    compare_versions,
)
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.topics import Topics
from tasks.comparison.inputs.trends import Trends
from tasks.comparison.statistics import FORTNIGHT, Decline, Quality, Scored
from tasks.comparison.vectors.alignment import Alignment, Sides, align
from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.space_id import SpaceOrigin, decide_space_id
from tasks.embeddings.contract import BEHAVIOUR, EVENTS, TEXTS, Embedding
from tasks.stages.noise_floor import FLOOR
from tasks.versions.candidate import Candidate
from tasks.versions.coverage import left_out
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.inputs import read_known
from tasks.versions.plan import Plan
from warehouse.home import Home
from warehouse.snapshots import Manifest, Snapshot, SnapshotStore, Standing
from warehouse.vectors import Ids, Matrix, Vectors, as_ids


@dataclass(frozen=True, slots=True, eq=False)
class CandidateFacts:
    """What is known of a candidate beside its vectors; `profiles` is what its logs say of its ids.

    `evaluation`: the document of its evaluation.
    """

    profiles: IdProfiles
    evaluation: Mapping[str, Any] | None = None
    inputs: InputDrift = field(default_factory=InputDrift)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A comparison, and what made it: the version as it would be published."""

    comparison: Comparison
    version: Version
    rotation: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """Everything that is the same for all candidates of a plan, read once; `judge` takes one of them."""

    plan: Plan
    gate: GateParameters
    frame: str
    known: Ids
    floor: Floor
    old: Snapshot | None = None
    origin: tuple[Snapshot, int] | None = None
    scored: Sequence[Scored] = ()

    @classmethod
    def read(cls, home: Home, plan: Plan, gate: GateParameters) -> References:
        """The floor is taken from the candidate's folder."""
        return cls.of(home, plan, gate, Floor.from_json(Candidate.of(home, plan).load_json(FLOOR)))

    @classmethod
    def of(cls, home: Home, plan: Plan, gate: GateParameters, floor: Floor) -> References:
        """With a floor that is at hand."""
        frame, known = frame_of(home, plan), read_known(home, plan)
        if plan.predecessor is None:
            return cls(plan, gate, frame, known, floor)
        old = Snapshot.open(home.snapshots, plan.space, plan.predecessor)
        return cls(
            plan,
            gate,
            frame,
            known,
            floor,
            old,
            origin_of(home, plan, old.manifest),
            scored_before(home, plan),
        )

    def judge(
        self, embedding: Embedding, facts: CandidateFacts, damage: Callable[[Version], Version] | None = None
    ) -> Judgement:
        """Turn `embedding` onto the predecessor, compare and judge it; nothing is written.

        `damage`: what happens to the version on its way to the gate, as many rows; nothing, but for a canary.
        """
        alignment = None if self.old is None else self._align(self.old, embedding, facts.profiles)
        version = self._version(embedding, alignment)
        vectors = Vectors(embedding.vectors.ids, _turned(embedding.vectors.matrix, alignment))
        before = as_ids([]) if self.old is None else self.old.ids
        by_topic, topics = facts.profiles.topics(vectors, before)
        knowledge = Knowledge(
            floor=self.floor,
            quality=quality_of("recall_at_{k}_over_popularity", facts.evaluation),
            quality_change=quality_of("recall_at_{k}_over_predecessor", facts.evaluation),
            quality_before=quality_of("predecessor_recall_at_{k}_over_popularity", facts.evaluation),
            decline=self._decline(facts.evaluation),
            groups={**facts.profiles.groups(vectors), **by_topic},
            topics=topics if self.old is not None else Topics(),
            trends=facts.profiles.trends if self.old is not None else Trends(),
            origin=None if self.origin is None else _named(*self.origin),
            same_inputs=None if self.old is None else same_inputs(self.old.manifest.inputs, self.plan.inputs),
            active_share=None if self.old is None else self._active_share(self.old, facts.profiles),
            news=_news(self.plan.pipeline.how.reads, facts.inputs),
            inputs=facts.inputs,
            new_ids=self._new_ids(vectors, facts.profiles),
        )
        old = None if self.old is None else version_of(self.old)
        version = version if damage is None else damage(version)
        comparison = compare_versions(old, version, knowledge, ComparisonParameters(gate=self.gate))
        return Judgement(comparison, version, None if alignment is None else alignment.rotation)

    def _align(self, old: Snapshot, embedding: Embedding, profiles: IdProfiles) -> Alignment:
        predecessor = Sides(Vectors(old.ids, old.matrix), _output(old), str(old.manifest.inputs["frame"]))
        candidate = Sides(embedding.vectors, embedding.output, self.frame)
        weights = profiles.weights(embedding.vectors.ids)
        return align(predecessor, candidate, fixed_frame=self.plan.pipeline.how.fixed_frame, weights=weights)

    def _version(self, embedding: Embedding, alignment: Alignment | None) -> Version:
        origin = SpaceOrigin(
            self.plan.space, self.plan.pipeline.method, embedding.vectors.dim, self.plan.version
        )
        return Version(
            embedding.vectors.ids,
            _turned(embedding.vectors.matrix, alignment),
            decide_space_id(None if self.old is None else self.old.space_id, alignment, origin),
            None if embedding.output is None else _turned(embedding.output, alignment),
            left_out(self.plan, embedding, self.known),
            alignment,
        )

    def _active_share(self, old: Snapshot, profiles: IdProfiles) -> float | None:
        """Of the predecessor's ids: how many had events since, where events are what a vector is made of."""
        if not self.plan.pipeline.how.reads & BEHAVIOUR:
            return 0.0
        return profiles.active_share(old.ids, datetime.combine(old.manifest.day + timedelta(days=1), time()))

    def _decline(self, evaluation: Mapping[str, Any] | None) -> Decline:
        return Decline.of(_score_of(self.plan.day, evaluation), self.scored)

    def _new_ids(self, vectors: Vectors, profiles: IdProfiles) -> NewIds:
        """Of flits that are made of their texts alone: no other vectors are the same whatever the age of an id."""
        if self.plan.pipeline.entity != "flit" or not self.plan.pipeline.how.reads <= TEXTS:
            return NewIds()
        return NewIds.of(vectors.matrix, profiles.age_in_days(vectors.ids), profiles.meetings(vectors.ids))


def same_inputs(old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    """Whether two versions, by what their manifests list as `inputs`, learnt from the same logs and parents."""
    return all(old.get(part) == new.get(part) for part in ("files", "parents"))


def scored_before(home: Home, plan: Plan) -> list[Scored]:
    """Released versions of the four weeks before the plan's day that are scored as it is, in the order of days."""
    store, k = SnapshotStore(home.snapshots), plan.pipeline.evaluate.k[0]
    first = str(plan.day - timedelta(days=2 * FORTNIGHT))
    found = []
    for version in store.versions(plan.space):
        if first <= version[:10] < str(plan.day) and store.standing(plan.space, version) is Standing.RELEASED:
            manifest = store.manifest(plan.space, version)
            evaluation = manifest.evaluation
            if evaluation.get("cut") is not None and evaluation["parameters"]["k"][0] == k:  # type: ignore[index,call-overload]
                found.append(_score_of(manifest.day, evaluation))
    return sorted(found, key=lambda one: one.day)


def _score_of(day: date, evaluation: Mapping[str, Any] | None) -> Scored:
    cut = None if evaluation is None else evaluation.get("cut")
    return Scored(
        day,
        day if cut is None else datetime.fromisoformat(str(cut)).date(),
        quality_of("recall_at_{k}", evaluation),
    )


def _news(reads: Collection[str], inputs: InputDrift) -> int | None:
    """How much of the last day a space reads: events, or flits posted; None where it reads neither itself."""
    if set(EVENTS) & set(reads):
        return sum(day.events for day in inputs.days if day.day == inputs.window.end)
    if {"texts", "documents", "authors"} & set(reads):
        return inputs.today.posted or 0
    return 0 if "birds" in reads else None


def origin_of(home: Home, plan: Plan, predecessor: Manifest) -> tuple[Snapshot, int] | None:
    """The oldest version that is kept of the predecessor's own chain in its space, and how many days ago it was.

    None where that is the predecessor itself.
    """
    store, oldest = SnapshotStore(home.snapshots), predecessor
    kept = set(store.versions(plan.space))
    while oldest.parent_version in kept:
        parent = store.manifest(plan.space, str(oldest.parent_version))
        if parent.space_id != predecessor.space_id:
            break
        oldest = parent
    if oldest is predecessor:
        return None
    return Snapshot.open(home.snapshots, plan.space, oldest.version), (plan.day - oldest.day).days


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


def quality_of(difference: str, evaluation: Mapping[str, Any] | None) -> Quality:
    """One of the headline's differences in recall, paired over the same birds; `{k}` in its name is the first depth."""
    if evaluation is None:
        return Quality(note="not evaluated")
    if evaluation["reason"] is not None:
        return Quality(note=evaluation["reason"])
    headline = evaluation["headline"]
    name = difference.format(k=evaluation["parameters"]["k"][0])
    if headline.get(name) is None:
        return Quality(note=evaluation.get("no_predecessor") or "not scored")
    return Quality(
        headline["birds_scored"], headline[name], headline[f"{name}_low"], headline[f"{name}_high"]
    )


def _named(snapshot: Snapshot, days: int) -> tuple[Version, str, int]:
    return version_of(snapshot), snapshot.version, days


def _output(snapshot: Snapshot) -> Matrix | None:
    return snapshot.outputs(snapshot.ids) if snapshot.manifest.score.target == "output" else None


def _turned(matrix: Matrix, alignment: Alignment | None) -> Matrix:
    return matrix if alignment is None else alignment.apply(matrix)
