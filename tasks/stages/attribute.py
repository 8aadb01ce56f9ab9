"""Which part of a change comes from seed, data, parameters and code, and who moved: by training anew, on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from tasks.comparison.compare_versions import Comparison, Knowledge, compare_versions
from tasks.comparison.inputs.topics import TopicAttention
from tasks.comparison.vectors.alignment import Sides, Weights
from tasks.comparison.vectors.causes import NOTHING, CauseAlone, Distance, relate, remainder
from tasks.comparison.vectors.floor import Floor
from tasks.comparison.vectors.movers import Mover
from tasks.comparison.vectors.paired import GroupChange
from tasks.embeddings.contract import Embedding, Inputs
from tasks.progress import Step, step
from tasks.stages.ablations import Ablations, TimedEmbedding, train_in_memory
from tasks.stages.features import FeatureParameters
from tasks.stages.noise_floor import twin_floor
from tasks.versions.id_profiles import IdProfiles
from tasks.versions.pipeline import Pipeline
from tasks.versions.published import plan_of, trained
from tasks.versions.references import version_of
from warehouse.home import Home
from warehouse.snapshots import Snapshot
from warehouse.vectors import Ids

MOST_GROUPS, MOST_TOPICS = 10, 10


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a change is made of.

    `total`: 1 − mean aligned cosine between the two versions. `parts`: each cause alone; `rest`: the share that they
    leave, negative where they overlap. `data`: what of the data. `groups`, `topics`, `movers`: who moved, farthest
    or fastest growing first. `notes`: what a reader must know to trust the numbers.
    """

    space: str
    old: str
    new: str
    total: Distance
    parts: tuple[CauseAlone, ...]
    rest: float | None
    data: tuple[CauseAlone, ...]
    groups: tuple[GroupChange, ...]
    topics: tuple[TopicAttention, ...]
    movers: tuple[Mover, ...]
    notes: tuple[str, ...]
    seconds: float

    def document(self) -> Mapping[str, Any]:
        """As it is printed for programs."""
        return asdict(self)


def attribute(home: Home, old: Snapshot, new: Snapshot, features: FeatureParameters) -> Attribution:
    """Train the old version anew, one thing changed at a time, and compare. Nothing is written.

    Up to seven trainings; what did not change between the versions costs none.
    """
    began = time.monotonic()
    with step(f"{old.manifest.space}: explain") as report:
        trainings = _Trainings(home, old, new, features, report)
        noise = None if trainings.twin is None else trainings.moved(trainings.twin.embedding).change
        total = trainings.total
        parts = relate(list(trainings.parts()), total.change, noise)
        data = relate(list(trainings.parts_of_data()), total.change, noise)
        found = trainings.comparison
        report.note = f"{trainings.count} trainings"
    return Attribution(
        old.manifest.space,
        old.version,
        new.version,
        total,
        parts,
        remainder(parts),
        data,
        _farthest(found),
        found.statistics.topics.topics[:MOST_TOPICS],
        found.movers,
        tuple(trainings.notes(parts)),
        round(time.monotonic() - began, 1),
    )


class _Trainings:
    """The old version trained anew, and what is compared with it."""

    def __init__(
        self, home: Home, old: Snapshot, new: Snapshot, features: FeatureParameters, report: Step
    ) -> None:
        self.old, self.new, self.report, self.count = old, new, report, 0
        self.plan = plan_of(old.manifest)
        new_plan = plan_of(new.manifest)
        self.ablations = Ablations(home, self.plan, new_plan, features)
        self.profiles = IdProfiles.read(home, new_plan)
        self.old_profiles = IdProfiles.read(home, self.plan)
        self.rerun = self.train(self.ablations.old_inputs, self.plan.pipeline.params)

    def train(self, inputs: Inputs, parameters: Any, pipeline: Pipeline | None = None) -> TimedEmbedding:
        self.count += 1
        plan = self.plan if pipeline is None else replace(self.plan, pipeline=pipeline)
        return train_in_memory(plan, inputs, parameters, self.report)

    @property
    def weigh(self) -> Callable[[Ids], Weights]:
        return self.profiles.weights

    def moved(self, embedding: Embedding) -> Distance:
        """How far a training is from that of the old version, with today's code."""
        return self._between(_sides(self.rerun.embedding), _sides(embedding))

    @property
    def total(self) -> Distance:
        return self._between(_published(self.old), _published(self.new))

    def _between(self, old: Sides, new: Sides) -> Distance:
        return Distance.between(old, new, self.weigh, fixed_frame=self.plan.pipeline.how.fixed_frame)

    @cached_property
    def twin(self) -> TimedEmbedding | None:
        """With another seed, which is the new version's where that differs; None where there is no seed."""
        parameters = self.ablations.other_seed
        return None if parameters is None else self.train(self.ablations.old_inputs, parameters)

    def parts(self) -> Iterator[CauseAlone]:
        """Seed, data, parameters, code."""
        yield self._seed()
        data = list(self.ablations.of_data())
        inputs = self.ablations.new_data
        yield self._part("data", "the new night's inputs", inputs if data else None)
        pipeline = self.ablations.new_pipeline
        if pipeline is None:
            yield CauseAlone("parameters", "the same", NOTHING)
        else:
            made = self.train(self.ablations.under(pipeline), pipeline.params, pipeline)
            what = _differences(self.plan.pipeline, pipeline)
            yield CauseAlone("parameters", what, self.moved(made.embedding), seconds=made.seconds)
        code = self._between(_sides(trained(self.old)), _sides(self.rerun.embedding))
        yield CauseAlone("code", "the old version trained today", code, seconds=self.rerun.seconds)

    def parts_of_data(self) -> Iterator[CauseAlone]:
        """Each thing of the data alone. A single one is all of it, and is not trained again."""
        single = list(self.ablations.of_data())
        if len(single) > 1:
            for name, what, inputs in single:
                yield self._part(name, what, inputs)

    def _part(self, name: str, what: str, inputs: Inputs | None) -> CauseAlone:
        if inputs is None:
            return CauseAlone(name, "the same", NOTHING)
        made = self.train(inputs, self.plan.pipeline.params)
        return CauseAlone(name, what, self.moved(made.embedding), seconds=made.seconds)

    def _seed(self) -> CauseAlone:
        old, new = self.ablations.seeds
        if self.twin is None:
            return CauseAlone("seed", "the method draws nothing at random", NOTHING, adds_up=False)
        changed = new is not None and new != old
        what = f"{new} instead of {old}" if changed else "another one: the noise that is within the others"
        distance = self.moved(self.twin.embedding)
        return CauseAlone("seed", what, distance, adds_up=changed, seconds=self.twin.seconds)

    @cached_property
    def comparison(self) -> Comparison:
        """The two versions as published, by group and topic, against the noise of the old one."""
        after = version_of(self.new)
        vectors = _sides_of(self.new).vectors
        by_topic, topics = self.profiles.topics(vectors, self.old.ids)
        known = Knowledge(self._floor(), groups={**self.profiles.groups(vectors), **by_topic}, topics=topics)
        return compare_versions(version_of(self.old), after, known)

    def _floor(self) -> Floor:
        if self.twin is None:
            return Floor.zero()
        return twin_floor(self.plan, self.rerun.embedding, self.twin.embedding, self.old_profiles)

    def notes(self, parts: tuple[CauseAlone, ...]) -> Iterator[str]:
        """What is not as a reader would expect."""
        old, new = self.old.manifest, self.new.manifest
        by_name = {part.name: part for part in parts}
        if by_name["code"].distance.change and old.code_sha == new.code_sha:
            yield "the rerun differs though code and parameters are the same: logs that were known then have changed"
        if by_name["data"].distance.change and self.twin is not None and not by_name["seed"].adds_up:
            yield "a training that sees other events draws other numbers: what is up to 1 × noise may be noise alone"
        if self.total.reason:
            yield f"coordinates do not compare: {self.total.reason}"


def _sides(embedding: Embedding) -> Sides:
    return Sides(embedding.vectors, embedding.output)


def _sides_of(snapshot: Snapshot) -> Sides:
    return _sides(trained(snapshot))


def _published(snapshot: Snapshot) -> Sides:
    return replace(_sides_of(snapshot), frame=str(snapshot.manifest.inputs.get("frame", "")))


def _differences(old: Pipeline, new: Pipeline) -> str:
    """Which keys differ, each with both values."""
    before, after = (_flat(one) for one in (old, new))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return ", ".join(f"{key} {before.get(key)} → {after.get(key)}" for key in keys)


def _flat(pipeline: Pipeline) -> dict[str, Any]:
    dumped = pipeline.model_dump(mode="json", by_alias=True, exclude={"gate", "evaluate", "entity"})
    return {**dumped.pop("params"), **dumped}


def _farthest(found: Comparison) -> tuple[GroupChange, ...]:
    """Groups by how many times more they moved than another seed moves them; where that is unknown by how far."""

    def moved(group: GroupChange) -> float:
        change = 1 - (group.cosine.mean if group.cosine.mean is not None else 1.0)
        return group.multiple if group.multiple is not None else change

    groups = sorted(found.statistics.paired.groups, key=lambda group: (-moved(group), group.label))
    return tuple(groups[:MOST_GROUPS])
