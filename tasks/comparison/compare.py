"""Compare a version with its predecessor and judge it: the one call that stages need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tasks.comparison.alignment import Alignment
from tasks.comparison.distribution import Distribution, compare_distributions
from tasks.comparison.frames import Common, one_thread
from tasks.comparison.movers import Mover, find_movers
from tasks.comparison.neighbours import neighbour_overlap
from tasks.comparison.paired import Changes, Groups, Paired, Population, output_cosines, summarise
from tasks.comparison.parameters import ComparisonParameters
from tasks.comparison.rules import Verdict, judge
from tasks.comparison.statistics import Coverage, Frame, Quality, Statistics
from tasks.comparison.structure import Inspected, RawMatrix, inspect
from warehouse.vectors import Ids


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
            "rules": [asdict(rule) for rule in self.verdict.rules],
            "statistics": _with_every_key(asdict(self.statistics)),
            "movers": [asdict(mover) for mover in self.movers],
        }


def _with_every_key(statistics: dict[str, Any]) -> dict[str, Any]:
    """A predecessor that is not there has the keys of one that is."""
    absent = dict.fromkeys(statistics["new_structure"])
    return {**statistics, "old_structure": statistics["old_structure"] or absent}


def compare(
    old: Version | None,
    new: Version,
    *,
    quality: Quality | None = None,
    groups: Groups | None = None,
    parameters: ComparisonParameters | None = None,
) -> Comparison:
    """Compare `new` with `old`, its predecessor, None for the first version, and judge it.

    `quality`: None where the version was not evaluated. `groups`: grouping → label of each row of `new`,
    (n,). Coordinates are compared only within one `space_id`; neighbours always.
    """
    parameters = parameters or ComparisonParameters()
    after = inspect(new.ids, new.matrix, new.output)
    own = Statistics(
        new_structure=after.structure,
        population=Population(new_rows=len(after.vectors)),
        coverage=Coverage.of(old.covered_share() if old else None, new.covered_share()),
        quality=quality or Quality(),
    )
    if old is None:
        return Comparison(own, (), judge(own, parameters.gate))
    before = inspect(old.ids, old.matrix, old.output)
    pair = _Pair(before, after, Common.of(before.vectors, after.vectors))
    frame = _frame(old, new, pair)
    with one_thread():
        paired, movers = pair.changes(groups or {}, parameters) if frame.comparable else (Paired(), ())
        statistics = replace(
            own,
            old_structure=before.structure,
            population=Population.of(before.vectors, after.vectors, pair.common),
            frame=frame,
            paired=paired,
            neighbours=neighbour_overlap(before.vectors, after.vectors, pair.common, parameters.queries),
            distribution=pair.distribution(parameters) if frame.comparable else Distribution(),
        )
    return Comparison(statistics, movers, judge(statistics, parameters.gate))


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """What is sound of both versions, paired by id."""

    before: Inspected
    after: Inspected
    common: Common

    def changes(self, groups: Groups, parameters: ComparisonParameters) -> tuple[Paired, tuple[Mover, ...]]:
        old, new = self.before.vectors, self.after.vectors
        changes = Changes.between(old, new, self.common)
        context = output_cosines(self.before.output, self.after.output, self.common)
        sound = {grouping: labels[self.after.rows] for grouping, labels in groups.items()}
        movers = find_movers(old, new, changes, parameters.movers, parameters.mover_neighbours)
        return summarise(changes, context, sound), movers

    def distribution(self, parameters: ComparisonParameters) -> Distribution:
        return compare_distributions(self.before.vectors, self.after.vectors, parameters.distribution)


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
