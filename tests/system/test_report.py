"""The report of a version as a person opens it: a file in a browser, on a phone or a desk, by day or by night."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.end_to_end.place import Place
from tests.system.browser import Chromium, chromium
from tests.system.servers import up

MACHINE_LEARNING = "?workflowType=machine_learning"
SIZES = {"phone": (375, 812), "desk": (1280, 900)}


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
        assert said == []
        assert window.asked == [report.as_uri()]
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", paper))) < 200) == (scheme == "dark")


CUT_OFF = """[...document.querySelectorAll('svg.chart text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < -1 || box.right > window.innerWidth + 1);
}).map(text => text.textContent)"""
"""What stands in a chart and does not fit on the screen."""


def test_every_section_is_reached_from_the_top(report: Path, window: Chromium) -> None:
    page = window.open(report.as_uri())
    expect(page.get_by_role("status")).to_contain_text("Released")
    links = page.get_by_role("navigation").get_by_role("link")
    assert links.count() >= 8
    for link in links.all():
        link.click()
        anchor = str(link.get_attribute("href"))
        expect(page.locator(anchor)).to_be_in_viewport()


def test_a_person_sees_verdict_and_map(report: Path, picture: Callable[[Page, str, FloatRect], None]) -> None:
    """And the README shows the two of them."""
    with chromium((800, 900)) as window:
        page = window.open(report.as_uri())
        page.add_style_tag(content="#rules, #quality { display: none }")
        expect(page.get_by_role("img", name=re.compile("^Map of "))).to_be_visible()
        below = page.locator("#map").bounding_box()
        assert below is not None
        picture(page, "report", {"x": 0, "y": 0, "width": 800, "height": below["y"] + below["height"]})


def test_mlflow_shows_it(undisturbed: Place, tmp_path: Path, window: Chromium) -> None:
    """Its page of artifacts opens a report at the address that the pages of a version lead to."""
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
        expect(shown).to_be_visible()
        assert window.strangers == []
