"""Flow runs whose steps a test looks at, in a process with the environment of a served run: run names as JSON."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import cast
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.pages.artifacts import DayRun, show_backfill, show_drift_report
from flows.runs.progress import Pace, RunListener, also_logged
from flows.settings import settings
from tasks.progress import step
from warehouse.snapshots import Manifest

EAGER = Pace(shown_after_s=0.0, every_s=0.02)
PATIENCE_S = 30


def shown() -> dict[str, float]:
    """Key → percent of the artifacts of this run."""
    run = ArtifactFilterFlowRunId(any_=[UUID(str(flow_run.id))])
    with get_client(sync_client=True) as client:
        return {
            str(one.key): one.data
            for one in client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=run))
        }


def wait_for(expected: dict[str, float]) -> None:
    """Wait until the artifacts of this run are these."""
    until = time.monotonic() + PATIENCE_S
    while shown() != expected:
        assert time.monotonic() < until, shown()
        time.sleep(0.05)


def grows() -> None:
    listener = RunListener(EAGER)
    listener.started("flit_text: encode")
    listener.advanced("flit_text: encode", 1, 4)
    wait_for({"flit-text-encode": 25})
    listener.advanced("flit_text: encode", 2, 4)
    wait_for({"flit-text-encode": 50})
    listener.finished("flit_text: encode", "4 texts")
    wait_for({"flit-text-encode": 100})


def short() -> None:
    patient, eager = RunListener(Pace(shown_after_s=30, every_s=0.02)), RunListener(EAGER)
    patient.started("short")
    patient.advanced("short", 1, 2)
    eager.started("uncounted")
    eager.advanced("uncounted", 0, 0)
    time.sleep(0.5)
    patient.finished("short", "done")
    eager.finished("uncounted", "done")


def many() -> None:
    listener = RunListener(EAGER)

    def work(name: str) -> None:
        listener.started(name)
        for done in range(200):
            listener.advanced(name, done, 200)
            time.sleep(0.01)
        listener.finished(name, "done")

    threads = [threading.Thread(target=work, args=(f"space {number}: train",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for({f"space-{number}-train": 100 for number in range(6)})


def deaf() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        listener = RunListener(EAGER)
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{nobody.getsockname()[1]}/api"}):
            began = time.monotonic()
            for number in range(20):
                listener.started(f"step {number}")
                listener.advanced(f"step {number}", 1, 2)
                listener.finished(f"step {number}", "done")
            seconds = time.monotonic() - began
        assert seconds < 5, seconds


def said() -> None:
    from gensim.models import Word2Vec

    listener = RunListener(EAGER)
    listener.started("items: train")
    Word2Vec([["a", "b", "c"]] * 40, vector_size=4, min_count=1, epochs=2, workers=1, seed=1)
    logging.getLogger("nightjar").info("a stage says something")
    logging.getLogger("torch.nn").warning("torch warns")
    logging.getLogger("sentence_transformers.SentenceTransformer").info("a model loads")
    thread = threading.Thread(target=listener.started, args=("in a thread",))
    thread.start()
    thread.join()
    listener.finished("items: train", "400 flits × 128")
    for done in range(5):
        listener.advanced("in a thread", done, 4)


def commanded() -> None:
    """As the run of a command: its process forwards no logger to Prefect."""
    ours = logging.getLogger("nightjar")
    forwarding, ours.handlers = ours.handlers, []
    with also_logged(), step("items: train") as training:
        ours.info("a stage says something")
        training.note = "400 flits"
    assert ours.handlers == []
    ours.handlers = forwarding


def pages() -> None:
    """The same page twice, and one that cannot be written."""
    show_backfill(settings(), ["flits"], date(2026, 3, 1), date(2026, 3, 1), [])
    failed = DayRun(date(2026, 3, 2), "a-run", "Failed", succeeded=False)
    show_backfill(settings(), ["flits"], date(2026, 3, 1), date(2026, 3, 2), [failed])
    show_drift_report(settings(), cast(Manifest, None), "")


def run(body: Callable[[], None]) -> str:
    ids = []

    def noted() -> None:
        ids.append(str(flow_run.id))
        body()

    flow(name=body.__name__, persist_result=False)(noted)()
    return ids[0]


if __name__ == "__main__":
    json.dump(
        {body.__name__: run(body) for body in (grows, short, many, deaf, said, commanded, pages)}, sys.stdout
    )
