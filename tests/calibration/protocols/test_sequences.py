"""Leave-last-out, held against a slow reading of the same file."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.calibration.protocols.protocol import Part
from tasks.calibration.protocols.sequences import SequenceSet, read
from tasks.embeddings.contract import Embedding, Method
from tasks.embeddings.registry import METHODS
from warehouse.vectors import Vectors

Lines = dict[str, list[str]]
FLIT = METHODS["item2vec"]
JOINT = replace(FLIT, entity="joint")


def write(folder: Path, lines: Lines) -> Path:
    path = folder / "planted.txt"
    path.write_text("".join(f"{user} {' '.join(items)}\n" for user, items in lines.items()))
    return path


def planted(users: int = 30, items: int = 40, seed: int = 0) -> Lines:
    generator = np.random.default_rng(seed)
    return {
        f"u{user}": [f"i{item}" for item in generator.permutation(items)[: generator.integers(1, 9)]]
        for user in range(users)
    }


def slow_metrics(
    lines: Lines, scores: dict[tuple[str, str], float], held_out: int, k: int
) -> dict[str, float]:
    """Hit rate and NDCG by sorting all unseen items for each user, one at a time."""
    everything = sorted({item for items in lines.values() for item in items})
    gains = []
    for user, items in lines.items():
        if len(items) < 3 or items[-held_out] in items[:-held_out]:
            continue
        history, wanted = items[:-held_out], items[-held_out]
        ranked = sorted(
            (item for item in everything if item not in history and (user, item) in scores),
            key=lambda item: (-scores[user, item], item),
        )[:k]
        gains.append(1 / math.log2(ranked.index(wanted) + 2) if wanted in ranked else 0.0)
    return {
        f"hit_rate_at_{k}": sum(gain > 0 for gain in gains) / len(gains),
        f"ndcg_at_{k}": sum(gains) / len(gains),
    }


def joint_space(lines: Lines, seed: int) -> tuple[Embedding, dict[tuple[str, str], float]]:
    """Random rows for all but a few users and items, small whole numbers: many scores are equal."""
    generator = np.random.default_rng(seed)
    users = sorted(lines)[1:]
    items = sorted({item for items in lines.values() for item in items})[:-2]
    rows = {f"bird:{user}": generator.integers(-2, 3, 3) for user in users}
    rows |= {f"flit:{item}": generator.integers(-2, 3, 3) for item in items}
    embedding = Embedding.uniform(Vectors.of(rows, np.array(list(rows.values()))), "trained", {})
    scores = {(u, i): float(rows[f"bird:{u}"] @ rows[f"flit:{i}"]) for u in users for i in items}
    return embedding, scores


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**20), part=st.sampled_from(["validation", "test"]))
def test_a_joint_space_is_ranked_as_a_slow_reading_ranks_it(tmp_path: Path, seed: int, part: Part) -> None:
    lines = planted(seed=seed)
    embedding, scores = joint_space(lines, seed)
    measured = read(write(tmp_path, lines)).task(part).measure(JOINT, embedding)
    for k in (5, 10, 20):
        expected = slow_metrics(lines, scores, 1 if part == "test" else 2, k)
        assert {name: measured[name].value for name in expected} == pytest.approx(expected)
    assert all(metric.low <= metric.value <= metric.high for metric in measured.values())


def test_popularity_counts_what_precedes_the_part_alone(tmp_path: Path) -> None:
    lines = planted(users=60)
    parts: tuple[tuple[Part, int], ...] = (("validation", 2), ("test", 1))
    for part, held_out in parts:
        learnt = [items[:-held_out] if len(items) >= 3 else items for items in lines.values()]
        counts = Counter(item for items in learnt for item in items)
        scores = {
            (user, item): float(counts[item]) for user in lines for items in lines.values() for item in items
        }
        found = read(write(tmp_path, lines)).task(part).baselines["popularity"]()
        expected = slow_metrics(lines, scores, held_out, 5)
        assert {name: found[name].value for name in expected} == pytest.approx(expected)


def test_the_inputs_hold_no_item_of_the_part_or_after_it(tmp_path: Path) -> None:
    path = write(tmp_path, {"u1": ["a", "b", "c", "d"], "short": ["d", "a"], "u2": ["d", "c", "b"]})
    held = {part: read(path).task(part).inputs for part in ("validation", "test")}
    told = {
        part: {
            user: list(rows["flit_id"])
            for (user,), rows in inputs.frame("sequences").group_by("bird_id", maintain_order=True)
        }
        for part, inputs in held.items()
    }
    assert told["validation"] == {"short": ["d", "a"], "u1": ["a", "b"], "u2": ["d"]}
    assert told["test"] == {"short": ["d", "a"], "u1": ["a", "b", "c"], "u2": ["d", "c"]}
    assert held["test"].frame("interactions").rows()[:2] == [("short", "a", 1.0), ("short", "d", 1.0)]


def test_an_item_that_was_seen_is_neither_ranked_nor_looked_for(tmp_path: Path) -> None:
    split = read(write(tmp_path, {"again": ["a", "b", "a"], "new": ["a", "b", "c"]})).split("test")
    assert list(split.birds) == ["new"]
    assert (split.counts.birds, split.counts.birds_scorable) == (2, 1)


@pytest.mark.parametrize(("part", "items"), [("test", ["a", "b", "a"]), ("validation", ["a", "a", "b"])])
def test_a_part_in_which_nobody_has_an_unseen_item_is_refused(
    tmp_path: Path, part: Part, items: list[str]
) -> None:
    public = read(write(tmp_path, {"u": items, "v": items}))
    with pytest.raises(
        ValueError, match=f"planted: .*the {part} part.* found 2 users, all of whom had it before"
    ):
        public.task(part)
    assert list(public.split("test" if part == "validation" else "validation").birds) == ["u", "v"]


def test_ties_won_puts_the_item_to_find_first_among_equals(tmp_path: Path) -> None:
    """All scores are equal: by id the item is 13th of the unseen, won it is the first."""
    lines = {f"u{n:02}": [f"i{n:02}", f"j{n:02}", "zz"] for n in range(14)}
    everything = sorted({item for items in lines.values() for item in items})
    rows = [*(f"bird:{user}" for user in lines), *(f"flit:{item}" for item in everything)]
    embedding = Embedding.uniform(Vectors.of(rows, np.ones((len(rows), 2))), "trained", {})
    measured = read(write(tmp_path, lines)).task("test").measure(JOINT, embedding)
    assert (measured["hit_rate_at_10"].value, measured["hit_rate_at_10_ties_won"].value) == (0.0, 1.0)


def test_flits_are_scored_by_the_recent_profile_on_the_output_side(tmp_path: Path) -> None:
    """a leads to x on the output side; the profile's factor says whether a, the last item, or b counts."""
    lines = {"u": ["b", "b", "a", "x"], "v": ["x", "y"]}
    vectors = Vectors.of(["a", "b", "x", "y"], np.array([[1, 0], [0, 2], [9, 9], [9, 9]]))
    output = np.array([[0, 0], [0, 0], [1, 0], [0, 1]], dtype=np.float32)
    embedding = Embedding.uniform(vectors, "trained", {}, output)
    path = write(tmp_path, lines)

    def first_hit(factor: float) -> float:
        return read(path, {"factor": factor}).task("test").measure(FLIT, embedding)["mrr_at_5"].value

    assert (first_hit(0.1), first_hit(1.0)) == (1.0, 0.5)


def test_a_space_without_flits_is_refused(tmp_path: Path) -> None:
    method: Method = METHODS["recency_weighted_mean"]
    with pytest.raises(ValueError, match="rows that stand for flits or both, found bird"):
        read(write(tmp_path, planted())).task("test").measure(method, joint_space(planted(), 0)[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1: expected `user item item …`.*found an empty file"),
        (b"u a b c\nalone\n", "line 2: expected `user item item …`.*found 'alone'"),
        (b"u a b c\n\nv a b\n", "line 2: expected.*found a blank line"),
        (b"u a b c\nv a b\nu c d\n", "line 3: expected each user on one line, found 'u' on line 1 too"),
        (b"u a b c\nv \xff b\n", "line 2: expected UTF-8, found byte 0xff"),
        (b"u a b\nv b\n", "expected a user with at least 3 items, found at most 2"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_in_one_line(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=said) as refusal:
        read(path)
    assert str(path) in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_cut_off_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt.gz"
    path.write_bytes(gzip.compress(b"u a b c\n" * 1)[:-6])
    with pytest.raises(ValueError, match="expected a whole gzip file"):
        read(path)


def test_a_gzip_file_is_read_as_the_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path, planted())
    (tmp_path / "planted.txt.gz").write_bytes(gzip.compress(plain.read_bytes()))
    packed: SequenceSet = read(tmp_path / "planted.txt.gz")
    assert packed.name == "planted"
    assert packed.steps.equals(read(plain).steps)
