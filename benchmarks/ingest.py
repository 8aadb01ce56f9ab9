"""How fast ingest is, against a plain `read_json` of the same file into a table, in the same run.

    python benchmarks/ingest.py [--rows 2000000] [--rounds 3]

Ingest validates every line, accounts for it, hashes the file, looks for duplicates and commits with its ledger row;
`read_json` does none of that. Both use two threads and a warehouse on disk. The target is half of its rows a second.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from tasks.ingest.parameters import IngestParameters, Source
from tasks.ingest.streams import KINDS, SURFACES
from tasks.stages.ingest import ingest
from warehouse.home import Home

DAY = date(2024, 3, 31)
THREADS = 2
TARGET = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pa.set_cpu_count(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder) / "landing"
        file = landing / "interactions" / f"{DAY}.jsonl"
        file.parent.mkdir(parents=True)
        write_interactions(file, arguments.rows)
        print(f"{arguments.rows:,} interactions, {file.stat().st_size / 1e6:.0f} MB, {THREADS} threads")
        plain, ours = [], []
        for _ in range(arguments.rounds):
            plain.append(timed(lambda: read_plainly(file, Path(folder) / "plain")))
            ours.append(timed(lambda: take_in(landing, Path(folder) / "home", arguments.rows)))
        print_result(arguments.rows, statistics.median(plain), statistics.median(ours))


def write_interactions(path: Path, rows: int) -> None:
    """Interactions with all fields, in order of time, over the days before DAY."""
    random = np.random.default_rng(7)
    birds, flits = random.integers(0, 100_000, rows), random.integers(0, 200_000, rows)
    kinds, surfaces = random.integers(0, len(KINDS), rows), random.integers(0, len(SURFACES), rows)
    dwell = random.integers(0, 60_000, rows)
    start = np.datetime64("2024-03-01T00:00:00", "ms")
    steps = (np.arange(rows) * (30 * 86_400_000 // rows)).astype("timedelta64[ms]")
    times = np.datetime_as_string(start + steps)
    with path.open("w", encoding="utf-8") as out:
        for i in range(rows):
            out.write(
                f'{{"event_id": "e{i}", "occurred_at": "{times[i]}Z", "bird_id": "b{birds[i]}", '
                f'"flit_id": "f{flits[i]}", "kind": "{KINDS[kinds[i]]}", "surface": "{SURFACES[surfaces[i]]}", '
                f'"session_id": "s{i // 7}", "dwell_ms": {dwell[i]}}}\n'
            )


def read_plainly(file: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with duckdb.connect(folder / "plain.duckdb", config={"threads": THREADS}) as connection:
        connection.execute("CREATE TABLE interactions AS FROM read_json(?)", [str(file)])


def take_in(landing: Path, root: Path, rows: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    report = ingest(Home(root, landing), IngestParameters(), {"interactions": Source()}, DAY, DAY)
    if report.accepted != rows:
        raise SystemExit(f"{report.accepted} of {rows} lines accepted")


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def print_result(rows: int, plain_s: float, ours_s: float) -> None:
    print(f"read_json into a table  {plain_s:6.2f} s  {rows / plain_s:12,.0f} rows/s")
    print(f"ingest                  {ours_s:6.2f} s  {rows / ours_s:12,.0f} rows/s")
    ratio = plain_s / ours_s
    print(
        f"ratio                   {ratio:6.2f}    target ≥ {TARGET}: {'reached' if ratio >= TARGET else 'missed'}"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
