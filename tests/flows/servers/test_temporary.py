"""The Prefect server of a command: waited for by the clock, started once more, and not missed where it stays away."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import psutil
import pytest

from flows.commands.nightly import _is_observed
from flows.servers import temporary
from flows.servers.temporary import PrefectServer, ServerError
from tasks.progress import Step
from warehouse.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", tmp_path / "landing")


def test_a_server_that_is_slow_is_started_twice_and_then_given_up(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[int, int]] = []
    began, before = time.monotonic(), psutil.Process().children()
    with PrefectServer(home, None, start_within_s=0.3) as server:
        with pytest.raises(ServerError, match=r"was not ready after 0 s; see .*temporary-server.log"):
            server.ensure_running(lambda waited, limit: heard.append((waited, limit)))
        assert not set(psutil.Process().children()) - set(before)
    assert time.monotonic() - began >= 0.6 and heard
    (said,) = [record.getMessage() for record in caplog.records]
    assert "it is started once more" in said


def test_a_night_does_not_fail_for_want_of_an_observer(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(temporary, "CONFIGURED_WITHIN_S", 0.2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{probe.getsockname()[1]}/api"
        with PrefectServer(home, api) as server:
            assert not _is_observed(server, Step("prefect"))
    (line,) = capsys.readouterr().err.splitlines()
    assert api in line and "goes on without Prefect" in line
