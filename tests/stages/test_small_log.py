"""A small log that is sound: its nights move much by chance, and are published nonetheless."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from flows.configuration import Configuration
from tasks.stages.features import features
from tasks.stages.ingest import ingest
from tests.stages.conftest import SmallHome
from warehouse.home import Home

BIRDS, FLITS, TOPICS, EVENTS = 60, 40, 4, 300
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]


def events(day: date) -> Iterator[str]:
    """Birds of four topics touch ten flits each, four times of five; every day is drawn alike."""
    drawn = random.Random(day.toordinal())
    for number in range(EVENTS):
        bird = drawn.randrange(BIRDS)
        own = bird % TOPICS * (FLITS // TOPICS) + drawn.randrange(FLITS // TOPICS)
        flit = own if drawn.random() < 0.8 else drawn.randrange(FLITS)
        moment = timedelta(seconds=number * 86400 // EVENTS)
        yield json.dumps(
            {
                "event_id": f"{day} {number}",
                "occurred_at": f"{day}T{moment!s:0>8}Z",
                "bird_id": f"b{bird}",
                "flit_id": f"f{flit}",
                "kind": "like",
            }
        )


@pytest.fixture(scope="module")
def small_log(tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    """Four days of the log, landed; no space in the home yet."""
    root = tmp_path_factory.mktemp("small-log")
    home = Home(root / "home", root / "landing")
    for day in DAYS:
        path = home.landing / "interactions" / f"{day}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(events(day)) + "\n", encoding="utf-8")
    spaces = {
        method: {"entity": "flit", "method": method, "params": {"dimensions": 8}}
        for method in ("als_flits", "pmi_svd")
    }
    configuration = Configuration.model_validate({"sources": {"interactions": {}}, "pipelines": spaces})
    ingest(home, configuration.ingest, configuration.sources, DAYS[-1], DAYS[-1])
    features(home, configuration.features, DAYS[-1], DAYS[-1])
    return SmallHome(home, (DAYS[-2], DAYS[-1]), configuration)


@pytest.mark.parametrize("space", ["als_flits", "pmi_svd"])
def test_sound_nights_are_published(small_log: SmallHome, space: str) -> None:
    """From the second night on, half of what was learnt is new: ids come to lie where others were."""
    moved = 0
    for day in DAYS:
        manifest = small_log.manifest(space, small_log.night(space, day))
        assert manifest.gate.verdict != "block", [
            rule for rule in manifest.gate.rules if rule.outcome == "block"
        ]
        moved += manifest.drift["statistics"]["identity"]["misplaced"]  # type: ignore[index, call-overload]
        sampling = manifest.noise_floor["sampling"]
        assert sampling["cosine"] < manifest.noise_floor["paired"]["cosine"]["mean"]  # type: ignore[index, call-overload]
    assert moved > 1
    assert small_log.manifest(space).day == DAYS[-1]
