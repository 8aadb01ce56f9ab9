"""Planted spaces, and a way to look at a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from warehouse.vectors import Vectors, as_ids


@pytest.fixture
def camps() -> tuple[Vectors, np.ndarray]:
    """Three camps of 60 ids each that never mix, in 16 dimensions, and the camp of each row."""
    random = np.random.default_rng(5)
    camp = np.repeat(as_ids(["sport", "music", "birds"]), 60)
    centres = {name: random.normal(size=16) for name in ("sport", "music", "birds")}
    matrix = np.array([centres[name] for name in camp]) + 0.1 * random.normal(size=(180, 16))
    ids = [f"f{row:03}" for row in range(180)]
    return Vectors.of(ids, matrix.astype(np.float32)), camp


@pytest.fixture
def share_of() -> Callable[[Path, str], float]:
    """The share of a picture's pixels that have a colour, within two steps of 255."""

    def share(path: Path, colour: str) -> float:
        wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
        pixels = np.round(imread(path)[..., :3] * 255)
        return float((np.abs(pixels - wanted) <= 2).all(axis=-1).mean())

    return share
