"""`manifest.json`: what a version is, how it came about, and the digest of every file of it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, StringConstraints, ValidationError, model_validator

from warehouse.snapshots.canonical import Frozen, JsonObject, Moment, Sha256, parse_sealed, sealed_bytes
from warehouse.snapshots.errors import DamagedSnapshotError, SnapshotError
from warehouse.snapshots.layout import SpaceName, VersionName, version_name

FORMAT_VERSION = 1
REMEMBERED = 64
"""Manifests kept in memory, some 100 KiB each: a night asks for the same few again and again."""
FILE_PATTERN = r"^[a-z][a-z0-9_]*\.[a-z0-9]+$"

Text = Annotated[str, StringConstraints(min_length=1)]
Number = int | float | None
Verdict = Literal["pass", "warn", "block"]


class Score(Frozen):
    """Which columns a score multiplies: query · target."""

    query: Literal["vector", "output"] = "vector"
    target: Literal["vector", "output"] = "vector"


class MlflowReference(Frozen):
    """Where MLflow keeps the run and the model; None where there is none."""

    run_id: str | None = None
    model_version: str | None = None


class AlignmentEntry(Frozen):
    """How the version came into its predecessor's frame.

    `first`: there is no predecessor. `residual`: root of the mean squared distance that the rotation left.
    """

    status: Literal["first", "aligned", "fixed_frame", "refused"] = "first"
    reason: str = ""
    common: NonNegativeInt = 0
    common_share: float = 0.0
    residual: float | None = None


class GateRule(Frozen):
    """One rule of the gate as it was judged.

    `interval`: of the value. `note`: why there is no value, and such. `evidence`: what was found, for people.
    """

    rule: Text
    value: Number
    floor: Number
    limit: Number
    level: Literal["info", "warn", "block"]
    outcome: Literal["pass", "info", "warn", "block", "not_judged", "not_applicable"]
    interval: tuple[float, float] | None = None
    note: str = ""
    evidence: JsonObject = Field(default_factory=dict)


class Gate(Frozen):
    """The verdict and the rules that made it."""

    verdict: Verdict
    rules: tuple[GateRule, ...] = ()


class FileEntry(Frozen):
    """A file of the version; `path` is its name inside the version's folder."""

    path: Annotated[str, StringConstraints(pattern=FILE_PATTERN)]
    bytes: NonNegativeInt
    sha256: Sha256


class Manifest(Frozen):
    """Everything that is known about a version. `ann` and `files` are filled when it is written.

    `fingerprint`: SHA-256 over inputs, predecessor, parameters and code; the version is named after it.
    `coverage`: reason → count of known ids that have no row. `tombstones_up_to`: erasures that landed until
    this day, inclusive, have been applied.
    """

    format_version: int = FORMAT_VERSION
    space: SpaceName
    version: VersionName
    fingerprint: Sha256
    space_id: Text
    parent_version: VersionName | None
    day: date
    known_as_of: date
    entity: Text
    dim: PositiveInt
    metric: Literal["cosine", "dot"]
    normalised: bool
    score: Score
    rows: NonNegativeInt
    coverage: dict[str, NonNegativeInt]
    inputs: JsonObject
    parameters: JsonObject
    code_sha: Text
    lock_sha: Text
    seed: int | None
    mlflow: MlflowReference = MlflowReference()
    prefect_flow_run_id: str | None = None
    alignment: AlignmentEntry = AlignmentEntry()
    noise_floor: JsonObject = Field(default_factory=dict)
    drift: JsonObject = Field(default_factory=dict)
    evaluation: JsonObject = Field(default_factory=dict)
    gate: Gate
    ann: JsonObject = Field(default_factory=dict)
    files: tuple[FileEntry, ...] = ()
    created_at: Moment
    backfilled: bool = False
    tombstones_up_to: date | None = None

    @model_validator(mode="after")
    def _named_after_its_content(self) -> Self:
        expected = version_name(self.day, self.fingerprint)
        if self.version != expected:
            raise ValueError(
                f"version must be <day>-<first 12 hex of the fingerprint>, {expected}, found {self.version}"
            )
        return self

    def file(self, name: str) -> FileEntry | None:
        """The entry of a file, None where the version has no such file."""
        return next((entry for entry in self.files if entry.path == name), None)

    def to_bytes(self) -> bytes:
        """The file's bytes: canonical JSON with a seal. ValueError where a part holds NaN."""
        return sealed_bytes(self.document())

    @classmethod
    def from_bytes(cls, data: bytes, file: Path) -> Manifest:
        """Read what `to_bytes` wrote; `file` is for messages.

        SnapshotError where a newer Nightjar wrote it, DamagedSnapshotError where any byte differs from what
        was written.
        """
        return _parsed(data, file)


@lru_cache(maxsize=REMEMBERED)
def _parsed(data: bytes, file: Path) -> Manifest:
    """Versions do not change: bytes that were read and checked are not checked again."""
    document = parse_sealed(data, file)
    _check_format(document.get("format_version"), file)
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        raise DamagedSnapshotError(f"{file}: {_first(error)}; restore it from a backup") from error


def _check_format(found: Any, file: Path) -> None:
    if not isinstance(found, int) or found < 1:
        raise DamagedSnapshotError(f"{file}: format_version must be a number from 1, found {found!r}")
    if found > FORMAT_VERSION:
        raise SnapshotError(
            f"{file}: format_version {found} was written by a newer Nightjar, this one reads up to "
            f"{FORMAT_VERSION}; "
            "upgrade Nightjar"
        )


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc']) or 'manifest'}: {problem['msg']}"
