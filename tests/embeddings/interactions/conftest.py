"""Small tables of who touched what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Inputs

MakeInputs = Callable[..., Inputs]

SEEDS_TABLE = """\
1-3--5--5-4-
--54--4--213
24-12-3-435-
-24-5--4--2-
--4342----25
1-3-3--2--4-"""
"""6 birds × 12 flits, 35 cells filled, of a table of rank 3."""


@pytest.fixture
def touched() -> MakeInputs:
    """`touched({(bird, flit): weight}, follows=[(bird, followee)])` as inputs."""

    def make(weights: dict[tuple[str, str], float], follows: list[tuple[str, str]] | None = None) -> Inputs:
        rows = [(*pair, weight) for pair, weight in sorted(weights.items())]
        schema = {"bird_id": pl.String, "flit_id": pl.String, "weight": pl.Float64}
        pairs = {"bird_id": pl.String, "followee_id": pl.String}
        return Inputs(
            interactions=pl.DataFrame(rows, schema=schema, orient="row"),
            follows=pl.DataFrame(sorted(follows or []), schema=pairs, orient="row"),
        )

    return make


@pytest.fixture
def table() -> dict[tuple[str, str], float]:
    """The 6 × 12 table: (bird, flit) → value."""
    return {
        (f"b{row}", f"f{column:02}"): float(cell)
        for row, line in enumerate(SEEDS_TABLE.splitlines())
        for column, cell in enumerate(line)
        if cell != "-"
    }


@pytest.fixture
def random_touches() -> dict[tuple[str, str], float]:
    """30 birds, 20 flits, a third of the pairs touched, weights between 0.1 and 2."""
    generator = np.random.default_rng(3)
    return {
        (f"b{bird:02}", f"f{flit:02}"): float(generator.uniform(0.1, 2))
        for bird in range(30)
        for flit in range(20)
        if generator.random() < 1 / 3
    }
