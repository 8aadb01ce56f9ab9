"""The score among earlier versions, and who is covered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tasks.report.plots import draw_coverage, draw_trend
from tasks.report.plots.canvas import PALETTE

ShareOf = Callable[[Path, str], float]
BLUE, ORANGE, VERMILLION, GREY = PALETTE[0], PALETTE[1], PALETTE[5], "#666666"


def history(verdicts: list[str], **columns: list[float | None]) -> pl.DataFrame:
    days = [date(2015, 12, 1) + timedelta(days=number) for number in range(len(verdicts))]
    named = {"version": [f"v{number}" for number in range(len(verdicts))], "day": days, "verdict": verdicts}
    return pl.DataFrame(named | columns, schema_overrides=dict.fromkeys(columns, pl.Float64))


def drawn(folder: Path, frame: pl.DataFrame, baseline: str | None = None) -> Path:
    path = folder / "trend.png"
    draw_trend(path, "recall@10 by version", frame, "recall_at_10", baseline)
    return path


def test_verdicts_are_told_apart(tmp_path: Path, share_of: ShareOf) -> None:
    values: list[float | None] = [0.1, 0.12, 0.05]
    path = drawn(tmp_path, history(["pass", "pass", "pass"], recall_at_10=values))
    assert share_of(path, BLUE) > 0.001
    assert share_of(path, ORANGE) == share_of(path, VERMILLION) == 0
    path = drawn(tmp_path, history(["pass", "warn", "block"], recall_at_10=values))
    assert min(share_of(path, colour) for colour in (BLUE, ORANGE, VERMILLION)) > 0.0001


def test_the_interval_is_a_pale_band(tmp_path: Path, share_of: ShareOf) -> None:
    bare = history(["pass"] * 3, recall_at_10=[0.10, 0.11, 0.12])
    band = bare.with_columns(recall_at_10_low=pl.lit(0.02), recall_at_10_high=pl.lit(0.2))
    pale = "#D9EAF3"  # 15 % of the blue on white
    assert share_of(drawn(tmp_path, bare), pale) < 0.001
    assert share_of(drawn(tmp_path, band), pale) > 0.2


def test_the_baseline_is_drawn_where_it_was_measured(tmp_path: Path, share_of: ShareOf) -> None:
    frame = history(["pass"] * 2, recall_at_10=[0.1, 0.1], popularity_recall_at_10=[0.02, 0.03])
    without = share_of(drawn(tmp_path, frame), GREY)
    assert share_of(drawn(tmp_path, frame, "popularity_recall_at_10"), GREY) > without + 0.0005
    assert share_of(drawn(tmp_path, frame, "no_such_column"), GREY) == without


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[], [None], [None, None], [0.0], [None, 0.1], [0.1] * 200])
def test_any_history_can_be_drawn(tmp_path: Path, values: list[float | None]) -> None:
    assert drawn(tmp_path, history(["pass"] * len(values), recall_at_10=values)).stat().st_size > 5_000


def test_equal_data_gives_equal_bytes(tmp_path: Path) -> None:
    frame = history(["pass", "warn"], recall_at_10=[0.1, 0.2])
    assert drawn(tmp_path, frame).read_bytes() == drawn(tmp_path, frame).read_bytes()


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
