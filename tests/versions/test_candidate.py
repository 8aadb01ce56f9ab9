"""The working folder of a version: a stage's file is there whole or not at all, and says what was saved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tasks.embeddings.contract import Embedding
from tasks.versions.candidate import COMPARISON, ROTATION, TRAINED, Candidate
from tasks.versions.documents import content_of
from warehouse.parts import Parts
from warehouse.sealed import damaged
from warehouse.vectors import Vectors, as_ids

FLOATS = st.floats(-1e6, 1e6, width=32)
IDS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    folder = tmp_path / "candidate"
    folder.mkdir()
    return Candidate(folder)


@st.composite
def embeddings(draw: st.DrawFn) -> Embedding:
    names = draw(st.lists(IDS, max_size=8, unique=True))
    kept = draw(st.integers(0, len(names)))
    ids, others = sorted(names[:kept]), names[kept:]
    dim = draw(st.integers(1, 5))
    matrix = draw(hnp.arrays(np.float32, (len(ids), dim), elements=FLOATS))
    output = draw(st.none() | hnp.arrays(np.float32, (len(ids), dim), elements=FLOATS))
    reasons = draw(
        st.lists(st.sampled_from(["too_few", "no text"]), min_size=len(others), max_size=len(others))
    )
    left_out = {
        reason: sorted(name for name, why in zip(others, reasons, strict=True) if why == reason)
        for reason in set(reasons)
    }
    vectors = Vectors.of(ids, matrix) if ids else Vectors.empty(dim)
    return Embedding.uniform(vectors, "made", left_out, output)


@given(embedding=embeddings())
def test_an_embedding_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, embedding: Embedding
) -> None:
    candidate = Candidate(tmp_path_factory.mktemp("candidate"))
    assert not candidate.has_embedding(TRAINED)
    candidate.save_embedding(TRAINED, embedding)
    assert candidate.has_embedding(TRAINED)
    read = candidate.load_embedding(TRAINED)
    assert read.vectors.ids.tolist() == embedding.vectors.ids.tolist()
    assert read.vectors.matrix.dtype == np.float32
    assert np.array_equal(read.vectors.matrix, embedding.vectors.matrix)
    assert read.provenance.tolist() == embedding.provenance.tolist()
    if read.output is None or embedding.output is None:
        assert read.output is embedding.output
    else:
        assert np.array_equal(read.output, embedding.output)
    expected = {reason: ids.tolist() for reason, ids in embedding.left_out.items()}
    assert {reason: ids.tolist() for reason, ids in read.left_out.items()} == expected


def parted() -> Embedding:
    """Two birds, one of them with two vectors."""
    parts = Parts(
        as_ids(["b1", "b2", "b2"]), np.array([0, 0, 1], np.int32), np.array([1, 0.7, 0.3], np.float32),
        np.eye(3, dtype=np.float32),
    )  # fmt: skip
    return Embedding(
        parts.summary(), as_ids(["mean", "medoid"]), left_out={"none": as_ids(["b3"])}, parts=parts
    )


def test_parts_come_back_and_move_with_their_embedding(candidate: Candidate, tmp_path: Path) -> None:
    embedding = parted()
    candidate.save_embedding(TRAINED, embedding)
    candidate.move_embedding(TRAINED, tmp_path / "held")
    assert not candidate.has_embedding(TRAINED)
    read = Candidate(tmp_path / "held").load_embedding(TRAINED)
    assert read.parts is not None and embedding.parts is not None
    for name in ("ids", "part", "weight", "matrix"):
        assert np.array_equal(getattr(read.parts, name), getattr(embedding.parts, name))
    assert np.array_equal(read.vectors.matrix, embedding.vectors.matrix)


def test_what_is_published_of_parts_is_turned_part_by_part() -> None:
    embedding = parted()
    assert embedding.parts is not None
    plain = content_of(embedding, None)
    assert plain.parts is embedding.parts and plain.raw is None
    assert plain.provenance is not None and plain.provenance.tolist() == ["mean", "medoid", "medoid"]
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turned = content_of(embedding, rotation)
    assert turned.parts is not None and turned.raw is embedding.parts.matrix
    np.testing.assert_allclose(turned.parts.matrix, embedding.parts.matrix @ rotation, atol=1e-6)
    np.testing.assert_allclose(turned.vectors.matrix, embedding.vectors.matrix @ rotation, atol=1e-6)


def test_documents_and_rotations_come_back(candidate: Candidate) -> None:
    document = {"verdict": "warn", "rows": 3, "nested": {"ü": [1.5, None]}}
    candidate.save_json("comparison.json", document)
    assert candidate.load_json("comparison.json") == document
    assert candidate.load_rotation() is None
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    candidate.save_rotation(rotation)
    read = candidate.load_rotation()
    assert read is not None and read.dtype == np.float64 and np.array_equal(read, rotation)


def test_what_cannot_be_saved_leaves_what_was_there(candidate: Candidate) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        candidate.save_json("evaluation.json", {"recall": float("nan")})
    assert not candidate.has("evaluation.json")
    candidate.save_json("evaluation.json", {"recall": 0.5})
    with pytest.raises(TypeError):
        candidate.save_json("evaluation.json", {"recall": object()})
    assert candidate.load_json("evaluation.json") == {"recall": 0.5}


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from tasks.versions.candidate import Candidate

def write(path):
    path.write_bytes(b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)

Candidate(Path(sys.argv[1]))._save(sys.argv[2], write)
"""


@pytest.mark.parametrize("name", [f"{TRAINED}.parquet", "evaluation.json", ROTATION])
def test_a_stage_killed_while_it_writes_has_left_nothing(candidate: Candidate, name: str) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(candidate.folder), name]
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    assert subprocess.run(command, check=False, env=environment).returncode == -signal.SIGKILL
    assert list(candidate.folder.iterdir()), "nothing was written: the test shows nothing"
    assert not candidate.has(name) and not candidate.has_embedding(TRAINED)
    assert candidate.load_rotation() is None
    candidate.save_json("evaluation.json", {"recall": 0.5})
    assert candidate.load_json("evaluation.json") == {"recall": 0.5}
    candidate.remove()
    assert not candidate.folder.exists()


def test_reasons_alone_are_no_embedding(candidate: Candidate) -> None:
    """Two files make an embedding; the second stands for both."""
    candidate.save_embedding(
        TRAINED, Embedding.uniform(Vectors.of(["a"], np.ones((1, 3))), "made", {"few": ["b"]})
    )
    (candidate.folder / f"{TRAINED}.parquet").unlink()
    assert not candidate.has_embedding(TRAINED)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["trained.parquet", "trained.parts.parquet", "trained.left_out.parquet"])
def test_an_embedding_that_is_damaged_is_made_again(
    candidate: Candidate, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    candidate.save_embedding(TRAINED, parted())
    flip(candidate.folder / file)
    assert [path.name for path in damaged(candidate.folder)] == [file]
    assert not candidate.has_embedding(TRAINED)
    assert list(candidate.folder.iterdir()) == []
    (line,) = [record.getMessage() for record in caplog.records]
    assert file in line and "it is made again" in line
    candidate.save_embedding(TRAINED, parted())
    assert candidate.has_embedding(TRAINED) and list(damaged(candidate.folder)) == []


def test_a_comparison_stands_for_its_rotation(candidate: Candidate) -> None:
    candidate.save_rotation(np.eye(2))
    candidate.save_json(COMPARISON, {})
    assert candidate.has(COMPARISON)
    flip(candidate.folder / ROTATION)
    assert not candidate.has(COMPARISON) and candidate.load_rotation() is None


def test_what_an_earlier_edition_kept_is_taken_as_it_is(candidate: Candidate) -> None:
    candidate.save_embedding(TRAINED, parted())
    for seal in candidate.folder.glob(".*.sha256"):
        seal.unlink()
    assert candidate.has_embedding(TRAINED)
