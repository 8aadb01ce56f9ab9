"""Medoids: a bird with two interests keeps both, an old one is forgotten, and each step is what the paper says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.embeddings.contract import Embedding, Inputs, silent
from tasks.embeddings.derived import medoids, recency_weighted_mean
from tasks.embeddings.derived.medoids import MedoidsParameters
from tasks.embeddings.derived.recency_weighted_mean import RecencyWeightedMeanParameters
from warehouse.parts import Parts
from warehouse.vectors import Vectors

BEGAN = datetime(2024, 5, 1)  # noqa: DTZ001 - times are naive UTC
DIM = 6
Event = tuple[str, str, float]


def flits_of(interests: int = 4, each: int = 8, noise: float = 0.08, seed: int = 0) -> Vectors:
    """`each` flits of every interest, around an axis of its own: f<interest>-<number>."""
    generator = np.random.default_rng(seed)
    names = [f"f{interest}-{number}" for interest in range(interests) for number in range(each)]
    centres = np.repeat(np.eye(interests, DIM), each, axis=0)
    lengths = generator.uniform(0.5, 3, size=(len(names), 1))
    return Vectors.of(names, lengths * (centres + noise * generator.normal(size=(len(names), DIM))))


def inputs_of(events: list[Event], flits: Vectors) -> Inputs:
    """`events`: bird, flit, day."""
    rows = [(bird, flit, BEGAN + timedelta(days=day)) for bird, flit, day in events]
    schema = {"bird_id": pl.String, "flit_id": pl.String, "occurred_at": pl.Datetime("us")}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Inputs(
        sequences=frame.sort("bird_id", "occurred_at", maintain_order=True), parents={"flit_text": flits}
    )


def fit(events: list[Event], flits: Vectors, **parameters: Any) -> Embedding:
    return medoids.fit(inputs_of(events, flits), MedoidsParameters(**parameters), silent)


def parts_of(embedding: Embedding) -> Parts:
    assert embedding.parts is not None
    return embedding.parts


def interest_of(flits: Vectors, vector: Any) -> int:
    return int(flits.ids[(flits.normalised() @ vector).argmax()][1])


def test_a_bird_with_two_interests_keeps_both() -> None:
    """The mean of two interests is neither: flits of a third lie as near to it."""
    flits = flits_of()
    events = [("torn", f"f{interest}-{n}", n + interest / 2) for n in range(6) for interest in (0, 1)]
    parts = parts_of(fit(events, flits))
    assert parts.part.tolist() == [0, 1] and parts.weight.sum() == pytest.approx(1)
    assert sorted(interest_of(flits, vector) for vector in parts.matrix) == [0, 1]
    best = (flits.normalised() @ parts.matrix.T).max(axis=1)
    mean = recency_weighted_mean.fit(
        inputs_of(events, flits),
        RecencyWeightedMeanParameters(centre=False, whitening=0, half_life=None),
        silent,
    )
    average = flits.normalised() @ mean.vectors.matrix[0]
    wanted = np.array([id_[1] in "01" for id_ in flits.ids])
    assert best[wanted].min() > 0.8 > 0.4 > best[~wanted].max()
    assert average[wanted].max() < best[wanted].min()


def test_events_of_day_91_are_ignored() -> None:
    flits = flits_of()
    events = [("b", "f0-0", 0.0), ("b", "f0-1", 0.5), ("b", "f1-0", 90.4)]
    parts = parts_of(fit(events, flits))
    assert sorted(interest_of(flits, vector) for vector in parts.matrix) == [0, 1], "day 90 counts"
    parts = parts_of(fit([*events, ("b", "f1-1", 90.5)], flits))
    assert [interest_of(flits, vector) for vector in parts.matrix] == [1], "half-open: 90 days before is out"


def test_the_three_interests_that_count_most_are_kept_the_heaviest_first() -> None:
    flits = flits_of()
    counts = {0: 2, 1: 5, 2: 1, 3: 4}
    events = [("b", f"f{interest}-{n}", 1.0) for interest, count in counts.items() for n in range(count)]
    parts = parts_of(fit(events, flits))
    assert [interest_of(flits, vector) for vector in parts.matrix] == [1, 3, 0]
    assert parts.weight.tolist() == pytest.approx([5 / 11, 4 / 11, 2 / 11])
    assert len(parts_of(fit(events, flits, parts=1))) == 1


def test_an_interest_counts_less_the_older_it_is() -> None:
    flits = flits_of()
    events = [("b", f"f0-{n}", 0.0) for n in range(3)] + [("b", f"f1-{n}", 69.0) for n in range(2)]
    parts = parts_of(fit(events, flits))
    assert [interest_of(flits, vector) for vector in parts.matrix] == [1, 0]
    assert parts.weight.tolist() == pytest.approx([2 / 3.5, 1.5 / 3.5])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_a_medoid_is_the_flit_nearest_to_all_others_of_its_cluster(count: int, seed: int) -> None:
    """With one cluster: argmin over the bird's flits of the summed squared distances, by a loop."""
    flits = flits_of(interests=2, each=6, noise=0.5, seed=seed)
    chosen = np.random.default_rng(seed).permutation(flits.ids)[:count]
    parts = parts_of(fit([("b", str(flit), 1.0) for flit in chosen], flits, distance=1000))
    unit = flits.normalised().astype(np.float64)[flits.rows(chosen)]
    sums = [sum(((m - x) ** 2).sum() for x in unit) for m in unit]
    assert len(parts) == 1 and parts.weight.tolist() == [1]
    found = [sums[place] for place in range(count) if np.allclose(unit[place], parts.matrix[0], atol=1e-6)]
    assert min(found) == pytest.approx(min(sums))


def test_a_flit_counts_once_and_only_so_many_count() -> None:
    flits = flits_of()
    events = [("b", "f0-0", float(n)) for n in range(5)] + [("b", "f1-0", 5.0)]
    assert parts_of(fit(events, flits, half_life="900d")).weight.tolist() == pytest.approx(
        [0.5, 0.5], abs=0.01
    )
    many = [("b", f"f0-{n}", float(n)) for n in range(8)] + [("b", "f1-0", 9.0)]
    assert [interest_of(flits, v) for v in parts_of(fit(many, flits, max_history=1)).matrix] == [1]


def test_vectors_are_of_unit_length_and_summed_up() -> None:
    embedding = fit([("b", "f0-0", 0.0), ("b", "f1-0", 1.0), ("c", "f2-0", 1.0)], flits_of())
    parts = parts_of(embedding)
    np.testing.assert_allclose(np.linalg.norm(parts.matrix, axis=1), 1, atol=1e-6)
    assert np.array_equal(parts.summary().matrix, embedding.vectors.matrix)
    assert list(embedding.provenance) == ["medoid", "medoid"]


def test_birds_are_told_why_they_have_none_and_depend_on_nobody_else() -> None:
    flits = Vectors.of([*flits_of().ids, "zero"], np.vstack([flits_of().matrix, np.zeros((1, DIM))]))
    events = [
        ("reader", "unknown", 0.0),
        ("blank", "zero", 0.0),
        ("late", "f0-0", 0.0),
        ("late", "unknown", 95.0),
    ]
    embedding = fit([*events, ("b", "f0-0", 0.0)], flits)
    assert list(embedding.left_out["no_vector_in_history"]) == ["blank", "late", "reader"]
    alone, among = fit([("b", "f0-0", 0.0)], flits), fit([("b", "f0-0", 0.0), ("c", "f1-1", 400.0)], flits)
    assert np.array_equal(alone.vectors.matrix[0], among.vectors.matrix[0])
