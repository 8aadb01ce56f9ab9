"""A PostgreSQL cluster of Debian's own packages, for the length of some tests."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

LIMIT_S = 60
OWNER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package brings this user."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL on loopback that believes everybody."""

    port: int

    def uri(self, database: str, driver: str = "postgresql") -> str:
        return f"{driver}://{OWNER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> None:
        self.ask("postgres", f'CREATE DATABASE "{database}"')

    def ask(self, database: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a query; none for a command."""
        connection = psycopg2.connect(self.uri(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster in a folder of its own, start it, stop it and throw it away."""
    programs = newest_programs()
    folder = Path(tempfile.mkdtemp(prefix="nightjar-postgres-"))
    user = OWNER if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    process: subprocess.Popen[bytes] | None = None
    try:
        data, log = folder / "data", folder / "log"
        made = subprocess.run(
            [programs / "initdb", "--auth=trust", f"--username={OWNER}", "--no-sync", "--encoding=UTF8", data],
            user=user, cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *_settings(options)],
                user=user, cwd=folder, stdout=output, stderr=output,
            )  # fmt: skip
        cluster = Cluster(port)
        _wait(cluster, process, log)
        yield cluster
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)  # to end at once, in order
            process.wait(LIMIT_S)
        shutil.rmtree(folder)


def newest_programs() -> Path:
    """The folder of the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    assert found, f"no PostgreSQL here ({getpass.getuser()}); `make packages` installs Debian's"
    return found[-1].parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(options: dict[str, object]) -> Sequence[str]:
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def _wait(cluster: Cluster, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            cluster.ask("postgres", "SELECT 1")
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise AssertionError(f"PostgreSQL was not ready after {LIMIT_S} s:\n{log.read_text()}")
