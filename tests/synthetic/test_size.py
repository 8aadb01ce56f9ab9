"""Memory: what a night holds grows with birds and visible flits, not with events, and never with history."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.synthetic import Flutter, SyntheticParameters


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


def test_more_chunks_cost_little_more_memory(tmp_path: Path) -> None:
    one = SyntheticParameters(
        birds=1000,
        birds_per_chunk=1000,
        nights=1,
        history_days=3,
        interactions_per_bird=40,
        flits_per_bird=0.1,
    )
    small = peak_bytes(one, tmp_path / "one")
    large = peak_bytes(one.model_copy(update={"birds": 8000}), tmp_path / "eight")
    assert large < 2 * small, f"{small} bytes for one chunk, {large} for eight"


def test_chunks_land_in_files_of_their_own_and_the_books_match(tmp_path: Path, land: Any) -> None:
    parameters = SyntheticParameters(birds=250, birds_per_chunk=100, nights=2, history_days=4, spam_share=0.4)
    landed = land(parameters, tmp_path)
    parts = {path.split(".part")[1][:4] for path in landed.books if ".part" in path}
    assert parts == {"0000", "0001", "0002"}
    for file in landed.files:
        book = landed.books[file.path]
        assert (file.accepted, file.duplicates, file.quarantined) == (
            book.accepted,
            book.duplicates,
            book.quarantined,
        )
    events = [row["event_id"] for row in landed.rows("interactions")]
    assert len(events) == len(set(events)) > 3000


def test_ids_that_would_not_fit_are_refused() -> None:
    with pytest.raises(ValidationError, match="birds_per_chunk: expected at least 1002 for 1000000 birds"):
        SyntheticParameters(birds=1_000_000, birds_per_chunk=1000)
