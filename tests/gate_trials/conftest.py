"""A small log and a small embedding, with nothing wrong in them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.embeddings.contract import Embedding
from warehouse.vectors import Vectors

END = datetime(2026, 3, 15)  # noqa: DTZ001 - times are naive UTC


@pytest.fixture
def end() -> datetime:
    """Midnight after the last day of `log`."""
    return END


@pytest.fixture
def log() -> pl.DataFrame:
    """Two weeks of 40 birds and 60 flits, 8 events a bird and day, ordered as methods read them."""
    generator = np.random.default_rng(5)
    rows = [
        (f"b{bird:02}", f"f{flit:02}", END - timedelta(days=day + 1, seconds=-int(second)))
        for bird in range(40)
        for day in range(14)
        for flit, second in zip(
            generator.integers(60, size=8), generator.integers(86_400, size=8), strict=True
        )
    ]
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("bird_id", "occurred_at", maintain_order=True)


@pytest.fixture
def embedding() -> Embedding:
    """200 ids, 16 dimensions, both sides."""
    generator = np.random.default_rng(6)
    ids = [f"f{number:03}" for number in range(200)]
    vectors = Vectors.of(ids, generator.normal(size=(200, 16)))
    output = generator.normal(size=(200, 16)).astype(np.float32)
    return Embedding.uniform(vectors, "trained", {"too_few_events": ["g1"]}, output)
