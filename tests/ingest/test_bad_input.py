"""The whole list of bad input: what is wrong with a line costs the line, what is wrong with a file costs the file."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import random
import resource
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tasks.ingest import unpacking
from tasks.ingest.parameters import Source

GOOD = "interactions/2024-03-01.jsonl"


def reasons(flutter: Any) -> dict[str, str]:
    """Path → why it was refused."""
    return {note.path: note.reason for note in flutter.ingest().refusals}


def content(flutter: Any, lines: int = 200) -> bytes:
    return b"".join(json.dumps(flutter.interaction(number)).encode() + b"\n" for number in range(lines))


def zstd(data: bytes, checksum: bool = True) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=False).compress(data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_id": 12}, "mistyped: event_id is a number, expected a text"),
        ({"event_id": ""}, "incomplete: event_id is missing"),
        ({"bird_id": None}, "incomplete: bird_id is missing"),
        ({"flit_id": ...}, "incomplete: flit_id is missing"),
        (
            {"kind": "dance"},
            "unlisted: kind is 'dance', expected view, click, like, reply, reflit, share, hide, report",
        ),
        ({"surface": "wall"}, "unlisted: surface is 'wall', expected feed, search, profile, ad"),
        ({"occurred_at": "soon"}, "mistyped: occurred_at is 'soon', expected an ISO-8601 time in UTC"),
        ({"occurred_at": "2024-02-30T00:00:00Z"}, "mistyped: occurred_at is '2024-02-30T00:00:00Z'"),
        (
            {"occurred_at": "1956-01-01T00:00:00Z"},
            "untimely: occurred_at 1956-01-01T00:00:00Z is before 2000-01-01T00:00:00Z (ingest.earliest)",
        ),
        (
            {"occurred_at": "2024-03-03T00:00:00.001Z"},
            "untimely: occurred_at 2024-03-03T00:00:00.001Z is after 2024-03-03T00:00:00Z, the end of landing",
        ),
    ],
)
def test_a_faulty_line_goes_to_quarantine(flutter: Any, change: dict[str, Any], reason: str) -> None:
    flutter.with_limits(quarantine_share=1)
    line = flutter.interaction(2, **change)
    flutter.land(GOOD, [flutter.interaction(1), line, flutter.interaction(3)])
    assert flutter.ingest().accepted == 2
    ((path, number, found, raw),) = flutter.quarantine()
    assert (path, number, raw) == (GOOD, 2, json.dumps(line).encode())
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("stream", "line", "reason"),
    [
        (
            "flits",
            {"flit_id": "f", "bird_id": "b", "text": "x", "media": "film"},
            "unlisted: media is 'film'",
        ),
        ("flits", {"flit_id": "f", "bird_id": "b"}, "incomplete: text is missing"),
        (
            "follows",
            {"event_id": "e", "bird_id": "b", "followee_id": "c", "action": "poke"},
            "unlisted: action is",
        ),
        (
            "birds",
            {"bird_id": "b", "born_on": "1956-13-01"},
            "mistyped: born_on is '1956-13-01', expected a date",
        ),
        ("erasures", {}, "incomplete: bird_id and flit_id are missing"),
    ],
)
def test_each_stream_has_its_rules(flutter: Any, stream: str, line: dict[str, Any], reason: str) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources[stream] = Source(strict=True)
    time = {"flits": "posted_at", "birds": "joined_at", "erasures": "requested_at"}.get(stream, "occurred_at")
    flutter.land(f"{stream}/2024-03-01.jsonl", [{time: "2024-02-28T00:00:00Z", **line}])
    flutter.ingest()
    assert [found.startswith(reason) for _, _, found, _ in flutter.quarantine()] == [True]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-28T01:02:03Z", "2024-02-28 01:02:03"),
        ("2024-02-28 01:02:03", "2024-02-28 01:02:03"),
        ("2024-02-28T01:02:03.123456789Z", "2024-02-28 01:02:03.123456"),
        ("2024-02-28T01:02:03+02:00", "2024-02-27 23:02:03"),
        ("2024-02-28", "2024-02-28 00:00:00"),
        ("2024-02-28T01:02Z", "2024-02-28 01:02:00"),
    ],
)
def test_times_are_read_as_utc_whatever_stands_beside_them(flutter: Any, text: str, moment: str) -> None:
    flutter.with_limits(quarantine_share=1)
    others = ["2024-02-28T00:00:00Z", "soon", "2024-02-28T00:00:00"]
    flutter.land(GOOD, [flutter.interaction(1, occurred_at=text)])
    flutter.land(
        "interactions/2024-03-02.jsonl",
        [flutter.interaction(number, occurred_at=time) for number, time in enumerate([*others, text], 10)],
    )
    flutter.ingest()
    found = flutter.rows("SELECT occurred_at::VARCHAR FROM raw_interaction WHERE event_id IN ('e1', 'e13')")
    assert found == [(moment,), (moment,)]


def test_the_end_of_the_landed_hour_counts(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=1, ahead="1h")
    times = ["2024-03-01T07:00:00Z", "2024-03-01T07:00:00.000001Z"]
    lines = [flutter.interaction(number, occurred_at=time) for number, time in enumerate(times)]
    flutter.land("interactions/2024-03-01T05.jsonl", lines)
    flutter.ingest()
    assert flutter.rows("SELECT event_id FROM raw_interaction") == [("e0",)]


def test_a_line_of_twenty_megabytes_is_cut_into_quarantine(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=0.5)
    long = flutter.interaction(2, session_id="x" * (20 << 20))
    flutter.land(GOOD, [flutter.interaction(1), long, flutter.interaction(3), flutter.interaction(4)])
    assert flutter.ingest().accepted == 3
    ((_, number, reason, raw),) = flutter.quarantine()
    assert (number, len(raw), reason.split(":")[0]) == (2, 1 << 20, "oversized")
    assert json.dumps(long).encode().startswith(raw)


def test_bytes_that_are_no_text_cost_their_line(flutter: Any) -> None:
    flutter.with_limits(quarantine_share=0.5)
    bad = [b'{"event_id": "\x00"}', b"\xff\xfe", b'{"event_id": "\xed\xa0\x80"}']
    flutter.land(GOOD, [*bad, *(flutter.interaction(number) for number in range(5))])
    assert flutter.ingest().accepted == 5
    assert [(raw, reason.split(":")[0]) for _, _, reason, raw in flutter.quarantine()] == [
        (line, "undecodable") for line in bad
    ]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_file_cut_off_anywhere_is_refused(flutter: Any, pack: Any, packing: str) -> None:
    whole = pack(content(flutter), f"x.{packing}")
    for number, end in enumerate((0, 1, 5, len(whole) // 2, len(whole) - 4, len(whole) - 1)):
        flutter.land_bytes(f"interactions/2024-03-01-{number}.jsonl.{packing}", whole[:end])
    found = reasons(flutter)
    assert len(found) == 6
    assert all(reason.startswith(("cut off", "not what its name says")) for reason in found.values()), found
    assert flutter.rows("FROM raw_interaction") == []


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_no_flipped_bit_gets_through(flutter: Any, pack: Any, packing: str) -> None:
    """Either the file is refused, or the bit did not matter (gzip's header has some that do not)."""
    data = content(flutter)
    whole = pack(data, f"x.{packing}")
    chosen = random.Random(7).sample(range(len(whole) * 8), 60)
    for bit in chosen:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        flutter.land_bytes(f"interactions/2024-03-01-{bit}.jsonl.{packing}", bytes(damaged))
    found = reasons(flutter)
    assert len(found) > 50
    for row in flutter.ledger():
        if row["state"] == "loaded":
            assert row["accepted"] + row["duplicates"] == 200


def test_a_wrong_checksum_in_the_last_gzip_member_is_found(flutter: Any) -> None:
    members = gzip.compress(content(flutter, 3)) + gzip.compress(content(flutter, 5))
    flutter.land_bytes(GOOD + ".gz", members + b"\0" * 100)
    damaged = bytearray(members)
    damaged[-6] ^= 1
    flutter.land_bytes("interactions/2024-03-02.jsonl.gz", bytes(damaged))
    assert "damaged" in reasons(flutter)["interactions/2024-03-02.jsonl.gz"]
    assert flutter.ledger(GOOD + ".gz")[0]["lines"] == 8


def test_zstd_frames_may_follow_each_other(flutter: Any) -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip"
    frames = skippable + zstd(content(flutter, 3)) + zstd(content(flutter, 5), checksum=False)
    flutter.land_bytes(GOOD + ".zst", frames)
    assert flutter.ingest().lines == 8


def test_what_its_name_says_is_what_it_must_be(flutter: Any, pack: Any) -> None:
    data = content(flutter)
    out = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), out)
    files = {
        "1.jsonl.gz": data,
        "2.jsonl.zst": gzip.compress(data),
        "3.jsonl": gzip.compress(data),
        "4.parquet": data,
        "5.jsonl": out.getvalue(),
        "6.csv": data,
        "7.jsonl": b"event_id,kind\n1,click\n",
        "8.parquet": b"PAR1" + data,
        "9.jsonl.gz": bz2.compress(data),
        "a.parquet": b"",
        "b.parquet.gz": gzip.compress(data),
    }
    for name, written in files.items():
        flutter.land_bytes(f"interactions/2024-03-01-{name}", written)
    found = reasons(flutter)
    assert set(found) == {f"interactions/2024-03-01-{name}" for name in files}
    assert all(row["lines"] == 0 and row["sha256"] for row in flutter.ledger())


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_bomb_stops_at_the_ratio(flutter: Any, packing: str) -> None:
    """Half a gigabyte of blanks in half a megabyte."""
    blanks = b" " * (1 << 20)
    if packing == "gz":
        out = io.BytesIO()
        with gzip.open(out, "wb", compresslevel=1) as file:
            for _ in range(512):
                file.write(blanks)
        bomb = out.getvalue()
    else:
        packer = zstandard.ZstdCompressor().compressobj()
        bomb = b"".join(packer.compress(blanks) for _ in range(512)) + packer.flush()
    flutter.with_limits(max_ratio=20)
    flutter.land_bytes(f"{GOOD}.{packing}", bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (reason,) = reasons(flutter).values()
    assert "ingest.max_ratio is 20" in reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize(("limit", "value"), [("max_file_bytes", 5000), ("max_rows", 99)])
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_caps_refuse_the_file(flutter: Any, form: str, limit: str, value: int) -> None:
    flutter.with_limits(**{limit: value})
    if form == "jsonl":
        flutter.land_bytes(GOOD, content(flutter))
    else:
        lines = [json.loads(line) for line in content(flutter).splitlines()]
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(lines), out, compression="none")
        flutter.land_bytes("interactions/2024-03-01.parquet", out.getvalue())
    (reason,) = reasons(flutter).values()
    assert f"ingest.{limit} = {value}" in reason


def test_a_parquet_bomb_of_one_long_text_is_stopped(flutter: Any) -> None:
    """A dictionary spells a text of a megabyte once, though it stands in a hundred thousand rows: 100 GB."""
    rows = 100_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 1_000_000]))
    table = pa.table(
        {
            "flit_id": pa.array([str(row) for row in range(rows)]),
            "bird_id": ["b"] * rows,
            "posted_at": ["2024-02-28T00:00:00Z"] * rows,
            "text": text,
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    flutter.land_bytes("flits/2024-03-01.parquet", out.getvalue())
    (reason,) = reasons(flutter).values()
    assert "ingest.max" in reason


@pytest.mark.parametrize("name", ["*", "[ab]", "?", "{x}", "' OR 1=1 --", "é"])
def test_odd_names_are_names(flutter: Any, name: str) -> None:
    path = f"interactions/2024-03-01{name}.jsonl"
    flutter.land(path, [flutter.interaction(1)])
    flutter.land("interactions/2024-03-01a.jsonl", [flutter.interaction(2)])
    assert flutter.ingest().accepted == 2
    assert [row["accepted"] for row in flutter.ledger(path)] == [1]


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "2024-03-01.json",
        "2024-03-01.jsonl.bz2",
        "2024-03-01.jsonl.part",
        ".2024-03-01.jsonl",
        "2024-02-30.jsonl",
        "2024-03-01T24.jsonl",
        "24-03-01.jsonl",
        "2024-03-01\n.jsonl",
        "2024-03-01.JSONL",
    ],
)
def test_other_names_are_ignored_and_said_so(flutter: Any, name: str) -> None:
    flutter.land_bytes(f"interactions/{name}", b"")
    report = flutter.ingest()
    assert (report.read, report.refused) == (0, 0)
    (note,) = report.ignored
    assert note.path == f"interactions/{name}".replace("\n", "\\n")
    assert flutter.pending().ignored == report.ignored


def test_a_name_that_is_no_text_is_ignored(flutter: Any) -> None:
    folder = flutter.land(GOOD, []).parent
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/2024-03-01\xff.jsonl")).touch()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    assert len(flutter.ingest().ignored) == 1


def test_folders_and_pipes_are_not_read(flutter: Any) -> None:
    folder = flutter.land(GOOD, []).parent
    (folder / "2024-03-02.jsonl").mkdir()
    os.mkfifo(folder / "2024-03-03.jsonl")
    assert [note.reason for note in flutter.ingest().ignored] == ["not a regular file"] * 2


def test_links_out_of_landing_are_refused(flutter: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(content(flutter))
    folder = flutter.land("interactions/2024-03-02.jsonl", [flutter.interaction(1)]).parent
    (folder / "2024-03-01.jsonl").symlink_to(secret)
    (folder / "2024-03-03.jsonl").symlink_to(tmp_path / "nowhere")
    (folder / "2024-03-04.jsonl").symlink_to(folder / "2024-03-04.jsonl")
    (folder / "2024-03-05.jsonl").symlink_to("2024-03-02.jsonl")
    (flutter.home.landing / "birds").symlink_to(tmp_path)
    report = flutter.ingest()
    assert {note.path: note.reason.split(";")[0] for note in report.refusals} == {
        "interactions/2024-03-01.jsonl": "a symbolic link that leads out of the landing folder",
        "interactions/2024-03-03.jsonl": "cannot be read: No such file or directory",
        "interactions/2024-03-04.jsonl": report.refusals[2].reason,
    }
    assert (report.accepted, report.duplicates) == (1, 1)
    assert [note.path for note in report.ignored] == ["birds"]


def test_a_file_that_may_not_be_read_costs_the_file(flutter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not bind every user, so the system's answer is played."""
    flutter.land(GOOD, [flutter.interaction(1)])
    locked = flutter.land("interactions/2024-03-02.jsonl", [flutter.interaction(2)])
    opening = Path.open

    def guarded(self: Path, *arguments: Any, **options: Any) -> Any:
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return opening(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", guarded)
        report = flutter.ingest()
    assert {note.path: note.reason for note in report.refusals} == {
        "interactions/2024-03-02.jsonl": "cannot be read: Permission denied"
    }
    assert report.accepted == 1
    assert [row["sha256"] for row in flutter.ledger("interactions/2024-03-02.jsonl")] == [""]
    assert flutter.ingest().accepted == 1
    assert flutter.offenders() == {}


def test_a_file_that_changes_while_it_is_read_is_refused(
    flutter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = flutter.land(GOOD, [flutter.interaction(1)])

    def and_grow(chunks: Any) -> Any:
        yield from chunks
        with place.open("ab") as file:
            file.write(b"{}\n")

    monkeypatch.setattr(unpacking, "_plain", and_grow)
    (reason,) = reasons(flutter).values()
    assert reason.startswith("changed while it was read")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_empty_file_holds_no_lines(flutter: Any, form: str) -> None:
    flutter.land_bytes(f"interactions/2024-03-01.{form}", b"")
    assert flutter.ingest().read == 1
    assert (flutter.ledger()[0]["state"], flutter.ledger()[0]["lines"]) == ("loaded", 0)


def test_no_landing_folder_is_no_files(flutter: Any) -> None:
    assert flutter.ingest().read == 0
    assert not flutter.pending()
