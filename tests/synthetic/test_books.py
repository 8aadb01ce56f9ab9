"""What a Flutter says that it landed is what a reader of its own finds there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.synthetic import Flutter, SyntheticParameters


def assert_books_match(landed: Any) -> None:
    said = {
        file.path: (file.accepted, file.duplicates, file.quarantined, file.blank, set(file.unknown_fields))
        for file in landed.files
    }
    found = {
        path: (book.accepted, book.duplicates, book.quarantined, book.blank, book.unknown)
        for path, book in landed.books.items()
    }
    assert said == found
    assert not any(book.differing for book in landed.books.values())


def test_every_line_of_every_file_is_accounted_for(landed: Any) -> None:
    assert_books_match(landed)
    assert sum(file.duplicates for file in landed.files) > 200
    assert sum(file.quarantined for file in landed.files) > 200
    assert sum(file.blank for file in landed.files) > 3


def test_all_streams_and_formats_are_there(landed: Any) -> None:
    assert {file.stream for file in landed.files} == {"interactions", "flits", "birds", "follows", "erasures"}
    endings = {
        file.path.split(".", 1)[1].removeprefix("bulk-").lstrip("0123456789-.") for file in landed.files
    }
    assert endings >= {"jsonl.gz", "parquet", "jsonl", "csv.zst", "jsonl.zst"}
    assert not [path for path in landed.folder.iterdir() if path.name.startswith(".")], "no file lies aside"


def test_dirt_stays_well_below_what_refuses_a_file(landed: Any) -> None:
    assert max(file.quarantined / file.lines for file in landed.files) < 0.04


def test_late_rows_are_counted_and_up_to_three_days_old(landed: Any) -> None:
    for night in landed.nights[1:]:
        for file in night.of("interactions"):
            ages = [(night.day - row["occurred_at"].date()).days for row in landed.books[file.path].rows]
            assert sum(age > 0 for age in ages) == file.late
            assert set(ages) <= {0, 1, 2, 3}
    late = sum(file.late for night in landed.nights[1:] for file in night.of("interactions"))
    honest = sum(file.accepted for night in landed.nights[1:-1] for file in night.of("interactions"))
    assert 0.03 < late / honest < 0.08


def test_files_hold_only_what_had_happened_when_they_landed(landed: Any) -> None:
    for night in landed.nights[1:]:
        for file in night.of("interactions"):
            hour = int(file.path.split("T")[1][:2])
            for row in landed.books[file.path].rows:
                assert (row["occurred_at"].date(), row["occurred_at"].hour) <= (night.day, hour)


def test_some_lines_are_sent_again_on_the_next_night_and_with_the_next_file(landed: Any) -> None:
    assert sum(file.resent for file in landed.files) > 10
    assert any(file.duplicates > file.resent for file in landed.files)


def test_a_field_appears_on_its_night(landed: Any) -> None:
    by_night = [{name for file in night.files for name in file.unknown_fields} for night in landed.nights]
    assert by_night == [set(), set(), set(), set(), {"client"}, {"client"}]


def test_no_faults_where_none_are_asked_for(tmp_path: Path, land: Any) -> None:
    world = SyntheticParameters(
        birds=60, nights=2, history_days=3, late_share=0, duplicate_share=0, dirt_share=0
    )
    landed = land(world, tmp_path)
    assert (
        sum(file.duplicates + file.quarantined + file.late for file in landed.files if file.stream != "flits")
        == 0
    )
    assert_books_match(landed)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    birds=st.integers(10, 80),
    nights=st.integers(1, 3),
    history=st.integers(0, 9),
    topics=st.integers(2, 14),
    rates=st.tuples(st.floats(0, 2), st.floats(0, 12), st.floats(0, 10)),
    faults=st.tuples(st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.02)),
    spam=st.none() | st.floats(0.05, 0.9),
    seed=st.integers(0, 2**32 - 1),
    files=st.sampled_from([1, 3, 24]),
)
def test_books_match_in_any_small_world(
    tmp_path_factory: pytest.TempPathFactory, land: Any, **drawn: Any
) -> None:
    flits, interactions, follows = drawn["rates"]
    late, duplicate, dirt = drawn["faults"]
    parameters = SyntheticParameters(
        birds=drawn["birds"], nights=drawn["nights"], history_days=drawn["history"], topics=drawn["topics"],
        flits_per_bird=flits, interactions_per_bird=interactions, follows_per_bird=follows, late_share=late,
        duplicate_share=duplicate, dirt_share=dirt, spam_share=drawn["spam"], seed=drawn["seed"],
        files_a_day=drawn["files"],
    )  # fmt: skip
    landed = land(parameters, tmp_path_factory.mktemp("small"))
    assert_books_match(landed)
    joined = {row["bird_id"]: row["joined_at"] for row in landed.rows("birds")}
    assert len(joined) == len(landed.flutter.truth().birds())
    posted = {row["flit_id"]: row["posted_at"] for row in landed.rows("flits")}
    for row in landed.rows("interactions"):
        assert joined[row["bird_id"]] <= row["occurred_at"]
        # A flit may arrive after what happened to it, even after the last night; none is seen before it was posted.
        assert posted.get(row["flit_id"], row["occurred_at"]) <= row["occurred_at"]


def test_only_nights_can_be_landed(tmp_path: Path) -> None:
    flutter = Flutter(SyntheticParameters(birds=10, nights=2, history_days=2))
    for day in (flutter.nights[0] - timedelta(days=1), flutter.nights[-1] + timedelta(days=1)):
        with pytest.raises(ValueError, match="the nights of this Flutter are 2026-03-02 to 2026-03-03"):
            flutter.land(tmp_path, day)


def test_what_a_killed_run_left_aside_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".aside").mkdir()
    (tmp_path / ".aside" / "half").write_bytes(b"{")
    flutter = Flutter(SyntheticParameters(birds=10, nights=1, history_days=1))
    flutter.land(tmp_path, flutter.nights[0])
    assert not (tmp_path / ".aside").exists()
