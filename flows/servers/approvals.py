"""Which versions wait for a person, the form on which each is decided, and the end of what needs none any more."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import URLError

from flows.servers.addresses import ask, basic_authorization
from warehouse.snapshots import SnapshotStore, Standing

logger = logging.getLogger("nightjar")

APPROVE = "approve"
"""The flow whose runs wait, suspended, for a decision about a version; Resume on such a run opens the form."""
AT_MOST = 200
PATIENCE_S = 5


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """A version that waits for a decision, and the address of the run with the form."""

    space: str
    version: str
    run_id: str
    form: str


def waiting(prefect: str, auth: str | None) -> list[OpenApproval]:
    """What waits for a person, oldest day first. `prefect`: root of the user interface, as the API's, without `/api`.

    URLError where the server does not answer.
    """
    wanted = {
        "flows": {"name": {"any_": [APPROVE]}},
        "flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}},
        "limit": AT_MOST,
    }
    runs = ask(f"{prefect}/api/flow_runs/filter", basic_authorization(auth), wanted, PATIENCE_S)
    found = [
        OpenApproval(of["space"], of["version"], run["id"], f"{prefect}/runs/flow-run/{run['id']}")
        for run in runs
        for of in [run["parameters"]]
    ]
    return sorted(found, key=lambda one: (one.version, one.space))


def forms(prefect_api_url: str | None, auth: str | None) -> Mapping[tuple[str, str], str]:
    """Space and version → address of the form; nothing where no server is configured, or it does not answer."""
    if prefect_api_url is None:
        return {}
    try:
        found = waiting(_root(prefect_api_url), auth)
    except (URLError, TimeoutError, ConnectionError):
        return {}
    return {(one.space, one.version): one.form for one in found}


def end_settled(store: SnapshotStore, prefect_api_url: str | None, auth: str | None) -> list[str]:
    """End the runs that ask about what needs no decision any more; a line for each.

    Nothing is ended where no server is configured or it does not answer: the next night tries again.
    """
    if prefect_api_url is None:
        return []
    ended = []
    try:
        for one in waiting(_root(prefect_api_url), auth):
            because = settled_because(store, one.space, one.version)
            if because is not None:
                line = f"{one.space} {one.version} {because}"
                state = {"type": "COMPLETED", "name": "Completed", "message": line}
                address = f"{_root(prefect_api_url)}/api/flow_runs/{one.run_id}/set_state"
                ask(address, basic_authorization(auth), {"state": state, "force": True}, PATIENCE_S)
                ended.append(line)
    except (URLError, TimeoutError, ConnectionError) as error:
        logger.warning("approvals that need no answer any more could not be ended: %s", error)
    return ended


def settled_because(store: SnapshotStore, space: str, version: str) -> str | None:
    """Why nobody needs to decide about a version; None where somebody does."""
    if version not in store.versions(space):
        return "is gone"
    standing, current = store.standing(space, version), store.current(space)
    if standing is not Standing.HELD:
        return f"is {standing} already"
    if current is not None and current.version[:10] > version[:10]:
        return f"is overtaken: consumers follow {current.version}"
    return None


def _root(prefect_api_url: str) -> str:
    return prefect_api_url.rstrip("/").removesuffix("/api")
