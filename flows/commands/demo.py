"""`nightjar demo`: land some nights of a synthetic Flutter, run them, and show what a person can judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from flows.commands.drift import nearest_with_texts, texts_of
from flows.commands.nightly import prefect_server, print_nights, run_night
from flows.commands.terminal import live_progress, print_json, print_neighbours, tell
from flows.configuration import load_configuration
from flows.night import NightRequest, NightResult
from flows.settings import Settings, as_typed, shown
from tasks.progress import heard_by, step
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_sequences
from warehouse.errors import NightjarError
from warehouse.home import Home
from warehouse.snapshots import Snapshot, SnapshotStore

DONE, HELD_BACK = 0, 3
NEIGHBOURS = 3
MARK = ".demo.json"
"""In the landing folder: which synthetic Flutter its logs are of. Ingest passes over hidden names."""


class NotOurLogsError(NightjarError):
    """The landing folder holds logs that the demo did not write."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What a person may ask of the demo."""

    birds: int
    nights: int
    seed: int
    spam_share: float | None


def run_demo(chosen: Settings, as_json: bool, options: DemoOptions) -> int:
    """Land and run the nights, then print spaces, verdicts, neighbours, and where to look next."""
    configuration = load_configuration(chosen.config)
    flutter = Flutter(
        SyntheticParameters(
            birds=options.birds, nights=options.nights, seed=options.seed, spam_share=options.spam_share
        )
    )
    claim(chosen.home.landing, options)
    with prefect_server(chosen, configuration) as server:
        nights = []
        for index, day in enumerate(flutter.nights):
            land(chosen.home, flutter, index)
            nights.append(run_night(chosen, configuration, NightRequest(day, day), server))
    examples = [example for name in configuration.pipelines if (example := _example(chosen.home, name))]
    if as_json:
        print_json({"nights": [night.document() for night in nights], "examples": examples})
    else:
        _print(chosen, nights, examples)
    return HELD_BACK if any(night.held_back for night in nights) else DONE


def claim(landing: Path, options: DemoOptions) -> None:
    """Mark the folder as this demo's. NotOurLogsError where it holds other logs: they must not be mixed."""
    ours = json.dumps({"birds": options.birds, "seed": options.seed, "spam": options.spam_share})
    mark = landing / MARK
    found = mark.read_text(encoding="utf-8") if mark.exists() else None
    if found == ours:
        return
    if found is not None or (landing.is_dir() and any(landing.iterdir())):
        whose = f"a demo with {found}" if found is not None else "logs that are not the demo's"
        raise NotOurLogsError(f"{landing}: holds {whose}; give this demo another --home")
    landing.mkdir(parents=True, exist_ok=True)
    mark.write_text(ours, encoding="utf-8")


def land(home: Home, flutter: Flutter, index: int) -> None:
    """Let the logs of one night arrive, the history with the first."""
    day = flutter.nights[index]
    with live_progress() as listener, heard_by(listener), step(f"land {day}") as landing:
        landed = [flutter.land_history(home.landing, landing)] if index == 0 else []
        landed.append(flutter.land(home.landing, day, landing))
        landing.note = f"{sum(night.lines for night in landed):,} lines"


def _example(home: Home, space: str) -> dict[str, Any] | None:
    """One id of the current version and what is near it, flits for a bird; None if nothing is published."""
    store = SnapshotStore(home.snapshots)
    if store.current(space) is None:
        return None
    snapshot = Snapshot.open(home.snapshots, space)
    if not len(snapshot):
        return None
    chosen = _most_typical(snapshot)
    parents = snapshot.manifest.inputs["parents"]
    if snapshot.manifest.entity != "bird" or not isinstance(parents, dict) or not parents:
        found = nearest_with_texts(home, snapshot, chosen, NEIGHBOURS)
        return {"space": space, "id": chosen, "said": found["text"], "neighbours": found["neighbours"]}
    ((parent, version),) = parents.items()
    flits = Snapshot.open(home.snapshots, parent, str(version))
    return {"space": space, "id": chosen, **_next_for(home, snapshot, flits, chosen)}


def _next_for(home: Home, birds: Snapshot, flits: Snapshot, bird: str) -> dict[str, Any]:
    """What a bird chose last, and the flits nearest to it that it has not chosen yet."""
    as_of = AsOf(birds.manifest.day, birds.manifest.known_as_of)
    with Warehouse.of(home, read_only=True) as warehouse:
        chosen = read_sequences(warehouse, as_of).filter(pl.col("bird_id") == bird)["flit_id"].to_list()
    texts = texts_of(home, chosen)
    lately = next((texts[flit] for flit in reversed(chosen) if flit in texts), None)
    wanted = NEIGHBOURS + len(set(chosen))
    near = nearest_with_texts(home, flits, birds.vector(bird), wanted)["neighbours"]
    return {
        "said": lately and f"lately chose {lately}",
        "neighbours": [one for one in near if one["id"] not in chosen][:NEIGHBOURS],
    }


def _most_typical(snapshot: Snapshot) -> str:
    """The id nearest to the mean of all: it has neighbours worth showing, and it is the same in every run."""
    return snapshot.nearest(np.asarray(snapshot.matrix.mean(axis=0)), k=1)[0].id


def _print(chosen: Settings, nights: list[NightResult], examples: list[dict[str, Any]]) -> None:
    print_nights(nights, {})
    for example in examples:
        print_neighbours(example["space"], example["id"], example["said"], example["neighbours"])
    tell("\nWhere to look next", "bold")
    for why, command in _ways_on(chosen, len(nights), examples):
        tell(f"  {why}", "dim")
        tell(f"    {command}")


def _ways_on(chosen: Settings, nights: int, examples: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """What a person may want to see, and what to type for it, working as it stands."""
    yield "versions, verdicts, logs, quarantine", as_typed(chosen, "nightjar status")
    for example in examples[:1]:
        name = f"{example['space']} {example['id']}"
        yield "who is near whom", as_typed(chosen, f"nightjar neighbours {name}")
        if nights > 1:
            changed = as_typed(chosen, f"nightjar drift {example['space']}")
            yield "what the last night changed", changed
    yield (
        "runs, numbers, plots, models and the schedule, in the browser",
        as_typed(chosen, "nightjar up"),
    )
    yield (
        "the files that consumers read, with `from warehouse import Snapshot`",
        f"ls {shown(chosen.home.snapshots)}",
    )
