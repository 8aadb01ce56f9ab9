"""The verify flow: re-read every published byte against its manifest, from the Prefect UI or on a schedule."""

from __future__ import annotations

import logging

from prefect import flow

from flows.decisions import champions_astray, damaged_state, stray_files
from flows.runs.progress import hear_all
from flows.runs.runner_watch import end_with_runner
from flows.settings import settings
from warehouse import snapshots
from warehouse.errors import NightjarError

logger = logging.getLogger("nightjar")


class DamageFoundError(NightjarError):
    """Bytes are not what was published."""


@flow(name="verify", flow_run_name="{space}", persist_result=False)
def verify(space: str = "all") -> None:
    """Re-read every published byte against its manifest; the run fails where anything differs.

    Args:
        space: Only this space; all of them by default.
    """
    chosen = settings()
    end_with_runner(chosen.runner)
    hear_all()
    root = chosen.home.snapshots
    found = [*snapshots.verify(root, None if space == "all" else space), *stray_files(chosen.home)]
    for stray in found:
        if stray.stray:
            logger.warning("stray: %s", stray)
    findings = [finding for finding in found if not finding.stray]
    names = snapshots.SnapshotStore(root).spaces() if space == "all" else [space]
    findings += damaged_state(chosen.home)
    findings += champions_astray(chosen, [] if findings else names)
    for finding in findings:
        logger.error("%s", finding)
    if findings:
        raise DamageFoundError(f"{len(findings)} findings, the first: {findings[0]}")
    logger.info("every byte is as it was published")
