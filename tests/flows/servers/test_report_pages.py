"""Reports beside Prefect's pages: the file as it is published, and what lives around it in its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from flows.pages.version_page import MlflowLinks
from flows.servers.report_pages import ReportPages
from flows.servers.served import report_address
from warehouse.snapshots import MlflowReference

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

PAGE = "<body><header><h1>flits</h1></header><main>§</main></body>"
DOCUMENTS = {"report.html": PAGE.encode(), "report.json": b"{}"}


@pytest.fixture
def client(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Around an application that answers `prefect` to all that is not asked of reports."""
    monkeypatch.setenv("NIGHTJAR_HOME", str(planted.home.root))
    for name in ("NIGHTJAR_AUTH", "PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    prefect = Starlette(
        routes=[Route("/{path:path}", lambda _: PlainTextResponse("prefect"), methods=["GET", "POST"])]
    )
    return TestClient(ReportPages(prefect))


def address(version: str, space: str = "flits") -> str:
    return report_address("", space, version)


def test_a_report_is_served_as_it_is_with_what_lives_around_it(planted: Planted, client: TestClient) -> None:
    version = planted.version("flits", 1, documents=DOCUMENTS, prefect_flow_run_id="a<b")
    answer = client.get(address(version))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    live = '<p class="quiet" id="live"><a href="/runs/flow-run/a&lt;b">run in Prefect</a></p>'
    assert answer.text == PAGE.replace("</header>", f"{live}</header>")
    assert client.get("/runs").text == "prefect" == client.post(address(version)).text


@pytest.mark.parametrize(
    "path",
    [
        "/reports/flits/2026-03-01-000000000000/report.html",
        "/reports/nothing/2026-03-01-000000000000/report.html",
        "/reports/flits/..%2F..%2Fwarehouse/report.html",
        "/reports/%2e%2e/%2e%2e/report.html",
    ],
)
def test_what_is_no_version_is_not_found(planted: Planted, client: TestClient, path: str) -> None:
    planted.version("flits", 2, documents=DOCUMENTS)
    assert client.get(path).status_code == 404 or client.get(path).text == "prefect"


def test_a_version_without_a_report_says_so(planted: Planted, client: TestClient) -> None:
    version = planted.version("flits", 1)
    answer = client.get(address(version))
    assert answer.status_code == 404 and answer.text == f"flits {version} was made without a report"


def test_who_may_not_use_the_api_sees_no_report(
    planted: Planted, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTJAR_AUTH", "ada:lovelace")
    version = planted.version("flits", 1, documents=DOCUMENTS)
    for answer in (client.get(address(version)), client.get(address(version), auth=("ada", "byron"))):
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Basic")
        assert "§" not in answer.text
    assert "§" in client.get(address(version), auth=("ada", "lovelace")).text


def test_pages_lead_to_the_served_report_rather_than_to_the_copy_in_mlflow(planted: Planted) -> None:
    reference = MlflowReference(run_id="r1", model_version="4")
    version = planted.version("flits", 1, documents=DOCUMENTS, mlflow=reference)
    manifest = planted.store.manifest("flits", version)
    served = "http://127.0.0.1:4200"
    with_mlflow = dict(MlflowLinks("http://127.0.0.1:5000", {"flits": "3"}, served).of(manifest, None))
    assert with_mlflow["report"] == f"{served}/reports/flits/{version}/report.html"
    assert list(with_mlflow) == ["run", "report", "model"]
    assert list(dict(MlflowLinks(reports=served).of(manifest, None))) == ["report"]
