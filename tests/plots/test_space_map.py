"""The map of a space: who is on it, where, and what is written beside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Annotation

from tasks.plots import SpaceMap, draw_map
from tasks.plots.canvas import PALETTE, canvas, legible
from tasks.plots.labels import cells, representatives, write_labels
from tasks.plots.space_map import project, sample_rows
from warehouse.vectors import Vectors, as_ids

Camps = tuple[Vectors, np.ndarray]
ShareOf = Callable[[Path, str], float]


def test_equal_data_gives_equal_bytes_in_any_thread(tmp_path: Path, camps: Camps) -> None:
    vectors, camp = camps
    space = SpaceMap("flit_text", vectors, camp, "camp", {id_: f"flit {id_}" for id_ in vectors.ids})
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda path: draw_map(path, space), paths))
    first, *others = [path.read_bytes() for path in paths]
    assert first.startswith(b"\x89PNG") and all(other == first for other in others)


def test_each_camp_has_its_colour(tmp_path: Path, camps: Camps, share_of: ShareOf) -> None:
    vectors, camp = camps
    draw_map(tmp_path / "one.png", SpaceMap("one", vectors, np.repeat(as_ids(["all"]), len(vectors)), "camp"))
    draw_map(tmp_path / "three.png", SpaceMap("three", vectors, camp, "camp"))
    draw_map(tmp_path / "amounts.png", SpaceMap("amounts", vectors, np.arange(180.0), "likes"))
    blended = ["#59A2CB", "#EEC059"]  # the first two colours, 65 % on white
    assert share_of(tmp_path / "one.png", blended[0]) > 0.0005
    assert share_of(tmp_path / "one.png", blended[1]) == 0
    assert min(share_of(tmp_path / "three.png", colour) for colour in blended) > 0.0003
    assert share_of(tmp_path / "amounts.png", "#FDE737") > 0.0001, "no bright end of the scale"


def test_more_groups_than_colours_share_the_last(tmp_path: Path) -> None:
    groups = as_ids([f"g{number % 12:02}" for number in range(60)])
    vectors = Vectors.of(
        [f"f{number:02}" for number in range(60)], np.random.default_rng(0).normal(size=(60, 4))
    )
    draw_map(tmp_path / "map.png", SpaceMap("many", vectors, groups, "group"))
    assert len(PALETTE) < 12 and (tmp_path / "map.png").stat().st_size > 10_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("matrix", [np.zeros((5, 3)), np.ones((5, 1)), np.zeros((0, 4)), np.eye(2)])
def test_a_space_with_nothing_to_see_is_still_drawn(tmp_path: Path, matrix: np.ndarray) -> None:
    vectors = Vectors.of([f"f{row}" for row in range(len(matrix))], matrix)
    draw_map(tmp_path / "map.png", SpaceMap("empty", vectors, np.zeros(len(matrix)), "likes"))
    assert (tmp_path / "map.png").exists()


def test_colours_must_fit_the_vectors(camps: Camps) -> None:
    with pytest.raises(ValueError, match="2 colours for 180 vectors"):
        SpaceMap("x", camps[0], np.zeros(2), "likes")


def test_camps_lie_apart_and_most_variance_is_shown(camps: Camps) -> None:
    vectors, camp = camps
    points, shares = project(vectors.normalised())
    centres = {name: points[camp == name].mean(axis=0) for name in set(camp)}
    for name, centre in centres.items():
        spread = np.linalg.norm(points[camp == name] - centre, axis=1).max()
        assert all(spread < np.linalg.norm(centre - other) / 2 for n, other in centres.items() if n != name)
    assert 0.9 < sum(shares) <= 1 and shares[0] >= shares[1]


def test_a_night_of_noise_does_not_flip_the_map(camps: Camps) -> None:
    vectors, _ = camps
    noise = 0.001 * np.random.default_rng(1).normal(size=vectors.matrix.shape).astype(np.float32)
    before, after = project(vectors.matrix)[0], project(vectors.matrix + noise)[0]
    assert np.abs(before - after).max() < 0.05 * np.abs(before).max()


@given(st.sets(st.text(max_size=6), min_size=1, max_size=40), st.integers(1, 40), st.data())
def test_the_sample_stays_when_others_come_and_go(ids: set[str], size: int, data: st.DataObject) -> None:
    everyone = as_ids(sorted(ids))
    sample = set(everyone[sample_rows(everyone, size)])
    assert len(sample) == min(size, len(ids))
    gone = data.draw(st.sets(st.sampled_from(sorted(ids))))
    rest = as_ids(sorted(ids - gone))
    assert sample - gone <= set(rest[sample_rows(rest, size)])


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=50), st.integers(1, 20))
def test_cells_hold_every_point_once_and_about_equally_many(
    places: list[tuple[int, int]], count: int
) -> None:
    points = np.array(places, dtype=np.float64).reshape(-1, 2)
    parts = cells(points, count)
    assert sorted(row for part in parts for row in part) == list(range(len(points)))
    assert len(parts) == min(count, len(points))
    assert not parts or max(map(len, parts)) <= 2 * min(map(len, parts)) + 1


def test_only_points_with_a_text_are_chosen_and_every_camp_is_named(camps: Camps) -> None:
    vectors, camp = camps
    points, _ = project(vectors.normalised())
    has_text = (np.arange(180) % 2 == 0).tolist()
    chosen = list(representatives(points, has_text))
    assert all(has_text[row] for row in chosen) and len(set(chosen)) == len(chosen) == 16
    assert set(camp[chosen]) == {"sport", "music", "birds"}
    assert list(representatives(points, [False] * 180)) == []


def test_labels_stay_inside_and_never_cover_each_other(camps: Camps) -> None:
    points, _ = project(camps[0].normalised())
    figure, axes = canvas(9.5, 7, "labels")
    axes.scatter(points[:, 0], points[:, 1])
    write_labels(figure, axes, points, [f"a rather long text number {row}" for row in range(180)])
    boxes = [text.get_window_extent() for text in axes.texts if isinstance(text, Annotation)]
    room = axes.get_window_extent()
    assert len(boxes) >= 6
    for number, box in enumerate(boxes):
        assert box.x0 >= room.x0 and box.x1 <= room.x1 and box.y0 >= room.y0 and box.y1 <= room.y1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo\t three", "one two three"),
        ("new album 🎹 out", "new album out"),
        ("春の鳥 cherry", "cherry"),
        ("bad \ud800 surrogate", "bad surrogate"),
        ("learning to knit a scarf", "learning to knit…"),
        ("incomprehensibilities", "incomprehensibili…"),
        ("$5 + ünïcödé", "$5 + ünïcödé"),
        ("", ""),
    ],
)
def test_text_is_made_legible(text: str, shown: str) -> None:
    assert legible(text, 18) == shown


def test_plots_leave_the_global_state_of_pyplot_alone() -> None:
    script = "import sys, tasks.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
