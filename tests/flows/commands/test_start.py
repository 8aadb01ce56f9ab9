"""A command starts quickly: what only some stage needs is loaded by that stage."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "polars",
    "duckdb",
    "pyarrow",
    "scipy",
    "pydantic",
    "prefect",
    "mlflow",
    "torch",
    "sklearn",
    "matplotlib",
)
SLOW_PARTS = (
    "scipy.stats", "scipy.spatial", "prefect", "mlflow", "torch", "sklearn", "gensim", "faiss", "optuna", "matplotlib",
)  # fmt: skip


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("flows.commands.command_line", HEAVY),
        ("flows.configuration", SLOW_PARTS),
        ("flows.servers.up", SLOW_PARTS),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str, unwanted: tuple[str, ...]) -> None:
    program = f"import sys, {module}; print(*[name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
