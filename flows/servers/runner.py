"""`python -m flows.servers.runner`: repair what a crash left, then serve the deployments until it is stopped."""

from __future__ import annotations

import asyncio
import logging

from prefect.client.orchestration import get_client
from prefect.runner import Runner

from flows.configuration import load_configuration
from flows.servers.alerts import ensure_alerts
from flows.servers.approvals import end_settled
from flows.servers.crashed_runs import repair
from flows.servers.deployments import deploy
from flows.settings import now, own_the_runs, settings
from warehouse.snapshots import SnapshotStore

LIMIT = 6
"""Runs at a time: one night, backfills that wait for theirs, and what a person starts meanwhile."""


def serve() -> None:
    """Never returns by itself; SIGTERM ends it and what it runs."""
    own_the_runs()
    chosen = settings()
    configuration = load_configuration(chosen.config)
    runner = Runner(name="nightjar", limit=LIMIT, pause_on_shutdown=False)
    with get_client(sync_client=True) as client:
        ids = deploy(client, runner, configuration, chosen.home, now())
        repair(client, ids.values(), now())
        end_settled(SnapshotStore(chosen.home.snapshots), chosen.prefect_api_url, chosen.auth)
        ensure_alerts(
            client, chosen.alert_webhook, ids["nightly"], str(chosen.prefect_api_url).removesuffix("/api")
        )
    asyncio.run(runner.start())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    serve()
