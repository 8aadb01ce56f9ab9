"""A home is a folder: it can be moved, and goes on from there."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from warehouse import Snapshot

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

pytestmark = pytest.mark.nights


def test_a_home_that_was_moved_goes_on(
    first_night: Place, second_night: Place, prefect_server: str, tmp_path: Path, tools: ModuleType
) -> None:
    """With its logs, and the place that it was made at is gone."""
    old = first_night.copy(tmp_path / "old")
    shutil.copytree(first_night.landing, old.home / "landing")
    new = tmp_path / "a new place, für Vögel"
    new.mkdir()
    shutil.move(old.home, new / "home")
    shutil.move(old.config, new / "pipelines.yaml")
    shutil.rmtree(tmp_path / "old")
    place = tools.Place(new, new / "home" / "landing", prefect_server)

    assert place.run("verify").code == 0
    snapshot = Snapshot.open(place.snapshots, "words")
    near = place.run("neighbours", "words", snapshot.ids[0], "--json")
    assert near.code == 0 and len(near.document["neighbours"]) == 10
    assert all(one["text"] for one in near.document["neighbours"])

    before = place.seal()
    assert all(space["reused"] for space in place.night(tools.DAYS[0])["spaces"].values())
    assert place.seal() == before

    place.night(tools.DAYS[1])
    for space in ("words", "items", "readers"):
        assert place.versions(space) == second_night.versions(space)
        for version in place.versions(space):
            assert place.data(space, version) == second_night.data(space, version)
    assert not (tmp_path / "old").exists(), "something is still written to the old place"

    snapshot = Snapshot.open(place.snapshots, "words")
    ids = [str(name) for name in snapshot.ids[:2]]
    assert np.array_equal(np.array(place.champion_of("words", ids), np.float32), snapshot.vectors(ids))
