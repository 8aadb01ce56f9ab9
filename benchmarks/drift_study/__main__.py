"""How often the gate is right, on real logs and a synthetic Flutter.

    python -m benchmarks.drift_study [travel] [globo] [lastfm] [synthetic] [travel_texts] [synthetic_texts]
        [--data FOLDER] [--nights N]

Every night of each log is run by the product's stages and judged; then each fault is made once on each night. Every
rule counts, those about recall too. The real data is looked for where NIGHTJAR_REAL_DATA says, or beside the project.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.commands import ROOT
from benchmarks.drift_study.logs import LOGS, Log
from benchmarks.drift_study.nights import SPACE, run_nights, take_in
from benchmarks.drift_study.table import HEALTHY, print_table
from benchmarks.drift_study.trials import STRENGTHS, Outcome, Subject, outcome_of
from warehouse.home import Home
from warehouse.snapshots import SnapshotStore


def main() -> None:
    options = _options()
    chosen = options.logs or list(LOGS)
    needed = [name.removesuffix("_texts") for name in chosen if not name.startswith("synthetic")]
    missing = [name for name in needed if not (options.data / name).is_dir()]
    if missing:
        sys.exit(
            f"{options.data / missing[0]}: not there; say where the real data is with --data or NIGHTJAR_REAL_DATA"
        )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        outcomes = (
            _study(chosen[0], options, folder) if len(chosen) == 1 else _side_by_side(chosen, options, folder)
        )
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=1), encoding="utf-8")
    if options.table:
        print_table(outcomes)


def _side_by_side(names: list[str], options: argparse.Namespace, folder: Path) -> list[Outcome]:
    """Each log in a process of its own, two at a time."""

    def study(name: str) -> list[Outcome]:
        found = folder / f"{name}.json"
        command = [sys.executable, "-m", "benchmarks.drift_study", name, "--json", str(found), "--no-table"]
        command += [
            "--data",
            str(options.data),
            "--folder",
            str(folder / name),
            "--nights",
            str(options.nights),
        ]
        subprocess.run([*command, "--cases", *options.cases], check=True, cwd=ROOT)
        return [
            Outcome(**{**one, "rules": tuple(one["rules"])})
            for one in json.loads(found.read_text(encoding="utf-8"))
        ]

    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as two:
        return [one for found in two.map(study, names) for one in found]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.drift_study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("logs", nargs="*", choices=list(LOGS), metavar="log")
    default = Path(os.environ.get("NIGHTJAR_REAL_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--data", type=Path, default=default, help="the folder with travel/, globo/ and lastfm/"
    )
    parser.add_argument("--folder", type=Path, help="keep the homes here; an empty folder")
    parser.add_argument("--nights", type=int, default=400, help="at most so many of each log")
    parser.add_argument("--cases", nargs="*", choices=list(STRENGTHS), default=list(STRENGTHS))
    parser.add_argument("--json", type=Path, help="write every outcome here")
    parser.add_argument("--no-table", dest="table", action="store_false", help="only write the outcomes")
    return parser.parse_args()


def _study(name: str, options: argparse.Namespace, folder: Path) -> list[Outcome]:
    logging.disable(logging.WARNING)
    found: list[Outcome] = []
    for place, log in enumerate(LOGS[name](options.data, folder / "landing")):
        short = replace(log, nights=log.nights[: options.nights])
        found += _outcomes(short, folder / f"home-{place}", options.cases)
    return found


def _outcomes(log: Log, root: Path, cases: list[str]) -> Iterator[Outcome]:
    home = Home(root, log.landing)
    manifests = []
    for manifest in run_nights(log, root):
        manifests.append(manifest)
        yield told(outcome_of(log.name, HEALTHY, manifest.version, list(manifest.gate.rules)))
    _finish(home, log)
    for place, manifest in enumerate(manifests):
        for outcome in Subject(log, home, manifest).trials(cases, place):
            yield told(outcome)


def _finish(home: Home, log: Log) -> None:
    """Take in what landed after the last night: the days that harm is measured on."""
    hold_out = log.configuration.pipelines[SPACE].evaluate.hold_out
    versions = SnapshotStore(home.snapshots).versions(SPACE)
    assert versions
    take_in(home, log.configuration, log.nights[-1] + hold_out)


def told(outcome: Outcome) -> Outcome:
    """Say what became of a trial."""
    rules = f" ({', '.join(outcome.rules)})" if outcome.rules else ""
    harm = " harm" if outcome.harm else " named" if outcome.named else ""
    print(
        f"{outcome.log} {outcome.night[:10]} {outcome.case}: {outcome.verdict}{rules}{harm}",
        file=sys.stderr,
        flush=True,
    )
    return outcome


if __name__ == "__main__":
    main()
