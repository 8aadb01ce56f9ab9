"""The process that scores: what it says reaches who asked, its memory is its own, and it ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tasks.calibration.one import Request
from tasks.calibration.sets import SetName

REQUEST = Request(SetName("sequences", {"path": "none"}), "popularity", ("test",))


def python(program: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False, **options
    )


def test_what_libraries_write_to_stdout_does_not_reach_who_asked() -> None:
    done = python(
        "import os\n"
        "from tasks.calibration.one import main\n"
        "from tasks.calibration.protocols.protocol import MetricValue\n"
        "from tasks.calibration.score import MethodScore\n"
        "def score(request, report):\n"
        "    os.write(1, b'below Python\\n')\n"
        "    print('by Python', flush=True)\n"
        "    report(1, 2)\n"
        "    return MethodScore('set', 'als', 'f1', {'test': {'f1': MetricValue(1, 1, 1)}})\n"
        "main(score)\n",
        input=json.dumps(REQUEST.as_json()),
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0] == {"done": 1, "total": 2} and told[1]["score"]["method"] == "als" and len(told) == 2
    assert "below Python" in done.stderr and "by Python" in done.stderr


def test_memory_of_whoever_asked_is_not_the_method_s() -> None:
    alone = "from tasks.calibration.one import peak_mib; print(peak_mib())"
    done = python(
        "import subprocess, sys\n"
        "held = b'x' * (600 << 20)\n"
        f"subprocess.run([sys.executable, '-c', {alone!r}])\n"
    )
    assert 20 < float(done.stdout) < 500, done.stderr


def _opened_by_a_reader(fifo: Path) -> int:
    """The end to write to, as soon as somebody reads."""
    for _ in range(1200):
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nobody reads")


@pytest.fixture
def waiting(tmp_path: Path) -> Any:
    """A program that asks for a score of a file that nobody ever writes, and its child."""
    os.mkfifo(tmp_path / "set.txt")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys\n"
            "from tasks.calibration.one import Request\n"
            "from tasks.calibration.run import run\n"
            "from tasks.calibration.sets import SetName\n"
            "request = Request(SetName('sequences', {'path': sys.argv[1]}), 'popularity', ('test',))\n"
            "try:\n"
            "    run(request, lambda done, total: None, os.environ)\n"
            "except KeyboardInterrupt:\n"
            "    sys.exit(130)\n",
            str(tmp_path / "set.txt"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    writing = _opened_by_a_reader(tmp_path / "set.txt")
    yield parent, psutil.Process(parent.pid).children()[0]
    os.close(writing)
    parent.kill()
    parent.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_it_ends_with_its_parent(waiting: Any) -> None:
    parent, child = waiting
    parent.terminate()
    gone, _ = psutil.wait_procs([child], timeout=30)
    assert gone


def test_ctrl_c_ends_it_without_a_word(waiting: Any) -> None:
    parent, child = waiting
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to all that run in front
    _, said = parent.communicate(timeout=30)
    assert parent.returncode == 130 and said == ""
    assert not child.is_running()
