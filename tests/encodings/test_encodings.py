"""The store of encodings: what goes in comes out, and nothing that was damaged ever does."""

from __future__ import annotations

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.encodings import Encodings, EncodingsError
from warehouse.vectors import Vectors

ROWS = Vectors.of([f"{n:04x}" for n in range(300)], np.random.default_rng(0).normal(size=(300, 6)))


def part(first: int, last: int) -> Vectors:
    return Vectors(ROWS.ids[first:last], ROWS.matrix[first:last])


@pytest.fixture
def store(tmp_path: Path) -> Encodings:
    return Encodings.of(tmp_path / "encodings", "0123456789abcdef" * 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=4), st.sets(st.integers(0, 299)))
def test_what_was_added_is_read_in_any_split(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], wanted: set[int]
) -> None:
    store = Encodings.of(tmp_path_factory.mktemp("store"), "ab" * 32)
    bounds = [0, *sorted(cuts), 300]
    for first, last in pairwise(bounds):
        store.add(part(first, last))
    read = store.read([ROWS.ids[row] for row in wanted], 6)
    assert list(read.ids) == [ROWS.ids[row] for row in sorted(wanted)]
    assert read.matrix.tobytes() == ROWS.matrix[sorted(wanted)].tobytes()
    assert store.known().to_list() == list(ROWS.ids)
    assert store.dim() == 6


def test_an_empty_store_knows_nothing(store: Encodings) -> None:
    assert store.known().to_list() == []
    assert store.dim() is None
    assert store.read([], 6).matrix.shape == (0, 6)


def test_the_same_vectors_are_the_same_file(store: Encodings) -> None:
    path = store.add(part(0, 100))
    content = path.read_bytes()
    assert store.add(part(0, 100)) == path
    assert path.read_bytes() == content
    assert len(list(store.folder.iterdir())) == 1


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
def test_a_flipped_bit_is_noticed_wherever_it_is(
    store: Encodings, place: float, caplog: pytest.LogCaptureFixture
) -> None:
    store.add(part(100, 300))
    path = store.add(part(0, 100))
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    with pytest.raises(EncodingsError, match="damaged"):
        store.read([ROWS.ids[200]], 6)
    with caplog.at_level(logging.ERROR, "nightjar"):
        assert store.known().to_list() == list(ROWS.ids[100:])
    assert [record.getMessage().count(str(path)) for record in caplog.records] == [1]
    assert not path.exists()
    with pytest.raises(EncodingsError, match="1 of 2 texts have no vector, the first is '0001'"):
        store.read([ROWS.ids[1], ROWS.ids[200]], 6)


@pytest.mark.parametrize("kept", [0, 1, 700])
def test_a_truncated_shard_is_no_shard(store: Encodings, kept: int) -> None:
    path = store.add(part(0, 100))
    path.write_bytes(path.read_bytes()[:kept])
    assert store.known().to_list() == []


def test_a_file_under_another_shards_name_is_damaged(store: Encodings) -> None:
    one, other = store.add(part(0, 100)), store.add(part(100, 200))
    one.write_bytes(other.read_bytes())
    assert store.known().to_list() == list(ROWS.ids[100:200])


def test_what_a_killed_writer_left_is_no_shard_and_goes(store: Encodings) -> None:
    path = store.add(part(0, 100))
    left = store.folder / ".0123.aside"
    left.write_bytes(path.read_bytes()[:50])
    assert store.known().to_list() == list(ROWS.ids[:100])
    assert list(store.folder.iterdir()) == [path]


def test_another_dimension_is_refused_with_both_numbers(store: Encodings) -> None:
    store.add(part(0, 10))
    with pytest.raises(EncodingsError, match="dimension 6, expected 7"):
        store.read([ROWS.ids[0]], 7)


def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    Encodings.of(tmp_path, "a" * 64).add(part(0, 10))
    assert Encodings.of(tmp_path, "b" * 64).known().to_list() == []
