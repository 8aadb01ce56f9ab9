"""The history of a space in a terminal, and the way from a command or a page to the report of a version."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from flows.commands.history import print_history, sparkline
from flows.commands.reports import report_of
from flows.commands.status import show_status
from flows.pages.version_page import MlflowLinks, Shown, version_section
from flows.servers.served import Served, write_served
from flows.settings import Settings
from warehouse.snapshots import MlflowReference

if TYPE_CHECKING:
    from tests.flows.conftest import Planted

REPORT = {"report.html": b"<h1>flits</h1>", "report.json": b"{}"}
Status = Callable[..., Any]


def measured(recall: float, cosine: float | None) -> dict[str, Any]:
    headline = {
        "recall_at_10": recall,
        "recall_at_10_low": round(recall - 0.01, 3),
        "recall_at_10_high": round(recall + 0.01, 3),
    }
    statistics = {
        "paired": {"cosine": {"mean": cosine}},
        "multiples": {"cosine": None if cosine is None else 1.5},
        "neighbours": {"overlap_at_50": 0.85},
    }
    evaluation = {"parameters": {"k": [10]}, "headline": headline | {"popularity_recall_at_10": 0.02}}
    return {"evaluation": evaluation, "drift": {"statistics": statistics, "movers": []}}


@pytest.fixture
def status(planted: Planted, capsys: pytest.CaptureFixture[str]) -> Status:
    def ask(*, as_json: bool) -> Any:
        show_status(Settings(planted.home, planted.home.root / "none.yaml", None, None), as_json, "flits")
        printed = capsys.readouterr().out
        return json.loads(printed)["spaces"]["flits"]["versions"] if as_json else printed

    return ask


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([1.0, 2.0, 3.0], "▁▅█"),
        ([3.0, None, 1.0], "█·▁"),
        ([5.0, 5.0], "▄▄"),
        ([None], "·"),
        ([], ""),
        ([-1.0, 0.0], "▁█"),
    ],
)
def test_a_line_of_blocks(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line


def test_status_shows_the_history_of_a_space(planted: Planted, status: Status) -> None:
    planted.version("flits", 1, **measured(0.03, None))
    planted.version("flits", 2, "warn", **measured(0.05, 0.97))
    held = planted.version("flits", 3, "block", **measured(0.046, 0.91))
    lines = [line.split() for line in status(as_json=False).splitlines()]
    assert ["verdict", "●▲■", "–", "–", "block"] in lines
    assert ["recall", "▁█▇", "0.030", "0.050", "0.046"] in lines
    assert ["cosine", "·█▁", "0.910", "0.970", "0.910"] in lines
    assert ["noise", "·▄▄", "1.5×", "1.5×", "1.5×"] in lines
    assert ["rows", "▄▄▄", "2", "2", "2"] in lines
    versions = status(as_json=True)
    assert [version["metrics"]["recall"] for version in versions] == [0.03, 0.05, 0.046]
    assert versions[-1]["metrics"] == {
        "recall": 0.046, "recall_low": 0.036, "recall_high": 0.056, "popularity": 0.02, "cosine": 0.91,
        "overlap_at_50": 0.85, "noise": 1.5,
    }  # fmt: skip
    assert versions[-1]["version"] == held


def test_one_version_has_no_history(planted: Planted, status: Status) -> None:
    planted.version("flits", 1)
    assert "History" not in status(as_json=False)


def test_a_long_history_shows_its_newest(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = dict.fromkeys(("recall", "popularity", "cosine", "noise"))
    versions = [
        {"day": f"day {at}", "verdict": "pass", "rows": at, "metrics": metrics} for at in range(1, 61)
    ]
    print_history(versions)
    printed = capsys.readouterr().out
    assert "History: 40 versions, day 21 to day 60" in printed
    assert "recall" not in printed, "a metric that no version has"


def test_status_leads_to_the_report(planted: Planted, status: Status) -> None:
    planted.version("flits", 1)
    with_report = planted.version("flits", 2, documents=REPORT)
    path = planted.home.snapshots / "flits" / with_report / "report.html"
    assert f"{with_report}: report: {path}" in status(as_json=False)
    assert [version["report"] for version in status(as_json=True)] == [
        None,
        f"snapshots/flits/{with_report}/report.html",
    ]
    found = report_of(planted.home, planted.store.manifest("flits", with_report))
    assert found == str(path) and path.read_bytes() == REPORT["report.html"]


def test_while_servers_are_up_the_report_is_a_page(planted: Planted, status: Status) -> None:
    """Only there it links its run in MLflow and the form that decides."""
    version = planted.version("flits", 1, documents=REPORT)
    since = datetime(2026, 3, 1, tzinfo=UTC)
    served = Served("http://127.0.0.1:4200", "http://127.0.0.1:5000", since, "http://127.0.0.1:4200")
    write_served(planted.home, served)
    page = f"http://127.0.0.1:4200/reports/flits/{version}/report.html"
    assert page not in status(as_json=False), "nobody serves it now"
    with (planted.home.root / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert f"{version}: report: {page}" in status(as_json=False)


def test_the_page_of_a_version_leads_to_its_report_in_mlflow(planted: Planted) -> None:
    version = planted.version(
        "flits", 1, documents=REPORT, mlflow=MlflowReference(run_id="r1", model_version="4")
    )
    manifest = planted.store.manifest("flits", version)
    links = MlflowLinks("http://127.0.0.1:5000", {"flits": "3"})
    said = version_section(Shown(manifest, None), links)
    place = (
        "http://127.0.0.1:5000/#/experiments/3/runs/r1/artifacts/report.html?workflowType=machine_learning"
    )
    assert f"[report]({place})" in said
    assert said.endswith(f"`snapshots/flits/{version}/report.html`")
    older = Shown(manifest.model_copy(update={"files": manifest.files[-1:]}), None)
    assert "report" not in version_section(older, links)
