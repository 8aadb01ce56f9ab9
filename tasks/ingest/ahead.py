"""Work done ahead in a thread: parsing goes on while the warehouse writes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_POLL_S = 0.05


def ahead(items: Iterator[T], depth: int = 2) -> Generator[T, None, None]:
    """The same items in the same order, up to `depth` of them made before they are asked for.

    An exception comes out where its item would have. A consumer that stops early stops the thread.
    """
    queue: Queue[tuple[str, T | BaseException | None]] = Queue(depth)
    stopped = Event()

    def put(entry: tuple[str, T | BaseException | None]) -> None:
        while not stopped.is_set():
            try:
                queue.put(entry, timeout=_POLL_S)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                put(("item", item))
                if stopped.is_set():
                    return
            put(("end", None))
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            put(("error", error))

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            kind, content = queue.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(content, BaseException)
                raise content
            yield content  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
