"""JSON lines: the fast way and the exact way agree on everything, and neither falls over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.ingest.jsonl import JsonLines
from tasks.ingest.records import Column, Parsed, Records, lines_of

COLUMNS = (
    Column("id", "text"),
    Column("foreign", "text", number_as_text=True),
    Column("count", "integer"),
    Column("flag", "boolean"),
    Column("tags", "texts"),
)
READER = JsonLines(COLUMNS, max_line_bytes=6000)
NUL_OUTSIDE = b'{"id": "a"}null{"id": "b"}'

fields = st.sampled_from(["id", "foreign", "count", "flag", "tags", "extra", "other", "", "ïd"])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("2024-01-01T00:00:00Z")
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)
fitting = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=4) | st.none(),
        "foreign": st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=3),
        "count": st.integers(-(1 << 63), (1 << 63) - 1) | st.none(),
        "flag": st.booleans() | st.none(),
        "tags": st.lists(st.text(max_size=3), max_size=3) | st.none(),
        "extra": st.integers(-1000, 1000),
        "other": st.lists(st.integers(0, 9), max_size=2),
    },
)
objects = (
    fitting.map(json.dumps)
    | fitting.map(lambda v: json.dumps(v, ensure_ascii=False))
    | st.dictionaries(fields, values, max_size=4).map(json.dumps)
)
snippets = st.sampled_from(
    [
        b"null",
        b"{}",
        b"[1]",
        b'{"id": "a"}{"id": "b"}',
        b'{"id": "a"} null',
        NUL_OUTSIDE,
        b'{"id":"a","id":"b"}',
        b'{"extra": NaN}',
        b'{"extra": [Infinity]}',
        b'{"extra": -Inf}',
        b'{"count": 1.0}',
        b'{"count": 01}',
        b"\xff{}",
        b'{"id": "\\u0000"}',
        b'{"id": "\\ud800"}',
        b'{"id": "a\x00b"}',
        b'{"id": "\xff"}',
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        b'{"extra": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"extra": ' + b'{"a":' * 63 + b"1" + b"}" * 63 + b"}",
        b'{"id": "' + b"x" * 5000 + b'"}',
        b'{"id": "' + b"x" * 7000 + b'"}',
        b'{"tags": ["a", null]}',
        b'{"id": "a"',
    ]
)


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A sound line with one byte changed, taken away or put in."""
    line = bytearray(draw(objects).encode("utf-8", "replace"))
    place = draw(st.integers(0, len(line) - 1))
    line[place : place + draw(st.integers(0, 1))] = draw(
        st.sampled_from([b"", b"{", b"}", b'"', b",", b"0", b"\\", b"\r"])
    )
    return bytes(line).replace(b"\n", b" ")


lines = st.lists(
    objects.map(str.encode) | objects.map(str.encode) | snippets | torn() | st.binary(max_size=8), max_size=6
)


def outcome(parts: Iterable[Parsed]) -> dict[str, Any]:
    """What came out, whichever way it went."""
    rows, faults, blank, unknown = {}, {}, 0, Counter[str]()
    for part in parts:
        texts = part.table.to_pydict()
        for index, number in enumerate(part.lines.tolist()):
            rows[number] = (*(column[index] for column in texts.values()), part.raw(index))
        faults.update({fault.line_number: (fault.reason, fault.raw) for fault in part.faults})
        blank += part.blank
        unknown.update(part.unknown)
    return {"rows": rows, "faults": faults, "blank": blank, "unknown": dict(unknown)}


@given(lines, st.booleans(), st.booleans())
@example([NUL_OUTSIDE], True, False)
@example([b"null"], True, False)
@example([b'{"id":"a"}{"id":"b"}', b'{"extra":{"a":1}', b',"id":"c"}'], True, False)
@example([b'{"extra": ' + b"[" * 30000 + b"]" * 30000 + b"}"], True, False)
@example([b'{"extra": ' + b"[" * 2000 + b"]" * 2000 + b"}"], True, False)
@settings(max_examples=600, deadline=None)
def test_fast_and_exact_agree(content: list[bytes], ended: bool, carriage: bool) -> None:
    end = b"\r\n" if carriage else b"\n"
    data = end.join(content) + (end if ended else b"")
    if not data:
        return
    records = Records(data, 1)
    exact = outcome([READER.exact(records)])
    assert outcome([READER.parse(records)]) == exact
    assert len(exact["rows"]) + len(exact["faults"]) + exact["blank"] == data.count(b"\n") + (
        not data.endswith(b"\n")
    )
    fast = READER.fast(records)
    if fast is not None:
        assert outcome([fast]) == exact


@given(st.lists(fitting, min_size=1, max_size=20))
@settings(deadline=None)
def test_sound_lines_take_the_fast_way(content: list[dict[str, Any]]) -> None:
    """Otherwise the property above would say little."""
    uniform = [{**line, "foreign": "x"} for line in content if "\0" not in json.dumps(line)]
    data = b"".join(
        json.dumps(line).encode() + b"\n" for line in uniform if "\\u0000" not in json.dumps(line)
    )
    if data and b"\\ud" not in data:
        assert READER.fast(Records(data, 1)) is not None


@given(st.lists(st.binary(max_size=30), max_size=30), st.integers(1, 40), st.integers(5, 20))
@settings(deadline=None)
def test_cutting_does_not_depend_on_how_bytes_arrive(content: list[bytes], step: int, limit: int) -> None:
    data = b"\n".join(content).removeprefix(b"\xef\xbb\xbf")
    chunks = [data[start : start + step] for start in range(0, len(data), step)]
    found = [
        (int(records.lines[index]), records.data[records.bounds[index] : records.bounds[index + 1]])
        for records in lines_of(chunks, limit, piece_bytes=16)
        for index in range(len(records))
    ]
    expected = data.split(b"\n")
    expected = expected[:-1] if expected and not expected[-1] else expected
    assert [number for number, _ in found] == list(range(1, len(expected) + 1))
    for (_, raw), line in zip(found, expected, strict=True):
        whole = raw.removesuffix(b"\n")
        assert whole == line or (len(line) > limit and len(whole) > limit and line.startswith(whole))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": 12}', "mistyped: id is a number, expected a text"),
        (b'{"flag": 1}', "mistyped: flag is a number, expected true or false"),
        (b'{"tags": [1]}', "mistyped: tags is a list, expected a list of texts"),
        (b'{"count": 1.5}', "mistyped: count is a fraction, expected a whole number of 64 bits"),
        (
            b'{"count": 9223372036854775808}',
            "mistyped: count is a number, expected a whole number of 64 bits",
        ),
        (b"[]", "malformed: expected an object, found a list"),
        (b'{"id": "a", "id": "b"}', "malformed: field 'id' is given twice"),
        (b'{"id": "a\x00"}', "undecodable: NUL at byte 10"),
        (b'{"id": "\xff"}', "undecodable: no UTF-8 at byte 9"),
        (b'{"id": "\\udead"}', "undecodable: half a surrogate pair"),
        (b'{"id": NaN}', "malformed: NaN is no JSON"),
        (b'{"x": ' + b"[" * 64 + b"]" * 64 + b"}", "malformed: nested deeper than 64 levels"),
        (b"{" * 7000, "oversized: the line has more than ingest.max_line_bytes = 6000"),
    ],
)
def test_reasons_say_what_was_found(line: bytes, reason: str) -> None:
    part = READER.parse(Records(b'{"id": "a"}\n' + line + b"\n", 1))
    assert [(fault.line_number, fault.reason, fault.raw) for fault in part.faults] == [
        (2, reason, line[:6000])
    ]
    assert part.table.num_rows == 1
