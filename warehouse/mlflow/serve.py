"""`python -m warehouse.mlflow.serve HOME …`: MLflow's own server, once the home's records are ready for it.

See `server_command`, which knows the arguments.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlflow.cli import server

from warehouse.home import Home
from warehouse.mlflow.database import prepare_database
from warehouse.mlflow.server import WITH_LOGINS, AuthenticationFiles


def serve(home: Home, arguments: list[str]) -> None:
    """Create or move the records, let the configured administrator in, and serve until told to end."""
    context = server.make_context("mlflow server", arguments)
    found = context.params
    prepare_database(
        found["backend_store_uri"], found["default_artifact_root"], lock=home.root / "mlflow.lock"
    )
    if found["app_name"] == WITH_LOGINS:
        _let_in(AuthenticationFiles.of(home).administrator)
    server.invoke(context)


def _let_in(noted: Path) -> None:
    """Make the administrator and the password those that are configured; `noted` keeps the name.

    MLflow itself reads them only where it knows no such user.
    """
    from mlflow.server.auth import auth_config, bootstrap_admin_user, store

    bootstrap_admin_user()  # refuses to go on without a name and a password
    name, password = str(auth_config.admin_username), str(auth_config.admin_password)
    if not store.authenticate_user(name, password):
        store.update_user(name, password=password, is_admin=True)
    earlier = noted.read_text(encoding="utf-8")
    if earlier not in ("", name) and store.has_user(earlier):
        store.delete_user(earlier)
    noted.write_text(name, encoding="utf-8")


if __name__ == "__main__":
    serve(Home(Path(sys.argv[1]), Path(sys.argv[1])), sys.argv[2:])
