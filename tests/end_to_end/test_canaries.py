"""The gate is tried after a night, a space at a time; what it misses is told, and the night stands all the same."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights

BLIND = """
gate: {beats_popularity: {level: warn}, duplicate_id: {limit: 1000000}, non_finite: {limit: 1000000}}
"""


def ended(place: Place) -> list[tuple[str, str, str]]:
    """Name, state and message of the runs of canaries, in order."""
    body = json.dumps({"flows": {"name": {"any_": ["canaries"]}}, "sort": "START_TIME_ASC"}).encode()
    request = urllib.request.Request(
        f"{place.prefect}/flow_runs/filter", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        runs: list[dict[str, Any]] = json.load(answer)
    return [(run["name"], run["state"]["name"], run["state"]["message"]) for run in runs]


def night_page(place: Place) -> str:
    """The page of the newest night."""
    request = urllib.request.Request(f"{place.prefect}/artifacts/night/latest")
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["data"])


def test_spaces_take_turns_and_a_miss_is_told(
    lived: Place, prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    """From the second night on: a first version has nothing to be compared with."""
    place = lived.copy(tmp_path, prefect=prefect_server)
    place.config.write_text(tools.LIGHT + tools.DAILY_CANARIES, encoding="utf-8")
    place.night(tools.DAYS[1])
    tried = place.status("items")["canaries"]
    assert tried["day"] == str(tools.DAYS[1]) and tried["version"] == place.current("items")
    assert tried["tried"] == 14 and place.status("readers")["canaries"] is None
    assert "Is the gate to be trusted?" in night_page(place)
    assert place.run("nightly", "--day", tools.DAYS[1]).code == 0
    assert len(ended(place)) == 1, "a night that is done tries nothing again"

    gate = tools.NO_GATE_ON_QUALITY
    place.config.write_text((tools.LIGHT + tools.DAILY_CANARIES).replace(gate, BLIND), encoding="utf-8")
    night = place.run("nightly", "--day", tools.DAYS[2])
    assert night.code == 0, "a gate that is blind holds up no night"
    missed = place.status("readers")["canaries"]["missed"]
    assert {"duplicate_id", "non_finite"} <= set(missed)
    assert any("canaries of readers" in line and "non_finite" in line for line in night.messages)
    assert f"missed {', '.join(missed)}" in place.run("status").out
    name, state, message = ended(place)[-1]
    assert (name, state) == ("readers", "CanaryMissed") and "non_finite" in message
    assert place.run("verify").code == 0
