"""How MLflow must be told to behave, before it is imported and in every process that it starts."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType

from warehouse.home import Home

ENVIRONMENT = MappingProxyType(
    {
        # Nothing calls outside.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        # Models are code and safetensors; a pickle is never loaded.
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        # No worker processes for evaluation jobs: the server starts in a third of the time.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # A `uv.lock` in the working directory does not become part of a model.
        "MLFLOW_UV_AUTO_DETECT": "false",
        # The names of variables that hold keys are not written into a model.
        "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
        # A server that hangs costs two minutes, not forty; what is told again is told by the next run.
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        # Quiet on a terminal.
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_PRINT_MODEL_URLS_ON_CREATION": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_DISABLE_AGENT_HINT": "true",
    }
)
"""Variables that opening a registry sets where they are unset; hand them to an MLflow server too."""


def prepare_environment() -> None:
    """Set what is unset. MLflow reads some of it once, on import."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def database_uri(home: Home) -> str:
    """MLflow's own database in the home.

    ValueError where the path of the home holds a character that cuts a URI short.
    """
    return sqlite_uri(home, home.mlflow_database)


def sqlite_uri(home: Home, file: Path) -> str:
    """The database in a file of the home; ValueError as for `database_uri`."""
    path = str(file.resolve())
    found = sorted(set(path) & set("?#%"))
    if found:
        raise ValueError(
            f"{home.root}: MLflow cannot keep files under a path with {' '.join(found)}; use another --home"
        )
    return f"sqlite:///{path}"
