from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from warehouse.snapshots import DamagedSnapshotError, FileEntry, Gate, GateRule, Manifest, SnapshotError
from warehouse.snapshots.canonical import canonical_bytes, sealed_bytes

FILE = Path("flits/manifest.json")
KEYS = [
    "format_version",
    "space",
    "version",
    "space_id",
    "parent_version",
    "day",
    "known_as_of",
    "entity",
    "dim",
    "metric",
    "normalised",
    "score",
    "rows",
    "coverage",
    "inputs",
    "parameters",
    "code_sha",
    "lock_sha",
    "seed",
    "mlflow",
    "prefect_flow_run_id",
    "alignment",
    "noise_floor",
    "drift",
    "evaluation",
    "gate",
    "ann",
    "files",
    "created_at",
    "backfilled",
    "tombstones_up_to",
]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
json_objects = st.dictionaries(
    texts, st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)
)


@pytest.fixture
def manifest(planted: ModuleType) -> Manifest:
    made: Manifest = planted.manifest_of(planted.content_of(1, rows=2), 1)
    return made


def test_has_every_key_that_the_contract_lists(manifest: Manifest) -> None:
    written = json.loads(manifest.to_bytes())
    assert set(KEYS) <= set(written)
    assert set(written["score"]) == {"query", "target"}
    assert {"run_id", "model_version"} <= set(written["mlflow"])
    assert written["created_at"] == "2026-02-02T00:00:00Z"


@given(parts=st.tuples(json_objects, json_objects, json_objects))
@settings(deadline=None, max_examples=50)
def test_round_trip(planted: ModuleType, parts: tuple[dict[str, object], ...]) -> None:
    evaluation, drift, ann = parts
    rule = GateRule(rule="rows", value=12, floor=None, limit=0.3, level="block", outcome="pass")
    made = planted.manifest_of(
        planted.content_of(1, rows=2),
        1,
        evaluation=evaluation,
        drift=drift,
        ann=ann,
        gate=Gate(verdict="warn", rules=(rule,)),
        files=(FileEntry(path="vectors.parquet", bytes=3, sha256="a" * 64),),
        tombstones_up_to=date(2026, 1, 1),
    )
    data = made.to_bytes()
    back = Manifest.from_bytes(data, FILE)
    assert back == made
    assert back.to_bytes() == data
    assert data.endswith(b"}\n")


def test_bytes_are_sorted_and_readable(manifest: Manifest) -> None:
    made = manifest.model_copy(update={"parameters": {"b": "ä", "a": 1}})
    text = made.to_bytes().decode()
    assert '"a": 1,\n    "b": "ä"' in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_times_are_utc(planted: ModuleType) -> None:
    made_in_paris = datetime(2026, 2, 1, 4, tzinfo=timezone(timedelta(hours=2)))
    made = planted.manifest_of(planted.content_of(1, rows=2), 1, created_at=made_in_paris)
    assert made.created_at == datetime.fromisoformat("2026-02-01T02:00")
    assert made.created_at.replace(tzinfo=UTC) == made_in_paris


def test_a_newer_format_is_refused_in_one_line(manifest: Manifest) -> None:
    newer = sealed_bytes({**manifest.document(), "format_version": 2, "unheard_of": 1})
    with pytest.raises(
        SnapshotError, match=r"manifest.json: format_version 2 .* newer Nightjar.* up to 1; upgrade"
    ) as e:
        Manifest.from_bytes(newer, FILE)
    assert "\n" not in str(e.value)


def test_every_flipped_bit_of_sampled_bytes_is_noticed(manifest: Manifest) -> None:
    data = manifest.to_bytes()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << (place % 8)
        with pytest.raises(SnapshotError):
            Manifest.from_bytes(bytes(damaged), FILE)


def test_another_spelling_of_the_same_document_is_refused(manifest: Manifest) -> None:
    data = manifest.to_bytes()
    for other in (data.rstrip(), data + b"\n", data.replace(b'": ', b'":', 1), b"[]\n", b"", b'{"a": NaN}\n'):
        with pytest.raises(DamagedSnapshotError, match=r"manifest.json"):
            Manifest.from_bytes(other, FILE)


def test_a_missing_key_is_named(manifest: Manifest) -> None:
    document = manifest.document()
    del document["rows"]
    with pytest.raises(DamagedSnapshotError, match="rows: Field required"):
        Manifest.from_bytes(sealed_bytes(document), FILE)


def test_nan_cannot_be_written(manifest: Manifest) -> None:
    with pytest.raises(ValueError, match="nan"):
        manifest.model_copy(update={"evaluation": {"recall_at_10": float("nan")}}).to_bytes()
    with pytest.raises(ValueError, match="nan"):
        canonical_bytes({"a": float("nan")})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("fingerprint", "b" * 64, "version must be <day>-<first 12 hex"),
        ("space", "../elsewhere", "space"),
        ("version", "latest", "version"),
        ("metric", "euclid", "metric"),
        ("dim", 0, "dim"),
        ("coverage", {"too_rare": -1}, "coverage"),
        ("unheard_of", 1, "unheard_of"),
    ],
)
def test_what_cannot_be_is_refused(manifest: Manifest, key: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Manifest.model_validate({**manifest.document(), key: value})
