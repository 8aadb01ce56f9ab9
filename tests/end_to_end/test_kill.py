"""Killed or interrupted at named points and run again: the same bytes as an undisturbed night.

`tests/acceptance/test_kill_everywhere.py` goes through all the stages.
"""

from __future__ import annotations

import signal
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights

POINTS = ["▸ words: encode texts", "▸ items: compare", "▸ readers: publish"]


@pytest.mark.parametrize("line", POINTS)
def test_a_night_killed_at_a_named_point(
    line: str,
    first_night: Place,
    second_night: Place,
    prefect_server: str,
    tmp_path: Path,
    tools: ModuleType,
    kills: ModuleType,
) -> None:
    assert line in kills.STEPS
    place = first_night.copy(tmp_path)
    if "words" not in line:
        kills.spare_encoding(place, second_night)
    kills.kill_and_run_again(place, second_night, tools, tools.Moment(line), prefect_server)


def test_a_night_killed_while_mlflow_is_told(
    first_night: Place,
    second_night: Place,
    prefect_server: str,
    tmp_path: Path,
    tools: ModuleType,
    kills: ModuleType,
) -> None:
    """Its run is begun and nothing else: the second attempt must find it, not begin another."""
    place = first_night.copy(tmp_path)
    kills.spare_encoding(place, second_night)
    moment = tools.Moment("▸ items: record in MLflow", until=lambda: len(place.begun_runs_of("items")) == 2)
    kills.kill_and_run_again(place, second_night, tools, moment, prefect_server)


def test_a_night_killed_after_its_pointer_moved(
    first_night: Place,
    second_night: Place,
    prefect_server: str,
    tmp_path: Path,
    tools: ModuleType,
    kills: ModuleType,
) -> None:
    """Between the pointer and what follows it: MLflow's alias, tidying up."""
    place = first_night.copy(tmp_path)
    kills.spare_encoding(place, second_night)
    moment = tools.Moment("✓ readers: publish", delay_s=0.002)
    kills.kill_and_run_again(place, second_night, tools, moment, prefect_server)


def test_ctrl_c_says_one_line_and_leaves_nothing_half_done(
    first_night: Place, second_night: Place, tmp_path: Path, tools: ModuleType, kills: ModuleType
) -> None:
    place = first_night.copy(tmp_path)
    kills.spare_encoding(place, second_night)
    process = place.start("nightly", "--day", tools.DAYS[1])
    tools.wait_for(process, tools.Moment("▸ items: train"))
    said = tools.stop(process, signal.SIGINT, 130)
    ours = [line for line in said if line and not line.startswith(("▸ ", "✓ "))]
    assert len(ours) == 1 and "the same command goes on from here" in ours[0], said
    assert tools.all_gone(place), f"still there: {place.processes()}"
    kills.expect_readable(place)
    place.night(tools.DAYS[1])
    kills.expect_same(place, second_night)
