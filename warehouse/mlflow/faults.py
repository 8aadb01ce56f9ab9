"""Which faults of MLflow may pass by themselves."""

from __future__ import annotations

from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    REQUEST_LIMIT_EXCEEDED,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)
from sqlalchemy.exc import OperationalError

PASSING = {ErrorCode.Name(code) for code in (INTERNAL_ERROR, REQUEST_LIMIT_EXCEEDED, TEMPORARILY_UNAVAILABLE)}


def is_transient(fault: BaseException) -> bool:
    """Whether the same call may succeed a moment later: a server that is away or busy, a database that is locked.

    What a server refused (RestException with another code) or a bug would only fail again.
    """
    if isinstance(fault, RestException | MlflowException):
        return fault.error_code in PASSING
    return isinstance(fault, ConnectionError | TimeoutError | OperationalError)
