"""Logs as people really have them: nested, with kinds, times and ids of their own, in folders; and how much harm is
done by what is wrong in them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ingest.parameters import Source

WHEN = 1_709_082_123
MOMENT = datetime(2024, 2, 28, 1, 2, 3)  # noqa: DTZ001 - naive UTC, as in the warehouse
FORMS = pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
PLAIN = {"i": "e", "u": "b", "f": "f", "t": WHEN}
COLUMNS = {"event_id": "i", "bird_id": "u", "flit_id": "f", "occurred_at": "t"}
Row = Mapping[str, Any]


def clicks(**changes: Any) -> dict[str, Source]:
    made = {
        "stream": "interactions",
        "columns": COLUMNS,
        "time_unit": "s",
        "constants": {"kind": "like"},
        **changes,
    }
    return {"clicks": Source.model_validate(made)}


def rows_of(values: Iterable[Any], name: str = "t") -> list[dict[str, Any]]:
    return [{**PLAIN, "i": f"e{number}", name: value} for number, value in enumerate(values)]


def land(
    flutter: Any, form: str, rows: list[dict[str, Any]], day: str = "2024-03-01", types: Any = None
) -> None:
    """The rows as one file of `clicks`; `types`: of Parquet columns, where they are not those of the values."""
    path = f"clicks/{day}.{form}"
    if form == "jsonl":
        flutter.land(path, rows)
    elif form == "csv":
        flutter.land_bytes(path, pl.DataFrame(rows, infer_schema_length=None).write_csv().encode())
    else:
        out, names = io.BytesIO(), list(rows[0])
        arrays = [pa.array([row[name] for row in rows], (types or {}).get(name)) for name in names]
        pq.write_table(pa.table(arrays, names=names), out)
        flutter.land_bytes(path, out.getvalue())


def accepted(flutter: Any, fields: str, rows: int | None = None) -> list[Any]:
    """What became of the rows of one field, in the order of lines."""
    flutter.ingest()
    found = flutter.rows(f"SELECT {fields} FROM raw_interaction ORDER BY line_number")
    assert flutter.offenders() == {}
    assert rows is None or len(found) == rows, (flutter.ledger(), flutter.quarantine())
    return [value[0] if len(value) == 1 else value for value in found]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_path_reads_inside_objects(flutter: Any, form: str) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "bird_id": "actor.id", "session_id": "actor.at.visit"})
    actors = [
        {"id": "b1", "at": {"visit": "v", "host": "h"}},
        {"id": "b2", "at": None},
        {"id": None, "at": None},
        None,
    ]
    rows = rows_of(actors, "actor")
    land(flutter, form, rows)
    assert accepted(flutter, "bird_id, session_id") == [("b1", "v"), ("b2", None)]
    assert [reason for _, _, reason, _ in flutter.quarantine()] == [
        "incomplete: bird_id is missing; the log's column is 'actor.id'"
    ] * 2
    unknown = json.loads(flutter.rows("SELECT unknown_fields FROM landed_file")[0][0])
    assert set(unknown) == {"u", "actor.at.host"}


@FORMS
def test_a_column_whose_name_has_a_dot_goes_before_a_path(flutter: Any, form: str) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "bird_id": "actor.id"})
    land(flutter, form, [{**row, "actor.id": "flat"} for row in rows_of([WHEN])])
    assert accepted(flutter, "bird_id") == ["flat"]


def test_what_is_no_object_is_told_with_the_logs_column(flutter: Any) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "bird_id": "actor.id"})
    land(flutter, "jsonl", rows_of(["b1", {"id": "b2"}, {"id": ["b3"]}], "actor"))
    assert accepted(flutter, "bird_id") == ["b2"]
    assert [reason for _, _, reason, _ in flutter.quarantine()] == [
        f"mistyped: bird_id is {found}, expected a text; the log's column is 'actor.id'"
        for found in ("inside a text", "a list")
    ]


def test_a_mapping_that_fits_nothing_names_what_is_there(flutter: Any) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "bird_id": "user"})
    land(flutter, "jsonl", rows_of([WHEN] * 20))
    (note,) = flutter.ingest().refusals
    assert "incomplete: bird_id is missing; the log's column is 'user'" in note.reason
    assert note.reason.endswith("fields found that nothing reads: u")


@FORMS
def test_values_are_mapped_or_left_out(flutter: Any, form: str) -> None:
    values = {"kind": {"page_view": "view", "add_to_cart": None, 7: "share"}}
    flutter.sources = clicks(columns={**COLUMNS, "kind": "k"}, constants={}, values=values)
    land(flutter, form, rows_of(["page_view", "like", "add_to_cart", "7", "page_view"], "k"))
    assert accepted(flutter, "kind") == ["view", "like", "share", "view"]
    (row,) = flutter.ledger()
    assert (row["lines"], row["accepted"], row["left_out"], row["quarantined"]) == (5, 4, 1, 0)


def test_values_of_any_type_are_mapped_by_their_text(flutter: Any) -> None:
    values = {"kind": {1: "view", "true": "like", "*": None}, "dwell_ms": {"short": 5}}
    columns = {**COLUMNS, "kind": "k", "dwell_ms": "d"}
    flutter.sources = clicks(columns=columns, constants={}, values=values)
    rows = [{**row, "d": "short"} for row in rows_of([1, True, "x", 2.5, 1], "k")]
    land(flutter, "jsonl", [*rows, {**PLAIN, "i": "none", "d": 7}])
    assert accepted(flutter, "kind, dwell_ms") == [("view", 5), ("like", 5), ("view", 5)]
    (row,) = flutter.ledger()
    assert (row["left_out"], row["quarantined"]) == (1, 2)  # a fraction is no text, and one line has no kind


def test_a_row_that_is_left_out_may_be_wrong_elsewhere(flutter: Any) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "kind": "k"}, constants={}, values={"kind": {"ping": None}})
    land(flutter, "jsonl", [{**PLAIN, "k": "ping", "t": "soon", "u": None}, {**PLAIN, "k": "like"}])
    assert accepted(flutter, "kind") == ["like"]
    assert flutter.quarantine() == []


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("dt={landed_on}/part-*.jsonl", "dt=2024-03-01/part-0.jsonl"),
        ("dt={landed_on}/*", "dt=2024-03-01T05/part-0.jsonl"),
        ("{year}/{month}/{day_of_month}/{hour}/*.jsonl", "2024/03/01/05/x.jsonl"),
        ("*/{landed_on}.jsonl", "eu/2024-03-01.jsonl"),
    ],
)
def test_a_pattern_leads_into_folders(flutter: Any, pattern: str, path: str) -> None:
    flutter.sources = clicks(pattern=pattern)
    flutter.land(f"clicks/{path}", [PLAIN])
    flutter.land("clicks/other/2024-03-01/deeper/x.jsonl", [PLAIN])
    assert accepted(flutter, "bird_id") == ["b"]
    assert [row["path"] for row in flutter.ledger()] == [f"clicks/{path}"]
    assert flutter.ingest().unchanged == 1


def test_a_folder_that_nobody_declared_is_told_with_what_to_do(flutter: Any) -> None:
    flutter.land("interactions/dt=2024-03-01/part-0.jsonl", [flutter.interaction(1)])
    (note,) = flutter.ingest().ignored
    assert note.path == "interactions/dt=2024-03-01"
    assert note.reason == (
        "a folder; put the files themselves into interactions/; a source that keeps files in folders says so: "
        "`pattern: 'dt={landed_on}/*'`"
    )


def test_a_folder_that_leads_out_is_not_read(flutter: Any, tmp_path: Any) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.jsonl").write_text(json.dumps(PLAIN))
    flutter.sources = clicks(pattern="dt={landed_on}/*.jsonl")
    flutter.land("clicks/dt=2024-03-01/x.jsonl", [PLAIN])
    (flutter.home.landing / "clicks" / "dt=2024-03-02").symlink_to(tmp_path / "secret")
    report = flutter.ingest()
    assert (report.accepted, len(report.ignored)) == (1, 1)


EXPORTED = {
    "2024-02-28 01:02:03 UTC": MOMENT,
    "2024-02-28 01:02:03.123456 UTC": MOMENT.replace(microsecond=123456),
    "20240228T010203Z": MOMENT,
    "20240228T010203.5+0100": MOMENT.replace(hour=0, microsecond=500_000),
    "2024-02-28t01:02:03z": MOMENT,
    "2024-02-27T24:00:00Z": MOMENT.replace(hour=0, minute=0, second=0),
    "2024-02-28 01:02:03,123": MOMENT.replace(microsecond=123_000),
    "2024-02-28 01:02:03 +0000 UTC": MOMENT,
    "2024-02-28 02:02:03 +01:00": MOMENT,
    "2024-02-28T02:02:03+01:00[Europe/Berlin]": MOMENT,
    "2024-02-28 01:02:03+00": MOMENT,
    "2016-12-31T23:59:60Z": datetime(2016, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
    "20240228": MOMENT.replace(hour=0, minute=0, second=0),
}


@FORMS
def test_times_are_read_as_exporters_write_them(flutter: Any, form: str) -> None:
    flutter.sources = clicks(time_unit="iso")
    land(flutter, form, rows_of(EXPORTED), types={"t": pa.string()})
    assert accepted(flutter, "occurred_at") == list(EXPORTED.values())


@FORMS
def test_times_of_a_pattern(flutter: Any, form: str) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources = clicks(time_unit="iso", time_format="%d/%m/%Y %H:%M:%S")
    land(flutter, form, rows_of(["28/02/2024 01:02:03", "2024-02-28T01:02:03Z"]))
    assert accepted(flutter, "occurred_at") == [MOMENT]
    assert [reason[:24] for _, _, reason, _ in flutter.quarantine()] == ["mistyped: occurred_at is"]


EPOCHS: Mapping[str, tuple[Any, Any]] = {
    "whole": (WHEN, pa.int64()),
    "text": (str(WHEN), pa.string()),
    "fraction": (WHEN + 0.25, pa.float64()),
    "whole fraction": (float(WHEN), pa.float64()),
    "text of a fraction": (f"{WHEN}.25", pa.string()),
    "decimal": (Decimal(f"{WHEN}.250"), pa.decimal128(20, 3)),
    "unsigned": (WHEN, pa.uint64()),
}


@FORMS
@pytest.mark.parametrize("kind", EPOCHS)
def test_epochs_come_as_numbers_fractions_and_texts(flutter: Any, form: str, kind: str) -> None:
    value, arrow = EPOCHS[kind]
    if form == "jsonl" and isinstance(value, Decimal):
        value = float(value)
    flutter.sources = clicks()
    land(flutter, form, rows_of([value, value]), types={"t": arrow})
    expected = MOMENT + timedelta(milliseconds=0 if float(value) == WHEN else 250)
    assert accepted(flutter, "occurred_at") == [expected] * 2


@given(
    st.lists(st.datetimes(datetime(2001, 1, 1), datetime(2024, 2, 28)), min_size=1, max_size=6),  # noqa: DTZ001
    st.sampled_from(["s", "ms", "us", "ns"]),
    st.sampled_from([str, float, int]),
)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_unit_and_writing_of_an_epoch_is_the_same_moment(
    new_flutter: Any, moments: list[datetime], unit: str, written: type
) -> None:
    flutter = new_flutter()
    flutter.sources = clicks(time_unit=unit)
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    whole = [moment.replace(microsecond=0) for moment in moments]
    numbers = [int(moment.replace(tzinfo=UTC).timestamp()) * scale for moment in whole]
    land(flutter, "jsonl", rows_of(map(written, numbers)))
    found = accepted(flutter, "occurred_at", len(whole))
    assert all(abs(a - b) < timedelta(milliseconds=1) for a, b in zip(found, whole, strict=True))


LARGE = 11_400_714_819_323_198_485
IDS: Mapping[str, tuple[list[Any], Any]] = {
    "beyond 63 bits": ([LARGE, 5], pa.uint64()),
    "decimal of scale 0": ([Decimal(LARGE), Decimal(5)], pa.decimal128(38, 0)),
    "bytes": ([b"11400714819323198485", b"5"], pa.binary()),
    "floats": ([1234.0, 5.0], pa.float64()),
}


@pytest.mark.parametrize("kind", IDS)
def test_ids_of_parquet_are_their_decimal_text(flutter: Any, kind: str) -> None:
    values, arrow = IDS[kind]
    flutter.sources = clicks()
    land(flutter, "parquet", rows_of(values, "u"), types={"u": arrow})
    first = "1234" if kind == "floats" else str(LARGE)
    assert accepted(flutter, "bird_id") == [first, "5"]


@FORMS
def test_ids_that_a_table_made_floats_of_are_whole_again(flutter: Any, form: str) -> None:
    """pandas does where a column has gaps."""
    flutter.sources = clicks(number_ids=["bird_id"])
    land(flutter, form, rows_of([1234.0, 5.0, None, 7.5, 9.0], "u"), types={"u": pa.float64()})
    found = accepted(flutter, "bird_id")
    assert found == ["1234", "5", *(["7.5"] if form == "csv" else []), "9"]
    assert all("bird_id" in reason for _, _, reason, _ in flutter.quarantine())


def test_bytes_that_are_no_utf8_cost_their_line(flutter: Any) -> None:
    flutter.sources = clicks()
    land(flutter, "parquet", rows_of([b"a", b"\xff", b"c"], "u"), types={"u": pa.binary()})
    assert accepted(flutter, "bird_id") == ["a", "c"]
    assert [reason for _, _, reason, _ in flutter.quarantine()] == [
        "undecodable: u holds bytes that are no UTF-8"
    ]


@FORMS
def test_a_number_with_nothing_after_its_point_is_whole(flutter: Any, form: str) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "dwell_ms": "d"})
    land(flutter, form, rows_of([1234.0, None, 1.5, 7.0], "d"), types={"d": pa.float64()})
    assert accepted(flutter, "dwell_ms") == [1234, None, None, 7]
    assert flutter.ingest().lost_values == {}
    assert flutter.rows("SELECT lost_values FROM landed_file") == [('{"dwell_ms: mistyped": 1}',)]


def test_a_mistyped_optional_field_costs_the_field(flutter: Any) -> None:
    lines = [flutter.interaction(number, dwell_ms="long", score=[1]) for number in range(30)]
    flutter.land("interactions/2024-03-01.jsonl", lines)
    report = flutter.ingest()
    assert (report.accepted, report.quarantined) == (30, 0)
    assert report.lost_values == {"interactions": {"dwell_ms: mistyped": 30}}
    assert flutter.rows("SELECT DISTINCT dwell_ms FROM raw_interaction") == [(None,)]


def test_a_column_of_another_type_costs_the_field_of_a_parquet_file(flutter: Any) -> None:
    flutter.sources = clicks(columns={**COLUMNS, "dwell_ms": "d"})
    land(flutter, "parquet", rows_of([["x"], None], "d"), types={"d": pa.list_(pa.string())})
    report = flutter.ingest()
    assert (report.accepted, report.lost_values) == (2, {"interactions": {"dwell_ms: mistyped": 1}})


@FORMS
def test_a_strict_source_gives_the_line_for_the_field(flutter: Any, form: str) -> None:
    flutter.with_limits(quarantine_share=1)
    flutter.sources = clicks(columns={**COLUMNS, "dwell_ms": "d"}, strict=True)
    land(flutter, form, rows_of(["1", "long"], "d"))
    assert accepted(flutter, "dwell_ms") == [1]
    ((_, _, reason, _),) = flutter.quarantine()
    assert (
        reason == "mistyped: dwell_ms is 'long', expected a whole number of 64 bits; the log's column is 'd'"
    )


def test_what_nobody_reads_is_counted_and_harms_nobody(flutter: Any) -> None:
    good = json.dumps(flutter.interaction(1))[:-1]
    lines = [f'{good}, "trace": "a", "trace": "b"}}', f'{good}, "score": NaN}}', f'{good}, "kind": "click"}}']
    flutter.land(
        "interactions/2024-03-01.jsonl", [line.replace("e1", f"e{n}", 1) for n, line in enumerate(lines)]
    )
    report = flutter.ingest()
    assert report.accepted == 3
    assert report.lost_values == {
        "interactions": {"trace: given twice": 1, "score: NaN": 1, "kind: given twice": 1}
    }


@pytest.mark.parametrize(
    ("bad", "lines", "loaded"), [(1, 1, True), (2, 19, True), (3, 19, False), (3, 60, True)]
)
def test_few_faulty_lines_cost_lines_in_a_small_file_too(
    flutter: Any, bad: int, lines: int, loaded: bool
) -> None:
    content = [
        flutter.interaction(number, kind="dance" if number < bad else "like") for number in range(lines)
    ]
    flutter.land("interactions/2024-03-01.jsonl", content)
    report = flutter.ingest()
    assert (report.refused, report.accepted) == ((0, lines - bad) if loaded else (1, 0))


def test_a_source_sets_its_own_share(flutter: Any) -> None:
    flutter.sources = clicks(quarantine_share=0.5)
    land(flutter, "jsonl", rows_of([WHEN] * 12 + ["x"] * 8))
    land(flutter, "jsonl", rows_of([WHEN] * 8 + ["x"] * 12), "2024-03-02")
    report = flutter.ingest()
    assert report.accepted == 12
    assert "60.0%, more than sources.clicks.quarantine_share = 50.0%" in report.refusals[0].reason


def test_untimely_lines_do_not_blind_the_file(flutter: Any) -> None:
    """One release of an app with a wrong clock; but where most are untimely, the file is rather misread."""
    flutter.sources = clicks()
    land(flutter, "jsonl", rows_of([WHEN] * 80 + [5] * 20))
    land(flutter, "jsonl", rows_of([WHEN] * 40 + [5] * 60), "2024-03-02")
    report = flutter.ingest()
    assert (report.accepted, report.quarantined) == (80, 20)
    assert "60 of 100 lines are untimely" in report.refusals[0].reason


@pytest.mark.parametrize(
    ("unit", "value", "hint"),
    [
        ("ms", WHEN, "as seconds this is 2024-02-28; is time_unit: s meant?"),
        ("s", WHEN * 1000, "as milliseconds this is 2024-02-28; is time_unit: ms meant?"),
        ("us", WHEN * 10**9, "as nanoseconds this is 2024-02-28; is time_unit: ns meant?"),
        ("iso", WHEN * 1000, "as milliseconds this is 2024-02-28; is time_unit: ms meant?"),
        ("ms", "2024-02-28T00:00:00Z", "is time_unit: iso meant?"),
        ("ms", "soon", ""),
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_mistaken_unit_is_guessed(flutter: Any, form: str, unit: str, value: Any, hint: str) -> None:
    flutter.sources = clicks(time_unit=unit)
    land(flutter, form, rows_of([value] * 20))
    (note,) = flutter.ingest().refusals
    assert (hint in note.reason) if hint else ("meant" not in note.reason), note.reason


def test_the_day_of_a_date_column_is_its_midnight(flutter: Any) -> None:
    flutter.sources = clicks(time_unit="iso")
    land(flutter, "parquet", rows_of([date(2024, 2, 28)]), types={"t": pa.date32()})
    assert accepted(flutter, "occurred_at") == [MOMENT.replace(hour=0, minute=0, second=0)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"values": {"kind": {"x": "dance"}}, "constants": {}}, "values: kind must be one of view, click"),
        ({"values": {"place": {"x": None}}}, "values: 'place' is no field of interactions"),
        ({"values": {"kind": {"x": None}}}, "values: kind is a constant; remove one of them"),
        ({"number_ids": ["kind"]}, "number_ids: kind is no id"),
        ({"time_format": "%d.%m.%Y"}, "time_format is for texts, time_unit for numbers; keep one of them"),
        ({"time_unit": "iso", "time_format": "%H:%M"}, "does not name the day, the month and the year"),
        ({"pattern": "../{landed_on}"}, "must lead to files below the source's folder"),
        ({"pattern": "/{landed_on}"}, "must lead to files below the source's folder"),
    ],
)
def test_a_mapping_that_cannot_be_is_told_why(change: dict[str, Any], problem: str) -> None:
    columns = {**COLUMNS, **({"kind": "k"} if change.get("constants") == {} else {})}
    with pytest.raises(ValueError, match=problem.replace("(", "\\(")):
        clicks(columns=columns, **change)
