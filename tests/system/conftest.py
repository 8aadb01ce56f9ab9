"""Fixtures of the system tests: homes, a PostgreSQL, a receiver of alerts, a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page

from tasks.synthetic.parameters import SyntheticParameters
from tests.end_to_end.place import (
    DAYS,
    LIGHT,
    Place,
    books,
    common,
    first_night,
    land_world,
    made_once,
    make_place,
)
from tests.system.browser import Chromium, chromium
from tests.system.postgres import Cluster, running_cluster
from tests.system.receiver import Receiver, receiving

__all__ = ["books", "common", "first_night"]

SHOWN = SyntheticParameters(birds=400, nights=len(DAYS))
"""What the README's pictures are of: the demo's Flutter, whose numbers mean something."""
AS_THE_DEMO = ("dimensions: 8, epochs: 3,", "dimensions: 128, epochs: 20,")
"""And learnt as the demo's spaces are."""

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="keep screenshots for the README in this folder")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies here is a system test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for all tests that want one; each makes databases of its own."""
    with running_cluster() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def window() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str, FloatRect], None]:
    """Keep what a part of the window shows as docs/NAME.png, where pictures are wanted (`make pictures`)."""
    folder: Path | None = request.config.getoption("--pictures")

    def take(page: Page, name: str, part: FloatRect) -> None:
        if folder is not None:
            page.wait_for_timeout(500)  # what moves or fades has come to rest
            page.screenshot(path=folder / f"{name}.png", clip=part, full_page=True)

    return take


@pytest.fixture(scope="session")
def landing(request: pytest.FixtureRequest, common: Path) -> Path:
    """The same days for all tests; where pictures are taken, of more birds."""
    if request.config.getoption("--pictures") is None:
        return made_once(common / "world", land_world) / "landing"
    return made_once(common / "shown", lambda folder: land_world(folder, SHOWN)) / "landing"


@pytest.fixture(scope="session")
def begun(request: pytest.FixtureRequest, common: Path, landing: Path) -> Place:
    """A home of two spaces without a text model, after its first night. Nobody writes here: take a copy."""
    config = LIGHT if request.config.getoption("--pictures") is None else LIGHT.replace(*AS_THE_DEMO)

    def make(root: Path) -> None:
        make_place(root, landing, config).night(DAYS[0])

    return Place(made_once(common / "begun", make), landing)


@pytest.fixture(scope="session")
def undisturbed(common: Path, begun: Place) -> Place:
    """The same home after three nights, one after the other, undisturbed. Nobody writes here: take a copy."""

    def make(root: Path) -> None:
        place = begun.copy(root)
        for day in DAYS[1:3]:
            place.night(day)

    return Place(made_once(common / "undisturbed", make), begun.landing)
