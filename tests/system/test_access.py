"""Who may ask the servers: this machine only, by its own names, and by a password where one is set."""

from __future__ import annotations

from pathlib import Path

import httpx
import psutil

from tests.end_to_end.place import DAYS, Place
from tests.system.browser import chromium
from tests.system.servers import Up, up

STRANGE = "evil.example"
PREFECT_ASKS = "/api/admin/version"
MLFLOW_ASKS = "/api/2.0/mlflow/experiments/search?max_results=5"
AUTH = "wren:a pass phrase"


def test_servers_are_for_this_machine_only(begun: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "place")
    with up(place) as servers:
        addresses = listening(place)
        assert len(addresses) >= 2 and {address for address, _ in addresses} == {"127.0.0.1"}
        for url in (f"{servers.prefect}{PREFECT_ASKS}", f"{servers.mlflow}{MLFLOW_ASKS}"):
            assert httpx.get(url).status_code == 200
            assert httpx.get(url, headers={"Host": STRANGE}).status_code in (400, 403), url
            assert httpx.get(url, headers={"Host": f"{STRANGE}:4200"}).status_code in (400, 403), url
            expect_closed_to_pages_of(f"http://{STRANGE}", url)
        second = place.run("up", "--prefect-port", 1, "--mlflow-port", 2)
        assert second.code == 1 and len(second.messages) == 1
        assert servers.prefect in second.messages[0], second.err


def listening(place: Place) -> set[tuple[str, int]]:
    """Where any process of the home listens."""
    found = set()
    for process in place.processes():
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.add((connection.laddr.ip, connection.laddr.port))
    return found


def expect_closed_to_pages_of(origin: str, url: str) -> None:
    """A page from elsewhere must not read what a browser on this machine may."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (httpx.get(url, headers={"Origin": origin}), httpx.options(url, headers=asked)):
        assert answer.headers.get("access-control-allow-origin") not in ("*", origin), (url, answer.headers)


def test_one_setting_asks_for_a_password(begun: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "place")
    user, _, password = AUTH.partition(":")
    with up(place, NIGHTJAR_AUTH=AUTH) as servers:
        urls = (f"{servers.prefect}{PREFECT_ASKS}", f"{servers.mlflow}{MLFLOW_ASKS}", f"{servers.mlflow}/")
        for url in urls:
            assert httpx.get(url).status_code == 401, url
            assert httpx.get(url, auth=(user, "another")).status_code == 401, url
            assert httpx.get(url, auth=(user, password)).status_code == 200, url
        night = servers.wait_for_end(servers.start_run("nightly", day=str(DAYS[1]), catch_up=False))
        assert night["state_type"] == "COMPLETED", (night["state"], servers.logs(night["id"]))
        by_hand = place.night(DAYS[2], NIGHTJAR_AUTH=AUTH)
        assert all(outcome["current"] for outcome in by_hand["spaces"].values())
        nights = {name[:10] for name in finished_nights(servers)}
        assert {str(day) for day in DAYS[1:3]} <= nights, "a command does not use the servers that are up"
        expect_open_in_browser(servers)
    assert AUTH not in servers.said and password not in logs_of(place)


def finished_nights(servers: Up) -> list[str]:
    flow = servers.get("/flows/name/nightly")["id"]
    runs = servers.post("/flow_runs/filter", {"flows": {"id": {"any_": [flow]}}})
    return [run["name"] for run in runs if run["state_type"] == "COMPLETED"]


def expect_open_in_browser(servers: Up) -> None:
    """MLflow's pages open for whom the browser knows the password of; Prefect's ask for it in the page."""
    with chromium(auth=AUTH) as window:
        window.open(f"{servers.mlflow}/#/models?workflowType=machine_learning")
        window.page.get_by_text("readers").first.wait_for()
        assert window.strangers == []
    with chromium() as window:
        page = window.open(f"{servers.prefect}/runs")
        page.locator("input[type=password]").fill(AUTH)
        page.locator("input[type=password]").press("Enter")
        page.get_by_text(f"{DAYS[1]}").first.wait_for()
        assert window.strangers == []


def logs_of(place: Place) -> str:
    return "".join(path.read_text(errors="replace") for path in (place.home / "logs").glob("*.log"))
