"""Steps are announced to whoever listens, and to nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.progress import heard_by, step


class Ear:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def started(self, step: str) -> None:
        self.heard.append(("started", step))

    def advanced(self, step: str, done: int, total: int) -> None:
        self.heard.append(("advanced", step, done, total))

    def finished(self, step: str, note: str) -> None:
        self.heard.append(("finished", step, note))


def test_a_step_says_its_beginning_its_advance_and_its_end() -> None:
    ear = Ear()
    with heard_by(ear), step("train") as report:
        report(1, 2)
        report.note = "3 flits"
    assert ear.heard == [("started", "train"), ("advanced", "train", 1, 2), ("finished", "train", "3 flits")]


def test_a_step_that_fails_does_not_end() -> None:
    ear = Ear()
    with pytest.raises(ZeroDivisionError), heard_by(ear), step("train"):
        raise ZeroDivisionError
    assert ear.heard == [("started", "train")]


def test_nobody_listens_after_the_block_also_where_it_failed() -> None:
    outer, inner = Ear(), Ear()
    with heard_by(outer):
        with pytest.raises(ZeroDivisionError), heard_by(inner):
            raise ZeroDivisionError
        with step("after"):
            pass
    with step("unheard"):
        pass
    assert inner.heard == []
    assert [heard[1] for heard in outer.heard] == ["after", "after"]


def test_steps_of_other_threads_are_heard() -> None:
    ear = Ear()

    def work(name: str) -> None:
        with step(name):
            pass

    with heard_by(ear), ThreadPoolExecutor(4) as pool:
        list(pool.map(work, map(str, range(20))))
    assert sorted(str(heard[1]) for heard in ear.heard if heard[0] == "finished") == sorted(
        map(str, range(20))
    )
