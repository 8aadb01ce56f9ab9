"""MLflow's database: created by one process, and following a home that was moved."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow.store.model_registry.dbmodels.models import SqlModelVersion
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlExperimentTag, SqlLoggedModel, SqlRun
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import Column, create_engine, func, literal, update
from sqlalchemy.orm import Session

from warehouse.errors import NightjarError

DEFAULT_EXPERIMENT = 0
ROOT_TAG = "nightjar.artifact_root"

PLACES = (
    (SqlExperiment.__table__, "artifact_location"),
    (SqlRun.__table__, "artifact_uri"),
    (SqlLoggedModel.__table__, "artifact_location"),
    (SqlModelVersion.__table__, "source"),
    (SqlModelVersion.__table__, "storage_location"),
)
"""Where MLflow writes down absolute places of artifacts."""


class OtherHomeError(NightjarError):
    """The database belongs to another home; the message names it."""


def prepare_database(uri: str, artifact_root: str, lock: Path) -> None:
    """Create the database at `uri` where it is missing, then let all recorded places follow `artifact_root`.

    One process at a time, by a lock on the file `lock`: two that create at once both fail.
    OtherHomeError where the database is a server's and the artifacts of a second home are recorded in it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _held(lock):
        SqlAlchemyStore(uri, artifact_root)  # type: ignore[no-untyped-call]
        relocate(uri, artifact_root)


def relocate(uri: str, artifact_root: str) -> int:
    """Rewrite the prefix of every recorded place in one transaction; the number of places that changed.

    MLflow stores absolute paths. The root they were made under is kept as a tag in the same database, so that
    a home opened under another path is recognised. A place outside the root is never touched.
    OtherHomeError where the database does not lie in a home and that root is still there: two homes share it.
    """
    engine = create_engine(uri)
    try:
        with Session(engine) as session, session.begin():
            recorded = session.get(SqlExperimentTag, (ROOT_TAG, DEFAULT_EXPERIMENT))
            if recorded is None:
                session.add(
                    SqlExperimentTag(key=ROOT_TAG, value=artifact_root, experiment_id=DEFAULT_EXPERIMENT)
                )
                return 0
            if recorded.value == artifact_root:
                return 0
            old = str(recorded.value)
            if engine.dialect.name != "sqlite" and Path(old).exists():
                raise OtherHomeError(
                    f"the database {engine.url.render_as_string()} keeps the records of the home whose artifacts are"
                    f" under {old}; give the home with {artifact_root} a database of its own"
                )
            session.merge(
                SqlExperimentTag(key=ROOT_TAG, value=artifact_root, experiment_id=DEFAULT_EXPERIMENT)
            )
            return sum(_replace_prefix(session, table.c[name], old, artifact_root) for table, name in PLACES)
    finally:
        engine.dispose()


def _replace_prefix(session: Session, column: Column[str], old: str, new: str) -> int:
    inside = func.substr(column, 1, len(old) + 1) == f"{old}/"
    moved = literal(new).concat(func.substr(column, len(old) + 1))
    result = session.execute(update(column.table).where(inside).values({column: moved}))
    return int(result.rowcount)  # type: ignore[attr-defined]


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
