"""Debian's Chromium without a screen, which notes whom each page calls."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
LOOPBACK = ("127.0.0.1", "localhost")
PATIENCE_MS = 120_000
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--force-color-profile=srgb",
)


@dataclass(slots=True)
class Chromium:
    """One window, and every address that its pages asked for."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Go to a page."""
        self.page.goto(url, wait_until="domcontentloaded")
        return self.page

    @property
    def strangers(self) -> list[str]:
        """What was asked of any host but this machine."""
        foreign = {url for url in self.asked if not _is_local(url)}
        return sorted(foreign)


@contextmanager
def chromium(size: tuple[int, int] = (1280, 900), auth: str | None = None) -> Iterator[Chromium]:
    """A fresh profile. `auth`: `user:password` for servers that ask for it."""
    assert CHROMIUM.exists(), f"no {CHROMIUM}; `make packages` installs Debian's"
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, http_credentials=_credentials(auth)
            )
            context.set_default_timeout(PATIENCE_MS)
            window = Chromium(context.new_page())
            _listen(context, window.asked)
            yield window
        finally:
            browser.close()


def _listen(context: BrowserContext, asked: list[str]) -> None:
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    for page in context.pages:
        page.on("websocket", lambda socket: asked.append(socket.url))


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in LOOPBACK


def _credentials(auth: str | None) -> dict[str, str] | None:
    if auth is None:
        return None
    user, _, password = auth.partition(":")
    return {"username": user, "password": password}
