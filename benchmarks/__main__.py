"""Measure the figures that the product promises, and print them in one table.

    python -m benchmarks [ingest] [comparison] [travel] [globo] [size] [evidently] [--data FOLDER] [--birds N]

Without a part: ingest, comparison, travel and globo. `travel` and `globo` need the real data; `size` is a synthetic
Flutter; `evidently` installs it into an environment of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.commands import ROOT
from benchmarks.figures import Figure, machine, print_figures

PARTS = ("ingest", "comparison", "travel", "globo", "size", "evidently")
USUAL = ("ingest", "comparison", "travel", "globo")


def main() -> None:
    options = _options()
    print(machine(), flush=True)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in options.parts or USUAL:
            for figure in _measure(part, options, Path(folder)):
                figures.append(figure)
                print(f"… {figure.what.strip()}: {figure.row[1]}", file=sys.stderr, flush=True)
    print_figures(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=PARTS, metavar="part")
    default = Path(os.environ.get("NIGHTJAR_REAL_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=default, help="the folder with travel/ and globo/")
    parser.add_argument("--rows", type=int, default=2_000_000, help="of part ingest")
    parser.add_argument("--birds", type=int, default=100_000, help="of part size")
    return parser.parse_args()


def _measure(part: str, options: argparse.Namespace, folder: Path) -> Iterator[Figure]:
    if part == "ingest":
        return ingest(folder, options.rows)
    if part in ("comparison", "evidently"):
        from benchmarks import comparison

        return {"comparison": comparison.comparison, "evidently": comparison.evidently}[part](folder)
    if part == "size":
        from benchmarks.size import size

        return size(folder, options.birds)
    if not (options.data / part).is_dir():
        print(
            f"{part}: skipped, no data in {options.data / part}; say where with --data or NIGHTJAR_REAL_DATA"
        )
        return iter(())
    return _on_real_data(part)(options.data, folder)


def _on_real_data(part: str) -> Callable[[Path, Path], Iterator[Figure]]:
    from benchmarks.globo import globo
    from benchmarks.travel import travel

    return {"travel": travel, "globo": globo}[part]


def ingest(folder: Path, rows: int, rounds: int = 3) -> Iterator[Figure]:
    """Rows a second of ingest over those of a plain `read_json` of the same file, medians of the same run."""
    import pyarrow as pa

    from benchmarks.ingest import DAY, TARGET, THREADS, read_plainly, take_in, timed, write_interactions

    pa.set_cpu_count(THREADS)
    landing = folder / "ingest_landing"
    file = landing / "interactions" / f"{DAY}.jsonl"
    file.parent.mkdir(parents=True)
    write_interactions(file, rows)
    plain, ours = [], []
    for _ in range(rounds):
        plain.append(timed(lambda: read_plainly(file, folder / "plain")))
        ours.append(timed(lambda: take_in(landing, folder / "ingest", rows)))
    plain_s, ours_s = statistics.median(plain), statistics.median(ours)
    note = f"{rows / ours_s:,.0f} rows/s against {rows / plain_s:,.0f}, medians of {rounds}"
    yield Figure(f"ingest of {rows:,} lines against read_json", plain_s / ours_s, "", "≥", TARGET, note)


if __name__ == "__main__":
    main()
