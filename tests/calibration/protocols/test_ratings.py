"""Ratings split at random, held against a slow reading of the same file."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.commands.calibrate.scores import Options, lacking
from tasks.calibration.protocols.protocol import Part
from tasks.calibration.protocols.ratings import LEARN, TEST, VALIDATION, RatingSet, read
from tasks.embeddings.contract import Embedding, silent
from tasks.embeddings.registry import METHODS
from warehouse.joint import joint_id
from warehouse.vectors import Vectors

JOINT = METHODS["als"]
Pair = tuple[str, str]


def write(folder: Path, pairs: Iterable[Pair], name: str = "planted.dat") -> Path:
    path = folder / name
    rows = [f"{user}\t{item}\t{n + 1}" for n, (user, item) in enumerate(pairs)]
    path.write_text("\n".join(["user\titem\tweight", *rows]) + "\n")
    return path


def planted(users: int = 12, items: int = 40, seed: int = 0) -> list[Pair]:
    generator = np.random.default_rng(seed)
    return [
        (f"u{user:02}", f"i{item}")
        for user in range(users)
        for item in generator.permutation(items)[: generator.integers(1, 31)]
    ]


def parts(found: RatingSet) -> dict[int, set[Pair]]:
    rows = found.ratings.select("part", "bird_id", "flit_id").rows()
    return {part: {(b, f) for p, b, f in rows if p == part} for part in (LEARN, VALIDATION, TEST)}


@given(rows=st.lists(st.integers(1, 60), min_size=1, max_size=6), seed=st.integers(0, 99))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_parts_are_tenths_of_each_user(tmp_path: Path, rows: list[int], seed: int) -> None:
    pairs = [(f"u{user}", f"i{item}") for user, count in enumerate([12, *rows]) for item in range(count)]
    found = parts(read(write(tmp_path, pairs), seed=seed))
    assert sum(map(len, found.values())) == len(pairs) and set().union(*found.values()) == set(pairs)
    for user, count in Counter(user for user, _ in pairs).items():
        own = {part: sum(bird == user for bird, _ in of) for part, of in found.items()}
        # RecBole's counts: tenths rounded down, but a row where there would be none and one is left to learn from.
        tenth = count // 10
        assert own[TEST] == (1 if 2 <= count < 10 else tenth)
        assert own[VALIDATION] == (1 if 3 <= count < 10 else tenth)
        assert own[LEARN] >= 1


def test_a_split_is_its_seed(tmp_path: Path) -> None:
    path = write(tmp_path, planted())
    assert parts(read(path, seed=3)) == parts(read(path, seed=3))
    assert parts(read(path, seed=3)) != parts(read(path, seed=4))
    shuffled = write(tmp_path, reversed(planted()), "other.dat")
    assert parts(read(shuffled, seed=3)) == parts(read(path, seed=3))  # not the order of the rows


def slow_metrics(found: RatingSet, scores: dict[Pair, float], on: Part, k: int) -> dict[str, float]:
    """NDCG and recall by sorting all items that are not hidden for each user, one at a time."""
    of = parts(found)
    hidden = of[LEARN] if on == "validation" else of[LEARN] | of[VALIDATION]
    wanted = of[VALIDATION] if on == "validation" else of[TEST]
    items = sorted({item for part in of.values() for _, item in part})
    gains, recalls = [], []
    for user in sorted({user for user, _ in wanted}):
        ranked = sorted(
            (item for item in items if (user, item) not in hidden),
            key=lambda item: (-scores[user, item], item),
        )[:k]
        hits = [(user, item) in wanted for item in ranked]
        total = sum(bird == user for bird, _ in wanted)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(k, total)))
        gains.append(sum(hit / math.log2(place + 2) for place, hit in enumerate(hits)) / ideal)
        recalls.append(sum(hits) / total)
    return {f"ndcg_at_{k}": float(np.mean(gains)), f"full_recall_at_{k}": float(np.mean(recalls))}


@pytest.mark.parametrize("on", ["validation", "test"])
@pytest.mark.parametrize("seed", range(3))
def test_metrics_are_those_of_a_slow_reading(tmp_path: Path, on: Part, seed: int) -> None:
    found = read(write(tmp_path, planted(seed=seed)), seed=seed)
    generator = np.random.default_rng(seed)
    birds, flits = (sorted(found.ratings[name].unique()) for name in ("bird_id", "flit_id"))
    users, items = generator.integers(-2, 3, (len(birds), 3)), generator.integers(-2, 3, (len(flits), 3))
    scores = {
        (b, f): float(u @ i)
        for b, u in zip(birds, users, strict=True)
        for f, i in zip(flits, items, strict=True)
    }
    ids = [joint_id("bird", b) for b in birds] + [joint_id("flit", f) for f in flits]
    space = Embedding.uniform(Vectors.of(ids, np.concatenate([users, items])), "planted", {})
    measured = found.task(on).measure(JOINT, space)
    for k in (10, 20):
        for name, value in slow_metrics(found, scores, on, k).items():
            assert measured[name].value == pytest.approx(value), name
            assert measured[name].low <= measured[name].value <= measured[name].high


def test_popularity_is_counted_on_what_is_learnt_from(tmp_path: Path) -> None:
    found = read(write(tmp_path, planted()))
    of = parts(found)
    counts = Counter(item for _, item in of[LEARN])
    scores = {(user, item): float(counts[item]) for user, _ in planted() for _, item in planted()}
    for on in ("validation", "test"):
        measured = found.task(on).baselines["popularity"]()
        assert measured["ndcg_at_10"].value == pytest.approx(
            slow_metrics(found, scores, on, 10)["ndcg_at_10"]
        )


def test_both_parts_learn_from_the_same_rows_and_nothing_kept_back(tmp_path: Path) -> None:
    found = read(write(tmp_path, planted()))
    of = parts(found)
    for on in ("validation", "test"):
        inputs = found.task(on).inputs
        for name in ("interactions", "sequences"):
            rows = inputs.frame(name).select("bird_id", "flit_id").rows()  # type: ignore[arg-type]
            assert len(rows) == len(of[LEARN]) and set(rows) == of[LEARN], name
        edges = set(inputs.frame("relations").select("relation", "source", "target").rows())
        assert edges == {("likes", f"bird:{b}", f"flit:{f}") for b, f in of[LEARN]}


def test_friends_count_both_ways_among_users(tmp_path: Path) -> None:
    friends = tmp_path / "friends.dat"
    friends.write_text("userID\tfriendID\nu00\tu01\nu01\tu00\nu02\tu03\nu04\tu04\nu05\tnobody\n")
    inputs = read(write(tmp_path, planted()), friends).task("test").inputs
    both = [("u00", "u01"), ("u01", "u00"), ("u02", "u03"), ("u03", "u02")]
    assert inputs.frame("follows").rows() == both
    edges = inputs.frame("relations").filter(pl.col("relation") == "follows")
    assert edges.select("source", "target").rows() == [(f"bird:{a}", f"bird:{b}") for a, b in both]


def test_methods_that_read_friends_ask_for_the_file_where_there_is_none() -> None:
    def tried(*methods: str, friends: str | None) -> list[str]:
        options = Options(methods, (), (), "both", None, None, ())
        lacks = lacking({"path": "ratings.dat", "friends": friends}, options)
        recipes = options.recipes("ratings", (), lacks)
        return [one if isinstance(one, str) else one.method for one in recipes]

    assert set(tried(friends="friends.dat")) - set(tried(friends=None)) == {"als_follows"}
    assert tried("als_follows", friends="friends.dat") == ["als_follows"]
    with pytest.raises(click.UsageError, match=r"als_follows learns from .* give --friends FILE"):
        tried("als_follows", friends=None)


def test_two_camps_are_told_by_a_method(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    pairs = [
        (f"u{user:02}", f"i{camp}{item:02}")
        for user in range(40)
        for camp in (user % 2,)
        for item in generator.permutation(24)[:20]
    ]
    task = read(write(tmp_path, pairs)).task("test")
    embedding = JOINT.fit(task.inputs, JOINT.parameters(dimensions=4), silent)
    # 4 of the 24 were never the user's; 2 of the 6 left are to find, first of all.
    assert task.measure(JOINT, embedding)["full_recall_at_10"].value == 1
    assert task.baselines["popularity"]()["full_recall_at_10"].value < 0.9


def test_rows_that_are_neither_birds_nor_flits_are_refused(tmp_path: Path) -> None:
    task = read(write(tmp_path, planted())).task("test")
    with pytest.raises(ValueError, match="word"):
        task.measure(
            replace(JOINT, entity="word"), Embedding.uniform(Vectors.of(["w"], np.eye(1)), "planted", {})
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found no rows"),
        ("user\titem\tweight\n", "found no rows"),
        ("user\titem\tweight\nu\ti\n", r"line 2: expected `user item weight`.*found 'u\\ti'"),
        ("user\titem\tweight\nu\ti\tmany\n", "line 2: .*found weight 'many'"),
        ("user\titem\tweight\nu\ti\t0\n", "line 2: .*found weight '0'"),
        ("user\titem\tweight\nu\ti\tnan\n", "line 2: .*found weight 'nan'"),
        ("user\titem\tweight\nu\t\t1\n", "line 2"),
        ("u\ti\t1\nu\tj\t2\n", r"line 1: expected a line of headings, found 'u\\ti\\t1'"),
        ("u\ti\t0\nu\tj\t2\n", "line 1: expected a line of headings"),
        (
            "user\titem\tweight\nu\ti\t1\nu\ti\t2\n",
            "line 3: expected each user and item once, found 'u' and 'i'",
        ),
        ("user\titem\tweight\nu\ti\t1\nu\tj\t2\n", "expected a user with at least 3 items"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.dat"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as refusal:
        read(path)
    assert str(refusal.value).startswith(str(path)) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("userID\tfriendID\n", "found none in 0 rows"),
        ("userID\tfriendID\nx\ty\n", "found none in 1 rows"),
        ("userID\tfriendID\nx\n", "line 2: expected `user user`"),
        ("u00\tu01\nu01\tu00\n", r"line 1: expected a line of headings, found 'u00\\tu01'"),
    ],
)
def test_malformed_friends_are_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.dat"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as refusal:
        read(write(tmp_path, planted()), path)
    assert str(refusal.value).startswith(str(path)) and "\n" not in str(refusal.value)


def test_a_compressed_file_is_the_same_set(tmp_path: Path) -> None:
    plain = write(tmp_path, planted())
    packed = tmp_path / "planted.dat.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert parts(read(packed)) == parts(read(plain)) and read(packed).name == read(plain).name == "planted"
