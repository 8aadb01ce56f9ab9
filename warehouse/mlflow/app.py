"""MLflow's web application as this product serves it: all of it but the assistant.

The assistant runs commands on this machine for whoever reaches its address, and on the loopback interface that is
every account of the machine. MLflow has no switch for it.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ASSISTANT = "/ajax-api/3.0/mlflow/assistant"


class WithoutAssistant:
    """Whatever is asked of the assistant is not found."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ASSISTANT):
            await PlainTextResponse("The assistant is switched off.", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def create_app() -> FastAPI:
    """For whoever reaches the address."""
    from mlflow.server.fastapi_app import app as whole

    app: FastAPI = whole
    app.add_middleware(WithoutAssistant)
    return app


def create_app_with_logins() -> FastAPI:
    """For those who know a user and the password."""
    from mlflow.server.auth import create_app as with_logins

    app: FastAPI = with_logins()
    app.add_middleware(WithoutAssistant)
    return app
