"""MLflow's web application as this product serves it: all of it but the assistant, with its menu of models.

The assistant runs commands on this machine for whoever reaches its address, and on the loopback interface that is
every account of the machine. MLflow has no switch for it.

Its pages open in a mode for language models, which hides models and comparisons. A link's `workflowType` holds for one
page; the next click falls back to what the browser remembers. So the first page lets a browser that remembers nothing
remember the other mode; whoever switches in the page stays where they switch to.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSISTANT = "/ajax-api/3.0/mlflow/assistant"
MODE = "mlflow.workflowType_v1"
"""Where a browser keeps the mode of MLflow's pages."""
SCRIPT = (
    f"<script>localStorage.getItem('{MODE}')||localStorage.setItem('{MODE}','\"machine_learning\"')</script>"
)


class WithoutAssistant:
    """Whatever is asked of the assistant is not found."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ASSISTANT):
            await PlainTextResponse("The assistant is switched off.", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class WithModels:
    """The first page, with a script that sets the mode of a browser that has none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def changed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = body.replace(b"<head>", b"<head>" + SCRIPT.encode(), 1) if start["status"] == 200 else body
            headers = MutableHeaders(raw=list(start["headers"]))
            if page != body:
                headers["content-length"] = str(len(page))
                del headers["etag"], headers["last-modified"]
            await send({**start, "headers": headers.raw})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, changed)


def create_app() -> FastAPI:
    """For whoever reaches the address."""
    from mlflow.server.fastapi_app import app as whole

    app: FastAPI = whole
    return _ours(app)


def create_app_with_logins() -> FastAPI:
    """For those who know a user and the password."""
    from mlflow.server.auth import create_app as with_logins

    app: FastAPI = with_logins()
    return _ours(app)


def _ours(app: FastAPI) -> FastAPI:
    app.add_middleware(WithoutAssistant)
    app.add_middleware(WithModels)
    return app
