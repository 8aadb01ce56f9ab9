"""What a snapshot costs: `python benchmarks/snapshots.py [--rows N] [--dim D]` writes one aside and prints a table."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np

from warehouse import Snapshot
from warehouse.snapshots import Content, Gate, Manifest, Score, SnapshotStore, verify
from warehouse.snapshots.layout import version_name
from warehouse.vectors import Matrix, Vectors, as_ids

DAY = date(2026, 1, 1)
NOON = datetime.fromisoformat("2026-01-02T12:00:00")


def overlapping_clusters(rows: int, dim: int) -> Matrix:
    """Unit vectors, about fifty to a cluster."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((max(1, rows // 50), dim))
    noise = 0.6 * random.standard_normal((rows, dim))
    matrix = (centres[random.integers(0, len(centres), rows)] + noise).astype(np.float32)
    unit: Matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def manifest_of(rows: int, dim: int) -> Manifest:
    fingerprint = "a" * 64
    return Manifest(
        space="benchmark",
        version=version_name(DAY, fingerprint),
        fingerprint=fingerprint,
        space_id="benchmark",
        parent_version=None,
        day=DAY,
        known_as_of=DAY,
        entity="flit",
        dim=dim,
        metric="cosine",
        normalised=True,
        score=Score(target="output"),
        rows=rows,
        coverage={},
        inputs={},
        parameters={},
        code_sha="none",
        lock_sha="none",
        seed=0,
        gate=Gate(verdict="pass"),
        created_at=NOON,
    )


def timed(what: str, act: Callable[[], object], times: int = 1) -> None:
    start = time.perf_counter()
    for _ in range(times):
        act()
    print(f"{what:40} {(time.perf_counter() - start) / times * 1000:10.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=128)
    options = parser.parse_args()
    matrix = overlapping_clusters(options.rows, options.dim)
    content = Content(Vectors(as_ids(f"f{row:09d}" for row in range(options.rows)), matrix), output=matrix)
    manifest = manifest_of(options.rows, options.dim)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = SnapshotStore(root)
        timed("write, index included", lambda: store.write(content, manifest))
        timed("verify all and point", lambda: store.point("benchmark", manifest.version, NOON))
        timed("open, every SHA-256 checked", lambda: Snapshot.open(root, "benchmark"), 3)
        snapshot = Snapshot.open(root, "benchmark")
        query = snapshot.ids[0]
        snapshot.nearest(query, exact=True), snapshot.nearest(query, side="output")
        timed("nearest 10", lambda: snapshot.nearest(query), 200)
        timed("nearest 10, exact", lambda: snapshot.nearest(query, exact=True), 50)
        timed("nearest 10, output side", lambda: snapshot.nearest(query, side="output"), 50)
        timed("frame", snapshot.frame)
        timed("verify", lambda: list(verify(root)))
        print(f"{'ann':40} {snapshot.manifest.ann}")


if __name__ == "__main__":
    main()
