"""The pictures of a version: the map of its page, the score among earlier versions, and who is covered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.report import Sources, read_facts
from tasks.report.facts import HistoryRow, MapFact, ShownInterval
from tasks.report.plots import draw_coverage, draw_map, draw_trend, draw_version
from tasks.report.plots.canvas import PALETTE, canvas, legible, write_beside

ShareOf = Callable[[Path, str], float]
BLUE, ORANGE, GREEN, VERMILLION, GREY = PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[5], "#666666"


def test_a_version_has_three_pictures_with_equal_bytes_in_any_thread(
    sources: Sources, tmp_path: Path
) -> None:
    facts = read_facts(sources)
    folders = [tmp_path / str(number) for number in range(3)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(3) as pool:
        drawn = list(pool.map(lambda folder: draw_version(folder, facts), folders))
    assert [path.name for path in drawn[0]] == ["map.png", "trend.png", "coverage.png"]
    bytes_of = [[path.read_bytes() for path in paths] for paths in drawn]
    assert bytes_of[0][0].startswith(b"\x89PNG") and bytes_of[0] == bytes_of[1] == bytes_of[2]


def test_the_map_shows_what_became_of_ids_and_an_arrow_a_mover(
    drawn: MapFact, tmp_path: Path, share_of: ShareOf
) -> None:
    still = replace(drawn, arrows=())
    alone = replace(still, came=(), went=())
    for name, of in (("all", drawn), ("still", still), ("alone", alone)):
        draw_map(tmp_path / f"{name}.png", "flits", of, {})
    shares = {
        name: [share_of(tmp_path / f"{name}.png", colour) for colour in (GREEN, VERMILLION)]
        for name in ("all", "still", "alone")
    }
    assert min(shares["all"]) > 0 and shares["still"][0] > 0 and shares["still"][1] == 0
    assert shares["alone"] == [0, 0]


def test_too_few_vectors_have_a_picture_that_says_so(tmp_path: Path) -> None:
    draw_map(tmp_path / "map.png", "flits", None, {})
    assert (tmp_path / "map.png").stat().st_size > 3_000


def history(verdicts: list[str], values: list[float | None], **changes: float) -> list[HistoryRow]:
    rows = []
    for number, (verdict, value) in enumerate(zip(verdicts, values, strict=True)):
        recall = ShownInterval(value, changes.get("low"), changes.get("high"))
        day = f"2015-12-{1 + number % 28:02d}"
        rows.append(HistoryRow(f"v{number}", day, verdict, 9, recall, changes.get("popularity")))
    return rows


def trend(folder: Path, rows: list[HistoryRow]) -> Path:
    path = folder / "trend.png"
    draw_trend(path, "recall@10 by version", rows, "recall@10")
    return path


def test_verdicts_are_told_apart(tmp_path: Path, share_of: ShareOf) -> None:
    values: list[float | None] = [0.1, 0.12, 0.05]
    path = trend(tmp_path, history(["pass", "pass", "pass"], values))
    assert share_of(path, BLUE) > 0.001
    assert share_of(path, ORANGE) == share_of(path, VERMILLION) == 0
    path = trend(tmp_path, history(["pass", "warn", "block"], values))
    assert min(share_of(path, colour) for colour in (BLUE, ORANGE, VERMILLION)) > 0.0001


def test_the_interval_is_a_pale_band(tmp_path: Path, share_of: ShareOf) -> None:
    values: list[float | None] = [0.10, 0.11, 0.12]
    pale = "#D9EAF3"  # 15 % of the blue on white
    assert share_of(trend(tmp_path, history(["pass"] * 3, values)), pale) < 0.001
    assert share_of(trend(tmp_path, history(["pass"] * 3, values, low=0.02, high=0.2)), pale) > 0.2


def test_popularity_is_drawn_where_it_was_measured(tmp_path: Path, share_of: ShareOf) -> None:
    without = share_of(trend(tmp_path, history(["pass"] * 2, [0.1, 0.1])), GREY)
    known = share_of(trend(tmp_path, history(["pass"] * 2, [0.1, 0.1], popularity=0.03)), GREY)
    assert known > without + 0.0005


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[], [None], [None, None], [0.0], [None, 0.1], [0.1] * 200])
def test_any_history_can_be_drawn(tmp_path: Path, values: list[float | None]) -> None:
    assert trend(tmp_path, history(["pass"] * len(values), values)).stat().st_size > 5_000


def test_bars_are_as_long_as_their_counts(tmp_path: Path, share_of: ShareOf) -> None:
    draw_coverage(tmp_path / "all.png", "flit_text", {"rows": 900, "too_rare": 100})
    blue, orange = (share_of(tmp_path / "all.png", colour) for colour in (BLUE, ORANGE))
    assert blue / orange == pytest.approx(9, rel=0.1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("counts", "before"),
    [({}, None), ({"rows": 0}, None), ({"rows": 5}, {"gone": 7}), ({"rows": 5, "$x$_y": 1}, {"rows": 4})],
)
def test_any_coverage_can_be_drawn(
    tmp_path: Path, counts: dict[str, int], before: dict[str, int] | None
) -> None:
    draw_coverage(tmp_path / "coverage.png", "flit_text", counts, before)
    assert (tmp_path / "coverage.png").stat().st_size > 3_000


def test_the_first_labels_are_written_first_and_never_cover_each_other() -> None:
    figure, axes = canvas(4, 4, "labels")
    points = np.zeros((40, 2))
    axes.scatter(*points.T)
    written = write_beside(figure, axes, points, [f"text number {row}" for row in range(40)])
    assert 0 < len(written) < 40 and written == list(range(len(written)))
    boxes = [text.get_window_extent() for text in axes.texts]
    room = axes.get_window_extent()
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
