"""A count that is delivered with a log: are all its lines here?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from tasks.comparison.inputs.day_profile import DayProfile
from tasks.ingest.parameters import Source
from tasks.stages.features import FeatureParameters, features
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.log_profile import read_day

if TYPE_CHECKING:
    from tests.ingest.conftest import Flutter

DAY = date(2024, 3, 10)


@pytest.fixture
def counted(flutter: Flutter) -> Flutter:
    """A log of interactions that comes with counts, six lines in two files of the day; one is quarantined."""
    flutter.sources["interactions"] = Source(delivered="{landed_on}.count")
    lines = [flutter.interaction(number) for number in range(5)]
    flutter.land(f"interactions/{DAY}T05.jsonl", lines[:2])
    flutter.land(f"interactions/{DAY}T06.jsonl", [*lines[2:], "", flutter.interaction(6, kind="stare")])
    return flutter


def deliver(flutter: Flutter, content: bytes, landed_on: str = str(DAY)) -> None:
    flutter.land_bytes(f"interactions/{landed_on}.count", content)


def found(
    flutter: Flutter, day: date = DAY, known_as_of: date | None = None
) -> tuple[int | None, int | None]:
    """Delivered and undelivered, as the gate learns of them."""
    known = known_as_of or day
    flutter.ingest(day, known)
    features(flutter.home, FeatureParameters(), day, known)
    with Warehouse.of(flutter.home, read_only=True) as warehouse:
        profile = DayProfile.of(day, read_day(warehouse, day, known))
    return profile.delivered, profile.undelivered


@pytest.mark.parametrize(("said", "missing"), [(b"6", 0), (b"9\n", 3), (b" 4 \r\n", 0)])
def test_lines_that_were_delivered_and_are_not_here_are_counted(
    counted: Flutter, said: bytes, missing: int
) -> None:
    """Quarantined lines are here, blank ones are none."""
    deliver(counted, said)
    assert found(counted) == (int(said), missing)


def test_a_count_of_an_hour_is_of_the_files_of_that_hour(counted: Flutter) -> None:
    deliver(counted, b"3", f"{DAY}T05")
    deliver(counted, b"4", f"{DAY}T06")
    assert found(counted) == (7, 1)


def test_without_a_count_nothing_is_known(counted: Flutter) -> None:
    assert found(counted) == (None, None)
    deliver(counted, b"9", str(DAY + timedelta(days=1)))
    assert found(counted) == (None, None), "what lands later is not known"


def test_a_corrected_count_replaces_the_first(counted: Flutter) -> None:
    deliver(counted, b"9")
    assert found(counted) == (9, 3)
    deliver(counted, b"6")
    assert found(counted) == (6, 0)


@pytest.mark.parametrize("said", [b"", b"six", b"6 lines", b"-6", b"\xff\xfe6\x00", b"6" * 100 + b"x"])
def test_what_is_no_number_is_refused_until_it_is_one(counted: Flutter, said: bytes) -> None:
    deliver(counted, said)
    for _ in range(2):
        (refused,) = counted.ingest().refusals
        assert refused.path == f"interactions/{DAY}.count"
        assert refused.reason.startswith("expected one whole number of lines, found ")
    deliver(counted, b"6")
    assert counted.ingest().refusals == ()


def test_names_of_counts_are_patterns() -> None:
    with pytest.raises(ValidationError, match="delivered: 'count' must name the day of landing once"):
        Source(delivered="count")
