"""A local receiver of alerts: it takes what is posted and keeps it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody sent: method, path and body."""

    method: str
    path: str
    body: str


@dataclass(slots=True)
class Receiver:
    """The address to send to, and what came."""

    url: str
    requests: list[Request] = field(default_factory=list)

    def wait_for(self, wanted: Callable[[Request], bool], patience_s: float = 60) -> Request:
        """The first request that is wanted. AssertionError where none comes in time."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            for request in list(self.requests):
                if wanted(request):
                    return request
            time.sleep(0.1)
        raise AssertionError(f"not among the {len(self.requests)} requests that came: {self.requests}")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of loopback."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            receiver.requests.append(Request(self.command, self.path, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
