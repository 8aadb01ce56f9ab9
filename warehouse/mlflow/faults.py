"""Faults of MLflow: which there are, and which of them may pass by themselves."""

from __future__ import annotations

import urllib.error
import urllib.request

from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    REQUEST_LIMIT_EXCEEDED,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from warehouse.errors import NightjarError

PASSING = {ErrorCode.Name(code) for code in (INTERNAL_ERROR, REQUEST_LIMIT_EXCEEDED, TEMPORARILY_UNAVAILABLE)}
ANSWER_S = 5.0
"""A server that says nothing for so long is away. MLflow's own client would wait for most of an hour."""


class MlflowAwayError(NightjarError):
    """A tracking server does not answer."""


FAULTS = (MlflowException, SQLAlchemyError, OSError, NightjarError)
"""What telling MLflow something may end in, where the fault is not in what it was told."""


def require_answer(uri: str) -> None:
    """MlflowAwayError where the server at `uri` takes no connection, or takes it and says nothing."""
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=ANSWER_S):
            return
    except urllib.error.HTTPError:
        return  # it answers, if only that it knows no such page or wants a password
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise MlflowAwayError(f"{uri}: MLflow does not answer ({reason})") from error


def is_transient(fault: BaseException) -> bool:
    """Whether the same call may succeed a moment later: a server that is away or busy, a database that is locked.

    What a server refused (RestException with another code) or a bug would only fail again.
    """
    if isinstance(fault, RestException | MlflowException):
        return fault.error_code in PASSING
    return isinstance(fault, MlflowAwayError | ConnectionError | TimeoutError | OperationalError)


def in_a_line(fault: BaseException) -> str:
    """What went wrong, for a message of one line."""
    return " ".join(str(fault).split())[:300] or type(fault).__name__
