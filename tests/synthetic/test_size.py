"""Memory: what a night holds grows with birds and visible flits, not with events, and never with history."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tasks.synthetic import Flutter, SyntheticParameters
from tasks.synthetic import birds as birds_module


def peak_bytes(parameters: SyntheticParameters, folder: Path) -> int:
    """The most that Python and numpy held while one night landed."""
    flutter = Flutter(parameters)
    flutter.land(folder / "warm", flutter.nights[0])
    tracemalloc.start()
    try:
        Flutter(parameters).land(folder / "measured", flutter.nights[0])
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_more_chunks_cost_little_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(birds_module, "CHUNK", 1000)
    one, eight = (
        SyntheticParameters(
            birds=birds, nights=1, history_days=3, interactions_per_bird=20, flits_per_bird=0.1
        )
        for birds in (1000, 8000)
    )
    small, large = peak_bytes(one, tmp_path / "one"), peak_bytes(eight, tmp_path / "eight")
    assert large < 3 * small, f"{small} bytes for one chunk, {large} for eight"


def test_chunks_land_in_files_of_their_own(tmp_path: Path) -> None:
    flutter = Flutter(SyntheticParameters(birds=33_000, nights=1, history_days=0, interactions_per_bird=0.2))
    landed = flutter.land(tmp_path, flutter.nights[0])
    parts = {file.path.split(".")[1] for file in landed.of("interactions")}
    assert parts <= {"part0000", "part0001"}
    assert "part0000" in parts
