"""Broken rows are counted, and the sound ones can still be compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.vectors.structure import Structure, sound_rows


def test_each_fault_is_counted():
    matrix = np.array([[1, 0], [np.nan, 1], [0, 0], [2, 2], [1, -np.inf], [3, 3]], dtype=np.float32)
    found = sound_rows(["b", "a", "c", "b", "d", "a"], matrix)
    assert found.structure == Structure(rows=6, dim=2, non_finite=2, zero_norm=1, duplicate_id=2, rank=1)
    assert list(found.vectors.ids) == ["b", "c"]
    assert list(found.rows) == [0, 2]


def test_a_sound_version_is_taken_as_it_is(make_space):
    space = make_space(20, 3)
    found = sound_rows(space.ids, space.matrix, space.matrix)
    assert found.structure == Structure(20, 3, 0, 0, 0, 3)
    assert found.vectors.matrix is space.matrix and found.output is space.matrix


def test_a_broken_output_is_seen_and_a_zero_one_is_sound():
    output = np.array([[np.inf, 0], [0, 0]], dtype=np.float32)
    found = sound_rows(["a", "b"], np.ones((2, 2), dtype=np.float32), output)
    assert found.structure == Structure(2, 2, non_finite=1, zero_norm=0, duplicate_id=0, rank=1)
    assert list(found.vectors.ids) == ["b"]
    assert found.output.tolist() == [[0, 0]]


def test_a_number_too_large_for_float32_is_infinite_when_published():
    assert sound_rows(["a"], np.array([[1e300, 1.0]])).structure.non_finite == 1


def test_lengths_near_the_limits_of_float32_are_not_zero():
    matrix = np.array([[1e-30, 0], [3e38, 3e38]], dtype=np.float32)
    assert sound_rows(["a", "b"], matrix).structure.zero_norm == 0


@given(st.lists(st.text(max_size=2), max_size=12))
def test_repeated_ids_leave_the_first_row_of_each(ids):
    matrix = np.arange(1, len(ids) + 1, dtype=np.float32)[:, None]
    found = sound_rows(ids, matrix)
    assert found.structure.duplicate_id == len(ids) - len(set(ids))
    assert list(found.vectors.ids) == sorted(set(ids))
    assert found.vectors.matrix[:, 0].tolist() == [ids.index(name) + 1 for name in found.vectors.ids]


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_and_nearly_nothing(rows):
    found = sound_rows(["a"][:rows], np.ones((rows, 4)))
    assert found.structure == Structure(rows, 4, 0, 0, 0, min(rows, 4))


@pytest.mark.parametrize(
    ("matrix", "output"), [(np.ones((3, 2)), None), (np.ones(2), None), (np.ones((2, 2)), np.ones((2, 3)))]
)
def test_arrays_that_do_not_fit(matrix, output):
    with pytest.raises(ValueError, match="2 ids need matrices"):
        sound_rows(["a", "b"], matrix, output)
