"""Where the servers are: addresses on the loopback interface, the links into their pages, and how they are asked."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from flows.yaml_lines import ConfigurationError

LOOPBACK = "127.0.0.1"
MACHINE_LEARNING = "?workflowType=machine_learning"
"""MLflow opens in a mode that hides models and comparisons; every link of ours says which one it wants."""
PATIENCE_S = 10
"""For one answer. A busy server may need seconds; with less, one that lives would never be found to be ready."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The roots of both user interfaces, without a slash at the end."""

    prefect: str
    mlflow: str

    @property
    def prefect_api(self) -> str:
        return f"{self.prefect}/api"

    @property
    def waiting_for_a_decision(self) -> str:
        """Prefect's runs that wait for a person."""
        return f"{self.prefect}/runs?state=Suspended"

    @property
    def mlflow_models(self) -> str:
        return f"{self.mlflow}/#/models{MACHINE_LEARNING}"

    def deployment(self, deployment_id: str) -> str:
        return f"{self.prefect}/deployments/deployment/{deployment_id}"

    def custom_run(self, deployment_id: str, parameters: dict[str, object] | None = None) -> str:
        """The form of a deployment; `parameters` are filled in."""
        query = f"?parameters={quote(json.dumps(parameters))}" if parameters else ""
        return f"{self.deployment(deployment_id)}/run{query}"

    def flow_run(self, flow_run_id: str) -> str:
        return f"{self.prefect}/runs/flow-run/{flow_run_id}"


def basic_authorization(auth: str | None) -> dict[str, str]:
    """The header that `user:password` stands for; none where authentication is off."""
    return {"Authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}


def answers(url: str, headers: dict[str, str]) -> bool:
    """Whether a server answers with success."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE_S):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def ask(
    url: str, headers: dict[str, str], posted: Mapping[str, Any] | None = None, patience_s: float = PATIENCE_S
) -> Any:
    """The JSON document at an address; `posted`: what is sent to it. URLError where there is none."""
    data = None if posted is None else json.dumps(posted).encode()
    sent = urllib.request.Request(url, data, {**headers, "Content-Type": "application/json"})
    with urllib.request.urlopen(sent, timeout=patience_s) as answer:
        return json.load(answer)


def checked_webhook(url: str | None) -> str | None:
    """The address that alerts go to. ConfigurationError where it is none: else the first alert would not arrive."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or brackets that enclose no address
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise ConfigurationError(
            f"NIGHTJAR_ALERT_WEBHOOK: expected an address such as https://chat.example/hook, found {url!r}; "
            "correct it, or unset it to have no alerts"
        )
    return url
