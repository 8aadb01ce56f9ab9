"""Where a change comes from: how far each cause alone takes a space, as a share of how far it went.

One thing after the other is changed, and the space trained anew. Causes overlap (every training that sees other events
draws other numbers too), so shares need not add up to one: what is left is told, not hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tasks.comparison.vectors.alignment import Sides, Weights, align
from tasks.comparison.vectors.neighbours import neighbour_overlap
from tasks.comparison.vectors.paired import Changes
from tasks.comparison.vectors.rows import Common
from warehouse.threads import one_thread
from warehouse.vectors import Ids, Vectors

QUERIES = 2000
SMALLEST = 1e-9
"""A change below this is rounding."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far apart two trainings lie, the second turned onto the first.

    `change`: 1 − mean cosine of the common ids, 0 to 2; None where coordinates do not compare, for `reason`, or no id
    is in common. `overlap_at_50`: of the neighbours, needs no coordinates; None with fewer than 51 others.
    """

    change: float | None = None
    overlap_at_50: float | None = None
    common: int = 0
    reason: str = ""

    @classmethod
    def between(
        cls,
        old: Sides,
        new: Sides,
        weigh: Callable[[Ids], Weights] | None = None,
        *,
        fixed_frame: bool = False,
    ) -> Distance:
        """`weigh`: how much each id of `new` counts for the alignment, equally by default."""
        common = Common.of(old.vectors, new.vectors)
        weights = None if weigh is None else weigh(new.vectors.ids)
        with one_thread():
            overlap = neighbour_overlap(old.vectors, new.vectors, common, QUERIES).overlap_at_50
            alignment = align(old, new, fixed_frame=fixed_frame, weights=weights)
            if not alignment.comparable or not len(common):
                return cls(None, overlap, len(common), alignment.reason or "no id in common")
            turned = Vectors(new.vectors.ids, alignment.apply(new.vectors.matrix))
            change = 1 - float(Changes.between(old.vectors, turned, common).cosine.mean())
        return cls(change if change > SMALLEST else 0.0, overlap, len(common))


NOTHING = Distance(0.0, 1.0)
"""Nothing was changed: no training is needed to know."""


@dataclass(frozen=True, slots=True)
class CauseAlone:
    """One cause alone, in place of its old self.

    `share`: of the total change; `times_noise`: of what another seed alone does. None where that is not defined.
    `adds_up`: whether the cause changed between the versions; the noise of a seed that stayed is within the others.
    `seconds`: of its training; None where none was needed.
    """

    name: str
    what: str
    distance: Distance = field(default_factory=Distance)
    share: float | None = None
    times_noise: float | None = None
    adds_up: bool = True
    seconds: float | None = None


def relate(parts: Sequence[CauseAlone], total: float | None, noise: float | None) -> tuple[CauseAlone, ...]:
    """The parts with their share of `total` and their multiple of `noise`."""
    return tuple(
        replace(
            part,
            share=_ratio(part.distance.change, total),
            times_noise=_ratio(part.distance.change, noise),
        )
        for part in parts
    )


def remainder(parts: Sequence[CauseAlone]) -> float | None:
    """The share of the total that the parts that add up do not explain; negative where they overlap."""
    shares = [part.share for part in parts if part.adds_up]
    if any(share is None for share in shares):
        return None
    return 1 - sum(share for share in shares if share is not None)


def _ratio(change: float | None, of: float | None) -> float | None:
    if change is None or of is None or of <= SMALLEST:
        return None
    return change / of
