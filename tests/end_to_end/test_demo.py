"""The first command that a newcomer runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType


def test_the_demo_runs_and_shows_what_to_judge(
    tmp_path: Path, tools: ModuleType, prefect_server: str
) -> None:
    place = tools.Place(tmp_path, tmp_path / "home" / "landing", prefect_server)
    shutil.copy(tools.PROJECT / "pipelines.yaml", place.config)
    finished = place.run("demo", "--birds", 60, "--nights", 2)
    assert finished.code in (0, 3), finished.err
    assert "\x1b" not in finished.out + finished.err
    spaces = ("flit_text", "flit_interactions", "bird_interests")
    for space in spaces:
        assert len(place.versions(space)) == 2
        assert space in finished.out
    nights = [line for line in finished.out.splitlines() if line.startswith("2026-03-0")]
    assert len(nights) == 2
    assert "nightjar status" in finished.out, "where to look next"
    assert place.run("verify").code == 0
