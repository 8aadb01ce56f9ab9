"""Faults of vectors do what they say: rows change places, axes turn, ids repeat; all else stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.comparison.compare_versions import Version
from tasks.comparison.vectors.structure import sound_rows
from tasks.embeddings.contract import Embedding
from tasks.gate_trials import vector_faults
from warehouse.vectors import Vectors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(share=st.floats(0, 1), seed=st.integers(0, 99))
def test_every_chosen_id_has_anothers_vector_both_sides_alike(
    embedding: Embedding, share: float, seed: int
) -> None:
    mixed = vector_faults.permute_ids(embedding, share, seed)
    moved = np.flatnonzero((mixed.vectors.matrix != embedding.vectors.matrix).any(axis=1))
    assert len(moved) == max(2, round(share * 200))
    assert mixed.vectors.ids.tolist() == embedding.vectors.ids.tolist()
    assert mixed.output is not None and embedding.output is not None
    place = {row.tobytes(): number for number, row in enumerate(embedding.vectors.matrix)}
    source = [place[row.tobytes()] for row in mixed.vectors.matrix]
    assert sorted(source) == list(range(200))
    assert np.array_equal(mixed.output, embedding.output[source])


def test_two_ids_are_the_least_that_can_be_mixed_up() -> None:
    alone = Embedding.uniform(Vectors.of(["a"], np.ones((1, 3))), "made", {})
    with pytest.raises(ValueError, match="found 1"):
        vector_faults.permute_ids(alone, 0.5)


def test_dimensions_are_empty_on_both_sides(embedding: Embedding) -> None:
    zeroed = vector_faults.zero_dimensions(embedding, 0.25, 1)
    empty = ~zeroed.vectors.matrix.any(axis=0)
    assert empty.sum() == 4 and zeroed.output is not None
    assert np.array_equal(empty, ~zeroed.output.any(axis=0))
    assert np.array_equal(zeroed.vectors.matrix[:, ~empty], embedding.vectors.matrix[:, ~empty])
    assert (~vector_faults.zero_dimensions(embedding, 0.001).vectors.matrix.any(axis=0)).sum() == 1


def test_other_axes_change_no_score(embedding: Embedding) -> None:
    turned = vector_faults.rotate(embedding, 1)
    before, after = embedding.vectors.matrix, turned.vectors.matrix
    assert turned.output is not None and embedding.output is not None
    assert np.abs(before - after).mean() > 0.5
    assert np.allclose(before @ before.T, after @ after.T, atol=1e-4)
    assert np.allclose(before @ embedding.output.T, after @ turned.output.T, atol=1e-4)


def test_what_no_vectors_would_hold_is_seen_by_inspection(embedding: Embedding) -> None:
    sound = Version(embedding.vectors.ids, embedding.vectors.matrix, "s", embedding.output)
    assert sound_rows(sound.ids, sound.matrix).structure.duplicate_id == 0
    for seed in range(5):
        repeated = vector_faults.duplicate_id(sound, seed)
        assert sound_rows(repeated.ids, repeated.matrix).structure.duplicate_id == 1
        broken = vector_faults.non_finite(sound, seed)
        assert sound_rows(broken.ids, broken.matrix).structure.non_finite == 1
    assert np.isfinite(sound.matrix).all() and len(set(sound.ids)) == 200, "the sound version was changed"


def test_nothing_can_be_broken_where_nothing_is() -> None:
    nothing = Version(Vectors.empty(3).ids, Vectors.empty(3).matrix, "s")
    for damage in (vector_faults.duplicate_id, vector_faults.non_finite):
        with pytest.raises(ValueError, match="where there"):
            damage(nothing)
