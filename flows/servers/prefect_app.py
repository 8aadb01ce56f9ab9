"""The Prefect server, answering only those who ask for it by a name that it knows, and refusing impossible days.

Without the check any web page could reach it through a name of its own that resolves to this machine
(DNS rebinding); Prefect itself accepts any Host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import prefect
from prefect.server.api.server import create_app as create_prefect
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.servers.report_pages import ReportPages

HOSTS = ["127.0.0.1", "localhost"]
NEW_RUN = re.compile(r"/api/deployments/[0-9a-f-]+/create_flow_run")


def create_app() -> ASGIApp:
    """Prefect's application as its settings say, behind the check. uvicorn calls this.

    The check stands around the application, not in it: Prefect's automations ask the application itself, by a name
    of their own, and would be refused without a word.
    """
    _leave_out_second_interface()
    return TrustedHostMiddleware(ReportPages(DaysInOrder(create_prefect())), allowed_hosts=HOSTS)


class DaysInOrder:
    """Refuses a run whose last day is before its first, or that may not know its own days, while its form is open.

    A form's schema cannot compare two fields, and the run itself would only fail later.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not NEW_RUN.fullmatch(scope["path"]):
            return await self._app(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        wrong = wrong_days(_parameters(body))
        if wrong is not None:
            return await JSONResponse({"detail": wrong}, 409)(scope, receive, send)

        async def receive_body() -> Message:
            nonlocal body
            sent, body = body, b""
            return {"type": "http.request", "body": sent} if sent else await receive()

        return await self._app(scope, receive_body, send)


def wrong_days(parameters: Mapping[str, Any]) -> str | None:
    """What is wrong with the days of a run, as ISO texts; None where they are in order or absent."""
    days = [parameters.get(name) for name in ("first", "last", "known_as_of")]
    first, last, known = (day if isinstance(day, str) else None for day in days)
    if first is not None and last is not None and last < first:
        return f"last day {last} is before first day {first}; swap them"
    if known is not None and last is not None and known < last:
        return f"known_as_of {known} is before the last day {last}; give that day or a later one"
    return None


def _parameters(body: bytes) -> Mapping[str, Any]:
    """The parameters of a new run; nothing where the body is none, which Prefect then says itself."""
    try:
        found = json.loads(body).get("parameters")
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _leave_out_second_interface() -> None:
    """Offer only the first of Prefect's two interfaces.

    The second calls an analytics host whatever is set, and its forms switch retries off. A setting can only make it
    not the default; without its files it is not offered.
    """
    prefect.__ui_v2_static_path__ = Path(__file__).with_name("no such folder")
