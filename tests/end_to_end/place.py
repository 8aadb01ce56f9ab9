"""Homes, and the command line run on them in processes of its own, as a person or a scheduler would."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest

import flows
from flows.servers.temporary import PrefectServer
from tasks.synthetic import Flutter, SyntheticParameters
from warehouse.home import Home

PROJECT = Path(flows.__file__).resolve().parent.parent
LIMIT_S = 900
STOPPED_WITHIN_S = 300
WORLD = SyntheticParameters(
    birds=60,
    nights=4,
    history_days=12,
    interactions_per_bird=10,
    flits_per_bird=0.3,
    late_share=0.08,
    dirt_share=0.01,
    extra_field_night=2,
)
DAYS = Flutter(WORLD).nights

SOURCES = "sources: {interactions: {}, flits: {}, birds: {}, follows: {}, erasures: {}}\n"
WORDS = """
  words:
    entity: flit
    method: sentence_transformer
    evaluate: {hold_out: 3d, min_history: 2, resamples: 100}
"""
ITEMS = """
  items:
    entity: flit
    method: item2vec
    window: 28d
    params: {dimensions: 8, epochs: 3, seed: 7}
    evaluate: {hold_out: 3d, min_history: 2, resamples: 100}
"""
READERS = """
  readers:
    entity: bird
    from: [PARENT]
    method: recency_weighted_mean
    evaluate: {hold_out: 3d, min_history: 2, resamples: 100}
"""
PUBLISH = "publish: {index: {minimum_rows: 40}}\n"
NO_GATE_ON_QUALITY = "gate: {beats_popularity: {level: warn}}\n"
FULL = f"{SOURCES}{NO_GATE_ON_QUALITY}{PUBLISH}pipelines:{WORDS}{ITEMS}{READERS.replace('PARENT', 'words')}"
"""Three spaces, one of them on another; index and rotation among their files."""
LIGHT = f"{SOURCES}{NO_GATE_ON_QUALITY}{PUBLISH}pipelines:{ITEMS}{READERS.replace('PARENT', 'items')}"
"""Two spaces that need no text model."""


DAILY_CANARIES = "canaries: {every: 1d}\n"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left: its code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def messages(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


@dataclass(frozen=True, slots=True)
class Place:
    """A home with its landing folder and pipelines.yaml. `prefect`: the address of a server to use, if any."""

    root: Path
    landing: Path
    prefect: str | None = None

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def config(self) -> Path:
        return self.root / "pipelines.yaml"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def environment(self) -> dict[str, str]:
        """Ours without what decides where Nightjar, Prefect and MLflow keep things."""
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("NIGHTJAR_", "PREFECT_", "MLFLOW_", "PYTEST_"))
        }
        server = {} if self.prefect is None else {"PREFECT_API_URL": self.prefect}
        return inherited | server | {"PYTHONPATH": str(PROJECT), "NIGHTJAR_USER": "wren"}

    def words(self, *arguments: object) -> list[str]:
        """Arguments, and where this home, its logs and its configuration are."""
        places = ("--home", self.home, "--landing", self.landing, "--config", self.config)
        return [str(word) for word in (*arguments, *places)]

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "flows.commands.command_line", *self.words(*arguments)]

    def run(self, *arguments: object, **environment: str) -> Finished:
        """Run a command to its end."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment | environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def night(self, day: date, code: int = 0, **environment: str) -> Any:
        """Run a night that must end with `code`; the document that it prints."""
        finished = self.run("nightly", "--day", day, "--json", **environment)
        assert finished.code == code, finished.err
        return finished.document

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment | environment,
            cwd=self.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def status(self, space: str) -> Any:
        finished = self.run("status", "--space", space, "--json")
        described = finished.document["spaces"][space]
        assert finished.code == int(described["stale"]), finished.err
        return described

    def pointer(self, space: str) -> Any:
        """current.json, None where there is none."""
        path = self.snapshots / space / "current.json"
        return json.loads(path.read_bytes()) if path.exists() else None

    def current(self, space: str) -> str | None:
        pointer = self.pointer(space)
        return None if pointer is None else str(pointer["version"])

    def manifest(self, space: str, version: str) -> Any:
        return json.loads((self.snapshots / space / version / "manifest.json").read_bytes())

    def versions(self, space: str) -> list[str]:
        """Visible versions by name, in order."""
        return sorted(path.name for path in (self.snapshots / space).iterdir() if path.is_dir())

    def seal(self) -> dict[str, str]:
        """Every file of every space that a reader or a person sees, by SHA-256."""
        return digests(self.snapshots)

    def data(self, space: str, version: str) -> dict[str, str]:
        """The files of a version but the manifest, which names its own run, by SHA-256."""
        files = digests(self.snapshots / space / version)
        del files["manifest.json"]
        return files

    def mlflow(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Ask MLflow's database itself."""
        with closing(sqlite3.connect(f"file:{self.home / 'mlflow.db'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def runs_of(self, space: str) -> list[str]:
        """The version of every run of a space, in order."""
        return [
            row[0]
            for row in self.mlflow(
                "SELECT t.value FROM runs r JOIN experiments e USING (experiment_id) JOIN tags t USING (run_uuid) "
                "WHERE e.name = ? AND t.key = 'version' AND r.lifecycle_stage = 'active' ORDER BY 1",
                space,
            )
        ]

    def begun_runs_of(self, space: str) -> list[str]:
        """The id of every run of a space, also of those that are under way."""
        query = "SELECT run_uuid FROM runs JOIN experiments e USING (experiment_id) WHERE e.name = ?"
        return [run for (run,) in self.mlflow(query, space)]

    def model_versions_of(self, space: str) -> dict[str, str]:
        """Model version → the version that it is of. AssertionError where two are of the same."""
        rows = self.mlflow(
            "SELECT m.version, t.value FROM model_versions m "
            "JOIN model_version_tags t ON t.name = m.name AND t.version = m.version "
            "WHERE m.name = ? AND t.key = 'version' ORDER BY m.version",
            space,
        )
        assert len({version for _, version in rows}) == len(rows), rows
        return {str(number): version for number, version in rows}

    def aliases_of(self, space: str) -> dict[str, str]:
        """Alias → the version that it stands for."""
        named = self.model_versions_of(space)
        rows = self.mlflow("SELECT alias, version FROM registered_model_aliases WHERE name = ?", space)
        return {alias: named[str(number)] for alias, number in rows}

    def champion_of(self, space: str, ids: list[str]) -> list[list[float]]:
        """The vectors that `models:/<space>@champion` answers with, asked in a process of its own."""
        program = (
            "import json, sys, mlflow\n"
            "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
            "print(json.dumps(model.predict(sys.argv[2:])['vector'].to_list(), default=list))"
        )
        environment = self.environment | {
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.home / 'mlflow.db'}",
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        done = subprocess.run(
            [sys.executable, "-c", program, f"models:/{space}@champion", *ids],
            env=environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    def processes(self) -> list[psutil.Process]:
        """Every process that a command on this home has started and that still runs."""
        return [process for process in psutil.process_iter() if _started_for(process, str(self.home))]

    def copy(self, root: Path, *, prefect: str | None = None) -> Place:
        """The home and its configuration at another place; the landing folder is the same one."""
        root.mkdir(parents=True, exist_ok=True)
        if self.home.exists():
            shutil.copytree(self.home, root / "home")
        shutil.copy(self.config, root / "pipelines.yaml")
        return Place(root, self.landing, prefect)


def _started_for(process: psutil.Process, home: str) -> bool:
    try:
        return bool(process.environ().get("NIGHTJAR_HOME") == home)
    except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def make_place(root: Path, landing: Path, configuration: str, prefect: str | None = None) -> Place:
    """An empty home."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "pipelines.yaml").write_text(configuration, encoding="utf-8")
    return Place(root, landing, prefect)


def at_once() -> bool:
    """Nothing to wait for."""
    return True


@dataclass(frozen=True, slots=True)
class Moment:
    """When a process has said a line that begins with `line` for the `occurrence`-th time.

    `until`: and then, when this is true. `delay_s`: and then so much later.
    """

    line: str
    occurrence: int = 1
    until: Callable[[], bool] = at_once
    delay_s: float = 0


def wait_for(process: subprocess.Popen[str], moment: Moment) -> list[str]:
    """Wait for a moment; the lines on stderr until then. AssertionError where it does not come."""
    assert process.stderr is not None
    said: list[str] = []
    heard = 0
    for words in process.stderr:
        said.append(words.rstrip("\n"))
        heard += words.startswith(moment.line)
        if heard == moment.occurrence:
            while not moment.until():
                assert process.poll() is None, f"ended before {moment}"
                time.sleep(0.002)
            time.sleep(moment.delay_s)
            return said
    process.wait(LIMIT_S)
    raise AssertionError(f"never came to {moment}:\n" + "\n".join(said))


def stop(process: subprocess.Popen[str], with_signal: int, expected_code: int) -> list[str]:
    """Signal a process group, wait for the end of its leader; the lines on stderr since then.

    A group that does not end within `STOPPED_WITHIN_S` is killed, and the code is not the expected one.
    """
    assert process.stderr is not None
    os.killpg(process.pid, with_signal)
    watchdog = threading.Timer(STOPPED_WITHIN_S, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    said = process.stderr.read()
    process.stderr.close()
    code = process.wait()
    watchdog.cancel()
    assert code == expected_code, (code, said)
    return said.splitlines()


def kill_at(place: Place, moment: Moment, *arguments: object) -> None:
    """Start a command and kill its process group at a moment."""
    process = place.start(*arguments)
    wait_for(process, moment)
    stop(process, signal.SIGKILL, -signal.SIGKILL)


def all_gone(place: Place, patience_s: float = 60) -> bool:
    """Whether nothing that a command started runs on, or only a moment longer."""
    until = time.monotonic() + patience_s
    while place.processes():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, made by the first process that asks for it; the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    finished = folder.with_name(f"{folder.name}.finished")
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


def land_world(folder: Path, world: SyntheticParameters = WORLD) -> None:
    """The landing folder of a world, with the generator's own books beside it."""
    flutter = Flutter(world)
    landed = [flutter.land_history(folder / "landing")]
    landed += [flutter.land(folder / "landing", day) for day in flutter.nights]
    books = [{"day": str(night.day), **asdict(file)} for night in landed for file in night.files]
    (folder / "books.json").write_text(json.dumps(books), encoding="utf-8")


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "end_to_end"


@pytest.fixture(scope="session")
def landing(common: Path) -> Path:
    """Every night of WORLD, landed. Nobody writes here."""
    return made_once(common / "world", land_world) / "landing"


@pytest.fixture(scope="session")
def books(landing: Path) -> list[dict[str, Any]]:
    """What the generator says of each file: day, stream, path, accepted, duplicates, quarantined, blank, …"""
    return json.loads((landing.parent / "books.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def first_night(common: Path, landing: Path) -> Place:
    """A home after the first night of FULL, with what the night printed. Nobody writes here: take a copy."""

    def make(root: Path) -> None:
        place = make_place(root, landing, FULL)
        finished = place.run("nightly", "--day", DAYS[0], "--json")
        assert finished.code == 0, finished.err
        (root / "printed.json").write_text(json.dumps(asdict(finished)), encoding="utf-8")

    return Place(made_once(common / "first_night", make), landing)


@pytest.fixture(scope="session")
def second_night(common: Path, first_night: Place) -> Place:
    """The same home after its second night, undisturbed. Nobody writes here: take a copy."""

    def make(root: Path) -> None:
        finished = first_night.copy(root).run("nightly", "--day", DAYS[1], "--json")
        assert finished.code == 0, finished.err
        (root / "printed.json").write_text(json.dumps(asdict(finished)), encoding="utf-8")

    return Place(made_once(common / "second_night", make), first_night.landing)


@pytest.fixture(scope="session")
def lived(common: Path, landing: Path, prefect_server: str) -> Place:
    """A home of LIGHT whose first night ran on its day. Nobody writes here: take a copy."""

    def make(root: Path) -> None:
        make_place(root, landing, LIGHT, prefect_server).night(DAYS[0])

    return Place(made_once(common / "lived", make), landing, prefect_server)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server for tests that ask nothing about Prefect: starting one takes seconds."""
    root = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(root / "prefect"))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("PREFECT_API_URL", "")  # remembers that there was none
        patch.delenv("PREFECT_API_URL")
        with PrefectServer(Home(root, root / "landing"), None) as server:
            server.ensure_running()
            yield os.environ["PREFECT_API_URL"]


def printed(place: Place) -> Finished:
    """What the night that made a session's home printed."""
    return Finished(**json.loads((place.root / "printed.json").read_text(encoding="utf-8")))
