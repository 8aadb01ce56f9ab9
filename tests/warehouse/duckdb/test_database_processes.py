"""The warehouse between processes: one holder at a time, and kill -9 loses nothing that was committed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warehouse.duckdb.database import Schema, Warehouse, WarehouseError
from warehouse.home import Home

NEWEST = Schema().version

PREAMBLE = """
import sys
from pathlib import Path
from warehouse.duckdb.database import Warehouse
path = Path(sys.argv[1])
def say(word):
    print(word, flush=True)
def wait():
    sys.stdin.read()
"""
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse.open(path):
        pass
    return path


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    """Run a script in another process, with `path`, `say` and `wait`; returns when it has said something."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + script, str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("read_only", [False, True])
def test_another_process_is_named_in_one_line(place: Path, start: Start, read_only: bool) -> None:
    holder = start("with Warehouse.open(path): say('ready'); wait()")
    with pytest.raises(
        WarehouseError, match=rf"process {holder.pid} \(.*python.* -c import sys.*\) has the warehouse open"
    ) as caught:
        Warehouse.open(place, read_only=read_only, wait_s=0)
    assert "\n" not in str(caught.value)
    holder.communicate()
    with Warehouse.open(place, read_only=read_only) as warehouse:
        assert warehouse.version == NEWEST


def test_readers_share_and_keep_writers_out(place: Path, start: Start) -> None:
    start("with Warehouse.open(path, read_only=True): say('ready'); wait()")
    with Warehouse.open(place, read_only=True) as warehouse:
        assert warehouse.version == NEWEST
    with pytest.raises(WarehouseError, match="has the warehouse open"):
        Warehouse.open(place, wait_s=0)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_warehouse_in_use_is_waited_for(
    place: Path, start: Start, read_only: bool, caplog: pytest.LogCaptureFixture
) -> None:
    holder = start(f"""
import time
with Warehouse.open(path, read_only={not read_only}):
    say("ready")
    time.sleep(2.5)
""")
    with Warehouse.open(place, read_only=read_only) as warehouse:
        assert warehouse.version == NEWEST
    (said,) = [record.getMessage() for record in caplog.records]
    assert f"for process {holder.pid} (" in said and "at most 60 s" in said


def test_who_waited_in_vain_is_told_for_how_long(place: Path, start: Start) -> None:
    start("with Warehouse.open(path, read_only=True): say('ready'); wait()")
    with pytest.raises(
        WarehouseError, match=r"has the warehouse open, still after 2 s, .* `nightjar copy FILE`"
    ):
        Warehouse.open(place, wait_s=2.2)


def test_an_up_to_date_warehouse_is_found_to_be_so_beside_a_reader(place: Path, start: Start) -> None:
    start("with Warehouse.open(path, read_only=True): say('ready'); wait()")
    Warehouse.bring_up_to_date(Home(place.parent, place.parent / "landing", wait_s=0))


def test_a_killed_transaction_leaves_the_partition_and_its_record(place: Path, start: Start) -> None:
    insert = (
        "INSERT INTO core_follow_edge SELECT '2026-01-01', i, i, '2026-01-01', i, true FROM range({}) t(i)"
    )
    record = "INSERT INTO feature_partition VALUES ('core_follow_edge', '2026-01-01', '{}', '{{}}', {})"
    with Warehouse.open(place) as warehouse, warehouse.transaction():
        warehouse.execute(insert.format(10))
        warehouse.execute(record.format("before", 10))
    writer = start(f"""
with Warehouse.open(path) as warehouse, warehouse.transaction():
    warehouse.execute("DELETE FROM core_follow_edge")
    warehouse.execute("DELETE FROM feature_partition")
    warehouse.execute("{insert.format(300_000)}")
    warehouse.execute("{record.format("after", 300_000)}")
    say("ready")
    wait()
""")
    writer.kill()
    writer.wait()
    for read_only in (True, False):
        with Warehouse.open(place, read_only=read_only) as warehouse:
            assert warehouse.rows("SELECT count(*) FROM core_follow_edge") == [(10,)]
            assert warehouse.rows("SELECT digest, rows FROM feature_partition") == [("before", 10)]


def test_what_was_committed_survives_kill_9(place: Path, start: Start) -> None:
    writer = start("""
with Warehouse.open(path) as warehouse:
    with warehouse.transaction():
        warehouse.execute("INSERT INTO feature_partition VALUES ('core_bird', '2026-01-01', 'x', '{}', 3)")
    say("ready")
    wait()
""")
    writer.kill()
    writer.wait()
    for read_only in (True, False):
        with Warehouse.open(place, read_only=read_only) as warehouse:
            assert warehouse.rows("SELECT digest, rows FROM feature_partition") == [("x", 3)]


@pytest.mark.parametrize("ask", ["execute", "rows", "frame"])
def test_ctrl_c_in_a_query_is_no_query_that_failed(start: Start, ask: str) -> None:
    """What catches exceptions to go on with the next space is not to catch this."""
    endless = "SELECT sum(sin(a.i * b.i)) FROM range(1_000_000) a(i), range(1_000_000) b(i)"
    process = start(f"""
import threading
with Warehouse.open(path) as warehouse:
    threading.Timer(0.5, say, ["ready"]).start()
    try:
        warehouse.{ask}("{endless}")
    except Exception as error:
        sys.exit(f"caught {{error!r}}")
""")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == -signal.SIGINT
