"""Node classification: planted classes are found, no test node is learnt from, and malformed files are refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from tasks.calibration.protocols.graph import SPLITS, GraphSet, read
from tasks.embeddings.contract import Embedding
from tasks.embeddings.registry import METHODS
from warehouse.vectors import Vectors, as_ids

BIRD = METHODS["deepwalk"]


def write(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def planted(folder: Path, nodes: int = 60, classes: int = 3, seed: int = 0) -> GraphSet:
    """Node i is of class i mod `classes`, and linked within its class alone; the last one has no edge but its loop."""
    generator = np.random.default_rng(seed)
    edges = [
        f"n{node} n{other}"
        for node in range(nodes - 1)
        for other in generator.choice(range(node % classes, nodes - 1, classes), 4, replace=False)
    ]
    return read(
        write(folder, "planted_edges.txt", [*edges, f"n{nodes - 1} n{nodes - 1}", *edges[:5]]),
        write(folder, "planted_classes.txt", [f"n{node} c{node % classes}" for node in range(nodes)]),
    )


def test_a_packed_file_is_read_as_its_contents(tmp_path: Path) -> None:
    graph = planted(tmp_path)
    for name in ("planted_edges.txt", "planted_classes.txt"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    packed = read(tmp_path / "planted_edges.txt.gz", tmp_path / "planted_classes.txt.gz")
    assert packed.follows.equals(graph.follows) and packed.name == graph.name


def embedding_of(graph: GraphSet, matrix: Any) -> Embedding:
    return Embedding.uniform(Vectors.of(graph.nodes[: len(matrix)], np.asarray(matrix)), "made", {})


def test_edges_are_follows_and_labels_are_classes(tmp_path: Path) -> None:
    graph = planted(tmp_path)
    inputs = graph.task("test").inputs
    follows = inputs.frame("follows")
    assert follows.rows() == sorted(set(follows.rows())) and len(follows) > 200
    assert inputs.frame("replies").is_empty()
    assert list(graph.nodes) == sorted(graph.nodes) and len(graph.nodes) == 60
    assert [int(node[1:]) % 3 for node in graph.nodes] == graph.classes.tolist()
    assert graph.name == "planted_edges"


@given(st.integers(8, 40))
def test_validation_looks_at_training_halves_alone(nodes: int) -> None:
    ids = as_ids(f"n{node:02}" for node in range(nodes))
    graph = GraphSet("planted", None, ids, np.arange(nodes) % 2)  # type: ignore[arg-type]
    test, validation = list(graph.splits("test")), list(graph.splits("validation"))
    assert len(test) == len(validation) == SPLITS
    for (learnt, scored), (learnt_inside, scored_inside) in zip(test, validation, strict=True):
        assert sorted([*learnt, *scored]) == list(range(nodes)) and len(learnt) == nodes // 2
        assert sorted([*learnt_inside, *scored_inside]) == sorted(learnt)
        assert len(learnt_inside) == len(learnt) // 2


def test_vectors_that_tell_the_classes_answer_all_and_noise_answers_by_chance(tmp_path: Path) -> None:
    graph = planted(tmp_path, nodes=120)
    told = graph.task("test").measure(BIRD, embedding_of(graph, 9 * np.eye(3)[graph.classes]))
    noise = np.random.default_rng(0).normal(size=(120, 3))
    untold = graph.task("test").measure(BIRD, embedding_of(graph, noise))
    assert told["micro_f1"].value == told["macro_f1"].value == 1
    assert untold["micro_f1"].value < 0.5
    assert untold["micro_f1"].low <= untold["micro_f1"].value <= untold["micro_f1"].high


def test_scores_are_those_of_a_regression_for_each_class(tmp_path: Path) -> None:
    """The slow oracle: one binary regression a class, the most certain one answers."""
    graph = planted(tmp_path, nodes=80, classes=4)
    matrix = np.eye(4)[graph.classes] + np.random.default_rng(1).normal(size=(80, 4)).astype(np.float32)
    matrix = matrix.astype(np.float32)
    micro, macro = [], []
    for learnt, scored in graph.splits("validation"):
        certain = []
        for one in range(4):
            regression = LogisticRegression(solver="liblinear", random_state=0)
            regression.fit(matrix[learnt].astype(float), graph.classes[learnt] == one)
            certain.append(regression.decision_function(matrix[scored].astype(float)))
        answers, truth = np.argmax(certain, axis=0), graph.classes[scored]
        micro.append((answers == truth).mean())
        macro.append(np.mean([f1_score(truth == c, answers == c, zero_division=0) for c in range(4)]))
    found = graph.task("validation").measure(BIRD, embedding_of(graph, matrix))
    assert found["micro_f1"].value == pytest.approx(np.mean(micro))
    assert found["macro_f1"].value == pytest.approx(np.mean(macro))


def test_a_mean_of_equal_splits_lies_within_its_interval(tmp_path: Path) -> None:
    graph = planted(tmp_path, nodes=10, classes=2)
    halves = [(np.arange(4), np.arange(4, 10))] * SPLITS  # two thirds of six are of the class that is learnt

    class Alike(GraphSet):
        def splits(self, on: object) -> Any:
            return iter(halves)

    classes = np.array([0, 0, 0, 1, 0, 0, 0, 0, 1, 1])
    alike = Alike(graph.name, graph.follows, graph.nodes, classes)
    found = alike.task("test").baselines["majority"]()["micro_f1"]
    assert found.value == pytest.approx(2 / 3) and found.low <= found.value <= found.high


def test_a_node_without_a_vector_is_scored_too(tmp_path: Path) -> None:
    graph = planted(tmp_path, nodes=120)
    whole = 9 * np.eye(3)[graph.classes]
    half = graph.task("test").measure(BIRD, embedding_of(graph, whole[:60]))
    assert 0.55 < half["micro_f1"].value < 0.8


def test_deepwalk_finds_planted_classes_and_baselines_are_told(tmp_path: Path) -> None:
    graph = planted(tmp_path, nodes=90)
    task = graph.task("test")
    parameters = BIRD.parameters(dimensions=8, walks=40, length=20, context=3)  # type: ignore[call-arg]
    found = task.measure(BIRD, BIRD.fit(task.inputs, parameters, lambda done, total: None))
    assert found["micro_f1"].value > 0.9
    majority, adjacency = (task.baselines[name]() for name in ("majority", "adjacency"))
    assert majority["micro_f1"].value < 0.45 and majority["macro_f1"].value < 0.25
    assert majority["micro_f1"].value < adjacency["micro_f1"].value <= 1


def test_rows_of_other_things_than_birds_are_refused(tmp_path: Path) -> None:
    graph = planted(tmp_path)
    with pytest.raises(ValueError, match="expected rows of entity bird, found flit"):
        graph.task("test").measure(replace(BIRD, entity="flit"), embedding_of(graph, np.eye(60)))


EDGES = ["a b", "b c", "c d"]
LABELS = [f"{node} {'xy'[place % 2]}" for place, node in enumerate("abcdefgh")]


@pytest.mark.parametrize(
    ("edges", "labels", "message"),
    [
        ([*EDGES, "a b c"], LABELS, r"edges\.txt, line 4: expected `node node`, found 'a b c'"),
        (["a b", ""], LABELS, r"edges\.txt, line 2: expected `node node`, found ''"),
        ([], LABELS, r"edges\.txt: expected edges, found an empty file"),
        (EDGES, ["a", *LABELS], r"labels\.txt, line 1: expected `node class`, found 'a'"),
        (
            EDGES,
            [*LABELS, "c z"],
            r"labels\.txt, line 9: expected one class a node, found a second one of 'c'",
        ),
        (EDGES, LABELS[:3], r"labels\.txt: expected at least 8 nodes of at least 2 classes, found 3 of 2"),
        (EDGES, [line[:2] + "x" for line in LABELS], r"found 8 of 1"),
        (["q r"], LABELS, r"none of its 8 nodes has an edge in .*edges\.txt"),
    ],
)
def test_malformed_files_are_refused_in_one_line(
    tmp_path: Path, edges: list[str], labels: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as refusal:
        read(write(tmp_path, "edges.txt", edges), write(tmp_path, "labels.txt", labels))
    assert "\n" not in str(refusal.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    labels = write(tmp_path, "labels.txt", LABELS)
    (tmp_path / "edges.txt").write_bytes(b"a b\n\xff\xfe c\n")
    with pytest.raises(ValueError, match="expected UTF-8"):
        read(tmp_path / "edges.txt", labels)
