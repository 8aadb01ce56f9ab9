"""What a version holds, before it is bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.parts import Parts
from warehouse.vectors import Ids, Matrix, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The rows of a version, all in the order of `vectors.ids`.

    `vectors`: as published, (n, d). `output`: the context side, published, (n, d): a score is vector ·
    output. `raw`, `raw_output`: before alignment, (n, d). `provenance`: (n,) strings, how each row came
    about. `rotation`: (d, d), raw @ rotation is the published side. What does not apply is None. ValueError
    where shapes do not fit, a matrix is not float32 or not finite, or an id cannot be written as UTF-8.

    `parts`: for entities with several vectors, as published; then a row of the file is a part, `vectors` is
    their summary and is not written, `raw` and `provenance` belong to the parts, and there is no `output`.
    """

    vectors: Vectors
    output: Matrix | None = None
    raw: Matrix | None = None
    raw_output: Matrix | None = None
    provenance: Ids | None = None
    rotation: NDArray[np.floating[Any]] | None = None
    parts: Parts | None = None

    def __post_init__(self) -> None:
        for name, matrix in self.matrices().items():
            _check_matrix(name, matrix, self.rows.matrix.shape)
        if self.provenance is not None and self.provenance.shape != self.rows.ids.shape:
            raise ValueError(f"{self.provenance.shape} provenances for {self.rows.ids.shape} ids")
        square = (self.vectors.dim, self.vectors.dim)
        if self.rotation is not None and (
            self.rotation.shape != square or not np.isfinite(self.rotation).all()
        ):
            raise ValueError(f"expected a finite rotation of shape {square}, found {self.rotation.shape}")
        _check_ids(self.vectors.ids)
        if self.parts is not None:
            _check_parts(self.vectors, self.parts, self.output)

    @property
    def rows(self) -> Vectors | Parts:
        """What a row of the file is: an entity, or a part of one."""
        return self.vectors if self.parts is None else self.parts

    def matrices(self) -> dict[str, Matrix]:
        """Column → matrix, in the order of the file, for all that apply."""
        columns = {
            "vector": self.rows.matrix,
            "output": self.output,
            "raw": self.raw,
            "raw_output": self.raw_output,
        }
        return {name: matrix for name, matrix in columns.items() if matrix is not None}


def _check_matrix(name: str, matrix: Matrix, shape: tuple[int, ...]) -> None:
    if matrix.shape != shape:
        raise ValueError(f"{name}: expected shape {shape} as `vector` has, found {matrix.shape}")
    if matrix.dtype != np.float32:
        raise ValueError(f"{name}: expected float32, found {matrix.dtype}")
    unfinished = int((~np.isfinite(matrix).all(axis=1)).sum())
    if unfinished:
        raise ValueError(f"{name}: {unfinished} of {len(matrix)} rows hold NaN or infinity")


def _check_parts(vectors: Vectors, parts: Parts, output: Matrix | None) -> None:
    if output is not None:
        raise ValueError("a space of several vectors an entity has no output side")
    if list(parts.ids[parts.starts]) != list(vectors.ids):
        raise ValueError(f"{len(parts)} parts are not of the {len(vectors)} ids that they are summed up to")


def _check_ids(ids: Ids) -> None:
    for row, value in enumerate(ids):
        if not isinstance(value, str):
            raise ValueError(f"ids must be strings, row {row} is {value!r}")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"id {value!r} of row {row} is not valid Unicode: {error.reason}") from error
