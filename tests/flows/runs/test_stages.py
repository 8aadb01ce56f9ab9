"""Prefect's graph of a night shows what was made from what."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

DAY = date(2026, 3, 4)


def ingest(day: date) -> tuple[date, int]:
    return day, 3


def train(day: date) -> date:
    return day


def fail(day: date) -> None:
    raise OSError(f"no space left for {day}")


def graph_of(client: SyncPrefectClient, run: str, tasks: int, patience_s: float = 30) -> dict[str, Any]:
    """The nodes of a run's graph once all its tasks are there: Prefect writes them a little later."""
    until = time.monotonic() + patience_s
    while True:
        nodes: dict[str, Any] = dict(client.request("GET", f"/flow_runs/{run}/graph-v2").json()["nodes"])
        if len(nodes) >= tasks or time.monotonic() > until:
            return nodes
        time.sleep(0.2)


def test_a_space_hangs_on_what_it_is_made_from_and_on_nothing_else(prefect_client: SyncPrefectClient) -> None:
    from prefect import flow

    from flows.runs.stages import Stages

    @flow(name="night", persist_result=False)
    def night() -> None:
        before = Stages()
        assert before.run(ingest, DAY) == (DAY, 3)
        words = Stages("words", before.after)
        assert words.run(train, DAY) == DAY
        items = Stages("items", before.after)
        items.run(train, DAY)
        with pytest.raises(OSError, match="no space left"):
            items.run(fail, DAY)
        Stages("readers", words.after).run(train, DAY)

    state = night(return_state=True)
    nodes = graph_of(prefect_client, str(state.state_details.flow_run_id), 5)
    names = {id_: node["label"] for id_, node in nodes.items()}
    waited_for = {
        node["label"]: sorted(names[parent["id"]] for parent in node["parents"]) for node in nodes.values()
    }
    assert waited_for == {
        "ingest": [],
        "words: train": ["ingest"],
        "items: train": ["ingest"],
        "items: fail": ["items: train"],
        "readers: train": ["words: train"],
    }
