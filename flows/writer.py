"""One writer at a time on a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.runtime import deployment

from warehouse.home import Home
from warehouse.lock import only_writer

WRITER = "duckdb-writer"
"""Prefect's limit shows people that somebody writes; the kernel's lock is what holds."""
LEASE_S = 60
PATIENCE_S = 12 * 3600
"""How long a served run waits for another that writes to the same home."""


@contextmanager
def writing(home: Home) -> Iterator[None]:
    """Hold the home for writing. A served run waits for its turn; a command is told at once that the home is busy."""
    if not deployment.id:
        with only_writer(home.root):
            yield
        return
    with only_writer(home.root, PATIENCE_S):
        set_limit()
        with concurrency(WRITER, occupy=1, lease_duration=LEASE_S):
            yield


def set_limit() -> None:
    """Create the writer's limit, and free it of what a killed run held. Call it where nobody can be writing."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(WRITER, 1)
        client.update_global_concurrency_limit(WRITER, GlobalConcurrencyLimitUpdate(active_slots=0))
