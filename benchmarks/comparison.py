"""What it costs to compare two versions, alone and beside evidently on the same vectors, in one run."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import ROOT
from benchmarks.figures import Figure
from benchmarks.snapshots import overlapping_clusters

DIM = 128
LARGE, SMALL = 100_000, 10_000
ROUNDS = 3

Cost = Mapping[str, Any]


def comparison(folder: Path) -> Iterator[Figure]:
    """Two versions of 100 k × 128, on two cores."""
    files = _versions(folder, LARGE)
    costs = [_ours(files) for _ in range(ROUNDS)]
    yield Figure(
        f"comparison of two versions of {LARGE:,} × {DIM}",
        _median(costs, "comparison_s"),
        "s",
        "≤",
        10,
        f"median of {ROUNDS}, paired and distribution statistics, movers, gate",
    )
    yield Figure("  distribution statistics of it", _median(costs, "distribution_s"), "s")
    above = "above the two versions"
    yield Figure("  peak memory", _median(costs, "above_mib"), "MiB", "≤", 1024, above)


def evidently(folder: Path) -> Iterator[Figure]:
    """Its four methods for embeddings against the whole comparison and against its distribution statistics."""
    python = _environment(folder / "evidently")
    files = _versions(folder, SMALL)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_run([python, ROOT / "benchmarks" / "evidently_methods.py", *files]))
        ours.append(_ours(files))
    theirs_s = _median(theirs, "wall_s")
    methods = ", ".join(
        f"{name} {_median(theirs, name + '_s'):.2f}" for name in ("distance", "model", "ratio", "mmd")
    )
    yield Figure(f"evidently, {SMALL:,} × {DIM}", theirs_s, "s", note=f"median of {ROUNDS}; {methods}")
    yield Figure("  peak memory", _median(theirs, "above_mib"), "MiB", note="above the two versions")
    whole_s = _median(ours, "comparison_s")
    note = f"{theirs_s:.2f} s against {whole_s:.2f} s"
    yield Figure("  the whole comparison is faster by", theirs_s / whole_s, "", "≥", 10, note)
    ours_s = _median(ours, "distribution_s")
    note = f"{theirs_s:.2f} s against {ours_s:.2f} s"
    yield Figure("  its distribution statistics by", theirs_s / ours_s, "", "≥", 10, note)


def _versions(folder: Path, rows: int) -> tuple[Path, Path]:
    """A version and the next night's, as a retraining leaves it: noise on every row."""
    files = folder / f"old_{rows}.npy", folder / f"new_{rows}.npy"
    old = overlapping_clusters(rows, DIM)
    noise = np.random.default_rng(1).standard_normal(old.shape, dtype=np.float32)
    for file, matrix in zip(files, (old, old + np.float32(0.02) * noise), strict=True):
        np.save(file, matrix)
    return files


def _environment(folder: Path) -> Path:
    """Python of an environment that holds evidently and nothing of ours."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    wanted = ROOT / "benchmarks" / "requirements-evidently.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", wanted], check=True)
    return python


def _ours(files: tuple[Path, Path]) -> Cost:
    return _run([sys.executable, "-m", "benchmarks.one_comparison", *files])


def _run(command: list[str | Path]) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    cost: Cost = json.loads(done.stdout.splitlines()[-1])
    return cost


def _median(costs: list[Cost], key: str) -> float:
    return statistics.median(float(cost[key]) for cost in costs)
