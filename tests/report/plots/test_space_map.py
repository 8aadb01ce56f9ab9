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

from tasks.report.plots import Earlier, SpaceMap, draw_map
from tasks.report.plots.canvas import PALETTE, canvas, legible
from tasks.report.plots.labels import cells, representatives, write_beside, write_labels
from tasks.report.plots.projection import Projection, sample_rows
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
    projection = Projection.of(vectors.normalised())
    points, shares = projection(vectors.normalised()), projection.shares
    centres = {name: points[camp == name].mean(axis=0) for name in set(camp)}
    for name, centre in centres.items():
        spread = np.linalg.norm(points[camp == name] - centre, axis=1).max()
        assert all(spread < np.linalg.norm(centre - other) / 2 for n, other in centres.items() if n != name)
    assert 0.9 < sum(shares) <= 1 and shares[0] >= shares[1]


def test_a_night_of_noise_does_not_flip_the_map(camps: Camps) -> None:
    vectors, _ = camps
    noise = 0.001 * np.random.default_rng(1).normal(size=vectors.matrix.shape).astype(np.float32)
    before, after = (Projection.of(matrix)(matrix) for matrix in (vectors.matrix, vectors.matrix + noise))
    assert np.abs(before - after).max() < 0.05 * np.abs(before).max()


def moved(vectors: Vectors, camp: np.ndarray, ids: list[str], to: str) -> Vectors:
    """The same space with some ids in the middle of another camp."""
    matrix = vectors.matrix.copy()
    matrix[vectors.rows(ids)] = vectors.matrix[camp == to].mean(axis=0)
    return Vectors(vectors.ids, matrix)


def test_a_mover_is_where_its_new_company_is_on_the_map_of_the_old_version(camps: Camps) -> None:
    vectors, camp = camps
    movers = list(vectors.ids[camp == "birds"][:2])
    after = moved(vectors, camp, movers, "music")
    projection = Projection.of(vectors.normalised())
    rows = vectors.rows(movers)
    for version, company in ((vectors, "birds"), (after, "music")):
        home = projection(version.normalised()[camp == company]).mean(axis=0)
        away = np.linalg.norm(projection(version.normalised()[rows]) - home, axis=1)
        assert (away < 0.2).all(), company


def test_movers_get_arrows_and_a_first_version_none(tmp_path: Path, camps: Camps, share_of: ShareOf) -> None:
    vectors, camp = camps
    movers = list(vectors.ids[camp == "birds"][:3])
    after = moved(vectors, camp, movers, "music")
    paths = [tmp_path / f"{name}.png" for name in ("first", "still", "moved", "again")]
    spaces = [
        SpaceMap("first", after, np.zeros(180), "likes"),
        SpaceMap("still", vectors, np.zeros(180), "likes", earlier=Earlier("monday", vectors, [])),
        SpaceMap("moved", after, np.zeros(180), "likes", earlier=Earlier("monday", vectors, movers)),
        SpaceMap("moved", after, np.zeros(180), "likes", earlier=Earlier("monday", vectors, movers)),
    ]
    for path, space in zip(paths, spaces, strict=True):
        draw_map(path, space)
    arrows = [share_of(path, "#D55E00") for path in paths]
    assert arrows[0] == arrows[1] == 0 and arrows[2] > 0.0005
    assert paths[2].read_bytes() == paths[3].read_bytes()


def test_versions_that_cannot_be_on_one_map_are_refused(camps: Camps) -> None:
    vectors, _ = camps
    flat = Vectors.of(["f000", "f001"], np.eye(2))
    with pytest.raises(ValueError, match="16 dimensions, 2 earlier"):
        SpaceMap("x", vectors, np.zeros(180), "likes", earlier=Earlier("monday", flat, []))
    with pytest.raises(ValueError, match="1 of 2 movers are in one version only, such as gone"):
        SpaceMap("x", vectors, np.zeros(180), "likes", earlier=Earlier("monday", vectors, ["f001", "gone"]))


def test_a_predecessor_with_nothing_in_it_leaves_the_map_as_it_is(tmp_path: Path, camps: Camps) -> None:
    vectors, _ = camps
    earlier = Earlier("monday", Vectors.empty(16), [])
    draw_map(tmp_path / "map.png", SpaceMap("x", vectors, np.zeros(180), "likes", earlier=earlier))
    assert (tmp_path / "map.png").exists()


def test_the_first_labels_are_written_first(camps: Camps) -> None:
    figure, axes = canvas(4, 4, "labels")
    points = np.zeros((40, 2))
    axes.scatter(*points.T)
    written = write_beside(figure, axes, points, [f"text number {row}" for row in range(40)])
    assert 0 < len(written) < 40 and written == list(range(len(written)))


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
    points = Projection.of(vectors.normalised())(vectors.normalised())
    has_text = (np.arange(180) % 2 == 0).tolist()
    chosen = list(representatives(points, has_text))
    assert all(has_text[row] for row in chosen) and len(set(chosen)) == len(chosen) == 16
    assert set(camp[chosen]) == {"sport", "music", "birds"}
    assert list(representatives(points, [False] * 180)) == []


def test_labels_stay_inside_and_never_cover_each_other(camps: Camps) -> None:
    points = Projection.of(camps[0].normalised())(camps[0].normalised())
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
    script = "import sys, tasks.report.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
