"""Small logs and splits to evaluate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.evaluation import EvaluationParameters, Split, split
from warehouse.vectors import Ids, Matrix

UNTIL = datetime.fromisoformat("2026-03-01")
MakeEvents = Callable[[list[tuple[str, str, float]]], pl.DataFrame]
MakeFlits = Callable[[list[tuple[str, str | None, float]]], pl.DataFrame]


@dataclass(frozen=True)
class Fixed:
    """A scorer with a table of scores: row i belongs to `birds[i]`."""

    birds: Ids
    table: Matrix

    def score(self, birds: Ids) -> Matrix:
        place = {bird: row for row, bird in enumerate(self.birds)}
        return self.table[[place[bird] for bird in birds]]


def _at(days: float) -> datetime:
    return UNTIL + timedelta(days=days)


@pytest.fixture
def until() -> datetime:
    """The end of the hold-out in every small log."""
    return UNTIL


@pytest.fixture
def events() -> MakeEvents:
    """A log from (bird, flit, days after `until`, so mostly negative)."""
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    return lambda rows: pl.DataFrame([(b, f, _at(day)) for b, f, day in rows], schema=schema, orient="row")


@pytest.fixture
def flits() -> MakeFlits:
    """Flits from (flit, author, days after `until`)."""
    schema = {"flit_id": pl.String, "author": pl.String, "posted_at": pl.Datetime("us")}
    return lambda rows: pl.DataFrame([(f, a, _at(day)) for f, a, day in rows], schema=schema, orient="row")


@pytest.fixture
def parameters() -> EvaluationParameters:
    return EvaluationParameters.model_validate({"k": [3, 7], "min_history": 2, "resamples": 200})


@pytest.fixture
def random_split(
    events: MakeEvents, flits: MakeFlits, parameters: EvaluationParameters
) -> Callable[[int], Split]:
    """A log without any pattern, 40 birds and 60 flits: every fifth is cold, some are touched, never posted."""

    def make(seed: int) -> Split:
        random = np.random.default_rng(seed)
        log = [
            (f"b{random.integers(40):02}", f"f{random.integers(60):02}", -20 * random.random())
            for _ in range(900)
        ]
        log = [(bird, flit, day) for bird, flit, day in log if day >= -7 or int(flit[1:]) % 5]
        posts = [(f"f{i:02}", f"b{random.integers(40):02}", -15 * random.random()) for i in range(55)]
        return split(events(log), flits(posts), UNTIL, parameters)

    return make


@pytest.fixture
def fixed() -> type[Fixed]:
    return Fixed
