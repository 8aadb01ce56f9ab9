"""Documents of a snapshot as bytes: one document has one spelling, so that a digest of it means something."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, PlainSerializer, StringConstraints

from warehouse.snapshots.errors import DamagedSnapshotError

SEAL = "seal"
SEAL_LINE = re.compile(rb'^  "seal": "([0-9a-f]{64})",\n', re.MULTILINE)

JsonObject = dict[str, JsonValue]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Frozen(BaseModel):
    """Base of what is kept as JSON: frozen, unknown keys refused, NaN and infinity refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True, protected_namespaces=()
    )

    def document(self) -> dict[str, Any]:
        """The value as plain JSON types, keys as in the file."""
        return self.model_dump(mode="json", by_alias=True)


def _naive_utc(value: object) -> object:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_naive_utc),
    PlainSerializer(lambda value: f"{value.isoformat()}Z", return_type=str, when_used="json"),
]
"""A naive datetime in UTC; in JSON it ends in Z."""


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, indented for people, in UTF-8, a newline at the end.

    ValueError for NaN and infinity.
    """
    text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def line_bytes(document: Mapping[str, Any]) -> bytes:
    """One line of JSON Lines, sorted keys, a newline at the end."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def sealed_bytes(document: Mapping[str, Any]) -> bytes:
    """Canonical bytes with a `seal`, the SHA-256 of the canonical bytes of everything else.

    `document` has a key that sorts after `seal`, as a manifest's `space` does: the seal is a line of its own.
    """
    return canonical_bytes({**document, SEAL: hashlib.sha256(canonical_bytes(document)).hexdigest()})


def parse_object(data: bytes, file: Path) -> dict[str, Any]:
    """The JSON object in `data`; DamagedSnapshotError, naming `file`, for any other spelling."""
    try:
        document = json.loads(data)
        spelling = canonical_bytes(document)
    except ValueError as error:
        raise DamagedSnapshotError(
            f"{file}: expected one JSON document, found {error}; restore it from a backup"
        ) from error
    if not isinstance(document, dict) or spelling != data:
        raise DamagedSnapshotError(
            f"{file}: expected a JSON object with sorted keys as Nightjar writes it; restore it from a backup"
        )
    return document


def parse_sealed(data: bytes, file: Path) -> dict[str, Any]:
    """The document without its seal; DamagedSnapshotError where the seal does not fit.

    The seal is checked on the bytes: spelling a large document again costs more than all else that reads it.
    """
    line = SEAL_LINE.search(data)
    if line is None:
        raise DamagedSnapshotError(f"{file}: expected a document with a seal; restore it from a backup")
    rest = data[: line.start()] + data[line.end() :]
    expected, found = hashlib.sha256(rest).hexdigest(), line[1].decode()
    if found != expected:
        raise DamagedSnapshotError(
            f"{file}: its contents have the SHA-256 {expected}, its seal says {found}; restore it from a "
            "backup"
        )
    document: dict[str, Any] = json.loads(rest)
    return document
