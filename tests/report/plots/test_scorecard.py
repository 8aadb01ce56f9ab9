"""The charts of the scorecard: a file that is a picture, equal for equal scores, with a mark a method."""

from __future__ import annotations

from pathlib import Path

from matplotlib.image import imread

from tasks.report.plots import Mark, draw_costs, draw_dimensions, draw_scorecard

MARKS = [Mark("popularity", 0.0, 0.1, 0.05, 0.15, baseline=True), Mark("als", 10.0, 0.3, 0.2, 0.4)]


def test_equal_scores_are_equal_bytes_and_a_mark_changes_them(tmp_path: Path) -> None:
    one, same, other = (tmp_path / f"{name}.png" for name in ("one", "same", "other"))
    draw_scorecard(one, "set", "recall_at_10", MARKS)
    draw_scorecard(same, "set", "recall_at_10", MARKS)
    draw_scorecard(other, "set", "recall_at_10", MARKS[:1])
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()
    assert imread(one).shape[:2] == (600, 1000)


def test_no_score_is_said_in_words(tmp_path: Path) -> None:
    draw_scorecard(tmp_path / "none.png", "set", "recall_at_10", [])
    assert imread(tmp_path / "none.png").shape[:2] == (600, 1000)


def test_costs_of_more_methods_than_colours(tmp_path: Path) -> None:
    costs = {f"method {n}": [(1000.0, n + 1.0), (10_000.0, 10.0 * n + 1)] for n in range(20)}
    draw_costs(tmp_path / "costs.png", "set", costs)
    assert imread(tmp_path / "costs.png").shape[:2] == (600, 1000)
    draw_costs(tmp_path / "free.png", "set", {"free": [(1000.0, 0.0)]})
    draw_costs(tmp_path / "none.png", "set", {})
    assert imread(tmp_path / "none.png").shape[:2] == (600, 1000)
    assert (tmp_path / "free.png").read_bytes() != (tmp_path / "costs.png").read_bytes()


def test_lengths_of_vectors_are_lines_that_do_not_depend_on_the_order_of_marks(tmp_path: Path) -> None:
    marks = [Mark(name, size, 0.1 * size**0.3, 0.1, 0.5) for name in ("als", "bpr") for size in (16, 24, 64)]
    for name, drawn in (("one", marks), ("same", marks[::-1]), ("less", marks[:4])):
        draw_dimensions(tmp_path / f"{name}.png", "set", "recall_at_10", drawn)
    one, same, less = ((tmp_path / f"{name}.png").read_bytes() for name in ("one", "same", "less"))
    assert one == same != less
    draw_dimensions(tmp_path / "none.png", "set", "recall_at_10", [])
    assert imread(tmp_path / "none.png").shape[:2] == (600, 1000)
