"""Distributions of whole versions: what they see, what they must not see, and the same numbers every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.comparison.compare_versions import Version, compare_versions
from tasks.comparison.distributions.distribution import Distribution, MeanCosine, compare_distributions
from tasks.comparison.distributions.parameters import DistributionParameters
from tasks.comparison.gate.judge import judge
from tasks.comparison.gate.table import GateParameters
from warehouse.vectors import Vectors

ROOT = Path(__file__).resolve().parents[3]
QUICK = DistributionParameters(frequencies=64, permutations=99)

PROGRAM = """
import json
from dataclasses import asdict
import numpy as np
from tasks.comparison.distributions.distribution import compare_distributions
from tasks.comparison.distributions.parameters import DistributionParameters
from warehouse.vectors import Vectors
old, new = np.random.default_rng(3).normal(size=(2, 300, 12))
ids = [f"f{row:04d}" for row in range(300)]
found = compare_distributions(Vectors.of(ids, old), Vectors.of(ids, new), DistributionParameters())
print(json.dumps(asdict(found)))
"""


def moved(space: Vectors, matrix: np.ndarray) -> Vectors:
    return Vectors(space.ids, matrix.astype(np.float32))


def numbers(found: Distribution) -> dict[str, float | None]:
    flat: dict[str, float | None] = {}
    for name, value in asdict(found).items():
        for key, inner in value.items() if isinstance(value, dict) else [("", value)]:
            for last, number in inner.items() if isinstance(inner, dict) else [("", inner)]:
                flat[f"{name}.{key}.{last}"] = number
    return flat


def test_identical_versions(make_space):
    found = compare_distributions(make_space(500, 12), make_space(500, 12), QUICK)
    assert found.classifier.auc == 0.5
    assert found.discrepancy.p_value == 1
    assert found.discrepancy.mmd_squared == pytest.approx(0, abs=0.01)
    assert found.norms.psi == found.projections.largest.psi == found.mean_cosine.shift == 0
    assert found.mean_cosine.of_means == pytest.approx(1)
    assert (found.old_rows, found.new_rows, found.projections.axes) == (500, 500, 12)


def test_a_shifted_cluster_is_found_by_each(make_space):
    old = make_space(1000, 8)
    matrix = old.matrix + 0.1 * make_space(1000, 8, 1).matrix
    matrix[:200] += 2
    found = compare_distributions(old, moved(old, matrix), QUICK)
    assert found.classifier.auc > 0.55
    assert found.discrepancy.p_value == 0.01
    assert min(found.norms.psi, found.projections.largest.psi) > 0.1
    assert found.mean_cosine.shift > 0.02


def test_a_rotation_of_both_together_changes_nothing(make_space, random_turn):
    scales = np.linspace(1, 3, 8)
    old, new = make_space(400, 8, 1), make_space(400, 8, 2)
    before, after = old.matrix * scales + 0.5, new.matrix * scales * 1.2
    still = numbers(compare_distributions(moved(old, before), moved(new, after), QUICK))
    turn = random_turn(8, 5, reflect=True)
    turned = numbers(compare_distributions(moved(old, before @ turn), moved(new, after @ turn), QUICK))
    for name, number in still.items():
        tolerance = 0.02 if name.endswith(("psi", "leibler", "shannon", "p_value.")) else 1e-3
        assert turned[name] == pytest.approx(number, abs=tolerance), name


def test_a_rotation_of_one_alone_is_seen(make_space, random_turn):
    old = make_space(500, 8)
    points = old.matrix * np.linspace(1, 3, 8) + 1
    found = compare_distributions(moved(old, points), moved(old, points @ random_turn(8)), QUICK)
    assert found.discrepancy.p_value == 0.01 and found.classifier.auc > 0.7
    assert found.mean_cosine.shift == pytest.approx(0, abs=1e-6)


def test_swapped_ids_are_left_to_the_paired_statistics(make_space):
    old = make_space(1000, 8)
    matrix = old.matrix.copy()
    matrix[:50] = matrix[np.roll(np.arange(50), 1)]
    found = compare_distributions(old, moved(old, matrix), QUICK)
    assert found.classifier.auc == pytest.approx(0.5, abs=0.03)
    assert found.discrepancy.p_value == 1
    assert found.norms.psi == found.projections.largest.psi == 0


@settings(max_examples=25, deadline=None)
@given(
    before=st.integers(0, 9), after=st.integers(0, 9), apart=st.integers(0, 9), dim=st.sampled_from([1, 3])
)
@pytest.mark.filterwarnings("error")
def test_hardly_any_rows_give_numbers_or_none(make_space, before, after, apart, dim):
    found = compare_distributions(make_space(before, dim, 1), make_space(after, dim, 2, first=apart), QUICK)
    assert (found.old_rows, found.new_rows) == (before, after)
    json.dumps(asdict(found), allow_nan=False)
    if not before or not after:
        assert all(
            number in (None, 0)
            for name, number in numbers(found).items()
            if "rows" not in name and "mean_cosine" not in name
        )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1.0, 3e38, 1e-38])
def test_constant_dimensions_and_versions(make_space, value):
    space = make_space(50, 4)
    constant = moved(space, np.full((50, 4), value))
    found = compare_distributions(constant, constant, QUICK)
    assert (found.classifier.auc, found.discrepancy.p_value, found.norms.psi) == (0.5, 1, 0)
    one_dead = space.matrix.copy()
    one_dead[:, 2] = 0
    numbers_of_it = numbers(compare_distributions(moved(space, one_dead), moved(space, one_dead), QUICK))
    assert all(number is None or np.isfinite(number) for number in numbers_of_it.values())


def test_a_unit_of_length_changes_nothing(make_space):
    old, new = make_space(300, 6, 1), make_space(300, 6, 2)
    usual = numbers(compare_distributions(old, new, QUICK))
    large = numbers(
        compare_distributions(moved(old, old.matrix * 1024), moved(new, new.matrix * 1024), QUICK)
    )
    assert large == pytest.approx(usual, abs=1e-6)


def test_mean_cosines_of_known_vectors():
    east, north = np.array([[1, 0], [2, 0]], dtype=np.float32), np.array([[0, 1], [1, 0]], dtype=np.float32)
    found = MeanCosine.of(east, north)
    assert (found.old, found.new, found.shift) == pytest.approx((1, 0, -1))
    assert found.of_means == pytest.approx(np.sqrt(0.5))
    zeroed = np.vstack([east, np.zeros((1, 2), dtype=np.float32)])
    assert MeanCosine.of(zeroed, zeroed).old == pytest.approx(1)
    assert MeanCosine.of(east[:1], zeroed[2:]) == MeanCosine()


@given(st.integers(0, 1000))
def test_the_mean_cosine_is_the_mean_over_all_pairs(make_space, seed):
    matrix = make_space(12, 3, seed).matrix
    units = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    pairs = [units[i] @ units[j] for i in range(12) for j in range(12) if i != j]
    assert MeanCosine.of(matrix, matrix).old == pytest.approx(np.mean(pairs), abs=1e-6)


def test_other_dimensions_are_refused(make_space):
    with pytest.raises(ValueError, match="dimensions 3 and 4"):
        compare_distributions(make_space(5, 3), make_space(5, 4), QUICK)


def test_two_processes_find_the_same_with_one_thread_or_two():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])["classifier"]["folds"] == 5


def test_it_is_told_but_not_judged(make_space):
    old = make_space(300, 8)
    far = moved(old, old.matrix * 5)
    found = compare_versions(Version(old.ids, old.matrix, "s"), Version(far.ids, far.matrix, "s"))
    shown = found.as_json()["statistics"]["distribution"]
    assert shown["classifier"]["auc"] > 0.9 and shown["norms"]["psi"] > 0.25
    without = replace(found.statistics, distribution=Distribution())
    assert judge(without, GateParameters()) == found.verdict


def test_versions_of_two_spaces_have_none(make_space):
    old = make_space(60, 8)
    found = compare_versions(Version(old.ids, old.matrix, "s"), Version(old.ids, old.matrix, "t"))
    assert found.statistics.distribution == Distribution()
