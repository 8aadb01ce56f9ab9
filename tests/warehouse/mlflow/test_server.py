"""A real MLflow server: what it shows, whom it answers, and what it refuses."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.mlflow import (
    AuthenticationError,
    Registry,
    VersionRecord,
    client_environment,
    server_command,
    server_environment,
)
from warehouse.mlflow.app import MODE, SCRIPT

Make = Callable[..., VersionRecord]
Serve = Callable[..., AbstractContextManager[str]]

SEARCH = "/api/2.0/mlflow/registered-models/search"
CREATE = "/api/2.0/mlflow/experiments/create"


def asked(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} | named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}
    except urllib.error.HTTPError as refusal:
        return refusal.code, {key.lower(): value for key, value in refusal.headers.items()}


def basic(auth: str) -> str:
    return f"Basic {base64.b64encode(auth.encode()).decode()}"


def test_a_server_and_the_database_show_the_same(
    served_home: Home, record: Make, server: str, tracking: object
) -> None:
    import mlflow

    registry = Registry.open(served_home)
    registered = registry.log_candidate(record(1))
    registry.promote("flit_text", registered.model_version)
    remote = Registry.open(served_home, tracking_uri=server)
    assert remote.aliases("flit_text") == {"candidate": "1", "champion": "1"}
    assert remote.metric_history("flit_text").equals(registry.metric_history("flit_text"))
    picture = f"{server}/get-artifact?path=map.png&run_uuid={registered.run_id}"
    assert urllib.request.urlopen(picture, timeout=10).read() == b"a picture"

    second = remote.log_candidate(record(2))
    fresh = remote.log_candidate(record(1, space="bird_interests"))
    assert (second.model_version, fresh.model_version) == ("2", "1")
    assert remote.log_candidate(record(2)) == second
    assert registry.metric_history("flit_text").height == 2
    mlflow.set_tracking_uri(server)
    for name in ("flit_text@champion", "bird_interests@candidate"):
        answer = mlflow.pyfunc.load_model(f"models:/{name}").predict(["012"])
        assert answer["vector"][0] == record(1).vectors.matrix[0].tolist()


def test_a_page_of_another_site_neither_reaches_nor_reads_it(server: str) -> None:
    port = server.rpartition(":")[2]
    assert asked(f"{server}{SEARCH}")[0] == 200
    assert asked(f"{server}{SEARCH}", Host=f"localhost:{port}")[0] == 200
    for host in ("evil.example", f"evil.example:{port}", "192.168.0.7", "127.0.0.1:1"):
        assert asked(f"{server}{SEARCH}", Host=host)[0] == 403, host

    _, headers = asked(f"{server}{SEARCH}", Origin="http://evil.example")
    assert "access-control-allow-origin" not in headers
    _, headers = asked(f"{server}{SEARCH}", Origin=server)
    assert headers["access-control-allow-origin"] == server
    assert asked(f"{server}{CREATE}", b'{"name": "planted"}', Origin="http://evil.example")[0] == 403
    assert asked(f"{server}{CREATE}", b'{"name": "planted"}', Origin=server)[0] == 200


def test_nobody_reaches_the_assistant_which_runs_commands(server: str) -> None:
    for path in ("/config", "/providers", "/message", "/sessions/x/stream", ""):
        for body in (None, b"{}"):
            assert asked(f"{server}/ajax-api/3.0/mlflow/assistant{path}", body)[0] == 404, path
    assert asked(f"{server}/ajax-api/3.0/mlflow/server-info")[0] == 200


def test_one_setting_lets_nobody_in_without_the_password(
    untouched: Path, tmp_path: Path, serve: Serve
) -> None:
    shutil.copytree(untouched, tmp_path / "home")
    home = Home(tmp_path / "home", tmp_path)
    with serve(home, auth="ada:sesame-open-12") as server:
        for path in ("/", SEARCH, "/get-artifact", "/signup"):
            assert asked(f"{server}{path}")[0] == 401, path
            assert asked(f"{server}{path}", Authorization=basic("ada:another-guess"))[0] == 401, path
        for path in ("/", SEARCH):
            assert asked(f"{server}{path}", Authorization=basic("ada:sesame-open-12"))[0] == 200, path
        assert asked(f"{server}/health")[0] == 200
        assert asked(f"{server}/ajax-api/3.0/mlflow/assistant/config")[0] == 404
        assert aliases_of(server, "ada:sesame-open-12", home) == "{}"
    folder = home.root / "mlflow-auth"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert not [file for file in folder.iterdir() if b"sesame-open-12" in file.read_bytes()]

    with serve(home, auth="eve:a-later-password") as server:
        assert asked(f"{server}{SEARCH}", Authorization=basic("ada:sesame-open-12"))[0] == 401
        assert asked(f"{server}{SEARCH}", Authorization=basic("eve:a-later-password"))[0] == 200


def aliases_of(server: str, auth: str, home: Home) -> str:
    """What a registry of another process says, which has the user and the password from its environment."""
    script = "\n".join(
        [
            "import sys",
            "from pathlib import Path",
            "from warehouse.home import Home",
            "from warehouse.mlflow import Registry",
            "home = Home(Path(sys.argv[2]), Path(sys.argv[2]))",
            "print(Registry.open(home, tracking_uri=sys.argv[1]).aliases('x'))",
        ]
    )
    return subprocess.run(
        [sys.executable, "-c", script, server, str(home.root)],
        env=client_environment(auth), capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


@pytest.mark.parametrize(
    ("auth", "fault"),
    [
        ("only-a-password", "found no user, or no colon"),
        (":a-long-password", "found no user, or no colon"),
        ("ada:short", "the password of ada has 5 characters"),
    ],
)
def test_a_setting_that_mlflow_would_refuse_is_refused_before(tmp_path: Path, auth: str, fault: str) -> None:
    with pytest.raises(AuthenticationError, match=fault):
        server_environment(Home(tmp_path, tmp_path), auth=auth)
    with pytest.raises(AuthenticationError, match=fault):
        client_environment(auth)
    assert not list(tmp_path.iterdir())


def test_secrets_are_not_on_the_command_line(tmp_path: Path) -> None:
    home, database = Home(tmp_path, tmp_path), "postgresql://ada:hush@db/mlflow"
    command = server_command(home, 5005, database, auth=True)
    environment = server_environment(home, database, auth="ada:sesame-open-12")
    assert not [part for part in command if "hush" in part or "sesame" in part]
    assert environment["MLFLOW_BACKEND_STORE_URI"] == database
    assert environment["MLFLOW_AUTH_ADMIN_PASSWORD"] == "sesame-open-12"
    assert "--backend-store-uri" in server_command(home, 5005)
    assert "MLFLOW_BACKEND_STORE_URI" not in server_environment(home)
    assert client_environment(None) == {}


def test_the_key_that_signs_forms_stays(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    first, second = (server_environment(home, auth="ada:sesame-open-12") for _ in range(2))
    assert first == second and len(first["MLFLOW_FLASK_SERVER_SECRET_KEY"]) == 64


def test_a_browser_that_remembers_nothing_sees_models_also_after_a_click(server: str) -> None:
    """The mode of MLflow's pages is what the first page sets, under the name that MLflow's own program reads."""
    with urllib.request.urlopen(f"{server}/", timeout=30) as answer:
        page = answer.read()
        assert int(answer.headers["content-length"]) == len(page)
    assert page.index(SCRIPT.encode()) < page.index(b"<script defer")
    name, _, version = MODE.rpartition("_v")
    program = next(programs_of_mlflow().glob("main.*.js")).read_text(encoding="utf-8")
    assert f'key:"{name}",version:{version},' in program and "=>`${e}_v${t}`" in program


def programs_of_mlflow() -> Path:
    import mlflow.server

    return Path(mlflow.server.__file__).parent / "js" / "build" / "static" / "js"
