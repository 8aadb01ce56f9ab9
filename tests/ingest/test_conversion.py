"""Texts as times: the whole column's way and each text's own way agree, and follow the standard library's reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.ingest.conversion import EPOCH, from_epoch, parse_dates, parse_integers, parse_times

moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1))  # noqa: DTZ001 - zones are drawn beside
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
written = st.one_of(
    moments.map(lambda moment: moment.isoformat()),
    st.tuples(moments, zones).map(lambda pair: pair[0].replace(tzinfo=pair[1]).isoformat()),
    moments.map(lambda moment: moment.isoformat(" ", "seconds") + "Z"),
    moments.map(lambda moment: moment.isoformat(timespec="microseconds") + "789Z"),
    moments.map(lambda moment: moment.date().isoformat()),
    moments.map(lambda moment: moment.isoformat(timespec="minutes") + "Z"),
)
near = st.from_regex(
    r"\A[0-9]{4}-[0-1][0-9]-[0-3][0-9][T ][0-2][0-9](:[0-6][0-9]){0,2}(\.[0-9]{0,8})?(Z|[+-]\d\d)?\Z"
)
texts = st.lists(st.none() | written | near | st.text(max_size=4), max_size=12)


@given(texts)
@example(["2024-02-30T00:00:00Z", "2024-02-29T00:00:00Z", "2024-02-29"])
@example(["2024-02-28T00:00:00.Z", "x"])
@example(["2024-02-28T00:00:00Z\n", "x"])
@settings(deadline=None)
def test_a_time_does_not_depend_on_its_neighbours(content: list[str | None]) -> None:
    together = parse_times(pa.array(content, pa.string())).to_pylist()
    alone = [parse_times(pa.array([text], pa.string()))[0].as_py() for text in content]
    assert together == alone
    beside_a_bad_one = parse_times(pa.array([*content, "soon"], pa.string())).to_pylist()
    assert beside_a_bad_one == [*alone, None]


@given(st.lists(written, min_size=1, max_size=8))
@settings(deadline=None)
def test_times_are_what_the_standard_library_says(content: list[str]) -> None:
    def standard(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)

    safe = [text for text in content if not text.startswith(("1000-01-01", "9999"))]
    assert parse_times(pa.array(safe, pa.string())).to_pylist() == [standard(text) for text in safe]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-28T24:00:01Z",
        "2024-02-28T25:00:00Z",
        "2024022800Z",
        "2024-2-28",
        "2024-02-30",
        "infinity",
        "now",
        "2016-12-31T23:58:60Z",
        "20240228000000",
        "2024-02-28T00:00:00 CET",
    ],
)
def test_what_is_no_time_is_null(text: str) -> None:
    assert parse_times(pa.array([text])).to_pylist() == [None]


def test_dates_and_numbers() -> None:
    dates = parse_dates(pa.array(["1956-02-29", "1957-02-29", "1956-02-29T00:00:00Z", None]))
    assert [str(found) for found in dates.to_pylist()] == ["1956-02-29", "None", "None", "None"]
    numbers = parse_integers(
        pa.array(["-5", "007", "+5", "0x1F", "1e3", str(1 << 63), str(-(1 << 63)), "5\n"])
    )
    assert numbers.to_pylist() == [-5, 7, None, None, 1000, None, -(1 << 63), None]


@given(
    st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-(10**7), 10**7), max_size=6),
    st.sampled_from(["s", "ms", "us", "ns"]),
)
@settings(deadline=None)
def test_epochs_are_exact_inside_the_bounds_and_outside_beyond_them(numbers: list[int], unit: str) -> None:
    low, high = EPOCH - timedelta(days=1), EPOCH + timedelta(days=1)
    scale = {"s": 10**6, "ms": 10**3, "us": 1}
    for number, found in zip(
        numbers, from_epoch(pa.array(numbers, pa.int64()), unit, (low, high)).to_pylist(), strict=True
    ):
        micros = number * scale[unit] if unit in scale else number // 1000
        if abs(micros) <= 86_400 * 10**6:
            assert abs(found - (EPOCH + timedelta(microseconds=micros))) <= timedelta(
                microseconds=unit == "ns"
            )
        else:
            assert found < low if micros < 0 else found > high
