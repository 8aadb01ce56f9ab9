"""`nightjar demo`: land some nights of a synthetic Flutter, run them, and show what a person can judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.configuration import load_configuration
from flows.inspect import nearest_with_texts
from flows.night import NightResult
from flows.run import Ask, print_nights, run_night
from flows.settings import Settings
from flows.temporary_server import PrefectServer
from flows.terminal import live_progress, print_json, print_table, results
from tasks.progress import heard_by, step
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters
from warehouse.home import Home
from warehouse.snapshots import Snapshot, SnapshotStore

DONE, HELD_BACK = 0, 3
NEIGHBOURS = 3


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
    with PrefectServer(chosen.home, chosen.prefect_api_url) as server:
        nights = []
        for index, day in enumerate(flutter.nights):
            land(chosen.home, flutter, index)
            nights.append(run_night(chosen, configuration, Ask(day, day), server))
    examples = [example for name in configuration.pipelines if (example := _example(chosen.home, name))]
    if as_json:
        print_json({"nights": [night.document() for night in nights], "examples": examples})
    else:
        _print(chosen, nights, examples)
    return HELD_BACK if any(night.held_back for night in nights) else DONE


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
    chosen = _most_typical(snapshot)
    parents = snapshot.manifest.inputs["parents"]
    if snapshot.manifest.entity != "bird" or not isinstance(parents, dict) or not parents:
        return {"space": space, "id": chosen, **nearest_with_texts(home, snapshot, chosen, NEIGHBOURS)}
    ((parent, version),) = parents.items()
    flits = Snapshot.open(home.snapshots, parent, str(version))
    return {
        "space": space,
        "id": chosen,
        **nearest_with_texts(home, flits, snapshot.vector(chosen), NEIGHBOURS),
    }


def _most_typical(snapshot: Snapshot) -> str:
    """The id nearest to the mean of all: it has neighbours worth showing, and it is the same in every run."""
    return snapshot.nearest(np.asarray(snapshot.matrix.mean(axis=0)), k=1)[0].id


def _print(chosen: Settings, nights: list[NightResult], examples: list[dict[str, Any]]) -> None:
    print_nights(nights, {})
    print_table(
        "Neighbours in what is published",
        ["space", "of", "near it", "score"],
        [
            [
                example["space"] if first else "",
                _told(example["id"], example["text"]) if first else "",
                *_near(near),
            ]
            for example in examples
            for first, near in zip([True] + [False] * NEIGHBOURS, example["neighbours"], strict=False)
        ],
    )
    home = chosen.home.root
    results.print("\nWhere to look next")
    for command, why in (
        ("nightjar status", "versions, verdicts, logs, quarantine"),
        ("nightjar neighbours flit_text ID", "who is near whom"),
        ("nightjar drift flit_interactions", "what the last night changed"),
        (
            f"mlflow server --backend-store-uri sqlite:///{home}/mlflow.db",
            "runs, models and plots in a browser",
        ),
        (f"{home}/snapshots", "the vectors: `from warehouse import Snapshot`"),
    ):
        results.print(f"  {command:<50} {why}")


def _near(near: dict[str, Any]) -> list[object]:
    return [_told(near["id"], near["text"]), near["score"]]


def _told(name: str, text: str | None) -> str:
    return name if not text else f"{name} “{text if len(text) <= 60 else text[:59] + '…'}”"
