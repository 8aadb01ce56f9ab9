"""What `pipelines.yaml` says about ingest: the limits, and the logs that are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tasks.ingest.streams import STREAMS, Stream, StreamName
from tasks.ingest.streams import Field as StreamField
from tasks.parameters import Duration, Parameters

Format = Literal["jsonl", "csv", "parquet"]
TimeUnit = Literal["iso", "s", "ms", "us", "ns"]
Constant = bool | int | str
OTHERS = "*"
"""In `values`, all values that are not named."""

PLACEHOLDERS: Mapping[str, str] = {
    "landed_on": r"(?P<day>\d{4}-\d{2}-\d{2})(?:T(?P<hour>\d{2}))?",
    "year": r"(?P<year>\d{4})",
    "month": r"(?P<month>\d{2})",
    "day_of_month": r"(?P<day_of_month>\d{2})",
    "hour": r"(?P<hour>\d{2})",
}
_PIECE = re.compile(r"(\{[a-z_]*\}|\*)")


def _texts_as_keys(values: Any) -> Any:
    """YAML reads 1 and true as what they are; a log's values are matched as texts."""
    if not isinstance(values, dict):
        return values
    return {str(key).lower() if isinstance(key, bool) else str(key): value for key, value in values.items()}


class IngestParameters(Parameters):
    """Limits that keep one bad file from harming the night."""

    max_line_bytes: int = Field(1 << 20, ge=1024, le=1 << 28, description="A longer line goes to quarantine.")
    max_file_bytes: int = Field(8 << 30, ge=1024, description="A file that unpacks to more is refused.")
    max_ratio: float = Field(
        250.0,
        gt=1,
        description="A file that unpacks to more than this times its size is refused (above 16 MiB).",
    )
    max_rows: int = Field(100_000_000, ge=1, description="A file with more lines is refused.")
    quarantine_share: float = Field(
        0.05, ge=0, le=1, description="A file with a larger share of quarantined lines is refused."
    )
    quarantine_floor: int = Field(
        3, ge=1, description="Fewer faulty lines never refuse a file, however small it is."
    )
    untimely_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A file with a larger share of untimely lines is refused; they count for no other share.",
    )
    earliest: date = Field(
        date(2000, 1, 1), description="A line dated before this UTC day goes to quarantine."
    )
    ahead: Duration = Field(
        timedelta(days=1), description="How far after its hour or day of landing a line may be dated."
    )


class Source(Parameters):
    """A declared log. An empty one, named like a stream, is Flutter's own format."""

    stream: StreamName | None = Field(None, description="What the lines are; the source's name if absent.")
    folder: str | None = Field(None, description="Below the landing folder; the source's name if absent.")
    pattern: str = Field(
        "{landed_on}*",
        description=(
            "File names: {landed_on}, or {year}, {month}, {day_of_month}, {hour}; * stands for anything. With folders: "
            "dt={landed_on}/part-*.parquet"
        ),
    )
    format: Format | None = Field(None, description="If absent, the file name's ending says it.")
    columns: dict[str, str] = Field(
        default_factory=dict, description="Our field → the log's own column. If absent, all keep their name."
    )
    time_unit: TimeUnit = Field("iso", description="iso: text; s, ms, us, ns: numbers since 1970 in UTC.")
    time_format: str | None = Field(
        None,
        description="Where times are texts of another shape: Python's strptime pattern, such as %d/%m/%Y %H:%M.",
    )
    values: dict[str, Annotated[dict[str, Constant | None], BeforeValidator(_texts_as_keys)]] = Field(
        default_factory=dict,
        description="Our field → the log's value → ours, or null for rows to leave out; '*' is every other value.",
    )
    number_ids: tuple[str, ...] = Field(
        (), description="Our id fields that the log writes as numbers: 1234.0 and 1234 are the id 1234."
    )
    constants: dict[str, Constant] = Field(
        default_factory=dict, description="Our field → its value in every line."
    )
    event_id_from: tuple[str, ...] = Field(
        (), description="The log's columns that together make the event_id, where the log has none."
    )
    strict: bool = Field(False, description="A mistyped optional field costs the line, not the field alone.")
    quarantine_share: float | None = Field(
        None, ge=0, le=1, description="As ingest.quarantine_share, for this source."
    )

    delivered: str | None = Field(
        None,
        description=(
            "Names of files, as in `pattern`, that hold one number: how many lines the files of that day or hour have. "
            "{landed_on}.count"
        ),
    )

    @model_validator(mode="after")
    def _pattern_is_sound(self) -> Self:
        _pattern(self.pattern)
        if self.delivered is not None:
            _pattern(self.delivered, "delivered")
        if self.folder is not None:
            parts = self.folder.split("/")
            if not all(parts) or any(part in (".", "..") or "\\" in part for part in parts):
                raise ValueError(f"expected a folder below the landing folder, found {self.folder!r}")
        return self

    @model_validator(mode="after")
    def _times_are_sound(self) -> Self:
        if self.time_format is None:
            return self
        if self.time_unit != "iso":
            raise ValueError("time_format is for texts, time_unit for numbers; keep one of them")
        sample = datetime(2026, 3, 4, 8, 15, 30, tzinfo=UTC)
        try:
            found = datetime.strptime(sample.strftime(self.time_format), self.time_format)  # noqa: DTZ007
        except ValueError as error:
            raise ValueError(
                f"time_format: no pattern of strptime: {self.time_format!r} ({error})"
            ) from error
        if found.date() != sample.date():
            raise ValueError(
                f"time_format: {self.time_format!r} does not name the day, the month and the year"
            )
        return self

    @model_validator(mode="after")
    def _no_field_twice(self) -> Self:
        for field in self.columns:
            if field in self.constants:
                raise ValueError(f"{field} is given by columns and by constants; keep one of them")
        if self.event_id_from and ("event_id" in self.columns or "event_id" in self.constants):
            raise ValueError("event_id is given and also derived by event_id_from; keep one of them")
        for names in (tuple(self.columns.values()), self.event_id_from):
            for name in names:
                if not name:
                    raise ValueError("expected the name of a column, found an empty text")
                if names.count(name) > 1:
                    raise ValueError(f"column {name!r} is named twice; name it once")
        return self

    @model_validator(mode="after")
    def _fits_its_stream(self) -> Self:
        if self.stream is not None:
            _check_fields(self, STREAMS[self.stream])
        return self


@dataclass(frozen=True, slots=True)
class Log:
    """A source with its name and every default filled in."""

    name: str
    stream: Stream
    folder: str
    source: Source

    def column(self, field: str) -> str | None:
        """The log's column for our `field`; None where it has none.

        A log that maps columns is read by its mapping alone: a column that happens to be called `kind` may mean
        something else there.
        """
        if field in self.source.constants or (field == "event_id" and self.source.event_id_from):
            return None
        return self.source.columns.get(field, None if self.source.columns else field)

    @property
    def read_fields(self) -> Iterator[tuple[StreamField, str]]:
        """Each field that is read from the file, with its column there."""
        for field in self.stream.fields:
            column = self.column(field.name)
            if column is not None:
                yield field, column

    @property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self.source.pattern)

    @property
    def delivered(self) -> re.Pattern[str] | None:
        """Names of the files that count its lines; None where it is delivered without."""
        return None if self.source.delivered is None else _pattern(self.source.delivered)


def logs_of(sources: Mapping[str, Source]) -> tuple[Log, ...]:
    """Each source with its defaults filled in, in the order given.

    ValueError, beginning with the source's name, where a source does not fit its stream or two share a folder.
    """
    logs: list[Log] = []
    for name, source in sources.items():
        stream = source.stream or name
        if stream not in STREAMS:
            raise ValueError(f"{name}: not a stream; say which of {', '.join(STREAMS)} it is with `stream:`")
        try:
            _check_fields(source, STREAMS[stream])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        log = Log(name, STREAMS[stream], source.folder or name, source)
        for other in logs:
            if other.folder == log.folder:
                raise ValueError(
                    f"{name}: reads the folder {log.folder!r} as {other.name} does; give each its own"
                )
        logs.append(log)
    return tuple(logs)


def _check_fields(source: Source, stream: Stream) -> None:
    given_names: dict[str, Iterable[str]] = {
        "columns": source.columns,
        "constants": source.constants,
        "values": source.values,
        "number_ids": source.number_ids,
    }
    for key, names in given_names.items():
        for name in names:
            if name not in stream.names:
                known = ", ".join(stream.names)
                raise ValueError(f"{key}: {name!r} is no field of {stream.name}; expected one of {known}")
    if source.event_id_from and "event_id" not in stream.names:
        raise ValueError(f"event_id_from: {stream.name} have no event_id; remove it")
    given = {*source.columns, *source.constants, *(("event_id",) if source.event_id_from else ())}
    for field in stream.fields if source.columns else ():
        if field.required and field.name not in given:
            derived = " nor derived; add it to columns, or event_id_from" if field.name == "event_id" else ""
            raise ValueError(f"{field.name} is neither mapped{derived or ' nor constant; add it to columns'}")
    if source.columns and stream.any_of and not given & set(stream.any_of):
        raise ValueError(f"none of {', '.join(stream.any_of)} is mapped; add one to columns")
    for name, value in source.constants.items():
        _check_constant(stream.field(name), value, "constants")
    for name, values in source.values.items():
        field = stream.field(name)
        if field.name in source.constants:
            raise ValueError(f"values: {name} is a constant; remove one of them")
        for ours in values.values():
            if ours is not None:
                _check_constant(field, ours, "values")
    for name in source.number_ids:
        if not stream.field(name).is_id:
            raise ValueError(f"number_ids: {name} is no id")


def _check_constant(field: StreamField, value: Constant, key: str) -> None:
    expected = {"text": str, "integer": int, "boolean": bool}.get(field.kind)
    if expected is None or field.name == "event_id":
        raise ValueError(f"{key}: {field.name} differs from line to line and cannot be a constant")
    if type(value) is not expected:
        kind = {str: "a text", int: "a whole number", bool: "true or false"}[expected]
        raise ValueError(f"{key}: {field.name} must be {kind}, found {value!r}")
    if field.choices and value not in field.choices:
        raise ValueError(f"{key}: {field.name} must be one of {', '.join(field.choices)}, found {value!r}")
    if value == "" and not field.may_be_empty:
        raise ValueError(f"{key}: {field.name} is empty; remove it or give it a value")


def _pattern(text: str, key: str = "pattern") -> re.Pattern[str]:
    """The pattern as a regular expression over paths below the source's folder. `key`: for messages.

    ValueError where it does not name the day, or leads elsewhere.
    """
    if any(part in ("", ".", "..") or "\\" in part for part in text.split("/")):
        raise ValueError(f"{key}: {text!r} must lead to files below the source's folder")
    parts = []
    for piece in _PIECE.split(text):
        name = piece[1:-1] if piece.startswith("{") else ""
        if name and name not in PLACEHOLDERS:
            raise ValueError(
                f"{key}: {piece} is unknown; expected {', '.join(f'{{{n}}}' for n in PLACEHOLDERS)}"
            )
        parts.append("[^/]*" if piece == "*" else PLACEHOLDERS[name] if name else re.escape(piece))
    named = [piece for piece in _PIECE.findall(text) if piece != "*"]
    dated = {"{landed_on}"} <= set(named) or {"{year}", "{month}", "{day_of_month}"} <= set(named)
    if not dated or len(named) != len(set(named)) or {"{landed_on}", "{hour}"} <= set(named):
        raise ValueError(
            f"{key}: {text!r} must name the day of landing once: {{landed_on}}, or {{year}}, {{month}} and "
            "{day_of_month}, with {hour} if there is one"
        )
    return re.compile("".join(parts), re.DOTALL)
