"""How the MLflow server of a home is started: for this machine only, and for those who know the password."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import NightjarError
from warehouse.home import Home
from warehouse.mlflow.environment import ENVIRONMENT, database_uri, sqlite_uri

LOOPBACK = ("127.0.0.1", "localhost")
WITHOUT_LOGINS, WITH_LOGINS = "nightjar", "nightjar-with-logins"
"""The applications that pyproject.toml makes known to MLflow."""
PASSWORD_LENGTH = 12
"""MLflow creates no user with a shorter password."""

CONFIGURATION = """\
[mlflow]
database_uri = {database}
default_permission = READ
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


class AuthenticationError(NightjarError):
    """The one setting that switches authentication on cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class AuthenticationFiles:
    """What MLflow's logins need, in a folder of the home that only its owner may enter."""

    folder: Path

    @classmethod
    def of(cls, home: Home) -> AuthenticationFiles:
        return cls(home.root / "mlflow-auth")

    @property
    def users(self) -> Path:
        """MLflow's users, their passwords hashed, and what each may do."""
        return self.folder / "users.db"

    @property
    def configuration(self) -> Path:
        return self.folder / "basic_auth.ini"

    @property
    def secret_key(self) -> Path:
        """What signs the forms of MLflow's pages."""
        return self.folder / "secret.key"

    @property
    def administrator(self) -> Path:
        """The name of the user that the setting made."""
        return self.folder / "administrator"

    def prepare(self, home: Home) -> None:
        """Write what is missing; the places follow a home that was moved."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for file in (self.users, self.configuration, self.secret_key, self.administrator):
            file.touch(0o600)
            file.chmod(0o600)
        configuration = CONFIGURATION.format(database=sqlite_uri(home, self.users))
        self.configuration.write_text(configuration, encoding="utf-8")
        if not self.secret_key.read_text(encoding="utf-8"):
            self.secret_key.write_text(secrets.token_hex(32), encoding="utf-8")


def server_command(home: Home, port: int, database: str | None = None, auth: bool = False) -> list[str]:
    """The arguments that serve the home's runs and models on the loopback interface, to itself alone.

    `database` is MLFLOW_BACKEND_STORE_URI, where the records are not in the home; it may hold a password, so it
    reaches the server by `server_environment`. `auth`: ask for the user and the password, see there.
    The database is created, or follows a home that was moved, before the server answers. Artifacts are read
    from disk by clients on this machine, so the server's own artifact proxy stays off.
    """
    arguments = {
        "--host": LOOPBACK[0],
        "--port": str(port),
        "--workers": "1",
        "--app-name": WITH_LOGINS if auth else WITHOUT_LOGINS,
        "--default-artifact-root": str(home.mlflow_artifacts.resolve()),
        # A page of another site that a browser shows here can neither name this server nor read its answers.
        "--allowed-hosts": ",".join(f"{name}:{port}" for name in LOOPBACK),
        "--cors-allowed-origins": ",".join(f"http://{name}:{port}" for name in LOOPBACK),
    }
    arguments |= {} if database else {"--backend-store-uri": database_uri(home)}
    flat = [part for pair in arguments.items() for part in pair]
    return [sys.executable, "-m", "warehouse.mlflow.serve", str(home.root), *flat, "--no-serve-artifacts"]


def server_environment(home: Home, database: str | None = None, auth: str | None = None) -> dict[str, str]:
    """The variables that the server of `server_command` needs, to be laid over the environment of this process.

    `auth`: `user:password`, the administrator of MLflow. A setting that changed replaces the earlier administrator;
    users that a person made in MLflow stay. The files that logins need are written here, for the owner alone;
    the password is not among them. Clients take MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
    AuthenticationError where `auth` is not of this form or the password has less than 12 characters.
    """
    variables = dict(ENVIRONMENT)
    if database:
        variables["MLFLOW_BACKEND_STORE_URI"] = database
    return variables | (_authentication(home, auth) if auth else {})


def client_environment(auth: str | None) -> dict[str, str]:
    """What MLflow's client says to a server that asks for `user:password`; nothing where it asks nobody."""
    if not auth:
        return {}
    user, password = _split(auth)
    return {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}


def _authentication(home: Home, auth: str) -> dict[str, str]:
    user, password = _split(auth)
    files = AuthenticationFiles.of(home)
    files.prepare(home)
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(files.configuration.resolve()),
        "MLFLOW_AUTH_ADMIN_USERNAME": user,
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": files.secret_key.read_text(encoding="utf-8"),
        # A page that MLflow forgot to protect is refused, not shown.
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
    }


def _split(auth: str) -> tuple[str, str]:
    user, colon, password = auth.partition(":")
    if not (user and colon):
        raise AuthenticationError("authentication must be set as user:password; found no user, or no colon")
    if len(password) < PASSWORD_LENGTH:
        raise AuthenticationError(
            f"the password of {user} has {len(password)} characters, and MLflow takes none with less than"
            f" {PASSWORD_LENGTH}; set a longer one"
        )
    return user, password
