"""Versions' reports, served beside Prefect's pages, with the addresses that only live servers know.

A report is a file that never changes; its run in MLflow is made after it, and the form that decides comes and goes.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.servers.addresses import basic_authorization
from flows.servers.approvals import forms
from flows.settings import Settings, settings
from warehouse.snapshots import Manifest, SnapshotError, SnapshotStore

REPORT = "report.html"
ADDRESS = re.compile(rf"/reports/([^/]+)/([^/]+)/{re.escape(REPORT)}")

logger = logging.getLogger("nightjar")


class ReportPages:
    """Answers for reports, to those who may use the API; everything else is the application's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        matched = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if matched is None or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        answer = await run_in_threadpool(_answer, settings(), _authorization(scope), matched[1], matched[2])
        return await answer(scope, receive, send)


def _authorization(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")


def _answer(chosen: Settings, authorization: str, space: str, version: str) -> Response:
    for wanted in basic_authorization(chosen.auth).values():
        if not hmac.compare_digest(wanted.encode(), authorization.encode()):
            return PlainTextResponse(
                "Name and password, please.", 401, {"WWW-Authenticate": 'Basic realm="Nightjar"'}
            )
    store = SnapshotStore(chosen.home.snapshots)
    try:
        manifest = store.manifest(space, version)
    except SnapshotError as error:
        return PlainTextResponse(str(error), 404)
    if manifest.file(REPORT) is None:
        return PlainTextResponse(f"{space} {version} was made without a report", 404)
    page = (Path(chosen.home.snapshots) / space / version / REPORT).read_text(encoding="utf-8")
    return HTMLResponse(page.replace("</header>", f"{_links(chosen, manifest)}</header>", 1))


def _links(chosen: Settings, manifest: Manifest) -> str:
    """What lives around the report, as a line of its head."""
    links = [
        Markup('<a href="{}">{}</a>').format(address, text) for text, address in _known(chosen, manifest)
    ]
    return Markup('<p class="quiet" id="live">{}</p>').format(Markup(" · ").join(links)) if links else ""


def _known(chosen: Settings, manifest: Manifest) -> Iterator[tuple[str, str]]:
    form = forms(chosen.prefect_api_url, chosen.auth).get((manifest.space, manifest.version))
    if form is not None:
        yield "decide: release or discard", form
    from flows.pages.artifacts import links_to, shown

    known = shown(SnapshotStore(chosen.home.snapshots), manifest)
    try:
        found = dict(links_to(chosen, [manifest.space]).of(manifest, known.predecessor))
    except Exception:
        logger.warning("a report without the addresses of MLflow, which does not answer", exc_info=True)
        found = {}
    for text in ("run", "model", "beside its predecessor"):
        if text in found:
            yield f"{text} in MLflow", found[text]
    if manifest.prefect_flow_run_id is not None:
        yield "run in Prefect", f"/runs/flow-run/{manifest.prefect_flow_run_id}"
