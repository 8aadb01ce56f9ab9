"""Where the servers are: addresses on the loopback interface, and the links into their pages."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
MACHINE_LEARNING = "?workflowType=machine_learning"
"""MLflow opens in a mode that hides models and comparisons; every link of ours says which one it wants."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The roots of both user interfaces, without a slash at the end."""

    prefect: str
    mlflow: str

    @property
    def prefect_api(self) -> str:
        return f"{self.prefect}/api"

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
