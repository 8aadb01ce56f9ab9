"""Two whole versions, compared and judged: bad nights are held back, healthy ones are not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tasks.comparison.compare_versions import (
    Comparison,
    ComparisonParameters,
    Knowledge,
    Version,
    compare_versions,
)
from tasks.comparison.gate.table import GateParameters, merged
from tasks.comparison.statistics import Quality
from tasks.comparison.vectors.alignment import Sides, align
from warehouse.vectors import Vectors, as_ids

GOOD = Quality(birds=100, mean=0.05, low=0.02, high=0.08)


def version(space: Vectors, **fields) -> Version:
    return Version(space.ids, space.matrix, **{"space_id": "s", **fields})


def outcome(comparison: Comparison, name: str) -> str:
    (found,) = [rule.outcome for rule in comparison.verdict.rules if rule.rule == name]
    return found


def keys(node):
    """The keys of a document, whatever its lists hold."""
    return {key: keys(value) for key, value in node.items()} if isinstance(node, dict) else None


@pytest.fixture(scope="session")
def old(make_space) -> Vectors:
    return make_space(400, 16)


@pytest.fixture(scope="session")
def retrained(old, make_space, random_turn) -> Vectors:
    """The next night: some noise, all of it turned."""
    noisy = old.matrix + 0.1 * make_space(400, 16, 7).matrix
    return Vectors(old.ids, (noisy @ random_turn(16, 3)).astype(np.float32))


@pytest.fixture
def healthy(old, retrained) -> Version:
    alignment = align(Sides(old), Sides(retrained))
    return version(Vectors(old.ids, alignment.apply(retrained.matrix)), alignment=alignment)


def test_a_retrained_version_passes_once_it_is_aligned(old, retrained, healthy):
    aligned = compare_versions(version(old), healthy, Knowledge(quality=GOOD))
    assert aligned.verdict.verdict == "pass"
    assert aligned.statistics.paired.cosine.mean > 0.98
    assert aligned.statistics.neighbours.overlap_at_50 > 0.8
    assert aligned.statistics.frame.status == "aligned"
    unaligned = compare_versions(version(old), version(retrained), Knowledge(quality=GOOD))
    assert outcome(unaligned, "aligned_cosine") == "warn"
    assert outcome(unaligned, "neighbour_overlap") == "pass"


def test_permuted_ids_are_seen(old, healthy):
    matrix = healthy.matrix.copy()
    matrix[:20] = matrix[np.roll(np.arange(20), 1)]
    found = compare_versions(version(old), replace(healthy, matrix=matrix), Knowledge(quality=GOOD))
    assert found.statistics.paired.outlier_share == 20 / 400
    assert {mover.id for mover in found.movers} == set(old.ids[:20])
    everything = compare_versions(
        version(old), replace(healthy, matrix=np.roll(healthy.matrix, 1, axis=0)), Knowledge(quality=GOOD)
    )
    assert outcome(everything, "aligned_cosine") == outcome(everything, "neighbour_overlap") == "warn"


def test_lost_rows_block(old, healthy):
    less = replace(healthy, ids=healthy.ids[100:], matrix=healthy.matrix[100:])
    found = compare_versions(version(old), less, Knowledge(quality=GOOD))
    assert (found.verdict.verdict, outcome(found, "row_drop")) == ("block", "block")
    assert found.statistics.population.vanished == 100
    lenient = ComparisonParameters(gate=merged(GateParameters(), {"row_drop": {"limit": 0.5}}))
    assert compare_versions(version(old), less, Knowledge(quality=GOOD), lenient).verdict.verdict == "pass"


def test_an_empty_version_blocks(old):
    found = compare_versions(version(old), version(Vectors.empty(16)), Knowledge(quality=GOOD))
    assert found.verdict.verdict == "block"
    assert (outcome(found, "rows"), outcome(found, "row_drop")) == ("warn", "block")
    assert (
        compare_versions(version(Vectors.empty(16)), version(old), Knowledge(quality=GOOD)).verdict.verdict
        == "warn"
    )


def test_lost_coverage_blocks(old, healthy):
    found = compare_versions(
        version(old, left_out={"rare": 100}),
        replace(healthy, left_out={"rare": 200, "new": 300}),
        Knowledge(quality=GOOD),
    )
    assert (found.statistics.coverage.old_share, found.statistics.coverage.new_share) == (
        400 / 500,
        400 / 900,
    )
    assert found.statistics.coverage.drop == pytest.approx(1 - (400 / 900) / (400 / 500))
    assert (found.verdict.verdict, outcome(found, "coverage_drop")) == ("block", "block")


@pytest.mark.parametrize("fault", ["non_finite", "zero_norm", "duplicate_id", "dimension"])
def test_broken_versions_block_and_the_rest_is_still_compared(old, healthy, fault):
    ids, matrix = healthy.ids.copy(), healthy.matrix.copy()
    if fault == "non_finite":
        matrix[3, 1] = np.nan
    elif fault == "zero_norm":
        matrix[3] = 0
    elif fault == "duplicate_id":
        ids[3] = ids[4]
    else:
        matrix = matrix[:, :8]
    found = compare_versions(version(old), replace(healthy, ids=ids, matrix=matrix), Knowledge(quality=GOOD))
    assert (found.verdict.verdict, outcome(found, fault)) == ("block", "block")
    assert found.statistics.neighbours.overlap_at_50 is not None
    assert (found.statistics.paired.cosine.mean is None) == (fault == "dimension")


def test_a_broken_output_blocks(old, healthy):
    output = np.ones((400, 16))
    output[9] = np.inf
    assert outcome(compare_versions(version(old), replace(healthy, output=output)), "non_finite") == "block"


def test_the_output_side_is_compared(old, make_space):
    context = make_space(400, 16, 11).matrix
    found = compare_versions(version(old, output=context), version(old, output=-context))
    assert found.statistics.paired.output_cosine.mean == pytest.approx(-1)
    assert found.statistics.paired.cosine.mean == pytest.approx(1)


def test_another_space_is_not_paired(old, healthy):
    found = compare_versions(version(old), replace(healthy, space_id="t"), Knowledge(quality=GOOD))
    assert (found.verdict.verdict, outcome(found, "aligned_cosine")) == ("warn", "not_judged")
    assert found.statistics.frame.reason == "space_id t, the predecessor has s"
    assert found.movers == ()
    assert outcome(found, "neighbour_overlap") == "pass"


def test_a_refused_alignment_gives_its_reason(old, make_space):
    stranger = make_space(400, 16, first=300)
    alignment = align(Sides(old), Sides(stranger))
    found = compare_versions(
        version(old), version(stranger, space_id="t", alignment=alignment), Knowledge(quality=GOOD)
    )
    assert found.statistics.frame.reason == "25.0% of the predecessor's ids in common, 50% needed"
    assert outcome(found, "kept_ids") == "warn"


def test_groups_follow_their_rows_past_broken_ones(old, healthy):
    matrix = healthy.matrix.copy()
    matrix[::2] = np.nan
    labels = as_ids("broken" if row % 2 == 0 else "sound" for row in range(400))
    found = compare_versions(
        version(old), replace(healthy, matrix=matrix), Knowledge(groups={"state": labels})
    )
    assert [(group.label, group.cosine.count) for group in found.statistics.paired.groups] == [("sound", 200)]


def test_its_json_has_the_same_keys_every_night(old, healthy):
    nights = [
        compare_versions(None, version(old)),
        compare_versions(version(old), healthy, Knowledge(quality=GOOD, groups={"half": as_ids("ab" * 200)})),
        compare_versions(version(old), replace(healthy, matrix=healthy.matrix[:, :3], space_id="t")),
        compare_versions(version(Vectors.empty(16)), version(Vectors.empty(16))),
    ]
    documents = [json.loads(json.dumps(night.as_json(), allow_nan=False)) for night in nights]
    assert list(documents[0]) == ["verdict", "rules", "statistics", "movers"]
    assert all(keys(document) == keys(documents[0]) for document in documents)
    assert all(
        [rule["rule"] for rule in d["rules"]] == [rule["rule"] for rule in documents[0]["rules"]]
        for d in documents
    )
    assert {"rule", "value", "floor", "limit", "level", "outcome"} <= set(documents[0]["rules"][0])
    assert set(documents[1]["movers"][0]) == {"id", "change", "old_neighbours", "new_neighbours"}
    assert [Comparison.from_json(document) for document in documents] == nights, "and can be read back"


def test_the_same_twice(old, healthy):
    first, second = (json.dumps(compare_versions(version(old), healthy).as_json()) for _ in range(2))
    assert first == second


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("before", [None, 0, 1, 2])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_hardly_any_rows(make_space, before, after):
    predecessor = None if before is None else version(make_space(before, 4, 1))
    found = compare_versions(predecessor, version(make_space(after, 4, 2)))
    assert found.statistics.new_structure.rows == after
    json.dumps(found.as_json(), allow_nan=False)
