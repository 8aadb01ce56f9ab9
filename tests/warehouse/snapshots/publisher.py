"""Planted versions, and a process that publishes them and can be ended anywhere.

`python publisher.py ROOT first last [--kill-at-step STEP] [--kill-at-event N] [--count-events]`: publish the version
of every day number from first to last, both included. The process kills itself when it reaches the step, or just
before the N-th change that it makes to a file or folder under ROOT.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.snapshots import Content, Gate, IndexParameters, Keep, Manifest, Score, SnapshotStore
from warehouse.vectors import Vectors, as_ids

FIRST_DAY = date(2026, 1, 1)
SMALL_INDEX = IndexParameters(minimum_rows=200, recall_sample=20)
CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "shutil.rmtree"}


def content_of(number: int, rows: int = 300, dim: int = 8, *, turned: bool = True) -> Content:
    """Unit vectors that follow from `number` alone; the published side is the raw one turned."""
    random = np.random.default_rng(number)
    raw = random.standard_normal((rows, dim)).astype(np.float32)
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    rotation = np.linalg.qr(random.standard_normal((dim, dim)))[0] if turned else None
    published = raw if rotation is None else (raw.astype(np.float64) @ rotation).astype(np.float32)
    ids = as_ids(f"f{row:06d}" for row in range(rows))
    provenance = as_ids("trained" if row % 3 else "text" for row in range(rows))
    return Content(Vectors(ids, published), published * 2, raw, raw * 2, provenance, rotation)


def manifest_of(content: Content, number: int = 0, **changes: Any) -> Manifest:
    """A manifest that fits the content: day `number` after the first, fingerprint from `fingerprint_of`."""
    day = changes.pop("day", FIRST_DAY + timedelta(days=number))
    fingerprint = changes.pop("fingerprint", hashlib.sha256(f"planted {number}".encode()).hexdigest())
    values: dict[str, Any] = {
        "space": "flits",
        "version": f"{day}-{fingerprint[:12]}",
        "fingerprint": fingerprint,
        "space_id": "planted",
        "parent_version": None,
        "day": day,
        "known_as_of": day,
        "entity": "flit",
        "dim": content.vectors.dim,
        "metric": "cosine",
        "normalised": True,
        "score": Score(target="vector" if content.output is None else "output"),
        "rows": len(content.vectors),
        "coverage": {"too_rare": 3},
        "inputs": {"ledger": "e3b0"},
        "parameters": {"epochs": 5, "alpha": 0.025},
        "code_sha": "c0de",
        "lock_sha": "10c4",
        "seed": 7,
        "gate": Gate(verdict="pass"),
        "created_at": datetime.fromisoformat("2026-02-01") + timedelta(days=number),
    }
    return Manifest(**(values | changes))


def documents_of(number: int) -> dict[str, bytes]:
    """What people read beside the vectors."""
    return {"report.html": f"<h1>{number}</h1>".encode(), "report.json": b"{}"}


def publish(store: SnapshotStore, number: int, keep: Keep | None = None) -> Manifest:
    """Write, point and prune: what a night does."""
    content = content_of(number)
    manifest = store.write(content, manifest_of(content, number), SMALL_INDEX, documents_of(number))
    store.point("flits", manifest.version, manifest.created_at)
    store.prune("flits", keep or Keep(current=1, daily=2))
    return manifest


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _count_changes(root: Path, at_each: Callable[[int], None]) -> None:
    """Call `at_each` with 1, 2, … before each change that this process makes under `root`."""
    counted = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal counted
        writes = event == "open" and arguments[2] is not None and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in CHANGES or writes) and str(arguments[0]).startswith(str(root)):
            counted += 1
            at_each(counted)

    sys.addaudithook(hook)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--kill-at-step")
    parser.add_argument("--kill-at-event", type=int)
    parser.add_argument("--count-events", action="store_true")
    options = parser.parse_args()

    def reached(step: str) -> None:
        if options.count_events:
            print(f"step {step}")
        if step == options.kill_at_step:
            _die()

    def at_each(event: int) -> None:
        if options.count_events:
            print("event")
        if event == options.kill_at_event:
            _die()

    _count_changes(options.root, at_each)
    store = SnapshotStore(options.root, reached)
    for number in range(options.first, options.last + 1):
        publish(store, number)


if __name__ == "__main__":
    main()
