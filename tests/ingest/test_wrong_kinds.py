"""Files that are something else, or that a tool wrote in a way nobody asked for: the reason names the thing."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ingest import reading

HEADER = "event_id,occurred_at,bird_id,flit_id,kind,session_id"
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def csv_rows(count: int, end: str = "\n") -> list[str]:
    return [f"e{i},2024-02-28T12:00:{i % 60:02d}Z,b{i % 7},f{i % 11},like,s{i}{end}" for i in range(count)]


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def refusals(flutter: Any) -> dict[str, str]:
    return {note.path.partition("/")[2]: note.reason for note in flutter.ingest().refusals}


def events(times: pa.Array) -> dict[str, Any]:
    """Interactions at `times`, as columns. Their ids are not those of `flutter.interaction`."""
    names = [f"p{i}" for i in range(len(times))]
    return {
        "event_id": names,
        "occurred_at": times,
        "bird_id": names,
        "flit_id": names,
        "kind": ["like"] * len(times),
    }


@given(
    st.lists(INT64, min_size=1, max_size=4),
    st.sampled_from(["ms", "us", "ns"]),  # Parquet knows no seconds
    st.sampled_from([None, "UTC", "Europe/Berlin", "+05:30", "Mars/Olympus"]),
)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_moment_of_a_parquet_file_stops_the_night(
    new_flutter: Any, numbers: list[int], unit: str, zone: str | None
) -> None:
    """Postgres writes `infinity` as the largest number of all; others write years before Christ, or beyond 9999."""
    flutter = new_flutter().with_limits(quarantine_share=1)
    times = pa.array(numbers, pa.int64()).cast(pa.timestamp(unit, zone))
    flutter.land_bytes("interactions/2024-03-01.parquet", parquet(events(times)))
    flutter.land("interactions/2024-03-01.jsonl", [flutter.interaction(1)])
    report = flutter.ingest()
    assert (report.refused, report.lines) == (0, len(numbers) + 1)
    assert all(reason.startswith("untimely: occurred_at") for _, _, reason, _ in flutter.quarantine())
    assert report.accepted + report.quarantined == report.lines


def test_a_birthday_beyond_the_calendar_is_mistyped(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    born = pa.array([0, 2**31 - 1, -800_000], pa.int32()).cast(pa.date32())
    joined = pa.array(["2024-02-28T00:00:00Z"] * 3)
    flutter.land_bytes(
        "birds/2024-03-01.parquet",
        parquet({"bird_id": ["a", "b", "c"], "joined_at": joined, "born_on": born}),
    )
    flutter.ingest()
    assert flutter.rows("SELECT born_on::VARCHAR FROM raw_bird WHERE born_on IS NOT NULL") == [
        ("1970-01-01",)
    ]


def test_a_failure_of_the_reader_costs_the_file_and_not_the_night(
    flutter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging = reading.judge

    def failing(parsed: Any, *rest: Any) -> Any:
        if parsed.lines[-1] == 3:
            raise OverflowError("date value out of range")
        return judging(parsed, *rest)

    monkeypatch.setattr(reading, "judge", failing)
    flutter.land("interactions/2024-03-01.jsonl", [flutter.interaction(i) for i in range(3)])
    flutter.land("interactions/2024-03-02.jsonl", [flutter.interaction(i) for i in range(5, 7)])
    report = flutter.ingest()
    assert report.accepted == 2
    (note,) = report.refusals
    assert note.reason == (
        "Nightjar failed to read it (OverflowError: date value out of range); please report this, with the file"
    )
    assert flutter.offenders() == {}


@pytest.mark.parametrize("rows", [3, 200_000])
@pytest.mark.parametrize("quoted", [False, True])
def test_cr_alone_is_named_at_once(flutter: Any, rows: int, quoted: bool) -> None:
    text = f"{HEADER}\r" + "".join(csv_rows(rows, "\r"))
    flutter.land_bytes(
        "interactions/2024-03-01.csv", (text.replace("like", '"like"') if quoted else text).encode()
    )
    began = time.monotonic()
    assert refusals(flutter) == {"2024-03-01.csv": "lines end with CR alone (old Mac); write LF or CR LF"}
    assert time.monotonic() - began < 5


def test_a_header_without_end_is_not_parsed(flutter: Any) -> None:
    flutter.with_limits(max_line_bytes=2000)
    flutter.land_bytes("interactions/2024-03-01.csv", HEADER.encode() + b",x" * 2000)
    assert refusals(flutter) == {
        "2024-03-01.csv": "the CSV header has more than ingest.max_line_bytes = 2000"
    }


def test_what_the_file_is_instead_is_said(flutter: Any) -> None:
    lines = [json.dumps(flutter.interaction(i)) for i in range(40)]
    long = zstandard.ZstdCompressionParameters.from_level(3, window_log=28)
    packer = zstandard.ZstdCompressor(compression_params=long).compressobj()
    files = {
        "a.jsonl": ("[\n" + ",\n".join(lines) + "\n]\n").encode(),
        "b.jsonl": ("[" + ",\n".join(lines) + "]").encode(),
        "c.jsonl": ("[" + ", ".join(lines) + "]\n").encode(),
        "d.jsonl": "\n".join(lines).encode("utf-16"),
        "e.csv": (HEADER + "\n" + "".join(csv_rows(3))).encode("utf-16-be"),
        "f.jsonl": "\r".join(lines).encode(),
        "g.jsonl.zst": packer.compress("\n".join(lines).encode()) + packer.flush(),
    }
    for name, content in files.items():
        flutter.land_bytes(f"interactions/2024-03-01.{name}", content)
    array = "the file is one JSON array, not an object a line; write each object on its own line"
    assert refusals(flutter) == {
        "2024-03-01.a.jsonl": array,
        "2024-03-01.b.jsonl": array,
        "2024-03-01.c.jsonl": array,
        "2024-03-01.d.jsonl": "not what its name says: UTF-16 or UTF-32, expected UTF-8",
        "2024-03-01.e.csv": "not what its name says: UTF-16 or UTF-32, expected UTF-8",
        "2024-03-01.f.jsonl": "lines end with CR alone (old Mac); write LF or CR LF",
        "2024-03-01.g.jsonl.zst": (
            "its window of 256 MiB is more than 128 MiB; compress it without --long, or with --long=27"
        ),
    }


def test_a_list_that_stands_among_objects_costs_its_line(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.land("interactions/2024-03-01.jsonl", ['[{"a": 1}]', "[1]", flutter.interaction(1)])
    assert flutter.ingest().accepted == 1


@pytest.mark.parametrize(
    ("form", "line", "reason"),
    [
        ("jsonl", "\ufeff{}", "malformed: a byte order mark (BOM) before the object; were files joined?"),
        ("jsonl", '{"event_id": "a"}\r{"event_id": "b"}', "malformed: several objects, parted by CR alone"),
        ("jsonl", '{"event_id": }', "malformed: expecting value at character 14"),
        ("csv", "\ufeffe,2024-02-28T12:00:00Z,b,f,like,s", "malformed: a byte order mark (BOM) before the first cell"),
        ("csv", "e,2024-02-28T12:00:00Z,b,f,like,s\re,t,b,f,like,s", "malformed: 11 cells, expected 6; CR alone ends"),
        ("csv", 'e,2024-02-28T12:00:00Z,"b,f,like,s', "malformed: the quote that opens cell 3 (bird_id) does not"),
        ("csv", 'e,2024-02-28T12:00:00Z,b"x",f,like,s', "malformed: a quote stands inside cell 3 (bird_id)"),
    ],
)  # fmt: skip
def test_the_reason_of_a_line_names_the_thing(flutter: Any, form: str, line: str, reason: str) -> None:
    flutter.with_limits(quarantine_share=1)
    if form == "csv":
        good = csv_rows(2)
        flutter.land_bytes("interactions/2024-03-01.csv", f"{HEADER}\n{good[0]}{line}\n{good[1]}".encode())
    else:
        flutter.land("interactions/2024-03-01.jsonl", [flutter.interaction(1), line, flutter.interaction(2)])
    assert flutter.ingest().accepted == 2
    ((_, number, found, _),) = flutter.quarantine()
    assert number == 2 + (form == "csv")
    assert found.startswith(reason), found


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("opened", "closed"), [(0, 1), (10, 40), (3, 59)])
def test_a_quote_that_swallows_rows_costs_two_lines(flutter: Any, end: str, opened: int, closed: int) -> None:
    """By RFC 4180 all rows between are one cell."""
    flutter.with_limits(quarantine_share=1)
    rows = csv_rows(60, end)
    rows[opened] = rows[opened].replace(",s", ',"s')
    rows[closed] = rows[closed].replace(end, f'"{end}')
    flutter.land_bytes("interactions/2024-03-01.csv", (HEADER + end + "".join(rows)).encode())
    report = flutter.ingest()
    assert (report.lines, report.quarantined) == (60, 2)
    found = [(number, reason.split(" (")[0]) for _, number, reason, _ in flutter.quarantine()]
    assert found == [
        (opened + 2, "malformed: the quote that opens cell 6"),
        (closed + 2, "malformed: a quote stands inside cell 6"),
    ]


def test_a_text_of_several_lines_with_commas_is_a_text(flutter: Any) -> None:
    text = "roses, red\nviolets, blue, and, so, on\nf9,b9,2024\n5,6,7,8\nend"
    flutter.land_bytes(
        "flits/2024-03-01.csv",
        f'flit_id,bird_id,posted_at,text\nf1,b1,2024-02-28T00:00:00Z,"{text}"\n'.encode(),
    )
    assert flutter.ingest().accepted == 1
    assert flutter.rows("SELECT text FROM raw_flit") == [(text,)]
