"""How a space ranks flits for birds, whatever its rows stand for."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evaluation.protocol import EvaluationParameters, Scorer, Split
from tasks.evaluation.scorers import bird_scorer, parts_scorer, profile_scorer
from warehouse.joint import Kind, of_kind, rows_of_kind
from warehouse.parts import Parts
from warehouse.vectors import Matrix, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class SpaceVectors:
    """What a space is scored by. `output`, (n, d): its context side, where it has one. `parts`: the several vectors of
    each row, where it has several."""

    vectors: Vectors
    output: Matrix | None = None
    parts: Parts | None = None

    def of_kind(self, kind: Kind) -> SpaceVectors:
        """One kind of a joint space under its own ids."""
        output = None if self.output is None else self.output[rows_of_kind(self.vectors.ids, kind)]
        return SpaceVectors(of_kind(self.vectors, kind), output)


def space_scorer(
    split: Split,
    entity: str,
    sides: SpaceVectors,
    parameters: EvaluationParameters,
    flits: Vectors | None = None,
) -> Scorer:
    """Bird · flit where the space has both; birds (by the best of their parts) beside `flits` of the space below;
    flits by histories' profiles.

    ValueError where the rows are neither, or a space of birds comes without `flits`.
    """
    if entity == "flit":
        return profile_scorer(split, sides.vectors, parameters.profile, sides.output)
    if entity == "joint":
        below = sides.of_kind("flit")
        return bird_scorer(split, sides.of_kind("bird").vectors, below.vectors, below.output)
    if entity == "bird" and flits is not None and sides.parts is not None:
        return parts_scorer(split, sides.parts, flits)
    if entity == "bird" and flits is not None:
        return bird_scorer(split, sides.vectors, flits)
    raise ValueError(
        f"flits are ranked for birds: expected rows that stand for flits or both, found {entity}"
    )
