"""What `pipelines.yaml` may say about logs, and what it is told when it says something else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.ingest.parameters import IngestParameters, Source, logs_of
from tasks.ingest.streams import STREAMS

CLICKS: dict[str, Any] = {
    "stream": "interactions",
    "columns": {"bird_id": "user", "flit_id": "item", "occurred_at": "ts"},
    "constants": {"kind": "click"},
    "event_id_from": ["user", "ts"],
}


def test_an_empty_source_is_its_stream() -> None:
    (log,) = logs_of({"interactions": Source()})
    assert (log.stream, log.folder) == (STREAMS["interactions"], "interactions")
    assert [column for _, column in log.read_fields] == list(STREAMS["interactions"].names)


def test_a_mapped_source_reads_what_it_maps_and_nothing_else() -> None:
    (log,) = logs_of({"clicks": Source.model_validate(CLICKS)})
    assert {field.name: column for field, column in log.read_fields} == CLICKS["columns"]
    assert log.folder == "clicks"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"columns": {**CLICKS["columns"], "user": "u"}},
            "columns: 'user' is no field of interactions; expected one of",
        ),
        ({"constants": {"kind": "click", "mood": "x"}}, "constants: 'mood' is no field of interactions"),
        ({"constants": {"kind": "dance"}}, "constants: kind must be one of view, click"),
        (
            {"constants": {"kind": "click", "dwell_ms": "5"}},
            "constants: dwell_ms must be a whole number, found '5'",
        ),
        (
            {"constants": {"kind": "click", "dwell_ms": True}},
            "constants: dwell_ms must be a whole number, found True",
        ),
        ({"constants": {"kind": "click", "session_id": ""}}, "constants: session_id is empty"),
        ({"constants": {"kind": "click", "bird_id": "b"}}, "bird_id is given by columns and by constants"),
        ({"constants": {}}, "kind is neither mapped nor constant; add it to columns"),
        (
            {"event_id_from": []},
            "event_id is neither mapped nor derived; add it to columns, or event_id_from",
        ),
        ({"columns": {**CLICKS["columns"], "event_id": "id"}}, "event_id is given and also derived"),
        ({"columns": {**CLICKS["columns"], "session_id": "user"}}, "column 'user' is named twice"),
        ({"event_id_from": ["user", "user"]}, "column 'user' is named twice"),
        ({"event_id_from": [""]}, "expected the name of a column, found an empty text"),
        ({"stream": "birds", "columns": {}, "constants": {}}, "event_id_from: birds have no event_id"),
        ({"folder": "../elsewhere"}, "expected a folder below the landing folder"),
        ({"folder": "/etc"}, "expected a folder below the landing folder"),
        ({"pattern": "clicks.csv"}, "must name the day of landing once"),
        ({"pattern": "{landed_on}-{landed_on}"}, "must name the day of landing once"),
        ({"pattern": "{day}.csv"}, "{day} is unknown; expected {landed_on}"),
        ({"time_unit": "minutes"}, "Input should be 'iso', 's', 'ms', 'us' or 'ns'"),
        ({"format": "xml"}, "Input should be 'jsonl', 'csv' or 'parquet'"),
        ({"sream": "birds"}, "Extra inputs are not permitted"),
    ],
)
def test_a_source_that_cannot_be_is_told_why(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({**CLICKS, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"clicks": Source()}, "clicks: not a stream; say which of interactions, flits, birds"),
        (
            {"interactions": Source(), "more": Source(stream="interactions", folder="interactions")},
            "more: reads the folder 'interactions' as interactions does",
        ),
        ({"birds": Source(constants={"kind": "click"})}, "birds: constants: 'kind' is no field of birds"),
    ],
)
def test_sources_that_cannot_be_are_told_why(sources: dict[str, Source], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        logs_of(sources)


@pytest.mark.parametrize(
    ("pattern", "name", "landed_on"),
    [
        ("{landed_on}*", "2024-03-01.csv", "2024-03-01"),
        ("{landed_on}*", "2024-03-01T05-part.csv.gz", "2024-03-01T05"),
        ("clicks_{landed_on}.csv", "clicks_2024-03-01.csv", "2024-03-01"),
        ("{year}{month}{day_of_month}_{hour}00*", "20240301_0500_x.csv", "2024-03-01T05"),
        ("a+b_{landed_on}*", "a+b_2024-03-01.csv", "2024-03-01"),
        ("a.b_{landed_on}*", "aXb_2024-03-01.csv", None),
        ("clicks_{landed_on}.csv", "clicks_2024-03-01.csv.gz", None),
    ],
)
def test_patterns_find_the_day(flutter: Any, pattern: str, name: str, landed_on: str | None) -> None:
    flutter.sources = {"clicks": Source.model_validate({**CLICKS, "pattern": pattern})}
    flutter.land_bytes(f"clicks/{name}", b"")
    flutter.ingest()
    refused_or_loaded = [row["landed_on"] for row in flutter.ledger()]
    assert refused_or_loaded == ([landed_on] if landed_on else [])


def test_a_declared_format_goes_before_the_name(flutter: Any) -> None:
    flutter.sources = {
        "clicks": Source.model_validate({**CLICKS, "format": "csv", "pattern": "{landed_on}.log*"})
    }
    flutter.land_bytes("clicks/2024-03-01.log", b"user,item,ts\nu,i,2024-02-28T00:00:00Z\n")
    assert flutter.ingest().accepted == 1


def test_limits_are_checked() -> None:
    for wrong in ({"quarantine_share": 1.5}, {"max_line_bytes": 0}, {"ahead": "1 day"}, {"max_ratio": 0}):
        with pytest.raises(ValidationError):
            IngestParameters.model_validate(wrong)


def test_parameters_round_trip() -> None:
    source = Source.model_validate(CLICKS)
    assert Source.model_validate(source.model_dump(mode="json")) == source
    limits = IngestParameters.model_validate({"ahead": "2h", "earliest": "2010-01-01"})
    assert IngestParameters.model_validate(limits.model_dump(mode="json")) == limits
