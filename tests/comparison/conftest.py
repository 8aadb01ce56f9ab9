"""Spaces with a planted truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from warehouse.vectors import Vectors

MakeSpace = Callable[..., Vectors]
Turn = Callable[..., NDArray[np.float64]]


@pytest.fixture(autouse=True)
def every_float_error_raises() -> Iterator[None]:
    """No division by zero, overflow or NaN on the quiet."""
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        yield


@pytest.fixture(scope="session")
def make_space() -> MakeSpace:
    """Vectors of a standard normal distribution with ids f0000, f0001, …"""

    def make(rows: int, dim: int = 8, seed: int = 0, first: int = 0) -> Vectors:
        matrix = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
        return Vectors.of([f"f{row:04d}" for row in range(first, first + rows)], matrix)

    return make


@pytest.fixture(scope="session")
def random_turn() -> Turn:
    """A random orthogonal matrix; `reflect` makes its determinant −1, otherwise it is +1."""

    def turn(dim: int, seed: int = 0, reflect: bool = False) -> NDArray[np.float64]:
        matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]
        if (np.linalg.det(matrix) < 0) != reflect:
            matrix[:, 0] *= -1
        return matrix

    return turn
