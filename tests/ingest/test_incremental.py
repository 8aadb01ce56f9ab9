"""Runs after runs: what is known is not read again, what changed replaces its earlier self, what failed is retried."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

DAY = date(2024, 3, 10)
FILE = "interactions/2024-03-05.jsonl"


def test_a_second_run_reads_nothing(flutter: Any) -> None:
    flutter.land(FILE, [flutter.interaction(1)])
    assert flutter.pending().files == (FILE,)
    assert flutter.ingest().read == 1
    before = flutter.content()
    assert not flutter.pending()
    again = flutter.ingest()
    assert (again.read, again.unchanged, again.lines) == (0, 1, 0)
    assert flutter.content() == before


def test_pending_writes_nothing(flutter: Any) -> None:
    flutter.land(FILE, [flutter.interaction(1)])
    flutter.pending()
    assert not flutter.home.root.exists()


def test_a_touched_file_is_hashed_and_not_loaded(flutter: Any) -> None:
    place = flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    os.utime(place, (1, 1))
    assert flutter.pending().files == (FILE,)
    report = flutter.ingest(date(2024, 3, 11))
    assert (report.read, report.unchanged) == (0, 1)
    assert [row["loaded_for"] for row in flutter.ledger()] == [DAY]
    assert not flutter.pending()


def test_a_file_that_landed_later_waits(flutter: Any) -> None:
    flutter.land("interactions/2024-03-11.jsonl", [flutter.interaction(1)])
    flutter.land("interactions/2024-03-10T23.jsonl", [flutter.interaction(2)])
    assert flutter.pending().files == ("interactions/2024-03-10T23.jsonl",)
    assert flutter.ingest().read == 1
    assert flutter.ingest(DAY, known_as_of=date(2024, 3, 11)).read == 1


def test_a_revision_replaces_its_earlier_self(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.land(FILE, [flutter.interaction(1), flutter.interaction(2), "broken"])
    flutter.ingest()
    old = flutter.ledger()[0]["sha256"]
    place = flutter.land(FILE, [flutter.interaction(3), flutter.interaction(4, kind="dance")])
    flutter.ingest()
    assert flutter.rows("SELECT event_id FROM raw_interaction") == [("e3",)]
    assert [(line, reason[:8]) for _, line, reason, _ in flutter.quarantine()] == [(2, "unlisted")]
    loaded, superseded = flutter.ledger()
    assert loaded["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
    assert (loaded["state"], loaded["accepted"], loaded["quarantined"]) == ("loaded", 1, 1)
    assert (superseded["state"], superseded["sha256"], superseded["lines"]) == ("superseded", old, 3)


def test_a_revision_taken_back_stands_again(flutter: Any) -> None:
    flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    first = flutter.content()
    flutter.land(FILE, [flutter.interaction(2)])
    flutter.ingest()
    flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    assert flutter.content() == first
    assert [row["state"] for row in flutter.ledger()] == ["loaded", "superseded"]


def test_a_refused_revision_leaves_the_earlier_content(flutter: Any) -> None:
    flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    flutter.land(FILE, ["broken"])
    report = flutter.ingest()
    assert [note.path for note in report.refusals] == [FILE]
    assert flutter.rows("SELECT event_id FROM raw_interaction") == [("e1",)]
    assert [row["state"] for row in flutter.ledger()] == ["loaded", "refused"]
    assert flutter.pending().files == (FILE,)
    flutter.land(FILE, [flutter.interaction(1)])
    assert flutter.ingest().unchanged == 1
    assert [row["state"] for row in flutter.ledger()] == ["loaded", "superseded"]


def test_a_refused_file_is_retried_and_its_row_replaced(flutter: Any) -> None:
    place = flutter.land(FILE + ".gz", [flutter.interaction(1)])
    whole = place.read_bytes()
    place.write_bytes(whole[:-5])
    for day in (10, 11):
        assert flutter.pending().files == (FILE + ".gz",)
        assert flutter.ingest(date(2024, 3, day)).refused == 1
    (row,) = flutter.ledger()
    assert (row["state"], row["loaded_for"].day, row["lines"]) == ("refused", 11, 0)
    assert row["sha256"] == hashlib.sha256(whole[:-5]).hexdigest()
    place.write_bytes(whole)
    assert flutter.ingest(date(2024, 3, 12)).refused == 0
    assert [row["state"] for row in flutter.ledger()] == ["loaded", "superseded"]


def test_a_file_taken_away_keeps_its_rows(flutter: Any) -> None:
    place = flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    before = flutter.content()
    place.unlink()
    flutter.ingest()
    assert flutter.content() == before


def test_a_moved_home_and_landing_know_their_files(flutter: Any, tmp_path: Path) -> None:
    flutter.land(FILE, [flutter.interaction(1)])
    flutter.ingest()
    before = flutter.content()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    flutter.home.root.rename(moved / "home")
    flutter.home.landing.rename(moved / "landing")
    flutter.home = type(flutter.home)(moved / "home", moved / "landing")
    assert flutter.ingest().read == 0
    assert flutter.content() == before


def test_progress_counts_the_files_to_read(flutter: Any) -> None:
    for number in range(3):
        flutter.land(f"interactions/2024-03-0{number + 1}.jsonl", [flutter.interaction(number)])
    seen: list[tuple[int, int]] = []
    flutter.ingest(report=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_file_under_a_day_whose_night_has_run_is_told(flutter: Any) -> None:
    for day in (5, 6, 9):
        flutter.land(f"interactions/2024-03-0{day}.jsonl", [flutter.interaction(day)])
    assert flutter.ingest(day=date(2024, 3, 9)).late_files == ()  # history in bulk: no night had run
    flutter.land("interactions/2024-03-05T12.late.jsonl", [flutter.interaction(50)])
    flutter.land("interactions/2024-03-10.jsonl", [flutter.interaction(10)])
    (told,) = flutter.ingest(day=date(2024, 3, 10)).late_files
    assert told.path == "interactions/2024-03-05T12.late.jsonl"
    assert (
        told.reason == "landed under 2024-03-05 after the night of 2024-03-09 had run; this night counts it"
    )
    assert flutter.ingest(day=date(2024, 3, 11)).late_files == ()
    assert flutter.ingest(day=date(2024, 3, 6)).late_files == (told,), "made anew with what came later"
    assert flutter.ingest(day=date(2024, 3, 4)).late_files == ()


def test_what_is_dated_ahead_is_told(flutter: Any) -> None:
    times = ["2024-03-01T23:59:59Z", "2024-03-02T00:00:00Z", "2024-03-02T00:00:00Z"]
    lines = [flutter.interaction(number, occurred_at=time) for number, time in enumerate(times)]
    flutter.land("interactions/2024-03-01.jsonl", lines)
    assert flutter.ingest(day=date(2024, 3, 1)).dated_ahead == 2
    assert flutter.ingest(day=date(2024, 3, 2)).dated_ahead == 0


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tasks.ingest import batch
from tasks.ingest.parameters import IngestParameters, Source
from tasks.stages import ingest as stage
from warehouse.home import Home
folder, after, size = sys.argv[1].split("|")
batch.BATCH_FILES = int(size)
if after == "inside":  # a large file, its lines in the table, its transaction open
    stage.SMALL_BYTES, after = 1, "99"
    batch.Duplicates.flag = lambda self: self.stream.name == "birds" or os.kill(os.getpid(), signal.SIGKILL)
def report(done, total):
    if done == int(after):
        os.kill(os.getpid(), signal.SIGKILL)
home = Home(Path(folder) / "home", Path(folder) / "landing")
sources = {"interactions": Source(), "birds": Source()}
stage.ingest(home, IngestParameters(), sources, date(2024, 3, 10), date(2024, 3, 10), report)
"""


@pytest.mark.parametrize(("after", "size"), [(1, 1), (3, 2), (4, 256), (6, 2), ("inside", 256)])
def test_a_killed_run_ends_in_the_same_tables(
    flutter: Any, new_flutter: Callable[[], Any], run_python: Callable[..., Any], after: int | str, size: int
) -> None:
    undisturbed = new_flutter()
    for place in (flutter, undisturbed):
        for number in range(5):
            lines = [place.interaction(number), place.interaction(number + 1)]
            place.land(f"interactions/2024-03-0{number + 1}.jsonl", lines)
        place.land("birds/2024-03-04.jsonl", [{"bird_id": "012", "joined_at": "2024-03-01T00:00:00Z"}])
    killed = run_python(KILLED, f"{flutter.home.root.parent}|{after}|{size}")
    assert killed.returncode == -9, killed.stderr
    assert len(flutter.ledger()) < 6
    flutter.ingest()
    undisturbed.ingest()
    assert flutter.content() == undisturbed.content()


def test_a_large_file_goes_in_as_a_small_one(
    flutter: Any, new_flutter: Callable[[], Any], monkeypatch: Any
) -> None:
    small = new_flutter()
    for place in (flutter, small):
        place.with_limits(quarantine_share=0.5)
        lines = [place.interaction(number) for number in range(3000)]
        place.land("interactions/2024-03-01.jsonl", [lines[5]])
        place.land("interactions/2024-03-02.jsonl", [*lines[:1500], "broken", b"", *lines[1400:]])
    small.ingest()
    monkeypatch.setattr("tasks.stages.ingest.SMALL_BYTES", 1)
    monkeypatch.setattr("tasks.ingest.arrivals.ROW_GROUP", 1000)
    flutter.ingest()
    assert flutter.content() == small.content()
    assert flutter.ledger("interactions/2024-03-02.jsonl")[0]["duplicates"] == 101


def test_a_large_file_that_is_refused_leaves_nothing(flutter: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tasks.stages.ingest.SMALL_BYTES", 1)
    flutter.land("interactions/2024-03-01.jsonl", [flutter.interaction(1)])
    flutter.land("interactions/2024-03-02.jsonl", [flutter.interaction(2), *["broken"] * 3])
    report = flutter.ingest()
    assert (report.read, report.refused) == (1, 1)
    assert flutter.rows("SELECT event_id FROM raw_interaction") == [("e1",)]
    assert flutter.quarantine() == []
