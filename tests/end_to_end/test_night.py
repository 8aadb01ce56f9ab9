"""A night from landed logs to published snapshots, with everything that the contract says of it."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from tasks.report import facts_of, page
from warehouse import Snapshot

if TYPE_CHECKING:
    from tests.end_to_end.place import Place

SPACES = {"words": "flit", "items": "flit", "readers": "bird"}
MANIFEST = {
    "format_version", "space", "version", "space_id", "parent_version", "day", "known_as_of", "entity",
    "dim", "metric", "normalised", "score", "rows", "coverage", "inputs", "parameters", "code_sha",
    "lock_sha", "seed", "mlflow", "prefect_flow_run_id", "alignment", "noise_floor", "drift", "evaluation",
    "gate", "ann", "files", "created_at", "backfilled", "tombstones_up_to",
}  # fmt: skip
COUNTS = ("lines", "accepted", "duplicates", "quarantined", "blank")


@pytest.fixture(scope="session")
def nights(first_night: Place, second_night: Place, tools: ModuleType) -> list[tuple[Place, str, Any]]:
    """Each night's place, day and printed document."""
    places = (first_night, second_night)
    return [
        (place, str(day), tools.printed(place).document)
        for place, day in zip(places, tools.DAYS[:2], strict=True)
    ]


def test_a_night_prints_one_document_and_says_everything_else_on_stderr(
    nights: list[tuple[Place, str, Any]], tools: ModuleType
) -> None:
    for place, day, document in nights:
        assert document["day"] == document["known_as_of"] == day
        assert set(document) == {"day", "known_as_of", "ingest", "spaces", "seconds"}
        assert set(document["spaces"]) == set(SPACES)
        for space, outcome in document["spaces"].items():
            assert {"version", "verdict", "current", "reused", "seconds"} <= set(outcome), space
            assert outcome["current"] and not outcome["reused"], space
            assert outcome["verdict"] in ("pass", "warn"), space
            assert 0 < outcome["seconds"] < document["seconds"]
        said = tools.printed(place).messages
        assert [line for line in said if line.startswith("▸ ")], said
        steps = [
            line for line in said if not line.startswith("waiting for Prefect's server")
        ]  # on a busy machine
        assert all(line.startswith(("▸ ", "✓ ")) for line in steps), said
        assert "\x1b" not in tools.printed(place).err, "colours where there is no terminal"


def test_the_ledger_agrees_with_the_books_of_the_generator(
    nights: list[tuple[Place, str, Any]], books: list[dict[str, Any]]
) -> None:
    for place, day, document in nights:
        expected = {book["path"]: book for book in books if book["day"] <= day}
        with duckdb.connect(place.home / "warehouse.duckdb", read_only=True) as warehouse:
            columns = ", ".join(COUNTS)
            ledger = warehouse.execute(f"SELECT path, state, {columns} FROM ledger_file").fetchall()
            lines = warehouse.execute("SELECT path, count(*) FROM quarantine_line GROUP BY path").fetchall()
        assert {path for path, *_ in ledger} == set(expected)
        for path, state, *counts in ledger:
            book = expected[path]
            told = [sum(book[name] for name in COUNTS[1:]), *(book[name] for name in COUNTS[1:])]
            assert (state, counts) == ("loaded", told), path
        assert dict(lines) == {
            path: book["quarantined"] for path, book in expected.items() if book["quarantined"]
        }
        tonight = [book for book in expected.values() if book["day"] == day]
        assert document["ingest"]["read"] == len(tonight)
        for name in COUNTS[1:]:
            assert document["ingest"][name] == sum(book[name] for book in tonight), name


def test_every_manifest_holds_what_the_contract_lists(nights: list[tuple[Place, str, Any]]) -> None:
    for place, day, document in nights:
        for space, entity in SPACES.items():
            version = document["spaces"][space]["version"]
            manifest = place.manifest(space, version)
            assert set(manifest) >= MANIFEST
            assert version == f"{day}-{manifest['fingerprint'][:12]}"
            assert (manifest["space"], manifest["entity"], manifest["day"]) == (space, entity, day)
            assert set(manifest["score"]) == {"query", "target"}
            assert manifest["backfilled"] is False
            assert datetime.fromisoformat(manifest["created_at"]).utcoffset() is not None
            rules = manifest["gate"]["rules"]
            assert rules and all(
                {"rule", "value", "floor", "limit", "level", "outcome"} <= set(rule) for rule in rules
            )
            assert manifest["gate"]["verdict"] == document["spaces"][space]["verdict"]
            expect_files(place.snapshots / space / version, manifest)


def expect_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Exactly the files that the manifest lists, with their sizes and digests."""
    listed = {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in manifest["files"]}
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
    assert listed == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in found.items()}
    table = pq.read_table(folder / "vectors.parquet")
    ids = table["id"].to_pylist()
    assert ids == sorted(set(ids)) and len(ids) == manifest["rows"]
    assert str(table.schema.field("vector").type).startswith("fixed_size_list<")
    assert table.schema.field("vector").type.list_size == manifest["dim"]
    assert ("index.faiss" in found) == (manifest["ann"]["kind"] != "exact")
    assert ("rotation.npy" in found) == (manifest["alignment"]["status"] == "aligned")


def test_the_pointer_is_as_specified(nights: list[tuple[Place, str, Any]]) -> None:
    for sequence, (place, _, document) in enumerate(nights, start=1):
        for space in SPACES:
            pointer = place.pointer(space)
            assert set(pointer) == {"version", "manifest_sha256", "published_at", "sequence", "decision"}
            assert (pointer["sequence"], pointer["decision"]) == (sequence, None)
            assert pointer["version"] == document["spaces"][space]["version"]
            manifest = place.snapshots / space / pointer["version"] / "manifest.json"
            assert pointer["manifest_sha256"] == hashlib.sha256(manifest.read_bytes()).hexdigest()


def test_every_known_id_has_a_vector_or_is_counted_under_a_reason(
    nights: list[tuple[Place, str, Any]], landing: Path, reading: ModuleType, tools: ModuleType
) -> None:
    """Against the ids that the landing files name, read by other code."""
    known = {"flit": reading.known_flits, "bird": reading.known_birds}
    for (place, _, document), day in zip(nights, tools.DAYS, strict=False):
        for space, entity in SPACES.items():
            expected = known[entity](landing, day)
            version = document["spaces"][space]["version"]
            manifest = place.manifest(space, version)
            ids = set(pq.read_table(place.snapshots / space / version / "vectors.parquet")["id"].to_pylist())
            assert ids <= expected, space
            assert len(ids) + sum(manifest["coverage"].values()) == len(expected), (
                space,
                manifest["coverage"],
            )


def test_each_version_has_one_run_in_mlflow_with_the_same_numbers_every_night(
    nights: list[tuple[Place, str, Any]], second_night: Place
) -> None:
    documents = [document for _, _, document in nights]
    for space in SPACES:
        versions = [document["spaces"][space]["version"] for document in documents]
        assert second_night.runs_of(space) == sorted(versions)
        assert list(second_night.model_versions_of(space).values()) == versions
        expected = {"candidate": versions[1], "champion": versions[1], "previous": versions[0]}
        assert second_night.aliases_of(space) == expected
        metrics, parameters = Counter[str](), Counter[str]()
        for version in versions:
            reference = second_night.manifest(space, version)["mlflow"]
            run = reference["run_id"]
            assert second_night.model_versions_of(space)[reference["model_version"]] == version
            metrics.update(
                key
                for (key,) in second_night.mlflow("SELECT key FROM latest_metrics WHERE run_uuid = ?", run)
            )
            parameters.update(
                key for (key,) in second_night.mlflow("SELECT key FROM params WHERE run_uuid = ?", run)
            )
            ((status,),) = second_night.mlflow("SELECT status FROM runs WHERE run_uuid = ?", run)
            assert status == "FINISHED"
            assert second_night.mlflow("SELECT * FROM inputs WHERE destination_id = ?", run)
            pictures = (second_night.home / "mlartifacts" / space / run).rglob("*.png")
            assert {path.name for path in pictures} == {"map.png", "trend.png", "coverage.png"}
            for name in ("report.html", "report.json"):
                (logged,) = (second_night.home / "mlartifacts" / space / run).rglob(name)
                published = second_night.snapshots / space / version / name
                assert logged.read_bytes() == published.read_bytes()
        assert {"recall_at_10", "ndcg_at_10", "coverage_rows", "drift_aligned_cosine"} <= set(metrics)
        assert set(metrics.values()) == {2}, "a number that one of the nights lacks"
        assert set(parameters.values()) == {2}


def test_each_version_has_its_report_beside_it(nights: list[tuple[Place, str, Any]]) -> None:
    for number, (place, day, document) in enumerate(nights, start=1):
        for space in SPACES:
            version = document["spaces"][space]["version"]
            folder = place.snapshots / space / version
            html = (folder / "report.html").read_text(encoding="utf-8")
            facts = facts_of(json.loads((folder / "report.json").read_bytes()))
            assert html == page(facts), "the page is made of the facts and nothing else"
            assert (facts.subject.version, facts.subject.day) == (version, str(day))
            assert facts.verdict == document["spaces"][space]["verdict"]
            assert [row.version for row in facts.history] == place.versions(space)[:number]
            manifest = place.manifest(space, version)
            assert facts.subject.predecessor == manifest["parent_version"]
            assert facts.map is not None and facts.map.shown
            assert manifest["mlflow"]["run_id"] not in html and manifest["prefect_flow_run_id"] not in html


def test_the_champion_answers_with_the_published_vectors(second_night: Place, tmp_path: Path) -> None:
    place = second_night
    for space in ("words", "readers"):
        snapshot = Snapshot.open(place.snapshots, space)
        ids = [str(snapshot.ids[0]), str(snapshot.ids[-1])]
        assert np.array_equal(np.array(place.champion_of(space, ids), np.float32), snapshot.vectors(ids))


def test_the_run_that_a_manifest_names_is_in_prefect(nights: list[tuple[Place, str, Any]]) -> None:
    for place, day, document in nights:
        named = {
            place.manifest(space, document["spaces"][space]["version"])["prefect_flow_run_id"]
            for space in SPACES
        }
        (run,) = named
        with closing(sqlite3.connect(f"file:{place.home}/prefect/prefect.db?mode=ro", uri=True)) as prefect:
            ((name, state),) = prefect.execute("SELECT name, state_type FROM flow_run WHERE id = ?", [run])
        assert name.startswith(f"{day}, due ") and state == "COMPLETED"


def test_the_next_night_is_turned_onto_the_named_predecessor(nights: list[tuple[Place, str, Any]]) -> None:
    (_, _, before), (place, _, after) = nights
    old, new = before["spaces"]["items"]["version"], after["spaces"]["items"]["version"]
    manifest = place.manifest("items", new)
    assert manifest["parent_version"] == manifest["inputs"]["predecessor"] == old
    assert manifest["alignment"]["status"] == "aligned"
    assert manifest["space_id"] == place.manifest("items", old)["space_id"]
    folder = place.snapshots / "items" / new
    rotation = np.load(folder / "rotation.npy", allow_pickle=False).astype(np.float64)
    assert np.allclose(rotation @ rotation.T, np.eye(len(rotation)), atol=1e-6)
    table = pq.read_table(folder / "vectors.parquet")
    for raw, published in (("raw", "vector"), ("raw_output", "output")):
        assert np.allclose(matrix(table, raw) @ rotation, matrix(table, published), atol=1e-5)
    first = pq.read_table(place.snapshots / "items" / old / "vectors.parquet")
    assert "raw" not in first.column_names
    assert not (place.snapshots / "items" / old / "rotation.npy").exists()


def matrix(table: Any, column: str) -> Any:
    return np.array(table[column].to_pylist(), dtype=np.float64)


def test_spaces_of_a_fixed_model_keep_their_frame_without_a_rotation(
    nights: list[tuple[Place, str, Any]],
) -> None:
    (_, _, before), (place, _, after) = nights
    for space in ("words", "readers"):
        old, new = (place.manifest(space, night["spaces"][space]["version"]) for night in (before, after))
        assert new["alignment"]["status"] == "fixed_frame"
        assert (new["space_id"], new["parent_version"]) == (old["space_id"], old["version"])
    parents = place.manifest("readers", after["spaces"]["readers"]["version"])["inputs"]["parents"]
    assert parents == {"words": after["spaces"]["words"]["version"]}


def test_the_next_night_encodes_what_is_new_and_nothing_else(
    first_night: Place, second_night: Place, tools: ModuleType
) -> None:
    before, after = (tools.digests(place.home / "encodings") for place in (first_night, second_night))
    assert before.items() <= after.items(), "a text that was encoded already was written again"
    encoded = {
        path: table_rows(second_night.home / "encodings" / path) for path in after.keys() - before.keys()
    }
    kept = {path: table_rows(second_night.home / "encodings" / path) for path in before}
    said = [line for line in tools.printed(second_night).messages if line.startswith("✓ words: encode texts")]
    assert len(said) == 1
    assert f"{sum(encoded.values())} encoded, {sum(kept.values())} known" in said[0]
    assert 0 < sum(encoded.values()) < sum(kept.values())


def table_rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def test_the_same_night_again_changes_nothing_and_starts_nothing(
    first_night: Place, tmp_path: Path, tools: ModuleType
) -> None:
    """A server address that nobody listens on, and importing MLflow or a model, would be noticed."""
    place = first_night.copy(tmp_path / "again")
    before, prefect, runs = place.seal(), tools.digests(place.home / "prefect"), place.runs_of("words")
    finished = place.run(
        "nightly", "--day", tools.DAYS[0], "--json", PREFECT_API_URL="http://127.0.0.1:9/api"
    )
    assert finished.code == 0, finished.err
    document, earlier = finished.document, tools.printed(first_night).document
    for space, outcome in document["spaces"].items():
        assert outcome["reused"] and outcome["current"]
        assert outcome["version"] == earlier["spaces"][space]["version"]
        assert outcome["verdict"] == earlier["spaces"][space]["verdict"]
    assert document["ingest"]["read"] == 0
    assert document["ingest"]["unchanged"] == earlier["ingest"]["read"]
    assert place.seal() == before
    assert tools.digests(place.home / "prefect") == prefect
    assert place.runs_of("words") == runs
    assert len(finished.messages) == 1 and finished.messages[0].startswith(str(tools.DAYS[0]))


def test_what_a_night_imports(first_night: Place, tmp_path: Path, tools: ModuleType) -> None:
    """A night that is done loads none of the libraries that only work needs."""
    place = first_night.copy(tmp_path / "again")
    finished = place.run("nightly", "--day", tools.DAYS[0], "--json", PYTHONPROFILEIMPORTTIME="1")
    assert finished.code == 0
    loaded = {
        line.rpartition("|")[2].strip() for line in finished.messages if line.startswith("import time:")
    }
    assert "duckdb" in loaded
    assert not loaded & {
        "prefect",
        "mlflow",
        "torch",
        "sentence_transformers",
        "gensim",
        "faiss",
        "matplotlib",
    }


def test_a_person_reads_tables_and_a_pipe_has_no_colours(first_night: Place) -> None:
    finished = first_night.run("status")
    assert finished.code == 0 and "\x1b" not in finished.out
    current = {space: first_night.current(space) for space in SPACES}
    rows = [line.split() for line in finished.out.splitlines()]
    assert {row[0]: row[1] for row in rows if row and row[0] in SPACES} == current
    document = json.loads(first_night.run("status", "--json").out)
    assert {"path", "sha256", "state", "lines"} <= set(document["ledger"][0])
    assert {"path", "sha256", "line_number", "reason", "raw"} <= set(document["quarantine"][0])


@pytest.mark.nights
def test_a_night_that_cannot_reach_prefect_is_done_without_it(
    first_night: Place, second_night: Place, tmp_path: Path, tools: ModuleType
) -> None:
    place = first_night.copy(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{probe.getsockname()[1]}/api"
        finished = place.run("nightly", "--day", tools.DAYS[1], "--json", PREFECT_API_URL=away)
    assert finished.code == 0, finished.err
    assert any("goes on without Prefect" in line for line in finished.messages)
    for space in ("items", "readers"):
        assert place.current(space) == second_night.current(space)
