"""Turn a candidate's coordinates onto its predecessor's.

Two trainings on the same data agree on angles, not on axes. The orthogonal matrix R with the smallest
Σ wᵢ ‖xᵢR − yᵢ‖² over the common ids is U Vᵀ, where U S Vᵀ is the singular value decomposition of Xᵀ W Y
(Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31, 1–10).
The bytes of R depend on the number of BLAS threads, and on nothing else but the input.
R may hold a reflection (determinant −1): like a rotation it changes no length, angle or score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tasks.comparison.vectors.rows import Common, Floats, blocks, cosines, directions
from tasks.parameters import Parameters
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

Status = Literal["aligned", "fixed_frame", "refused"]
Weights = NDArray[np.floating[Any]]


class AlignmentParameters(Parameters):
    """How a candidate is turned onto its predecessor."""

    min_common_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.50, description="Smallest share of the predecessor's ids in common."
    )
    unit_rows: bool = Field(
        True, description="Turn directions, whatever the length; false: long rows pull more."
    )
    rounds: Annotated[int, Field(ge=1)] = Field(
        2, description="Fits; from the second on an id weighs by how near it came to its old place."
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """All that is scored together and therefore turned by one matrix.

    `output`: the context side, same rows as `vectors`. `frame`: whatever must be equal for coordinates to
    be comparable at all: the method; of a fixed frame also its model; of a space built on others their
    space ids.
    """

    vectors: Vectors
    output: Matrix | None = None
    frame: str = ""

    def __post_init__(self) -> None:
        if self.output is not None and self.output.shape != self.vectors.matrix.shape:
            raise ValueError(f"output {self.output.shape} does not match vectors {self.vectors.matrix.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a candidate came into its predecessor's frame.

    `status`: `aligned` (turned by `rotation`, (d, d) float64, orthogonal), `fixed_frame` (coordinates mean
    the same every night), or `refused` for `reason`: the candidate keeps its coordinates and needs another
    `space_id`. `common_share`: common ids per id of the predecessor. `residual`: root of the weighted mean
    squared distance of what was fitted (unit rows: 0 is perfect, √2 unrelated); None where nothing was.
    """

    status: Status
    common: Ids = field(default_factory=lambda: as_ids([]))
    common_share: float = 0.0
    rotation: Floats | None = None
    residual: float | None = None
    reason: str = ""

    @property
    def comparable(self) -> bool:
        """Whether the candidate stays in the predecessor's space."""
        return self.status != "refused"

    def apply(self, matrix: Matrix) -> Matrix:
        """`matrix` in the predecessor's frame, turned in float64, cast to float32; as it is if unturned."""
        if self.rotation is None:
            return matrix
        result = np.empty(matrix.shape, dtype=np.float32)
        for block in blocks(len(matrix)):
            result[block] = matrix[block].astype(np.float64) @ self.rotation
        return result

    def as_json(self) -> dict[str, Any]:
        """For manifests: everything but the matrix and the ids."""
        return {
            "status": self.status,
            "reason": self.reason,
            "common": len(self.common),
            "common_share": self.common_share,
            "residual": self.residual,
        }


def align(
    predecessor: Sides,
    candidate: Sides,
    *,
    fixed_frame: bool = False,
    weights: Weights | None = None,
    parameters: AlignmentParameters | None = None,
) -> Alignment:
    """Find the one rotation that brings all sides of `candidate` closest to `predecessor`.

    `weights`: (n,) ≥ 0, one per row of the candidate, such as its frequency; equal where None. It is fitted
    `rounds` times: from the second on each id also weighs by how near the last rotation brought it to its old
    place, so that the ones that moved do not pull the others along. Both sides' output is fitted along where both have
    one. Fewer common ids than dimensions leave directions that no id spans free: any orthogonal completion is as
    good, one is taken deterministically. ValueError for weights that do not fit.
    """
    parameters = parameters or AlignmentParameters()
    _check_weights(weights, len(candidate.vectors))
    common = Common.of(predecessor.vectors, candidate.vectors)
    share = len(common) / len(predecessor.vectors) if len(predecessor.vectors) else 0.0
    reason = _differs(predecessor, candidate)
    if not reason and not fixed_frame:
        reason = _too_little(common, share, weights, parameters)
    if reason:
        return Alignment("refused", common.ids, share, reason=reason)
    if fixed_frame:
        return Alignment("fixed_frame", common.ids, share)
    weight = _relative(weights, common)
    fit = _Fit.of(predecessor, candidate, common, weight, parameters.unit_rows)
    rotation, residual = _procrustes(fit)
    for _ in range(1, parameters.rounds):
        rotation, residual = _procrustes(replace(fit, weights=weight * fit.stability(rotation)))
    return Alignment("aligned", common.ids, share, rotation, residual)


def _check_weights(weights: Weights | None, rows: int) -> None:
    if weights is None:
        return
    if weights.shape != (rows,):
        raise ValueError(f"{weights.shape} weights for {rows} rows of the candidate: hand in one a row")
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if bad.size:
        raise ValueError(f"weights must be finite and not negative: row {bad[0]} has {weights[bad[0]]}")


def _differs(predecessor: Sides, candidate: Sides) -> str:
    if predecessor.vectors.dim != candidate.vectors.dim:
        return f"dimension {candidate.vectors.dim}, the predecessor has {predecessor.vectors.dim}"
    if predecessor.frame != candidate.frame:
        return f"frame {candidate.frame!r}, the predecessor has {predecessor.frame!r}"
    return ""


def _too_little(
    common: Common, share: float, weights: Weights | None, parameters: AlignmentParameters
) -> str:
    # Of the predecessor's ids, because its vectors are what consumers hold: a candidate that grew is no
    # reason to cut them off, one that lost most of what they know is.
    if not len(common):
        return "no id in common with the predecessor"
    if share < parameters.min_common_share:
        return f"{share:.1%} of the predecessor's ids in common, {parameters.min_common_share:.0%} needed"
    if weights is not None and not weights[common.new_rows].any():
        return "every common id has weight 0"
    return ""


def _relative(weights: Weights | None, common: Common) -> Floats:
    # Only ratios matter: divided by the largest, counts of any size keep the sums in range.
    if weights is None:
        return np.ones(len(common))
    weight = weights[common.new_rows].astype(np.float64)
    relative: Floats = weight / weight.max()
    return relative


def _procrustes(fit: _Fit) -> tuple[Floats, float]:
    product = sum(x.T @ (y * weight[:, None]) for x, y, weight in fit.blocks())
    left, _, right = np.linalg.svd(product)
    rotation: Floats = left @ right
    squares = sum(float(weight @ np.square(x @ rotation - y).sum(axis=1)) for x, y, weight in fit.blocks())
    return rotation, float(np.sqrt(squares / fit.total_weight()))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The common rows of all sides, handed out in blocks so that no second copy of the versions is held."""

    sides: tuple[tuple[Matrix, Matrix], ...]
    common: Common
    weights: Floats
    unit_rows: bool

    @classmethod
    def of(
        cls, predecessor: Sides, candidate: Sides, common: Common, weights: Floats, unit_rows: bool
    ) -> _Fit:
        sides = [(candidate.vectors.matrix, predecessor.vectors.matrix)]
        if candidate.output is not None and predecessor.output is not None:
            sides.append((candidate.output, predecessor.output))
        return cls(tuple(sides), common, weights, unit_rows)

    def blocks(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """(candidate rows, predecessor rows, weights), float64, side after side in the order of ids."""
        for new, old in self.sides:
            for block in blocks(len(self.common)):
                x, y = new[self.common.new_rows[block]], old[self.common.old_rows[block]]
                if self.unit_rows:
                    x, y = directions(x), directions(y)
                yield x.astype(np.float64), y.astype(np.float64), self.weights[block]

    def stability(self, rotation: Floats) -> Floats:
        """The squared cosine of each common id with its old place under `rotation`, (n,), 0 where it is negative.

        1 for all where that leaves nobody: then there is no stable part to hold on to.
        """
        new, old = self.sides[0]
        stable = np.empty(len(self.common))
        for block in blocks(len(self.common)):
            x, y = new[self.common.new_rows[block]], old[self.common.old_rows[block]]
            turned = (x.astype(np.float64) @ rotation).astype(np.float32)
            stable[block] = np.maximum(0.0, cosines(turned, y)) ** 2
        return stable if (stable * self.weights).any() else np.ones(len(stable))

    def total_weight(self) -> float:
        return float(len(self.sides) * self.weights.sum())
