"""What every method promises. A method inherits these tests by its line in the registry."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from scipy.linalg import orthogonal_procrustes

from tasks.embeddings.contract import Embedding, Inputs, Method, silent
from tasks.embeddings.registry import METHODS
from tasks.embeddings.words.tokens import tokens
from warehouse.joint import joint_id
from warehouse.vectors import Vectors, as_ids

ROOT = Path(__file__).resolve().parents[2]
STRANGE = {"a": "рекламодатель ", "b": "птица ", "f": 'flit with\tspace, \N{BIRD} and "quotes"\n'}


@pytest.fixture(params=sorted(METHODS))
def method(request: pytest.FixtureRequest) -> Method:
    return METHODS[request.param]


@pytest.fixture(scope="session")
def strange_world(world: Any) -> Any:
    return world.named(_strange)


PARENTS = {
    "bridge": ("flit_interactions", "flit_text"),
    "blend": ("flit_text", "flit_interactions"),
    "concatenation": ("flit_text", "flit_interactions"),
    "sif": ("words",),
}
"""What methods build on that do not build on one space of flits, in the order of `from`."""


def parents_for(method: Method, parents: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """The spaces that suit a method, of those that are planted; none where none are."""
    if "parents" not in method.reads:
        return {}
    name = next(name for name, known in METHODS.items() if known is method)
    return {parent: parents[parent] for parent in PARENTS.get(name, ("flit_text",)) if parent in parents}


def fit(method: Method, inputs: Inputs, report: Any = silent) -> Embedding:
    suited = replace(inputs, parents=parents_for(method, inputs.parents))
    return method.fit(suited, method.parameters(), report)


class Learnt(NamedTuple):
    embedding: Embedding
    steps: list[tuple[int, int]]
    """What was reported, in order."""


@cache
def learnt(method: Method, world: Any) -> Learnt:
    """What a method makes of a world, once for all tests: training is what takes the time."""
    steps: list[tuple[int, int]] = []
    return Learnt(fit(method, world.inputs, lambda done, total: steps.append((done, total))), steps)


BIRDS = ("bird_id", "followee_id", "author_id", "author")
"""Columns that name birds."""


def seen_ids(method: Method, inputs: Inputs) -> set[str]:
    """Every id of the method's entity that its sources name."""
    frames = [inputs.frame(source) for source in method.reads if source != "parents"]
    if method.entity == "parent" or not frames:
        return set().union(*(space.ids for space in parents_for(method, inputs.parents).values()))
    if method.entity == "word":
        return {word for text in inputs.frame("documents")["text"].drop_nulls() for word in tokens(text)}
    if method.entity == "joint":
        return set().union(*(_named(frame, "source", "target") for frame in frames), *map(_joint, frames))
    return set().union(
        *(_named(frame, *(BIRDS if method.entity == "bird" else ("flit_id",))) for frame in frames)
    )


def _named(frame: pl.DataFrame, *columns: str) -> set[str]:
    return set().union(*(frame[column].drop_nulls() for column in columns if column in frame.columns))


def _joint(frame: pl.DataFrame) -> set[str]:
    return {joint_id("bird", id_) for id_ in _named(frame, *BIRDS)} | {
        joint_id("flit", id_) for id_ in _named(frame, "flit_id")
    }


def digest(embedding: Embedding) -> str:
    parts = [
        json.dumps([list(embedding.vectors.ids), list(embedding.provenance)]).encode(),
        embedding.vectors.matrix.tobytes(),
        b"" if embedding.output is None else embedding.output.tobytes(),
        json.dumps({reason: list(ids) for reason, ids in embedding.left_out.items()}).encode(),
        json.dumps(dict(embedding.measured)).encode(),
        b""
        if embedding.parts is None
        else embedding.parts.matrix.tobytes() + embedding.parts.weight.tobytes(),
    ]
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def score(embedding: Embedding) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Cosine of every row with every row on the side that it is scored against."""
    other = (
        embedding.vectors if embedding.output is None else Vectors(embedding.vectors.ids, embedding.output)
    )
    return embedding.vectors.normalised() @ other.normalised().T


def test_a_row_is_told_apart_by_its_id(method: Method, world: Any) -> None:
    """Rows are equal only where ids may trade names and nothing changes, as those of birds with equal features."""
    embedding = learnt(method, world).embedding
    assert len(embedding.vectors) > 0
    rows = embedding.vectors.rows(embedding.vectors.ids[::-1])
    assert (rows == np.arange(len(embedding.vectors))[::-1]).all()
    _, first, group = np.unique(embedding.vectors.matrix, axis=0, return_index=True, return_inverse=True)
    assert len(first) > 1
    ids = embedding.vectors.ids
    for one in np.flatnonzero(first[group] != np.arange(len(ids)))[:3]:
        twins = dict(zip(ids[[one, first[group[one]]]], ids[[first[group[one]], one]], strict=True))
        traded = world.named(lambda id_, twins=twins: twins.get(id_, id_))
        again = fit(method, traded.inputs)
        assert list(again.vectors.ids) == list(ids), twins
        np.testing.assert_allclose(again.vectors.matrix, embedding.vectors.matrix, atol=1e-3)


def test_every_seen_id_has_a_vector_or_one_reason(method: Method, world: Any, worn_world: Any) -> None:
    for of in (world, worn_world):
        embedding = learnt(method, of).embedding
        accounted = [*embedding.vectors.ids, *(id_ for ids in embedding.left_out.values() for id_ in ids)]
        assert sorted(accounted) == sorted(seen_ids(method, of.inputs))


def test_every_reason_is_declared(method: Method, worn_world: Any) -> None:
    """What is not declared is missing from the numbers of the nights on which it is nobody's.

    Where a method reads spaces alone, what logs bring is no reason to leave an id out.
    """
    found = set(learnt(method, worn_world).embedding.left_out)
    assert found <= set(method.leaves_out)
    assert found or not method.leaves_out or method.reads == {"parents"}


def test_vectors_are_rows_of_some_length(method: Method, world: Any, worn_world: Any) -> None:
    for of in (world, worn_world):
        embedding = learnt(method, of).embedding
        assert (np.linalg.norm(embedding.vectors.matrix, axis=1) > 0).all()
        assert embedding.output is None or (np.linalg.norm(embedding.output, axis=1) > 0).all()


def test_an_unseen_id_has_no_row(method: Method, world: Any) -> None:
    assert list(learnt(method, world).embedding.vectors.rows(["never seen", "", "f"])) == [-1, -1, -1]


def test_the_same_inputs_give_the_same_bytes(method: Method, world: Any) -> None:
    assert digest(fit(method, world.inputs)) == digest(learnt(method, world).embedding)


def test_another_process_with_another_hash_seed_gives_the_same_bytes(world: Any) -> None:
    """One process for all methods: starting Python is what takes the time."""
    here = {name: digest(learnt(METHODS[name], world).embedding) for name in sorted(METHODS)}
    hash_seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    script = (
        "import json, runpy, sys\n"
        "world = runpy.run_path(sys.argv[1])['planted_world']()\n"
        "contract = runpy.run_path(sys.argv[2])\n"
        "print(json.dumps({name: contract['digest'](contract['fit'](method, world.inputs))"
        " for name, method in contract['METHODS'].items()}))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).with_name("conftest.py")), __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == here


def test_two_camps_that_never_mix_are_apart(method: Method, world: Any) -> None:
    embedding = learnt(method, world).embedding
    words = {word: int(word.startswith("heron")) for word in seen_ids(METHODS["word2vec"], world.inputs)}
    camp = world.camp | words
    camps = np.array([camp[id_.rpartition(":")[2]] for id_ in embedding.vectors.ids])
    scores, same = score(embedding), camps[:, None] == camps[None, :]
    np.fill_diagonal(scores, -np.inf)
    nearest = np.argsort(-scores, axis=1)[:, :5]
    assert (camps[nearest] == camps[:, None]).mean() > 0.95
    np.fill_diagonal(same, False)
    assert scores[same].mean() > scores[camps[:, None] != camps[None, :]].mean() + 0.2


def test_nothing_makes_an_empty_embedding_of_the_right_width(
    method: Method, world: Any, empty_inputs: Inputs
) -> None:
    embedding = fit(method, empty_inputs)
    assert embedding.vectors.matrix.shape == (0, learnt(method, world).embedding.vectors.dim)
    assert not embedding.left_out
    assert embedding.output is None or embedding.output.shape == embedding.vectors.matrix.shape


def test_one_row_is_accounted_for(method: Method, one_row_inputs: Inputs) -> None:
    embedding = fit(method, one_row_inputs)
    accounted = [*embedding.vectors.ids, *(id_ for ids in embedding.left_out.values() for id_ in ids)]
    assert sorted(accounted) == sorted(seen_ids(method, one_row_inputs))
    assert len(accounted) == (2 if method.entity == "joint" else 1)


def test_ids_may_be_any_text(method: Method, world: Any, strange_world: Any) -> None:
    usual = learnt(method, world).embedding.vectors.ids
    # Words are named by the texts, which stay.
    assert set(learnt(method, strange_world).embedding.vectors.ids) == (
        set(usual) if method.entity == "word" else {_strange(id_) for id_ in usual}
    )


def _strange(id_: str) -> str:
    kind, colon, name = id_.rpartition(":")
    return f"{kind}{colon}{STRANGE[name[0]]}{name}"


def test_what_is_written_is_what_is_read(method: Method, strange_world: Any, tmp_path: Path) -> None:
    vectors = learnt(method, strange_world).embedding.vectors
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.matrix.ravel()), vectors.dim)
    pq.write_table(
        pa.table({"id": pa.array(vectors.ids, pa.string()), "vector": column}), tmp_path / "v.parquet"
    )
    table = pq.read_table(tmp_path / "v.parquet")
    again = Vectors(as_ids(table["id"].to_pylist()), np.array(table["vector"].to_pylist(), dtype=np.float32))
    assert list(again.ids) == list(vectors.ids)
    assert again.matrix.tobytes() == vectors.matrix.tobytes()


def test_parameters_come_back_from_json(method: Method) -> None:
    parameters = method.parameters()
    assert method.parameters.model_validate_json(parameters.model_dump_json()) == parameters


def test_bad_parameters_are_refused_in_one_line(method: Method) -> None:
    with pytest.raises(ValidationError, match="no_such_key"):
        method.parameters(no_such_key=1)
    for key in method.parameters.model_fields:
        with pytest.raises(ValidationError) as refusal:
            method.parameters(**{key: [["no", "such", "value"]]})
        for error in refusal.value.errors():
            assert error["loc"][0] == key
            assert "\n" not in error["msg"]


def test_progress_grows_to_its_end(method: Method, world: Any) -> None:
    steps = learnt(method, world).steps
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1]
    assert len({total for _, total in steps}) == 1


def test_a_missing_source_is_named(method: Method) -> None:
    with pytest.raises(ValueError, match=r"found (none|0)"):
        fit(method, Inputs())


FIXED = sorted(name for name, method in METHODS.items() if method.fixed_frame)


@pytest.mark.parametrize("name", [*FIXED, "item2vec"])
def test_a_fixed_frame_stays_when_a_twentieth_of_everything_goes(
    name: str, crowd: Any, thinned_crowd: Any
) -> None:
    """What is claimed comparable without a rotation gains less than .005 of mean cosine by the best one, and keeps .95:
    rows may move with what they are made of, their frame may not. That of a training turns."""
    before, after = (learnt(METHODS[name], of).embedding.vectors for of in (crowd, thinned_crowd))
    old, new = before.normalised()[before.rows(after.ids)], after.normalised()
    turned = new @ orthogonal_procrustes(new, old)[0]
    as_they_are, at_best = ((rows * old).sum(axis=1).mean() for rows in (new, turned))
    assert (at_best - as_they_are < 0.005 and as_they_are > 0.95) == METHODS[name].fixed_frame


def test_the_registry_loads_no_heavy_library() -> None:
    script = (
        "import sys\nfrom tasks.embeddings.registry import METHODS\n[m.parameters() for m in METHODS.values()]\n"
        "print([n for n in ('torch', 'gensim', 'sentence_transformers', 'transformers') if n in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert finished.stdout.strip() == "[]"
