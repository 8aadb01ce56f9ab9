"""How fast ingest is, against a plain `read_json` of the same file into a table, in the same run.

    python benchmarks/ingest.py [--rows 2000000] [--rounds 3] [--faulty 0.004]

Beside the clean file, one of which a share of the lines is faulty in all common ways, mixed, and one with each way
alone: they must stay near the clean rate.

Ingest validates every line, accounts for it, hashes the file, looks for duplicates and commits with its ledger row;
`read_json` does none of that. Both use two threads and a warehouse on disk. The target is half of its rows a second.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
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
    parser.add_argument("--faulty", type=float, default=0.004, help="share of faulty lines, below 0.05")
    arguments = parser.parse_args()
    pa.set_cpu_count(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder) / "landing"
        file = landing / "interactions" / f"{DAY}.jsonl"
        file.parent.mkdir(parents=True)
        write_interactions(file, arguments.rows)
        print(f"{arguments.rows:,} interactions, {file.stat().st_size / 1e6:.0f} MB, {THREADS} threads")
        landings = {"": landing}
        for name, ways in {"mixed": tuple(FAULTS), **{name: (name,) for name in FAULTS}}.items():
            landings[name] = Path(folder) / name
            spoil(file, landings[name] / "interactions" / file.name, ways, arguments.faulty)
        plain, ours = [], {name: list[float]() for name in landings}
        for _ in range(arguments.rounds):
            plain.append(timed(lambda: read_plainly(file, Path(folder) / "plain")))
            for name, place in landings.items():
                ours[name].append(timed(lambda at=place: take_in(at, Path(folder) / "home", arguments.rows)))
        clean = statistics.median(ours[""])
        print_result(arguments.rows, statistics.median(plain), clean)
        for name in [name for name in landings if name]:
            seconds = statistics.median(ours[name])
            print(f"{arguments.faulty:.1%} {name:<20} {seconds:6.2f} s  {seconds / clean:5.2f} × clean")


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


FAULTS: Mapping[str, Callable[[bytes], bytes]] = {
    "torn": lambda line: line[:40] + b"\n",
    "no UTF-8": lambda line: line.replace(b'"b', b'"\xff', 1),
    "mistyped field": lambda line: line.replace(b'"dwell_ms": ', b'"dwell_ms": "x", "was": '),
    "text for a number": lambda line: line.replace(b'"dwell_ms": ', b'"dwell_ms": "5", "was": '),
    "field twice": lambda line: line.replace(b"{", b'{"kind": "x", ', 1),
    "NaN": lambda line: line.replace(b"{", b'{"score": NaN, ', 1),
    "no time": lambda line: line.replace(b"2024-03", b"2024-13", 1),
    "unlisted": lambda line: line.replace(b'"kind": "', b'"kind": "no'),
}


def spoil(clean: Path, faulty: Path, ways: Sequence[str], share: float) -> None:
    """The same lines, every so many of them faulty, in the given ways by turns."""
    faulty.parent.mkdir(parents=True)
    every, turns = round(1 / share), itertools.cycle(ways)
    with clean.open("rb") as lines, faulty.open("wb") as out:
        for number, line in enumerate(lines):
            out.write(FAULTS[next(turns)](line) if number % every == 0 else line)


def read_plainly(file: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with duckdb.connect(folder / "plain.duckdb", config={"threads": THREADS}) as connection:
        connection.execute("CREATE TABLE interactions AS FROM read_json(?)", [str(file)])


def take_in(landing: Path, root: Path, rows: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    report = ingest(Home(root, landing), IngestParameters(), {"interactions": Source()}, DAY, DAY)
    if report.accepted + report.quarantined != rows or report.accepted < 0.95 * rows:
        raise SystemExit(f"{report.accepted} of {rows} lines accepted, {report.refusals}")


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
