"""The report of a version as a person opens it: a file in a browser, on a phone or a desk, by day or by night."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.end_to_end.place import Place
from tests.system.browser import PATIENCE_MS, Chromium, chromium
from tests.system.servers import up

MACHINE_LEARNING = "?workflowType=machine_learning"
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


@pytest.fixture(scope="module")
def report(undisturbed: Place) -> Path:
    """Of the third night of a space that is trained anew every night."""
    return undisturbed.snapshots / "items" / undisturbed.versions("items")[2] / "report.html"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_screen_and_asks_nobody_for_anything(
    report: Path, size: tuple[int, int], scheme: str
) -> None:
    with chromium(size) as window:
        said: list[str] = []
        window.page.on("console", lambda message: said.append(message.text))
        window.page.on("pageerror", lambda error: said.append(str(error)))
        window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page = window.open(report.as_uri())
        for summary in page.locator("summary").all():
            summary.click()
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths == [size[0], size[0]], "it can be moved sideways"
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(SIDEWAYS) == []
        assert said == []
        assert window.asked == [report.as_uri()]
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", paper))) < 200) == (scheme == "dark")


CUT_OFF = """[...document.querySelectorAll('svg.chart text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < -1 || box.right > window.innerWidth + 1);
}).map(text => text.textContent)"""
"""What stands in a chart and does not fit on the screen."""
SIDEWAYS = """[...document.querySelectorAll('.scroll')].filter(table => table.scrollWidth > table.clientWidth)
    .map(table => table.getAttribute('aria-label'))"""
"""Tables that are wider than the screen."""


def test_what_matters_is_read_without_unfolding_and_the_rest_unfolds(report: Path, window: Chromium) -> None:
    page = window.open(report.as_uri())
    expect(page.get_by_role("status")).to_contain_text("Released")
    assert page.evaluate("document.documentElement.scrollHeight") <= 3_500
    for shown in ("#quality", "#map", "#movers"):
        expect(page.locator(shown)).to_be_visible()
    parts = page.locator("details.part")
    assert parts.count() >= 6
    for part in parts.all():
        expect(part.locator("section")).to_be_hidden()
        part.locator("summary").first.click()
        expect(part.locator("section")).to_be_visible()


def test_the_report_of_the_predecessor_is_one_step_away(
    report: Path, undisturbed: Place, window: Chromium
) -> None:
    page = window.open(report.as_uri())
    page.get_by_role("link", name=undisturbed.versions("items")[1]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("items of ")
    assert undisturbed.versions("items")[1] in page.url


def test_a_person_sees_verdict_and_map(report: Path, picture: Callable[[Page, str, FloatRect], None]) -> None:
    """And the README shows the two of them."""
    with chromium((1040, 900)) as window:
        page = window.open(report.as_uri())
        expect(page.get_by_role("img", name=re.compile("^Map of "))).to_be_visible()
        below = page.locator("#map").bounding_box()
        assert below is not None
        picture(page, "report", {"x": 0, "y": 0, "width": 1040, "height": below["y"] + below["height"]})


def test_mlflow_and_the_servers_of_the_home_show_it(
    undisturbed: Place, tmp_path: Path, window: Chromium
) -> None:
    """MLflow's page of artifacts opens a report; the page beside Prefect's links the run, and the predecessor's."""
    place = undisturbed.copy(tmp_path / "place")
    version = place.versions("items")[2]
    run = place.manifest("items", version)["mlflow"]["run_id"]
    experiment = place.mlflow("SELECT experiment_id FROM runs WHERE run_uuid = ?", run)[0][0]
    with up(place) as servers:
        address = (
            f"{servers.mlflow}/#/experiments/{experiment}/runs/{run}/artifacts/report.html{MACHINE_LEARNING}"
        )
        page = window.open(address)
        shown = page.frame_locator("iframe").get_by_role("heading", name=re.compile("^items of "))
        expect(shown).to_be_visible(timeout=PATIENCE_MS)
        page = window.open(f"{servers.prefect}/reports/items/{version}/report.html")
        address = page.get_by_role("link", name="run in MLflow").get_attribute("href") or ""
        assert address.startswith(servers.mlflow) and run in address
        page.get_by_role("link", name=place.versions("items")[1]).click()
        expect(page.get_by_role("heading", name=re.compile("^items of "))).to_be_visible()
        assert page.url == f"{servers.prefect}/reports/items/{place.versions('items')[1]}/report.html"
        assert window.strangers == []
