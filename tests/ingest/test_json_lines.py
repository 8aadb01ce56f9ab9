"""JSON lines: the fast way and the exact way agree on everything, and neither falls over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
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
    Column("actor.id", "text", number_as_text=True),
    Column("at", "epoch"),
    Column("mapped", "text", number_as_text=True, any_as_text=True),
)
READER = JsonLines(COLUMNS, max_line_bytes=6000)
NUL_OUTSIDE = b'{"id": "a"}null{"id": "b"}'

fields = st.sampled_from(
    [
        "id",
        "foreign",
        "count",
        "flag",
        "tags",
        "extra",
        "other",
        "",
        "ïd",
        "actor",
        "actor.id",
        "at",
        "mapped",
    ]
)
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
        "actor": st.none()
        | st.fixed_dictionaries({}, optional={"id": st.text(max_size=3), "n": st.integers(0, 9)}),
        "at": st.integers(-(1 << 40), 1 << 40) | st.floats(-1e12, 1e12) | st.just("1772611200"),
        "mapped": st.booleans() | st.integers(0, 2) | st.text(max_size=2),
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
        b'{"count": "12"}',
        b'{"count": NaN}',
        b'{"at": 1772611200.5}',
        b'{"at": 1e400}',
        b'{"actor": {"id": 5, "more": {"x": null}}}',
        b'{"actor": {"id": "a", "id": "a"}}',
        b'{"actor": "b"}',
        b'{"actor.id": "flat"}',
        b'{"actor.id": "flat", "actor": {"id": "deep"}}',
        b'{"extra": 1, "extra": 1}',
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
    rows, faults, unfit, blank = {}, {}, {}, 0
    unknown, odd = Counter[str](), Counter[str]()
    for part in parts:
        cells = part.table.to_pydict()
        for index, number in enumerate(part.lines.tolist()):
            rows[number] = (*(plain(name, column[index]) for name, column in cells.items()), part.raw(index))
        numbers = part.lines.tolist()
        for name, found in part.unfit.items():
            unfit.update({(numbers[row], name): what for row, what in found.items()})
        odd.update(part.odd)
        faults.update({fault.line_number: (fault.reason, fault.raw) for fault in part.faults})
        blank += part.blank
        unknown.update(part.unknown)
    return {
        "rows": rows, "faults": faults, "blank": blank, "unknown": dict(unknown), "unfit": unfit, "odd": dict(odd)
    }  # fmt: skip


def plain(name: str, cell: Any) -> Any:
    """A number or a truth value, whether it was handed on as such or as a text."""
    if name == "flag" and cell is not None:
        return str(cell).lower()
    if name in ("count", "at") and cell is not None:
        try:
            return int(cell) if isinstance(cell, int) else int(str(cell))
        except ValueError:
            return number_of(str(cell))
    return cell


def number_of(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


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
    assert outcome(READER.parse(records)) == exact
    assert len(exact["rows"]) + len(exact["faults"]) + exact["blank"] == data.count(b"\n") + (
        not data.endswith(b"\n")
    )
    fast = READER.fast(records)
    if fast is not None:
        assert outcome([fast]) == exact


@given(lines)
@settings(max_examples=60, deadline=None)
def test_setting_odd_lines_aside_changes_nothing(content: list[bytes]) -> None:
    """In a large piece the lines that need a closer look are found first, and the others go on together."""
    records = Records(b"\n".join([*content, b'{"id": "a"}']), 1)
    assert outcome(replace(READER, few=0).parse(records)) == outcome([READER.exact(records)])


@given(st.lists(fitting, min_size=1, max_size=20))
@settings(deadline=None)
def test_sound_lines_take_the_fast_way(content: list[dict[str, Any]]) -> None:
    """Otherwise the property above would say little."""
    uniform = [
        {**line, "foreign": "x", "mapped": "x", "at": 1} for line in content if "\0" not in json.dumps(line)
    ]
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
        (b"[]", "malformed: expected an object, found a list"),
        (b'{"id": "a", "id": "b"}', "malformed: field 'id' is given twice, with other values"),
        (b'{"actor": {"id": "a", "id": "b"}}', "malformed: field 'id' is given twice, with other values"),
        (b'{"id": "a\x00"}', "undecodable: NUL at byte 10"),
        (b'{"id": "\xff"}', "undecodable: no UTF-8 at byte 9"),
        (b'{"id": "\\udead"}', "undecodable: half a surrogate pair"),
        (b'{"id": Nan}', "malformed: expecting value at character 8"),
        (b'{"x": ' + b"[" * 64 + b"]" * 64 + b"}", "malformed: nested deeper than 64 levels"),
        (b"{" * 7000, "oversized: the line has more than ingest.max_line_bytes = 6000"),
    ],
)
def test_reasons_say_what_was_found(line: bytes, reason: str) -> None:
    found = outcome(READER.parse(Records(b'{"id": "a"}\n' + line + b"\n", 1)))
    assert found["faults"] == {2: (reason, line[:6000])}
    assert list(found["rows"]) == [1]


@pytest.mark.parametrize(
    ("line", "column", "found"),
    [
        (b'{"id": 12}', "id", "a number"),
        (b'{"id": NaN}', "id", "nan"),
        (b'{"flag": [1]}', "flag", "a list"),
        (b'{"tags": [1]}', "tags", "a list"),
        (b'{"count": {}}', "count", "an object"),
        (b'{"foreign": 1.5}', "foreign", "a fraction"),
        (b'{"foreign": true}', "foreign", "true or false"),
        (b'{"actor": "b"}', "actor.id", "inside a text"),
    ],
)
def test_a_value_of_another_kind_is_handed_on_as_unfit(line: bytes, column: str, found: str) -> None:
    """What it costs, the line or the field, is for the stream to say."""
    result = outcome(READER.parse(Records(b'{"id": "a"}\n' + line + b"\n", 1)))
    assert (result["unfit"], result["faults"]) == ({(2, column): found}, {})


@pytest.mark.parametrize(
    ("line", "odd", "unknown"),
    [
        (b'{"trace": "a", "trace": "a"}', {"trace: given twice": 1}, {"trace": 1}),
        (b'{"trace": "a", "trace": "b"}', {"trace: given twice": 1}, {"trace": 1}),
        (b'{"id": "a", "id": "a"}', {"id: given twice": 1}, {}),
        (b'{"score": NaN}', {"score: NaN": 1}, {"score": 1}),
        (b'{"score": [1, {"x": -Infinity}]}', {"score: NaN": 1}, {"score": 1}),
        (b'{"actor": {"id": "a", "score": NaN}}', {"actor.score: NaN": 1}, {"actor.score": 1}),
    ],
)
def test_what_harms_nobody_is_counted(line: bytes, odd: dict[str, int], unknown: dict[str, int]) -> None:
    result = outcome(READER.parse(Records(b'{"id": "a"}\n' + line + b"\n", 1)))
    assert (result["odd"], result["unknown"], result["faults"]) == (odd, unknown, {})
