"""Compare a version with its predecessor and judge it: the one call that stages need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from tasks.comparison.distributions.distribution import compare_distributions
from tasks.comparison.distributions.parameters import DistributionParameters
from tasks.comparison.gate.judge import Verdict, documents_of, judge, results_of
from tasks.comparison.gate.table import GateParameters
from tasks.comparison.inputs.input_drift import InputDrift
from tasks.comparison.inputs.new_ids import NewIds
from tasks.comparison.inputs.topics import Topics
from tasks.comparison.inputs.trends import Trends
from tasks.comparison.statistics import Coverage, Decline, Frame, Origin, Quality, Statistics
from tasks.comparison.vectors.alignment import Alignment
from tasks.comparison.vectors.floor import Floor, Multiples, multiple
from tasks.comparison.vectors.misplaced_ids import Identity
from tasks.comparison.vectors.movers import Mover, find_movers
from tasks.comparison.vectors.neighbours import neighbour_overlap
from tasks.comparison.vectors.paired import (
    Changes,
    Groups,
    Paired,
    Population,
    Spread,
    output_cosines,
    summarise,
)
from tasks.comparison.vectors.rows import Common
from tasks.comparison.vectors.structure import RawMatrix, SoundRows, sound_rows
from tasks.parameters import Parameters
from warehouse.threads import one_thread
from warehouse.vectors import Ids, Vectors


class ComparisonParameters(Parameters):
    """How much the comparison looks at, and what the gate makes of it."""

    gate: GateParameters = GateParameters()
    queries: Annotated[int, Field(ge=1)] = Field(2000, description="Ids whose neighbours are compared.")
    movers: Annotated[int, Field(ge=0)] = Field(20, description="Most changed ids to name.")
    mover_neighbours: Annotated[int, Field(ge=1)] = Field(10, description="Neighbours to name of each.")
    distribution: DistributionParameters = DistributionParameters()


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version as it would be published: raw arrays, since the gate is to see what is broken.

    `ids` (n,); `matrix` and `output` (n, d), in the frame of `space_id`; `left_out`: known ids without a
    vector, reason → count; `alignment`: how it came into its frame, where that is at hand.
    """

    ids: Ids
    matrix: RawMatrix
    space_id: str
    output: RawMatrix | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    alignment: Alignment | None = None

    def covered_share(self) -> float | None:
        """Rows per known id."""
        known = len(self.ids) + sum(self.left_out.values())
        return len(self.ids) / known if known else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found, and what the gate makes of it."""

    statistics: Statistics
    movers: tuple[Mover, ...]
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """`verdict`, `rules`, `statistics`, `movers`: the same keys every night, else None."""
        return {
            "verdict": self.verdict.verdict,
            "rules": documents_of(self.verdict.rules),
            "statistics": _with_every_key(asdict(self.statistics)),
            "movers": [asdict(mover) for mover in self.movers],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Comparison:
        """What `as_json` gave. KeyError or pydantic's ValidationError, a ValueError, for other editions' documents."""
        statistics = document["statistics"]
        if not any((statistics.get("old_structure") or {}).values()):
            statistics = {**statistics, "old_structure": None}
        return cls(
            _STATISTICS.validate_python(statistics),
            _MOVERS.validate_python(document["movers"]),
            Verdict(document["verdict"], results_of(document["rules"])),
        )


_STATISTICS: TypeAdapter[Statistics] = TypeAdapter(Statistics)
_MOVERS: TypeAdapter[tuple[Mover, ...]] = TypeAdapter(tuple[Mover, ...])


def _with_every_key(statistics: dict[str, Any]) -> dict[str, Any]:
    """A predecessor that is not there has the keys of one that is."""
    absent = dict.fromkeys(statistics["new_structure"])
    return {**statistics, "old_structure": statistics["old_structure"] or absent}


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What is known of a version beside its vectors; each part may be missing.

    `quality`: against popularity, `quality_change`: against the predecessor, `quality_before`: the predecessor
    against popularity. `groups`: grouping → label of each row of the newer version, (n,). `origin` with its name
    and its age in days: the oldest version of the chain. `decline`, `same_inputs`, `active_share`, `news`, `topics`,
    `trends`, `inputs`, `new_ids`: as `Statistics` has them.
    """

    floor: Floor = field(default_factory=Floor)
    quality: Quality = field(default_factory=Quality)
    quality_change: Quality = field(default_factory=Quality)
    quality_before: Quality = field(default_factory=Quality)
    decline: Decline = field(default_factory=Decline)
    groups: Groups = field(default_factory=dict)
    topics: Topics = field(default_factory=Topics)
    trends: Trends = field(default_factory=Trends)
    origin: tuple[Version, str, int] | None = None
    same_inputs: bool | None = None
    active_share: float | None = None
    news: int | None = None
    inputs: InputDrift = field(default_factory=InputDrift)
    new_ids: NewIds = field(default_factory=NewIds)


def compare_versions(
    old: Version | None,
    new: Version,
    knowledge: Knowledge | None = None,
    parameters: ComparisonParameters | None = None,
) -> Comparison:
    """Compare `new` with `old`, its predecessor, None for the first version, and judge it.

    Coordinates are compared only within one `space_id`; neighbours always.
    """
    parameters, known = parameters or ComparisonParameters(), knowledge or Knowledge()
    after = sound_rows(new.ids, new.matrix, new.output)
    own = Statistics(
        new_structure=after.structure,
        population=Population(new_rows=len(after.vectors)),
        coverage=Coverage.of(old.covered_share() if old else None, new.covered_share()),
        quality=known.quality,
        quality_change=known.quality_change,
        quality_before=known.quality_before,
        decline=known.decline,
        same_inputs=known.same_inputs,
        active_share=known.active_share,
        news=known.news,
        floor=known.floor,
        topics=known.topics,
        trends=known.trends,
        inputs=known.inputs,
        new_ids=known.new_ids,
    )
    if old is None:
        return Comparison(own, (), judge(own, parameters.gate))
    before = sound_rows(old.ids, old.matrix, old.output)
    pair = _Pair(before, after, Common.of(before.vectors, after.vectors))
    with one_thread():
        statistics, movers = _changed(own, pair, _frame(old, new, pair), known, parameters)
    return Comparison(statistics, movers, judge(statistics, parameters.gate))


def _changed(
    own: Statistics, pair: _Pair, frame: Frame, known: Knowledge, parameters: ComparisonParameters
) -> tuple[Statistics, tuple[Mover, ...]]:
    """`own` with all that a predecessor adds."""
    before, after = pair.before.vectors, pair.after.vectors
    neighbours = neighbour_overlap(before, after, pair.common, parameters.queries)
    found = replace(
        own,
        old_structure=pair.before.structure,
        population=Population.of(before, after, pair.common),
        frame=frame,
        neighbours=neighbours,
        multiples=Multiples.of(Paired(), neighbours, known.floor),
    )
    if not frame.comparable:
        return found, ()
    changes = Changes.between(before, after, pair.common)
    groups = {grouping: labels[pair.after.rows] for grouping, labels in known.groups.items()}
    below = known.floor.outliers_below(changes, groups)
    context = output_cosines(pair.before.output, pair.after.output, pair.common)
    paired = known.floor.beside(summarise(changes, context, groups, below))
    found = replace(
        found,
        paired=paired,
        multiples=Multiples.of(paired, neighbours, known.floor),
        identity=Identity.of(before, after, changes, below),
        origin=_since_origin(after, known, parameters.queries),
        distribution=compare_distributions(before, after, parameters.distribution),
    )
    return found, find_movers(before, after, changes, parameters.movers, parameters.mover_neighbours)


def _since_origin(after: Vectors, known: Knowledge, queries: int) -> Origin:
    if known.origin is None:
        return Origin()
    version, name, days = known.origin
    first = sound_rows(version.ids, version.matrix).vectors
    common = Common.of(first, after)
    cosine = Spread.of(Changes.between(first, after, common).cosine).mean
    overlap = neighbour_overlap(first, after, common, queries).overlap_at_50
    return Origin(name, days, len(common), cosine, multiple(cosine, known.floor.mean_cosine), overlap)


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """What is sound of both versions, paired by id."""

    before: SoundRows
    after: SoundRows
    common: Common


def _frame(old: Version, new: Version, pair: _Pair) -> Frame:
    """Coordinates are comparable within one space_id; one dimension is checked too, should an id be wrong."""
    before, after = pair.before.vectors.dim, pair.after.vectors.dim
    how = new.alignment
    reason = ""
    if before != after:
        reason = f"dimension {after}, the predecessor has {before}"
    elif old.space_id != new.space_id:
        reason = (how.reason if how else "") or f"space_id {new.space_id}, the predecessor has {old.space_id}"
    return Frame(not reason, how.status if how else None, how.residual if how else None, reason)
