"""The synthetic Flutter: lands its logs night by night, at any size, and knows what is true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.landing.birds import birds_arriving
from tasks.synthetic.landing.erasures import erasures_arriving
from tasks.synthetic.landing.files import MadeFile, clear_aside
from tasks.synthetic.landing.flits import flits_arriving
from tasks.synthetic.landing.follows import follows_arriving
from tasks.synthetic.landing.interactions import events_of_birds, interactions_arriving
from tasks.synthetic.landing.span import Span
from tasks.synthetic.landing.writer import Writer
from tasks.synthetic.parameters import SyntheticParameters
from tasks.synthetic.randomness import Chunk
from tasks.synthetic.truth import Truth
from tasks.synthetic.world import World

Report = Callable[[int, int], None]
"""Called with (steps done, steps in all) during long work."""

_BULK_DAYS = 7


@dataclass(frozen=True, slots=True)
class LandedNight:
    """What one night, or the history before the first, brought; files in order of path."""

    day: date
    files: tuple[MadeFile, ...]

    @property
    def lines(self) -> int:
        return sum(file.lines for file in self.files)

    def of(self, stream: str) -> tuple[MadeFile, ...]:
        """The files of one stream."""
        return tuple(file for file in self.files if file.stream == stream)


class Flutter:
    """A synthetic Flutter. Same parameters, same bytes, whichever nights are landed, in whatever order.

    That holds for one set of library versions and one kind of processor: exp and log differ in their last bit
    between kinds.
    """

    def __init__(self, parameters: SyntheticParameters | None = None) -> None:
        self.parameters = parameters or SyntheticParameters()

    @property
    def nights(self) -> list[date]:
        """The days that land one by one."""
        return [self._date(self.parameters.history_days + night) for night in range(self.parameters.nights)]

    def truth(self) -> Truth:
        """What is true of this world and no landing file says."""
        return Truth(self._world)

    def land_history(self, landing: Path, report: Report | None = None) -> LandedNight:
        """Write all that arrived before the first night, in bulk files that land on the first night.

        A file holds a week, or a day where the world has several chunks of birds.
        """
        spans, files = self._bulk_spans(), list[MadeFile]()
        writer = self._writer(landing, self.parameters.history_days)
        for done, span in enumerate(spans, start=1):
            for chunk in self._world.chunks:
                files += self._land_bulk(writer, span, chunk)
            _tell(report, done, len(spans))
        return self._landed(landing, writer, files)

    def land(self, landing: Path, day: date, report: Report | None = None) -> LandedNight:
        """Write all that arrives on `day`, one of the nights; ValueError for another day.

        The books of its files count on history and earlier nights having landed.
        """
        writer, files = self._writer(landing, self.parameters.day_index(day)), list[MadeFile]()
        chunks = self._world.chunks
        for done, chunk in enumerate(chunks, start=1):
            files += self._land_chunk(writer, chunk)
            _tell(report, done, len(chunks))
        files += writer.write("erasures", erasures_arriving(self._world, writer.day))
        return self._landed(landing, writer, files)

    @cached_property
    def _world(self) -> World:
        return World(self.parameters)

    def _date(self, index: int) -> date:
        return self.parameters.first_day + timedelta(days=index)

    def _writer(self, landing: Path, index: int) -> Writer:
        return Writer(self.parameters, landing, index, self._date(index), len(self._world.chunks))

    def _landed(self, landing: Path, writer: Writer, files: list[MadeFile]) -> LandedNight:
        clear_aside(landing)
        return LandedNight(writer.landed_on, tuple(sorted(files, key=lambda file: file.path)))

    def _land_chunk(self, writer: Writer, chunk: Chunk) -> list[MadeFile]:
        world, span = self._world, Span(writer.day, writer.day + 1)
        events = events_of_birds(world, writer.day, chunk)
        return [
            *writer.write_by_hour(
                "interactions", interactions_arriving(world, writer.day, events, chunk), chunk
            ),
            *writer.write("flits", flits_arriving(world, writer.day, events, chunk), chunk),
            *writer.write("birds", birds_arriving(world, span, chunk), chunk),
            *writer.write("follows", follows_arriving(world, span, chunk), chunk),
        ]

    def _bulk_spans(self) -> list[Span]:
        """The days of history, file by file; the first takes what was before the world."""
        step = _BULK_DAYS if len(self._world.chunks) == 1 else 1
        end = self.parameters.history_days
        spans = [Span(first, min(first + step, end), first == 0) for first in range(0, end, step)]
        return spans or [Span(0, 0, and_before=True)]

    def _land_bulk(self, writer: Writer, span: Span, chunk: Chunk) -> list[MadeFile]:
        world, seen, flits = self._world, list[Arrived](), list[Arrived]()
        for day in span.days:
            events = events_of_birds(world, day, chunk)
            seen.append(interactions_arriving(world, day, events, chunk))
            flits.append(flits_arriving(world, day, events, chunk))
        arrived = {
            "interactions": seen,
            "flits": flits,
            "birds": [birds_arriving(world, span, chunk)],
            "follows": [follows_arriving(world, span, chunk)],
        }
        return [
            file
            for name, parts in arrived.items()
            if parts
            for file in writer.write_bulk(name, Arrived.joined(parts), chunk, self._date(span.first))
        ]


def _tell(report: Report | None, done: int, total: int) -> None:
    if report is not None:
        report(done, total)
