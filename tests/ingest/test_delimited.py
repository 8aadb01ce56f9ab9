"""CSV: the fast way and the exact way agree, sound files say what Python's reader says, a stray quote costs a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.ingest.delimited import Delimited, csv_records, read_header, without_header
from tasks.ingest.records import Column, Parsed, Records, Refused, lines_of

LIMIT = 200
READER = Delimited((Column("a", "text"), Column("c", "integer")), ("a", "b", "c"), LIMIT)

cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6) | st.sampled_from(
    ["", '"', ",", "a,b", 'say "x"', "two\nlines", "\n", "é"]
)
rows = st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8)
dirt = st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"x", b'""', b" ", b"\r\n", b"y" * 150])


def written(content: list[list[str]], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(content)  # type: ignore[arg-type]
    return out.getvalue().encode()


def pieces(data: bytes, step: int = 1 << 20, piece: int = 1 << 20) -> list[Records]:
    chunks = [data[start : start + step] for start in range(0, len(data), step)]
    return [r for r in csv_records(lines_of(chunks, LIMIT, piece), LIMIT) if len(r)]


def outcome(parts: Iterable[Parsed]) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": {}, "faults": {}, "blank": 0}
    for part in parts:
        values = part.table.to_pydict()
        for index, line in enumerate(part.lines.tolist()):
            found["rows"][line] = (values["a"][index], values["c"][index], part.raw(index))
        found["faults"].update({fault.line_number: (fault.reason, fault.raw) for fault in part.faults})
        found["blank"] += part.blank
    return found


@given(
    rows, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans()
)
@settings(deadline=None, max_examples=200)
def test_sound_files_say_what_the_standard_reader_says(
    content: list[list[str]], end: str, quoting: int, ended: bool
) -> None:
    data = written(content, end, quoting)
    data = data if ended else data.removesuffix(end.encode())
    records = pieces(data)
    found = outcome(part for piece in records for part in READER.parse(piece))
    assert [row[:2] for row in found["rows"].values()] == [(row[0], row[2]) for row in content]
    assert not found["faults"]
    if content and "\r\n" not in data.decode().replace(end, ""):
        assert all(piece.sound for piece in records)


@given(
    rows, st.lists(st.tuples(st.integers(0, 400), dirt), max_size=4), st.integers(1, 50), st.integers(1, 60)
)
@example([["a", "b", "c"]] * 3, [(0, b'"')], 50, 60)
@example([["a", "b", "c"]] * 3, [(7, b'"')], 50, 60)
@settings(deadline=None, max_examples=500)
def test_fast_and_exact_agree_and_account_for_every_byte(
    content: list[list[str]], spots: list[tuple[int, bytes]], step: int, piece: int
) -> None:
    data = written(content)
    for place, what in spots:
        data = data[: place % (len(data) + 1)] + what + data[place % (len(data) + 1) :]
    data = data.removeprefix(b"\xef\xbb\xbf")
    if max(map(len, data.split(b"\n"))) > LIMIT:
        return
    records = pieces(data, step, piece)
    assert b"".join(piece.data for piece in records) == data
    exact = outcome(READER.exact(piece) for piece in records)
    assert outcome(part for piece in records for part in READER.parse(piece)) == exact
    assert sum(map(len, records)) == len(exact["rows"]) + len(exact["faults"]) + exact["blank"]
    for piece_ in records:
        fast = READER.fast(piece_)
        assert fast is None or outcome([fast]) == outcome([READER.exact(piece_)])


@given(
    rows, st.lists(st.tuples(st.integers(0, 400), dirt), max_size=3), st.integers(1, 50), st.integers(1, 60)
)
@settings(deadline=None)
def test_records_do_not_depend_on_how_bytes_arrive(
    content: list[list[str]], spots: list[tuple[int, bytes]], step: int, piece: int
) -> None:
    data = written(content)
    for place, what in spots:
        data = data[: place % (len(data) + 1)] + what + data[place % (len(data) + 1) :]
    if max(map(len, data.split(b"\n"))) > LIMIT:
        return
    whole = outcome(READER.exact(records) for records in pieces(data))
    assert outcome(READER.exact(records) for records in pieces(data, step, piece)) == whole


def test_a_stray_quote_costs_its_line_only() -> None:
    good = b"".join(b"%d,b,c\n" % number for number in range(100))
    data = good + b'5" screen,b,c\n' + b'"never closed,b,c\n' + good
    found = outcome(part for piece in pieces(data) for part in READER.parse(piece))
    assert len(found["rows"]) == 200
    assert {line: raw for line, (_, raw) in found["faults"].items()} == {
        101: b'5" screen,b,c',
        102: b'"never closed,b,c',
    }


def test_a_lone_carriage_return_is_no_line_end() -> None:
    """Arrow would take it for one, and drop the blank line: as many rows as records, but others."""
    records = Records(b"\n1,b,3\r2,b,3\n", 1)
    assert READER.fast(records) is None
    assert outcome(READER.parse(records))["blank"] == 1


def test_an_open_quote_does_not_hold_the_rest_of_the_file() -> None:
    lines = [b'"open,b,c\n', *([b"1,b,c\n"] * 1000)]
    given = iter(lines)
    next(csv_records(lines_of(given, LIMIT, piece_bytes=10), LIMIT))
    assert len(list(given)) > 900


def test_line_numbers_are_physical_lines() -> None:
    found = outcome(part for piece in pieces(b'1,b,c\n"2\n2",b,c\n3,b,c\n') for part in READER.parse(piece))
    assert {line: row[0] for line, row in found["rows"].items()} == {1: "1", 2: "2\n2", 4: "3"}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"1,2", "malformed: 2 cells, expected 3"),
        (b"1,2,3,4", "malformed: 4 cells, expected 3"),
        (b"1,\x00,3", "undecodable: NUL at byte 3"),
        (b"1,\xff,3", "undecodable: no UTF-8 at byte 3"),
        (b"1," + b"x" * LIMIT, f"oversized: the record has more than ingest.max_line_bytes = {LIMIT}"),
    ],
)
def test_reasons_say_what_was_found(record: bytes, reason: str) -> None:
    found = outcome(part for piece in pieces(b"1,b,c\n" + record + b"\n") for part in READER.parse(piece))
    assert found["faults"] == {2: (reason, record[:LIMIT])}
    assert list(found["rows"]) == [1]


def test_the_header_is_checked() -> None:
    header = read_header(Records(b'a,"b c",d\n1,2,3\n', 1), frozenset({"a"}), LIMIT)
    assert header == ("a", "b c", "d")
    (rest,) = [without_header(Records(b"a\n1\n2\n", 1))]
    assert (rest.data, rest.lines.tolist()) == (b"1\n2\n", [2, 3])
    with pytest.raises(Refused, match="lacks d"):
        read_header(Records(b"a,b\n", 1), frozenset({"d"}), LIMIT)
    with pytest.raises(Refused, match="'a' twice"):
        read_header(Records(b"a,b,a\n", 1), frozenset({"a"}), LIMIT)
    with pytest.raises(Refused, match="no UTF-8"):
        read_header(Records(b"a,\xff\n", 1), frozenset({"a"}), LIMIT)
