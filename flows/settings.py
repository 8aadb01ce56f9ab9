"""The only reader of environment and clock: where the home is, which day it is, how libraries behave."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.servers.served import up_now
from warehouse.home import Home
from warehouse.mlflow import ENVIRONMENT, client_environment

if TYPE_CHECKING:
    from flows.configuration import Configuration
    from flows.servers.addresses import Addresses

PRIVATE = 0o700
HOME, LANDING, CONFIG, RUNNER = "NIGHTJAR_HOME", "NIGHTJAR_LANDING", "NIGHTJAR_CONFIG", "NIGHTJAR_RUNNER"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this process finds its home, its logs and its configuration, and which servers are configured."""

    home: Home
    config: Path
    tracking_uri: str | None
    prefect_api_url: str | None
    mlflow_database: str | None = None
    """Where MLflow's records are, when not in the home."""
    auth: str | None = None
    """`user:password` for both servers; they ask nobody where it is None."""
    alert_webhook: str | None = None
    """Where alerts go."""
    runner: int | None = None
    """The process that serves the deployments, where it started this one."""

    @property
    def registry_uri(self) -> str | None:
        """Where a run finds MLflow: a server, else the database itself, else, None, the home."""
        return self.tracking_uri or self.mlflow_database

    def waiting(self, wait: timedelta) -> Settings:
        """The same, but for how long a warehouse in use is waited for."""
        return replace(self, home=replace(self.home, wait_s=wait.total_seconds()))


def settings() -> Settings:
    """As the environment says: NIGHTJAR_HOME, _LANDING, _CONFIG, _AUTH, _ALERT_WEBHOOK, and the servers' addresses."""
    root = Path(os.environ.get(HOME) or "home").absolute()
    landing = Path(os.environ.get(LANDING) or root / "landing").absolute()
    config = Path(os.environ.get(CONFIG) or "pipelines.yaml")
    return Settings(
        Home(root, landing),
        config,
        os.environ.get("MLFLOW_TRACKING_URI") or None,
        os.environ.get("PREFECT_API_URL") or None,
        os.environ.get("MLFLOW_BACKEND_STORE_URI") or None,
        os.environ.get("NIGHTJAR_AUTH") or None,
        os.environ.get("NIGHTJAR_ALERT_WEBHOOK") or None,
        int(os.environ[RUNNER]) if os.environ.get(RUNNER) else None,
    )


def choose(home: Path | None, landing: Path | None, config: Path | None) -> Settings:
    """Let options of a command line override the environment, for this process and those that it starts."""
    for name, value in ((HOME, home), (LANDING, landing), (CONFIG, config)):
        if value is not None:
            os.environ[name] = str(value.absolute())
    return settings()


def find_servers(chosen: Settings) -> Settings:
    """Use the servers of `nightjar up` where it runs on this home and no others are configured."""
    served = up_now(chosen.home)
    if served is not None:
        os.environ.setdefault("PREFECT_API_URL", f"{served.prefect}/api")
        os.environ.setdefault("MLFLOW_TRACKING_URI", served.mlflow)
    return settings()


def keep_private(home: Home) -> None:
    """Let what this process and those that it starts write be as open as the home is: to its owner alone if it is new.

    Who opens a home to a group, by `chmod g+rx HOME`, lets the group read what is written from then on. A stricter
    umask stays.
    """
    mode = home.root.stat().st_mode & 0o777 if home.root.exists() else PRIVATE
    os.umask(os.umask(0o077) | (0o777 & ~mode))


def prepare_libraries(chosen: Settings) -> None:
    """Set what Prefect, MLflow and the model libraries read from the environment when they are imported.

    Nothing calls outside, nothing is pickled, everything is written under the home. What a person has set stays.
    """
    defaults = _libraries(chosen) | {
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # A fault is told once, by the command line; Prefect would print its traceback for task and flow again.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def server_environment(
    chosen: Settings, configuration: Configuration, addresses: Addresses
) -> dict[str, str]:
    """The environment of the servers, of the runner and of what it runs. What a person has set stays."""
    defaults = _libraries(chosen) | {
        "PREFECT_API_URL": addresses.prefect_api,
        "MLFLOW_TRACKING_URI": addresses.mlflow,
        "PREFECT_UI_API_URL": addresses.prefect_api,
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_UI_STATIC_DIRECTORY": str(chosen.home.prefect / "ui"),  # else it is written into the package
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": addresses.prefect,
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": str(
            int(configuration.alerts.start_within.total_seconds())
        ),
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "nightjar,gensim,sentence_transformers,torch,mlflow",
        "NIGHTJAR_HOME": str(chosen.home.root),
        "NIGHTJAR_LANDING": str(chosen.home.landing),
        "NIGHTJAR_CONFIG": str(chosen.config.absolute()),
    }
    # These two differ from what a command sets for itself.
    return (
        defaults
        | os.environ
        | {
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",
        }
    )


def _libraries(chosen: Settings) -> dict[str, str]:
    """What every process of ours needs."""
    return {
        "PREFECT_HOME": str(chosen.home.prefect),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
        **ENVIRONMENT,
        "MPLCONFIGDIR": str(chosen.home.root / ".matplotlib"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        **_authentication(chosen.auth),
    }


def _authentication(auth: str | None) -> dict[str, str]:
    """One setting for servers and clients of both kinds."""
    prefect = {"PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth} if auth else {}
    return prefect | client_environment(auth)


def own_the_runs() -> None:
    """Let the runs that this process starts end with it."""
    os.environ[RUNNER] = str(os.getpid())


def now() -> datetime:
    """The time, UTC, with its zone."""
    return datetime.now(UTC)


def milliseconds_now() -> int:
    """The time as MLflow counts it, in milliseconds since 1970."""
    return int(now().timestamp() * 1000)


def last_complete_day() -> date:
    """Yesterday in UTC: the newest day whose logs can all have happened."""
    return (now() - timedelta(days=1)).date()


def who() -> str:
    """Who is at the keyboard, for decisions."""
    return os.environ.get("NIGHTJAR_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or "unknown"


def as_typed(chosen: Settings, command: str) -> str:
    """`command`, which begins with a program of this installation, as it works when typed here and now.

    The program is named by its path where the shell would not find it; `nightjar` gets the options that it needs.
    """
    program, _, rest = command.partition(" ")
    beside = Path(sys.executable).parent / program
    found = shutil.which(program)
    known = found is not None and Path(found).resolve().parent == beside.resolve().parent
    words = [program if known else shown(beside), rest]
    if program == "nightjar":
        words += _options(chosen)
    return " ".join(word for word in words if word)


def shown(path: Path) -> str:
    """A path for the shell: relative where it lies below the working folder, quoted where it must be."""
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def _options(chosen: Settings) -> list[str]:
    home, landing, config = chosen.home.root, chosen.home.landing, chosen.config
    options = [] if home == Path("home").absolute() else ["--home", shown(home)]
    options += [] if landing == home / "landing" else ["--landing", shown(landing)]
    return options + (
        [] if config.absolute() == Path("pipelines.yaml").absolute() else ["--config", shown(config)]
    )
