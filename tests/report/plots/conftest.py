"""Planted spaces, and a way to look at a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread


@pytest.fixture
def share_of() -> Callable[[Path, str], float]:
    """The share of a picture's pixels that have a colour, within two steps of 255."""

    def share(path: Path, colour: str) -> float:
        wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
        pixels = np.round(imread(path)[..., :3] * 255)
        return float((np.abs(pixels - wanted) <= 2).all(axis=-1).mean())

    return share
