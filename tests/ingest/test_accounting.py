"""The lines of a file are the sum of its counts, on whatever mix of lines; each is where it belongs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tasks.ingest.ingest_report import LINE_COUNTS
from tasks.ingest.parameters import Source
from tasks.ingest.reading import OFFENDERS_NAMED

good = st.builds(
    lambda number: {
        "event_id": f"e{number}",
        "occurred_at": "2024-02-28T00:00:00.5Z",
        "bird_id": "012",
        "flit_id": "f",
        "kind": "like",
        "dwell_ms": number,
    },
    st.integers(0, 20),
)
flaws = st.sampled_from(
    [
        {"kind": "dance"},
        {"kind": None},
        {"surface": "wall"},
        {"occurred_at": "yesterday"},
        {"occurred_at": "1956-01-01T00:00:00Z"},
        {"occurred_at": "2024-04-30T00:00:00Z"},
        {"bird_id": ""},
        {"flit_id": None},
        {"event_id": 12},
        {"dwell_ms": "five"},
        {"dwell_ms": 1.5},
    ]
)
bad = st.builds(lambda line, flaw: json.dumps({**line, **flaw}).encode(), good, flaws) | st.sampled_from(
    [b"{", b"[]", b"\xff", b"{}", b"null", b'{"a":1}{"b":2}', b"x" * 5000, b'{"event_id": "\x00"}']
)
blank = st.sampled_from([b"", b" ", b"\t", b"\r"])
lines = st.lists(
    st.one_of(good.map(lambda line: ("good", json.dumps(line).encode())), st.tuples(st.just("bad"), bad))
    | st.tuples(st.just("blank"), blank),
    max_size=40,
)


@given(lines, st.booleans(), st.sampled_from(["", ".gz", ".zst"]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_is_accounted_for(
    new_flutter: Callable[[], Any], mix: list[tuple[str, bytes]], ended: bool, packing: str
) -> None:
    named = [line for kind, line in mix if kind == "bad"][:OFFENDERS_NAMED]
    objects = any(line.lstrip().startswith(b"{") for line in named)
    assume(objects or not named or "good" in dict(mix))  # a file without any object is refused as a whole
    flutter = new_flutter().with_limits(quarantine_share=1, max_line_bytes=4096)
    flutter.sources = {"interactions": Source(strict=True)}
    path = f"interactions/2024-03-01.jsonl{packing}"
    content = b"\n".join(line for _, line in mix) + (b"\n" if mix and (ended or not mix[-1][1]) else b"")
    flutter.land(path, [line for _, line in mix]) if ended or packing else flutter.land_bytes(path, content)
    report = flutter.ingest()
    (row,) = flutter.ledger()
    kinds = [kind for kind, _ in mix]
    events = [json.loads(line)["event_id"] for kind, line in mix if kind == "good"]
    assert (row["lines"], row["quarantined"], row["blank"]) == (
        len(mix),
        kinds.count("bad"),
        kinds.count("blank"),
    )
    assert (row["accepted"], row["duplicates"]) == (len(set(events)), len(events) - len(set(events)))
    assert row["lines"] == sum(row[name] for name in LINE_COUNTS[1:])
    counts = {name: row[name] for name in LINE_COUNTS}
    assert {name: report.document()[name] for name in counts} == counts
    assert [(line, raw) for _, line, _, raw in flutter.quarantine()] == [
        (number, line[:4096]) for number, (kind, line) in enumerate(mix, 1) if kind == "bad"
    ]
    stand = flutter.rows("SELECT line_number, event_id FROM raw_interaction ORDER BY line_number")
    assert stand == list(
        zip([number for number, kind in enumerate(kinds, 1) if kind == "good"], events, strict=True)
    )
    assert flutter.offenders() == {}


def test_unknown_fields_are_counted_and_kept_out(flutter: Any) -> None:
    flutter.land(
        "interactions/2024-03-01.jsonl",
        [
            flutter.interaction(1, mood="happy"),
            flutter.interaction(2, mood="sad", place={"x": 1}),
            flutter.interaction(3, mood=None),
            "",
            flutter.interaction(4),
        ],
    )
    flutter.land("interactions/2024-03-02.jsonl", [flutter.interaction(5, mood="glad")])
    report = flutter.ingest()
    assert report.unknown_fields == {"interactions": {"mood": 3, "place": 1}}
    stored = flutter.rows("SELECT unknown_fields FROM landed_file ORDER BY path")
    assert [json.loads(row[0]) for row in stored] == [{"mood": 2, "place": 1}, {"mood": 1}]


def test_too_many_faulty_lines_refuse_the_file(flutter: Any) -> None:
    faulty = [flutter.interaction(number, kind="dance") for number in range(6)]
    flutter.land(
        "interactions/2024-03-01.jsonl", [flutter.interaction(number) for number in range(94)] + faulty
    )
    report = flutter.ingest()
    (note,) = report.refusals
    assert "6 of 100 lines are faulty, 6.0%, more than ingest.quarantine_share = 5.0%" in note.reason
    assert "line 95: unlisted: kind is 'dance'" in note.reason
    (row,) = flutter.ledger()
    assert (row["state"], row["reason"]) == ("refused", note.reason)
    assert [row[name] for name in LINE_COUNTS] == [0] * len(LINE_COUNTS)
    assert flutter.rows("FROM raw_interaction") == flutter.quarantine() == []
    flutter.with_limits(quarantine_share=0.06)
    assert (flutter.ingest().accepted, len(flutter.quarantine())) == (94, 6)


def test_the_report_is_plain_json(flutter: Any) -> None:
    flutter.land("interactions/2024-03-01.jsonl", [flutter.interaction(1, extra=1)])
    flutter.land("interactions/notes.txt", [])
    flutter.land("interactions/2024-03-02.jsonl.gz", []).write_bytes(b"no gzip")
    document = flutter.ingest().document()
    assert json.loads(json.dumps(document)) == document
    assert (document["read"], document["refused"], document["ignored"][0]["path"]) == (
        1,
        1,
        "interactions/notes.txt",
    )
    assert set(flutter.pending().document()) == set(document)


def test_a_log_that_nobody_declared_is_named(flutter: Any) -> None:
    flutter.sources = {"interactions": Source()}
    flutter.land("birds/2024-03-01.jsonl", [])
    (note,) = flutter.ingest().ignored
    assert note.path == "birds"
    assert "declare it under `sources:`" in note.reason
