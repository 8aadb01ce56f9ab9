"""The noise floor: what a twin differs by is the unit of a night's change, overall and by popularity."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.comparison.compare_versions import Knowledge, Version, compare_versions
from tasks.comparison.vectors.floor import POPULARITY, Floor, Multiples, Sampling, multiple
from tasks.comparison.vectors.neighbours import Overlap
from tasks.comparison.vectors.paired import OUTLIER_DISTANCE, Changes, Paired, Spread, deciles
from tasks.comparison.vectors.rows import Common
from warehouse.vectors import Vectors


def shaken(space: Vectors, noise: np.ndarray | float, seed: int) -> Vectors:
    """`space` with normal noise; one width for all, or one for each row."""
    drawn = np.random.default_rng(seed).normal(size=space.matrix.shape)
    return Vectors(space.ids, (space.matrix + np.atleast_1d(noise)[:, None] * drawn).astype(np.float32))


def floor_of(old: Vectors, twin: Vectors, popularity=None) -> Floor:
    groups = {} if popularity is None else {POPULARITY: deciles(old.ids, popularity)}
    found = compare_versions(
        Version(old.ids, old.matrix, "s"), Version(twin.ids, twin.matrix, "s"), Knowledge(groups=groups)
    )
    return Floor("measured", "", paired=found.statistics.paired, neighbours=found.statistics.neighbours)


def test_a_night_as_noisy_as_its_twin_is_one_floor_away(make_space):
    old = make_space(2000, 16)
    floor = floor_of(old, shaken(old, 0.3, 1))
    known = Knowledge(floor=floor)
    still, moved = (
        compare_versions(
            Version(old.ids, old.matrix, "s"), Version(new.ids, new.matrix, "s"), known
        ).statistics
        for new in (shaken(old, 0.3, 2), shaken(old, 0.6, 3))
    )
    for name in ("cosine", "overlap_at_10", "overlap_at_50", "norm_change"):
        assert getattr(still.multiples, name) == pytest.approx(1, abs=0.1), name
        assert getattr(moved.multiples, name) > 1.5, name
    assert moved.multiples.cosine == pytest.approx((1 - moved.paired.cosine.mean) / (1 - floor.mean_cosine))


def test_a_tenth_that_is_less_sure_of_itself_may_move_more(make_space):
    old = make_space(3000, 16)
    popularity = np.arange(3000)
    width = np.where(popularity < 300, 1.2, 0.1)
    floor = floor_of(old, shaken(old, width, 1), popularity)
    new = shaken(old, width, 2)
    changes = Changes.between(old, new, Common.of(old, new))
    below = floor.outliers_below(changes, {POPULARITY: deciles(new.ids, popularity)})
    rare, others = below[:300], below[300:]
    assert len(set(rare)) == 1 and rare[0] < others.min() - 0.2
    assert (changes.cosine[:300] < rare).mean() < 0.01 and not (changes.cosine[300:] < others).any()
    alike = floor_of(old, shaken(old, width, 1))
    assert (changes.cosine < alike.outliers_below(changes, {})).sum() > 3, (
        "one limit for all is none of theirs"
    )
    group = next(group for group in floor.beside(floor.paired).groups if group.label == "d01")
    assert group.multiple == pytest.approx(1)


def test_limits_of_a_floor_of_zero_and_of_none(make_space):
    old = make_space(500, 8)
    changes = Changes.between(old, shaken(old, 0.05, 1), Common.of(old, old))
    assert set(Floor.zero().outliers_below(changes, {})) == {1 - OUTLIER_DISTANCE}
    assert set(Floor().outliers_below(changes, {})) == {changes.outliers_below()}
    nobody = Changes.between(old, Vectors.empty(8), Common.of(old, Vectors.empty(8)))
    assert len(Floor().outliers_below(nobody, {})) == 0


def test_nothing_is_a_multiple_of_nothing():
    paired, overlap = Paired(cosine=Spread(1, 0.9), typical_norm_change=0.1), Overlap(1, 99, 0.5, 0.5)
    assert Multiples.of(paired, overlap, Floor.zero()) == Multiples()
    assert Multiples.of(paired, overlap, Floor()) == Multiples()
    assert Floor.zero().mean_cosine == 1 and Floor().mean_cosine is None


@given(st.floats(-1, 1), st.floats(-1, 0.99))
def test_a_multiple_takes_back_to_the_value(value, floor):
    found = multiple(value, floor)
    assert found is not None and 1 - found * (1 - floor) == pytest.approx(value)


def test_a_floor_comes_back_from_its_file(make_space):
    old = make_space(300, 8)
    floor = floor_of(old, shaken(old, 0.2, 1), np.arange(300))
    assert Floor.from_json(json.loads(json.dumps(floor.as_json()))) == floor
    with pytest.raises(ValueError, match="status"):
        Floor.from_json({"status": "unheard of"})


def test_the_chance_of_the_log_grows_with_the_turnover() -> None:
    """At the share that the twin did without it is what was measured; half of a log counts for three quarters of it."""
    twin = Sampling(0.25, cosine=0.8, overlap_at_50=0.5, norm_change=0.03, outlier_share=0.2, misplaced=6)
    floor = replace(Floor("measured", paired=Paired(Spread(9, 0.9))), sampling=twin)
    assert floor.by_chance("cosine", 0.25) == pytest.approx(0.1)
    assert floor.by_chance("cosine", 0.5) == pytest.approx(0.3)
    assert floor.by_chance("outlier_share", 0.25) == pytest.approx(0.2)
    assert floor.by_chance("norm_change", None) == 0.0
    assert floor.by_chance("overlap_at_50", 0.5) == 0.0, "no overlap of the seed is known"
    assert replace(floor, sampling=None).by_chance("cosine", 0.5) == 0.0
    assert Floor.from_json(floor.as_json()) == floor
    assert math.isfinite(floor.by_chance("outlier_share", 1.0))
