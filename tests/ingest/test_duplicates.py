"""Whatever comes in when, tables and ledger end as if everything had come in order, and as a plain oracle says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ingest.parameters import Source

PATHS = ("2024-03-01", "2024-03-01T05", "2024-03-02", "2024-03-02-again", "2024-03-03")
Lines = list[dict[str, Any]]

interactions = st.builds(
    lambda event, bird: {
        "event_id": f"e{event}",
        "occurred_at": "2024-02-28T00:00:00Z",
        "bird_id": f"b{bird}",
        "flit_id": "f",
        "kind": "like",
    },
    st.integers(0, 4),
    st.integers(0, 1),
)
birds = st.builds(
    lambda bird, geo: {"bird_id": f"b{bird}", "joined_at": "2024-02-28T00:00:00Z", "geo": geo},
    st.integers(0, 2),
    st.sampled_from(["NZ", None]),
)
erasures = st.builds(
    lambda bird, flit: {"requested_at": "2024-02-28T00:00:00Z", "bird_id": bird, "flit_id": flit},
    st.sampled_from(["b1", "b2"]),
    st.sampled_from(["f1", None]),
)
STREAMS = {"interactions": interactions, "birds": birds, "erasures": erasures}


@dataclass
class Step:
    """Files that land, new or as revisions, before a run."""

    files: dict[str, Lines] = field(default_factory=dict)


steps = st.sampled_from(sorted(STREAMS)).flatmap(
    lambda stream: st.tuples(
        st.just(stream),
        st.lists(
            st.builds(
                Step,
                st.dictionaries(st.sampled_from(PATHS), st.lists(STREAMS[stream], max_size=4), max_size=3),
            ),
            min_size=1,
            max_size=4,
        ),
    )
)


def order(name: str) -> tuple[str, str]:
    return (name[:13] if name[10:11] == "T" else name[:10]), f"{name}.jsonl"


def expected(stream: str, files: dict[str, Lines]) -> dict[str, list[tuple[bool, bool]]]:
    """Path → for each line whether it is a duplicate, and a conflict; one pass in the order of landing."""
    seen: dict[Any, Any] = {}
    flags = {}
    for name in sorted(files, key=order):
        flags[name] = []
        for line in files[name]:
            whole = tuple(line.values())
            key = {"interactions": line.get("event_id"), "birds": line.get("bird_id"), "erasures": whole}[
                stream
            ]
            repeats = seen.get(key) == whole if stream == "birds" else key in seen
            flags[name].append((repeats, stream == "interactions" and repeats and seen[key] != whole))
            seen[key] = seen.get(key, whole) if stream == "interactions" else whole
    return flags


@given(steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_arrival_ends_in_the_same_tables(
    new_flutter: Callable[[], Any], case: tuple[str, list[Step]]
) -> None:
    stream, history = case
    table = {"interactions": "raw_interaction", "birds": "raw_bird", "erasures": "raw_erasure"}[stream]
    flutter, files = new_flutter(), {}
    for step in history:
        for name, lines in step.files.items():
            files[name] = lines
            flutter.land(f"{stream}/{name}.jsonl", lines)
        flutter.ingest()
    found = flutter.rows(
        f"SELECT path, duplicate, conflict FROM {table} JOIN landed_file USING (file_id) ORDER BY path, line_number"
    )
    wanted = expected(stream, files)
    for name in files:
        path = f"{stream}/{name}.jsonl"
        assert [flags for other, *flags in found if other == path] == [[*flags] for flags in wanted[name]]
        repeats, differ = (sum(flags[place] for flags in wanted[name]) for place in (0, 1))
        (row,) = [row for row in flutter.ledger(path) if row["state"] == "loaded"]
        assert (row["duplicates"], row["conflicts"]) == (repeats - differ, differ)
        assert row["accepted"] == row["lines"] - repeats
    assert flutter.offenders() == {}
    at_once = new_flutter()
    for name, lines in files.items():
        at_once.land(f"{stream}/{name}.jsonl", lines)
    at_once.ingest()
    assert at_once.content() == flutter.content()


def test_a_late_file_that_landed_earlier_takes_the_first_place(flutter: Any) -> None:
    flutter.land("interactions/2024-03-05.jsonl", [flutter.interaction(1), flutter.interaction(2)])
    flutter.ingest()
    flutter.land("interactions/2024-03-04.jsonl", [flutter.interaction(1)])
    report = flutter.ingest()
    assert (report.read, report.accepted, report.duplicates) == (1, 1, 0)
    (later,) = flutter.ledger("interactions/2024-03-05.jsonl")
    assert (later["accepted"], later["duplicates"]) == (1, 1)
    accepted = flutter.rows(
        "SELECT event_id, landed_day FROM raw_interaction WHERE NOT duplicate ORDER BY ALL"
    )
    assert [(event, day.day) for event, day in accepted] == [("e1", 4), ("e2", 5)]


def test_a_counter_that_starts_again_makes_conflicts_and_no_duplicates(flutter: Any) -> None:
    """Unless the source says what makes an event."""
    days = [
        [flutter.interaction(n, bird_id=f"b{day}", event_id=f"{n}") for n in range(40)] for day in range(2)
    ]
    for day, lines in enumerate(days):
        flutter.land(f"interactions/2024-03-0{day + 1}.jsonl", [*lines, lines[0]])
    report = flutter.ingest()
    assert (report.accepted, report.duplicates, report.conflicts) == (40, 1, 41)
    assert [(row["duplicates"], row["conflicts"]) for row in flutter.ledger()] == [(1, 0), (0, 41)]
    flutter.land("interactions/2024-03-01.jsonl", [])
    flutter.ingest()
    assert [
        (row["duplicates"], row["conflicts"]) for row in flutter.ledger() if row["state"] == "loaded"
    ] == [
        (0, 0),
        (1, 0),
    ]
    assert flutter.offenders() == {}


def test_a_source_says_what_makes_an_event(flutter: Any) -> None:
    flutter.sources = {"interactions": Source(event_id_from=("event_id", "bird_id"))}
    for day in (1, 2):
        lines = [flutter.interaction(number, bird_id=f"b{day}") for number in range(3)]
        flutter.land(f"interactions/2024-03-0{day}.jsonl", lines)
    report = flutter.ingest()
    assert (report.accepted, report.conflicts) == (6, 0)


def test_the_time_of_landing_goes_before_the_folder(flutter: Any) -> None:
    flutter.sources = {"early": Source(stream="interactions"), "birdsong": Source(stream="interactions")}
    flutter.land("early/2024-03-01.jsonl", [flutter.interaction(1)])
    flutter.land("birdsong/2024-03-02.jsonl", [flutter.interaction(1)])
    flutter.ingest()
    accepted = flutter.rows(
        "SELECT path FROM raw_interaction JOIN landed_file USING (file_id) WHERE NOT duplicate"
    )
    assert accepted == [("early/2024-03-01.jsonl",)]


def test_a_revision_gives_the_first_place_back(flutter: Any) -> None:
    flutter.land("interactions/2024-03-04.jsonl", [flutter.interaction(1), flutter.interaction(3)])
    flutter.land("interactions/2024-03-05.jsonl", [flutter.interaction(1)])
    flutter.ingest()
    flutter.land("interactions/2024-03-04.jsonl", [flutter.interaction(3)])
    flutter.ingest()
    (later,) = flutter.ledger("interactions/2024-03-05.jsonl")
    assert (later["accepted"], later["duplicates"]) == (1, 0)


@pytest.mark.parametrize("geo", ["UK", None])
def test_a_state_that_comes_back_is_a_state_and_no_duplicate(flutter: Any, geo: str | None) -> None:
    states = [
        {"bird_id": "012", "joined_at": "2024-03-01T00:00:00Z", "geo": g} for g in ("NZ", geo, geo, "NZ")
    ]
    flutter.land("birds/2024-03-04.jsonl", states)
    flutter.ingest()
    assert [row[0] for row in flutter.rows("SELECT duplicate FROM raw_bird ORDER BY line_number")] == [
        False,
        False,
        True,
        False,
    ]
