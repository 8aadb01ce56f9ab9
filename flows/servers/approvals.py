"""Which versions wait for a person, and the form on which each is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import URLError

from flows.servers.addresses import ask, basic_authorization

APPROVE = "approve"
"""The flow whose runs wait, suspended, for a decision about a version; Resume on such a run opens the form."""
AT_MOST = 200
PATIENCE_S = 5


@dataclass(frozen=True, slots=True)
class Approval:
    """A version that waits for a decision, and the address of the run with the form."""

    space: str
    version: str
    form: str


def waiting(prefect: str, auth: str | None) -> list[Approval]:
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
        Approval(
            run["parameters"]["space"], run["parameters"]["version"], f"{prefect}/runs/flow-run/{run['id']}"
        )
        for run in runs
    ]
    return sorted(found, key=lambda one: (one.version, one.space))


def forms(prefect_api_url: str | None, auth: str | None) -> Mapping[tuple[str, str], str]:
    """Space and version → address of the form; nothing where no server is configured, or it does not answer."""
    if prefect_api_url is None:
        return {}
    try:
        found = waiting(prefect_api_url.rstrip("/").removesuffix("/api"), auth)
    except (URLError, TimeoutError, ConnectionError):
        return {}
    return {(one.space, one.version): one.form for one in found}
