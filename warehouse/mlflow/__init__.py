"""The one door to MLflow: a run per version, a registered model per space, aliases that say which one serves.

`from warehouse.mlflow import Registry` imports MLflow (about one second), so import it inside the function
that needs it. The records come without MLflow, but with polars; the environment comes without either, as every
command reads it before it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from warehouse.mlflow.environment import ENVIRONMENT, database_uri, prepare_environment
from warehouse.mlflow.server import (
    AuthenticationError,
    client_environment,
    server_command,
    server_environment,
)

prepare_environment()  # here, since MLflow reads it on import and every module that imports MLflow is below

if TYPE_CHECKING:
    from warehouse.mlflow.client import Registry
    from warehouse.mlflow.record import Dataset, Registered, VersionRecord

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

_LATE = {"Registry": "client", "Dataset": "record", "Registered": "record", "VersionRecord": "record"}
"""What is loaded when it is first asked for, and the module that has it."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
