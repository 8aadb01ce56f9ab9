"""A scheduled night makes up for missed ones before its own, oldest first."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights

SCHEDULED = """
import sys
from datetime import date
from flows.settings import prepare_libraries, settings
prepare_libraries(settings())
from flows.runs.nightly import nightly
result = nightly(date.fromisoformat(sys.argv[1]))
print(result.day, len(result.held_back))
"""


def scheduled(place: Place, day: date) -> str:
    """The flow as the schedule starts it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULED, day.isoformat()],
        env=place.environment
        | {
            "NIGHTJAR_HOME": str(place.home),
            "NIGHTJAR_LANDING": str(place.landing),
            "NIGHTJAR_CONFIG": str(place.config),
        },
        cwd=place.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def place(tmp_path: Path, landing: Path, prefect_server: str, tools: ModuleType) -> Place:
    return tools.make_place(tmp_path / "place", landing, tools.LIGHT, prefect_server)  # type: ignore[no-any-return]


def test_missed_nights_are_made_first_and_are_those_of_their_time(
    place: Place, tools: ModuleType, tmp_path: Path, prefect_server: str
) -> None:
    first, *_, last = tools.DAYS
    place.night(first)
    assert scheduled(place, last) == f"{last} 0"
    versions = place.versions("items")
    assert [version[:10] for version in versions] == [day.isoformat() for day in tools.DAYS]
    parents = [place.manifest("items", version)["parent_version"] for version in versions]
    assert parents == [None, *versions[:-1]]
    punctual = tools.make_place(tmp_path / "punctual", place.landing, tools.LIGHT, prefect_server)
    for day in tools.DAYS:
        punctual.night(day)
    assert punctual.versions("items") == versions
    assert not any(place.manifest("items", version)["backfilled"] for version in versions)


def test_no_more_nights_are_made_than_the_schedule_allows(place: Place, tools: ModuleType) -> None:
    first, *_, before, last = tools.DAYS
    place.config.write_text(f"schedule: {{catch_up: 1}}\n{tools.LIGHT}", encoding="utf-8")
    place.night(first)
    scheduled(place, last)
    assert [version[:10] for version in place.versions("items")] == [
        str(day) for day in (first, before, last)
    ]


def test_a_first_night_has_missed_nothing(place: Place, tools: ModuleType) -> None:
    *_, last = tools.DAYS
    scheduled(place, last)
    assert [version[:10] for version in place.versions("items")] == [last.isoformat()]
