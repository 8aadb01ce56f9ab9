"""MLflow's pages: two nights of a space side by side tell which is better and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.place import Place
from tests.system.browser import PATIENCE_MS, Chromium
from tests.system.pages import ModelPage
from tests.system.servers import Up, up

MACHINE_LEARNING = "?workflowType=machine_learning"
HEADLINES = ("recall_at_10", "recall_at_10_low", "recall_at_10_high", "popularity_recall_at_10", "coverage_rows",
             "drift_aligned_cosine", "drift_overlap_at_50")  # fmt: skip


def test_two_nights_side_by_side(
    undisturbed: Place, tmp_path: Path, window: Chromium, picture: Callable[..., None]
) -> None:
    place = undisturbed.copy(tmp_path / "place")
    versions = place.versions("items")[1:3]
    with up(place) as servers:
        window.open(servers.document["links"]["models and their versions"])
        models = ModelPage(window.page)
        models.welcome()
        window.page.get_by_role("link", name="items", exact=True).click()
        models.compare(2, 3)
        window.page.get_by_text("Comparing 2 Versions").wait_for()
        for version in versions:
            expect(window.page.get_by_text(version, exact=True).first).to_be_visible()
        for metric in HEADLINES:
            expect(row_of(window.page, metric)).to_be_visible()
        old, new = shown(window.page, "recall_at_10")
        known = [place.manifest("items", version)["evaluation"] for version in versions]
        assert [old, new] == [rounded(find(document, "recall_at_10")) for document in known]
        models.keep_to_metrics()
        row_of(window.page, "recall_at_10_low").scroll_into_view_if_needed()
        picture(window.page, "compare", {"x": 196, "y": 0, "width": 1084, "height": 832})
        expect_linked_both_ways(servers, place, versions[1], window)
        assert window.strangers == []


def row_of(page: Page, metric: str) -> Locator:
    return page.get_by_role("row", name=re.compile(rf"^{metric}\s"))


def shown(page: Page, metric: str) -> list[float]:
    """What a row of the comparison shows."""
    return [float(text) for text in row_of(page, metric).get_by_role("cell").all_inner_texts()]


def find(document: object, name: str) -> float:
    """The value of a metric, wherever it is in a manifest's evaluation."""
    found = re.search(rf'"{name}": ?(?:\{{"value": ?)?(-?[\d.e-]+)', json.dumps(document))
    assert found, document
    return float(found[1])


def rounded(value: float) -> float:
    return round(value, 3)


def expect_linked_both_ways(servers: Up, place: Place, version: str, window: Chromium) -> None:
    """From the run in MLflow to the run in Prefect and the snapshot, with its plots."""
    manifest = place.manifest("items", version)
    run_id = manifest["mlflow"]["run_id"]
    experiment = place.mlflow("SELECT experiment_id FROM runs WHERE run_uuid = ?", run_id)[0][0]
    page = window.open(f"{servers.mlflow}/#/experiments/{experiment}/runs/{run_id}{MACHINE_LEARNING}")
    expect(page.get_by_text(manifest["prefect_flow_run_id"]).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(f"snapshots/items/{version}").first).to_be_visible()
    page = window.open(
        f"{servers.mlflow}/#/experiments/{experiment}/runs/{run_id}/artifacts{MACHINE_LEARNING}"
    )
    page.get_by_text("map.png").click()
    picture = page.get_by_role("img", name="map.png").or_(
        page.locator("img[src*='map.png'], img[src^='blob:']")
    )
    expect(picture.first).to_be_visible()
