"""The Prefect server, answering only those who ask for it by a name that it knows.

Without the check any web page could reach it through a name of its own that resolves to this machine
(DNS rebinding); Prefect itself accepts any Host.
"""

from __future__ import annotations

from pathlib import Path

import prefect
from prefect.server.api.server import create_app as create_prefect
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

HOSTS = ["127.0.0.1", "localhost"]


def create_app() -> ASGIApp:
    """Prefect's application as its settings say, behind the check. uvicorn calls this.

    The check stands around the application, not in it: Prefect's automations ask the application itself, by a name
    of their own, and would be refused without a word.
    """
    _leave_out_second_interface()
    return TrustedHostMiddleware(create_prefect(), allowed_hosts=HOSTS)


def _leave_out_second_interface() -> None:
    """Offer only the first of Prefect's two interfaces.

    The second calls an analytics host whatever is set, and its forms switch retries off. A setting can only make it
    not the default; without its files it is not offered.
    """
    prefect.__ui_v2_static_path__ = Path(__file__).with_name("no such folder")
