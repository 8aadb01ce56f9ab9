"""Programs are kept running by a supervisor: real processes, started, killed, stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from flows.servers.processes import RESTARTS, Program, ProgramError, Supervisor, describe_exit

WAIT_S = 30
LIVES = (
    "import pathlib, sys, time, os; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
)
DIES = "import sys; print('no such database'); sys.exit(3)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + LIVES
PARENT = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1] + '.child']);"
    + LIVES
)


@dataclass
class Stage:
    """A folder in which programs leave their process ids, and what was told."""

    folder: Path
    told: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def program(self, name: str, code: str = LIVES) -> Program:
        def is_ready(began: float) -> bool:
            note = self.folder / name
            said = note.read_text() if note.exists() else ""
            ready = said != "" and psutil.pid_exists(int(said))
            if ready and (not self.order or self.order[-1] != name):
                self.order.append(name)
            return ready

        command = [sys.executable, "-c", code, str(self.folder / name), LIVES]
        return Program(name, command, dict(os.environ), is_ready)

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text())

    def supervisor(self, *programs: Program) -> Supervisor:
        return Supervisor(programs, self.folder / "logs", self.told.append)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def watched() -> Iterator[Callable[[Supervisor], threading.Thread]]:
    """Let a thread watch a supervisor; all of them are stopped at the end."""
    watching: list[tuple[Supervisor, threading.Thread]] = []

    def watch(supervisor: Supervisor) -> threading.Thread:
        thread = threading.Thread(target=supervisor.watch)
        watching.append((supervisor, thread))
        thread.start()
        return thread

    yield watch
    for supervisor, thread in watching:
        supervisor.stop_soon()
        thread.join()
        supervisor.stop()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.05)


def test_programs_start_in_order_and_none_is_left(stage: Stage) -> None:
    supervisor = stage.supervisor(*(stage.program(name) for name in ("first", "second", "third")))
    supervisor.start()
    pids = [stage.pid(name) for name in ("first", "second", "third")]
    assert stage.order == ["first", "second", "third"] and all(map(psutil.pid_exists, pids))
    supervisor.stop()
    assert not any(map(psutil.pid_exists, pids))


def test_one_that_dies_is_told_of_and_started_again(
    stage: Stage, watched: Callable[[Supervisor], threading.Thread]
) -> None:
    supervisor = stage.supervisor(stage.program("bird"))
    supervisor.start()
    before = stage.pid("bird")
    watched(supervisor)
    os.kill(before, signal.SIGKILL)
    eventually(lambda: stage.told[-1:] == ["bird is back"])
    assert stage.told[0] == "starting bird"
    assert "bird ended (signal SIGKILL) and is started again" in stage.told[1]
    assert stage.pid("bird") != before and psutil.pid_exists(stage.pid("bird"))


def test_one_that_keeps_dying_stops_all(stage: Stage) -> None:
    code = LIVES.replace("time.sleep(600)", "time.sleep(0.5); sys.exit(1)")
    supervisor = stage.supervisor(stage.program("steady"), stage.program("shaky", code))
    supervisor.start()
    with pytest.raises(ProgramError, match=f"shaky ended {RESTARTS + 1} times within 10 minutes.*shaky.log"):
        supervisor.watch()
    supervisor.stop()
    assert not psutil.pid_exists(stage.pid("steady"))


def test_one_that_never_comes_up_is_named_with_its_log(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.program("steady"), stage.program("broken", DIES))
    with pytest.raises(ProgramError, match=r"broken ended \(code 3\) before it was ready; see .*broken.log"):
        supervisor.start()
    assert "no such database" in (stage.folder / "logs" / "broken.log").read_text()
    supervisor.stop()
    assert not psutil.pid_exists(stage.pid("steady"))


def test_one_that_is_slow_is_waited_for_as_long_as_it_lives(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.servers.processes.REPORTED_EVERY_S", 0.2)
    supervisor = stage.supervisor(stage.program("slow", f"import time; time.sleep(1); {LIVES}"))
    supervisor.start()
    assert psutil.pid_exists(stage.pid("slow"))
    assert stage.told[0] == "starting slow"
    assert re.fullmatch(r"waiting for slow, \d+ s so far; see .*slow.log", stage.told[1])
    supervisor.stop()


def test_waiting_ends_when_all_is_to_stop(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.program("slow", "import time; time.sleep(600)"))
    starting = threading.Thread(target=supervisor.start)
    starting.start()
    eventually(lambda: stage.told != [])
    supervisor.stop_soon()
    starting.join(WAIT_S)
    assert not starting.is_alive()
    supervisor.stop()


def test_what_a_program_started_ends_with_it(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.program("parent", PARENT))
    supervisor.start()
    eventually(lambda: (stage.folder / "parent.child").exists())
    child = stage.pid("parent.child")
    supervisor.stop()
    eventually(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_one_that_does_not_listen_is_ended_by_force(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.servers.processes.GRACE_S", 0.5)
    supervisor = stage.supervisor(stage.program("stubborn", STUBBORN))
    supervisor.start()
    supervisor.stop()
    assert not psutil.pid_exists(stage.pid("stubborn"))


def test_programs_end_with_a_supervisor_that_is_killed(stage: Stage) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from flows.servers.processes import *; "
        "note = Path(sys.argv[1]); "
        f"program = Program('bird', [sys.executable, '-c', {LIVES!r}, str(note)], dict(os.environ), "
        "lambda began: note.exists() and note.read_text() != ''); "
        "s = Supervisor([program], note.parent / 'logs', print); s.start(); s.watch()"
    )
    keeper = subprocess.Popen([sys.executable, "-c", script, str(stage.folder / "bird")])
    eventually(lambda: (stage.folder / "bird").exists() and (stage.folder / "bird").read_text() != "")
    bird = stage.pid("bird")
    keeper.kill()
    keeper.wait()
    eventually(lambda: not psutil.pid_exists(bird) or psutil.Process(bird).status() == psutil.STATUS_ZOMBIE)


def test_endings_are_for_people() -> None:
    assert (describe_exit(3), describe_exit(-9)) == ("code 3", "signal SIGKILL")
