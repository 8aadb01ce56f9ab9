"""Every stream in every format and packing brings the same rows; CSV and Parquet have ways of their own to be wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.ingest.parameters import Source
from tasks.ingest.streams import STREAMS

LINES: dict[str, list[dict[str, Any]]] = {
    "interactions": [
        {
            "event_id": "012",
            "occurred_at": "2024-02-28T01:02:03.456Z",
            "bird_id": "0",
            "flit_id": 'ф, "x"',
            "kind": "reply",
            "surface": "feed",
            "session_id": "s",
            "dwell_ms": -5,
        },
        {
            "event_id": "e2",
            "occurred_at": "2024-02-28T01:02:03Z",
            "bird_id": "b",
            "flit_id": "f",
            "kind": "view",
        },
    ],
    "flits": [
        {
            "flit_id": "f1",
            "bird_id": "012",
            "posted_at": "2024-02-28T01:02:03.000001Z",
            "text": 'two\nlines, “quoted” and "plain"',
            "media": "photo",
            "lang": "en",
            "hashtags": ["bird", "song"],
            "reply_to": "f0",
            "sensitive": True,
            "advertiser_id": "a",
        },
        {
            "flit_id": "f2",
            "bird_id": "b",
            "posted_at": "2024-02-28T01:02:03Z",
            "text": "",
            "sensitive": False,
        },
    ],
    "birds": [
        {"bird_id": "012", "joined_at": "2024-02-28T00:00:00Z", "geo": "NZ", "born_on": "1956-02-29"},
        {"bird_id": "013", "joined_at": "2024-02-28T00:00:00Z"},
    ],
    "follows": [
        {
            "event_id": "e",
            "occurred_at": "2024-02-28T00:00:00Z",
            "bird_id": "012",
            "followee_id": "013",
            "action": "unfollow",
        }
    ],
    "erasures": [
        {"requested_at": "2024-02-28T00:00:00Z", "bird_id": "012"},
        {"requested_at": "2024-02-28T00:00:00Z", "flit_id": "f1"},
    ],
}


def as_csv(lines: list[dict[str, Any]], names: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for line in lines:
        cells = [line.get(name, "") for name in names]
        writer.writerow([json.dumps(cell) if isinstance(cell, (list, bool)) else cell for cell in cells])
    return out.getvalue().encode()


def as_parquet(lines: list[dict[str, Any]], stream: str) -> bytes:
    types = {
        "integer": pa.int32(),
        "boolean": pa.bool_(),
        "texts": pa.list_(pa.string()),
        "date": pa.string(),
    }
    fields = STREAMS[stream].fields
    columns = {}
    for field in fields:
        values = [line.get(field.name) for line in lines]
        if field.kind == "time":
            moments = [datetime.fromisoformat(value) for value in values if value is not None]
            columns[field.name] = pa.array(moments, pa.timestamp("us", "UTC"))
        else:
            columns[field.name] = pa.array(values, types.get(field.kind, pa.string()))
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def encoded(stream: str, form: str) -> bytes:
    if form == "csv":
        return as_csv(LINES[stream], STREAMS[stream].names)
    if form == "parquet":
        return as_parquet(LINES[stream], stream)
    return b"".join(json.dumps(line).encode() + b"\n" for line in LINES[stream])


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_every_stream_comes_back(flutter: Any, pack: Any, form: str, packing: str) -> None:
    for stream in STREAMS:
        path = f"{stream}/2024-03-01T05-part1.{form}{packing}"
        flutter.land_bytes(path, pack(encoded(stream, form), path))
    report = flutter.ingest()
    assert (report.refusals, report.quarantined, report.read) == ((), 0, len(STREAMS))
    for stream in STREAMS.values():
        names = ", ".join(stream.names)
        found = flutter.rows(f"SELECT {names} FROM {stream.table} ORDER BY line_number")
        assert found == [expected(stream.name, line) for line in LINES[stream.name]]
        assert (
            flutter.ledger(f"{stream.name}/2024-03-01T05-part1.{form}{packing}")[0]["landed_on"]
            == "2024-03-01T05"
        )


def expected(stream: str, line: dict[str, Any]) -> tuple[Any, ...]:
    def value(field: Any) -> Any:
        given = line.get(field.name)
        if given is None:
            return None
        moment = (
            datetime.fromisoformat(given).replace(tzinfo=None) if field.kind in ("time", "date") else None
        )
        return moment.date() if moment and field.kind == "date" else moment or given

    return tuple(value(field) for field in STREAMS[stream].fields)


def test_parquet_written_otherwise_says_the_same(flutter: Any) -> None:
    """Other time units and zones, dictionaries, large texts, several row groups."""
    moment = datetime.fromisoformat("2024-02-28T01:02:03")
    rows = 1000
    table = pa.table(
        {
            "event_id": pa.array([str(number) for number in range(rows)], pa.large_string()),
            "occurred_at": pa.array([moment] * rows, pa.timestamp("ns")),
            "bird_id": pa.array(["012"] * rows).dictionary_encode(),
            "flit_id": pa.array(["f"] * rows, pa.string_view()),
            "kind": pa.array(["view"] * rows).dictionary_encode(),
            "session_id": pa.nulls(rows),
            "dwell_ms": pa.array([7] * rows, pa.uint16()),
            "weather": pa.array([1.5] * rows),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=100, compression="zstd")
    flutter.land_bytes("interactions/2024-03-01.parquet", out.getvalue())
    report = flutter.ingest()
    assert (report.accepted, report.unknown_fields) == (rows, {"interactions": {"weather": rows}})
    query = "SELECT DISTINCT occurred_at, bird_id, flit_id, dwell_ms, session_id FROM raw_interaction"
    assert flutter.rows(query) == [(moment, "012", "f", 7, None)]


def parquet_of(**columns: pa.Array) -> bytes:
    moment = datetime.fromisoformat("2024-02-28T01:02:03")
    rows = len(next(iter(columns.values())))
    plain = {
        "event_id": pa.array([str(number) for number in range(rows)]),
        "occurred_at": pa.array([moment] * rows, pa.timestamp("us")),
        **{name: pa.array(["x"] * rows) for name in ("bird_id", "flit_id")},
        "kind": pa.array(["view"] * rows),
    }
    out = io.BytesIO()
    pq.write_table(pa.table({**plain, **columns}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"bird_id": pa.array([12])}, "mistyped: column bird_id is int64, expected text"),
        ({"occurred_at": pa.array([1])}, "mistyped: column occurred_at is int64, expected timestamp or text"),
        ({"kind": pa.array([["view"]])}, "mistyped: column kind is list<element: string>, expected text"),
    ],
)
def test_parquet_of_other_types_is_refused(flutter: Any, columns: dict[str, pa.Array], reason: str) -> None:
    flutter.land_bytes("interactions/2024-03-01.parquet", parquet_of(**columns))
    assert [note.reason for note in flutter.ingest().refusals] == [reason]


def test_parquet_without_a_required_column_is_refused(flutter: Any) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"event_id": ["e"]}), out)
    flutter.land_bytes("interactions/2024-03-01.parquet", out.getvalue())
    (note,) = flutter.ingest().refusals
    assert note.reason.startswith("the Parquet schema lacks bird_id, flit_id, kind, occurred_at")


def test_parquet_rows_go_to_quarantine_one_by_one(flutter: Any) -> None:
    texts = ["good", None, "", "a\0b", "x" * 2000, "good"]
    flutter.with_limits(quarantine_share=1, max_line_bytes=1024)
    flutter.land_bytes("interactions/2024-03-01.parquet", parquet_of(bird_id=pa.array(texts)))
    report = flutter.ingest()
    assert (report.lines, report.accepted, report.quarantined) == (6, 2, 4)
    assert [(line, reason.split(":")[0]) for _, line, reason, _ in flutter.quarantine()] == [
        (2, "incomplete"),
        (3, "incomplete"),
        (4, "undecodable"),
        (5, "oversized"),
    ]
    raws = [json.loads(raw)["bird_id"] for _, _, _, raw in flutter.quarantine()[:3]]
    assert raws == [None, "", "a\0b"]


def test_undecodable_parquet_text_is_found(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    column = pa.array([b"good", b"\xff", b"good"]).view(pa.string())
    flutter.land_bytes("interactions/2024-03-01.parquet", parquet_of(bird_id=column))
    flutter.ingest()
    assert [(line, reason) for _, line, reason, _ in flutter.quarantine()] == [
        (2, "undecodable: bird_id holds bytes that are no UTF-8")
    ]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("dance,,", "unlisted: kind is 'dance', expected view, click, like"),
        ("view,1.5,", "mistyped: dwell_ms is '1.5', expected a whole number of 64 bits"),
        ("view,0x10,", "mistyped: dwell_ms is '0x10'"),
        ("view,9223372036854775808,", "mistyped: dwell_ms"),
        (",5,", "incomplete: kind is missing"),
        ("view,5,wall", "unlisted: surface is 'wall', expected feed, search, profile, ad"),
    ],
)
def test_csv_cells_are_cast_by_field(flutter: Any, cell: str, reason: str) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources["interactions"] = Source(strict=True)
    header = "event_id,occurred_at,bird_id,flit_id,kind,dwell_ms,surface\n"
    row = "e{},2024-02-28T00:00:00Z,012,f,{}\n"
    content = header + row.format(1, "view,5,") + row.format(2, cell)
    flutter.land_bytes("interactions/2024-03-01.csv", content.encode())
    flutter.ingest()
    assert flutter.rows("SELECT event_id, bird_id, dwell_ms, surface FROM raw_interaction") == [
        ("e1", "012", 5, None)
    ]
    ((_, line, found, raw),) = flutter.quarantine()
    assert (line, found.startswith(reason)) == (3, True), found
    assert raw == row.format(2, cell).strip().encode()


def test_csv_hashtags_are_words_or_a_json_list(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources["flits"] = Source(strict=True)
    tags = ["a b", '"[""a"", ""b c""]"', "", '"[""a"", 1]"', "[a", "[]"]
    rows = [f"f{number},b,2024-02-28T00:00:00Z,hello,{tag}" for number, tag in enumerate(tags)]
    flutter.land_bytes(
        "flits/2024-03-01.csv", "\n".join(["flit_id,bird_id,posted_at,text,hashtags", *rows]).encode()
    )
    flutter.ingest()
    found = dict(flutter.rows("SELECT flit_id, hashtags FROM raw_flit"))
    assert found == {"f0": ["a", "b"], "f1": ["a", "b c"], "f2": None, "f5": []}
    assert [reason for _, _, reason, _ in flutter.quarantine()] == [
        """mistyped: hashtags is '["a", 1]', expected a list of texts""",
        "mistyped: hashtags is '[a', expected a list of texts",
    ]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"event_id,occurred_at,bird_id,flit_id,kind\r\n"])
def test_a_csv_without_records_is_fine(flutter: Any, content: bytes) -> None:
    flutter.land_bytes("interactions/2024-03-01.csv", content)
    assert flutter.ingest().refusals == ()
    (row,) = flutter.ledger()
    assert (row["state"], row["lines"]) == ("loaded", 0)


def test_a_byte_order_mark_is_no_content(flutter: Any) -> None:
    mark = b"\xef\xbb\xbf"
    flutter.land_bytes(
        "interactions/2024-03-01.csv", mark + as_csv(LINES["interactions"], STREAMS["interactions"].names)
    )
    flutter.land_bytes("birds/2024-03-01.jsonl", mark + encoded("birds", "jsonl"))
    report = flutter.ingest()
    assert (report.accepted, report.refusals) == (4, ())


def foreign(**changes: Any) -> Source:
    return Source.model_validate(
        {
            "stream": "interactions",
            "folder": "clicks",
            "columns": {"bird_id": "user", "flit_id": "article", "occurred_at": "ts"},
            "time_unit": "ms",
            "constants": {"kind": "click", "dwell_ms": 3},
            "event_id_from": ["user", "article", "ts"],
            **changes,
        }
    )


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 1000), ("us", 1_000_000)])
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_foreign_log_is_declared(flutter: Any, form: str, unit: str, scale: int) -> None:
    flutter.sources = {"clicks": foreign(time_unit=unit)}
    moment = 1_709_082_123 * scale
    rows = [{"user": user, "article": "a:1", "ts": moment, "kind": "ignored"} for user in (7, 8)]
    if form == "jsonl":
        content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    elif form == "csv":
        content = as_csv(rows, ("user", "article", "ts", "kind"))
    else:
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), out)
        content = out.getvalue()
    flutter.land_bytes(f"clicks/2024-03-01.{form}", content)
    report = flutter.ingest()
    assert report.unknown_fields == {"interactions": {"kind": 2}}
    query = "SELECT event_id, bird_id, flit_id, kind, dwell_ms, occurred_at FROM raw_interaction ORDER BY ALL"
    when = datetime.fromisoformat("2024-02-28T01:02:03")
    assert flutter.rows(query) == [
        (f"{user}:a\\:1:{moment}", str(user), "a:1", "click", 3, when) for user in (7, 8)
    ]
    assert flutter.ledger()[0]["stream"] == "interactions"


def test_a_foreign_line_without_part_of_its_id_is_incomplete(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources = {
        "clicks": foreign(
            columns={"bird_id": "user", "flit_id": "article", "occurred_at": "ts"}, event_id_from=["n"]
        )
    }
    flutter.land("clicks/2024-03-01.jsonl", [{"user": "u", "article": "a", "ts": 1_709_082_123_000}])
    flutter.ingest()
    assert [reason for _, _, reason, _ in flutter.quarantine()] == [
        "incomplete: n, part of event_id, is missing"
    ]


def test_foreign_times_out_of_range_do_not_overflow(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources = {"clicks": foreign(time_unit="s")}
    times = [-(1 << 63), 0, 1_709_082_123, (1 << 63) - 1]
    flutter.land("clicks/2024-03-01.jsonl", [{"user": "u", "article": "a", "ts": time} for time in times])
    flutter.ingest()
    assert [(line, re.split(r" \(|;", reason)[0]) for _, line, reason, _ in flutter.quarantine()] == [
        (1, f"untimely: occurred_at {times[0]} is before 2000-01-01T00:00:00Z"),
        (2, "untimely: occurred_at 0 is before 2000-01-01T00:00:00Z"),
        (
            4,
            f"untimely: occurred_at {times[3]} is after 2024-03-03T00:00:00Z, the end of landing and ingest.ahead",
        ),
    ]
