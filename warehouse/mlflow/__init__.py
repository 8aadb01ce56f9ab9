"""The one door to MLflow: a run per version, a registered model per space, aliases that say which one serves.

`from warehouse.mlflow import Registry` imports MLflow (about one second), so import it inside the function
that needs it; the records and the environment come without MLflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse.mlflow.environment import ENVIRONMENT, database_uri, prepare_environment
from warehouse.mlflow.record import Dataset, Registered, VersionRecord
from warehouse.mlflow.server import (
    AuthenticationError,
    client_environment,
    server_command,
    server_environment,
)

prepare_environment()  # here, since MLflow reads it on import and every module that imports MLflow is below

if TYPE_CHECKING:
    from warehouse.mlflow.client import Registry

__all__ = [
    "ENVIRONMENT",
    "AuthenticationError",
    "Dataset",
    "Registered",
    "Registry",
    "VersionRecord",
    "client_environment",
    "database_uri",
    "server_command",
    "server_environment",
]


def __getattr__(name: str) -> Any:
    if name != "Registry":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from warehouse.mlflow.client import Registry

    return Registry
