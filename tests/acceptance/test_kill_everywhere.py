"""A night killed at every stage that it announces, and at any time: the same bytes as an undisturbed one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.acceptance
HELPERS = Path(__file__).resolve().parents[1] / "end_to_end"


def load(name: str) -> ModuleType:
    """A helper of the end-to-end tests, once a process."""
    known = f"nightjar_end_to_end_{name}"
    if known not in sys.modules:
        specification = importlib.util.spec_from_file_location(known, HELPERS / f"{name}.py")
        assert specification is not None and specification.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[known])
    return sys.modules[known]


tools, kills = load("place"), load("kills")
common, landing = tools.common, tools.landing
first_night, second_night, prefect_server = tools.first_night, tools.second_night, tools.prefect_server
EVERY_STAGE = [line for line in kills.STEPS if line.startswith("▸ ")]
BEFORE_THE_LAST_SPACE = [line for line in EVERY_STAGE if "readers" not in line]
RANDOM = np.random.default_rng(5)
ANY_TIME = list(
    zip(
        RANDOM.choice(BEFORE_THE_LAST_SPACE, 6).tolist(),
        RANDOM.uniform(0, 0.4, 6).round(3).tolist(),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def count(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Counts kills that came to nothing bad; the sum is printed at the end."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    survived: list[int] = []

    def tell() -> None:
        if reporter is not None:
            reporter.write_line(f"kill -9 in the middle of a night: {len(survived)} kills survived")

    request.addfinalizer(tell)
    return lambda: survived.append(1)


@pytest.mark.parametrize(("line", "delay_s"), ANY_TIME)
def test_a_night_killed_at_any_time(
    line: str,
    delay_s: float,
    first_night: Place,
    second_night: Place,
    prefect_server: str,
    tmp_path: Path,
    count: Callable[[], None],
) -> None:
    """A while after a step began: in it, or in one of the next."""
    place = first_night.copy(tmp_path)
    kills.spare_encoding(place, second_night)
    kills.kill_and_run_again(place, second_night, tools, tools.Moment(line, delay_s=delay_s), prefect_server)
    count()


def test_a_night_killed_at_every_stage(
    first_night: Place,
    second_night: Place,
    prefect_server: str,
    tmp_path: Path,
    count: Callable[[], None],
) -> None:
    """Every run gets one stage further than the one before, and is killed where the next begins."""
    place = first_night.copy(tmp_path, prefect=prefect_server)
    for line in EVERY_STAGE:
        tools.kill_at(place, tools.Moment(line), "nightly", "--day", tools.DAYS[1])
        assert tools.all_gone(place)
        kills.expect_readable(place)
        count()
    place.night(tools.DAYS[1])
    kills.expect_same(place, second_night)
