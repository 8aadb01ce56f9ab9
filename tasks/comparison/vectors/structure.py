"""Is a version sound in itself? Works on raw arrays: `Vectors` refuses exactly what is to be found here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.comparison.vectors.rows import Rows, blocks, lengths
from warehouse.vectors import Ids, Matrix, Vectors, as_ids

RawMatrix = NDArray[np.floating[Any]]

RANK_TOLERANCE = 1e-9
"""Of the mean variance: rounding to float32 leaves some 1e-14 of it in a direction that is empty."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Counts of rows. `zero_norm` is of the finite ones; `duplicate_id` counts all but the first of an id.

    `rank`: directions that the sound rows span, of `dim`; one that holds less than `RANK_TOLERANCE` of the mean
    variance around the origin does not count. It is the same in every frame: dimensions that a fault left empty
    are seen also after a rotation.
    """

    rows: int
    dim: int
    non_finite: int
    zero_norm: int
    duplicate_id: int
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class SoundRows:
    """A version's structure and what of it can be compared.

    `rows`: the raw rows that made it into `vectors` and `output`, in the order of their ids.
    """

    structure: Structure
    vectors: Vectors
    output: Matrix | None
    rows: Rows


def sound_rows(ids: Iterable[str], matrix: RawMatrix, output: RawMatrix | None = None) -> SoundRows:
    """Count what is broken and keep the rest: finite rows, the first of each id.

    Values beyond float32 count as infinite, since vectors are published as float32. A zero row of `output`
    is sound: it is an entity that was never a context. ValueError where the arrays do not fit each other.
    """
    names = as_ids(ids)
    sides = [_as_float32(matrix)] + ([] if output is None else [_as_float32(output)])
    for side in sides:
        if side.ndim != 2 or len(side) != len(names) or side.shape != sides[0].shape:
            raise ValueError(
                f"{len(names)} ids need matrices of as many rows, found {[side.shape for side in sides]}"
            )
    finite = np.logical_and.reduce([np.isfinite(side).all(axis=1) for side in sides])
    first = _first_of_each(names)
    sound = np.flatnonzero(finite & first).astype(np.int64)
    rows = sound[np.argsort(names[sound], kind="stable")]
    vectors, context = _taken(names, sides, rows)
    structure = Structure(
        rows=len(names),
        dim=int(sides[0].shape[1]),
        non_finite=int((~finite).sum()),
        zero_norm=int((lengths(sides[0] if finite.all() else sides[0][finite]) == 0).sum()),
        duplicate_id=int((~first).sum()),
        rank=rank(vectors.matrix),
    )
    return SoundRows(structure, vectors, context, rows)


def rank(matrix: Matrix) -> int:
    """Directions that the rows of (n, d) span, from the eigenvalues of their second moments; 0 without rows."""
    moments = np.zeros((matrix.shape[1], matrix.shape[1]))
    for block in blocks(len(matrix)):
        rows = matrix[block].astype(np.float64)
        moments += rows.T @ rows
    total = float(np.trace(moments))
    if total == 0:
        return 0
    variances = np.linalg.eigvalsh(moments)
    return int((variances > RANK_TOLERANCE * total / len(variances)).sum())


def _as_float32(matrix: RawMatrix) -> Matrix:
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # what does not fit becomes infinite and is counted as such
        return np.asarray(matrix, dtype=np.float32)


def _first_of_each(ids: Ids) -> NDArray[np.bool_]:
    rows = {name: row for row, name in reversed(list(enumerate(ids)))}
    first = np.zeros(len(ids), dtype=np.bool_)
    first[list(rows.values())] = True
    return first


def _taken(ids: Ids, sides: list[Matrix], rows: Rows) -> tuple[Vectors, Matrix | None]:
    if not np.array_equal(rows, np.arange(len(ids))):  # the usual night is sound and in order: no copy of it
        ids, sides = ids[rows], [side[rows] for side in sides]
    return Vectors(ids, sides[0]), sides[1] if len(sides) > 1 else None
