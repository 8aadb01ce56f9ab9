"""Writes landing files: names, formats, flaws, books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from tasks.synthetic.landing.arrived import Arrived
from tasks.synthetic.landing.faults import Flaws, weave
from tasks.synthetic.landing.files import MadeFile, encoded, write_whole
from tasks.synthetic.landing.flits import COLUMNS as FLIT_COLUMNS
from tasks.synthetic.parameters import Format, SyntheticParameters
from tasks.synthetic.randomness import Chunk, Purpose, stream
from tasks.synthetic.rhythm import DAY_MS, HOUR_MS

_FIELDS = {
    "interactions": (
        "event_id", "occurred_at", "bird_id", "flit_id", "kind", "surface", "session_id", "dwell_ms",
    ),
    "flits": FLIT_COLUMNS,
    "birds": ("bird_id", "joined_at", "geo", "born_on"),
    "follows": ("event_id", "occurred_at", "bird_id", "followee_id", "action"),
    "erasures": ("requested_at", "bird_id", "flit_id"),
}  # fmt: skip
STREAMS = tuple(_FIELDS)
_MOST_FILES_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Place:
    """A file's place among all.

    `name`: the start of its name. `chunk`: whose rows it holds, None for everybody's. `number`: counts the
    files of its stream and chunk.
    """

    stream: str
    name: str
    chunk: int | None
    number: int
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the rows that arrive on day `day` of the world, or before it in bulk, into the folder `landing`."""

    parameters: SyntheticParameters
    landing: Path
    day: int
    landed_on: date
    parts: int

    def write(self, stream_name: str, arrived: Arrived, chunk: Chunk | None = None) -> list[MadeFile]:
        """One file for the day, none where nothing arrived; of all birds where no chunk is named."""
        number = None if chunk is None else chunk.number
        place = Place(stream_name, self.landed_on.isoformat(), number, self.day)
        return self._write(place, arrived, None, last=True)[0]

    def write_bulk(self, stream_name: str, arrived: Arrived, chunk: Chunk, first_day: date) -> list[MadeFile]:
        """A file of history that begins on `first_day`, as one that landed on the writer's day."""
        name = f"{self.landed_on}.bulk-{first_day}"
        number = (first_day - self.parameters.first_day).days
        place = Place(stream_name, name, chunk.number, number, bulk=True)
        return self._write(place, arrived, None, last=True)[0]

    def write_by_hour(self, stream_name: str, arrived: Arrived, chunk: Chunk) -> list[MadeFile]:
        """The day in `files_a_day` equal parts, named by their last hour; late rows land with the first.

        A file may bring again some rows of the one before it.
        """
        count, carried, files = self.parameters.files_a_day, None, []
        hours = 24 // count
        part = np.maximum(arrived.at_ms - self.day * DAY_MS, 0) // (hours * HOUR_MS)
        for number in range(count):
            name = (
                f"{self.landed_on}T{(number + 1) * hours - 1:02d}"
                if count > 1
                else self.landed_on.isoformat()
            )
            place = Place(stream_name, name, chunk.number, self.day * _MOST_FILES_A_DAY + number)
            mine = arrived.rows(np.flatnonzero(part == number))
            written, carried = self._write(place, mine, carried, last=number == count - 1)
            files += written
        return files

    def _write(
        self, place: Place, arrived: Arrived, carried: Arrived | None, *, last: bool
    ) -> tuple[list[MadeFile], Arrived | None]:
        if not len(arrived):
            return [], carried
        key = (STREAMS.index(place.stream), place.number, place.chunk or 0, int(place.bulk))
        rng = stream(self.parameters.seed, Purpose.FILES, *key)
        flaws = weave(rng, self.parameters, place.stream, arrived, carried, last=last)
        kind = self._format(place)
        data, blank = encoded(rng, place.stream, flaws, kind)
        path = f"{place.stream}/{place.name}{self._part(place)}.{kind}"
        write_whole(self.landing, path, data)
        return [self._books(place, path, flaws, blank)], flaws.redelivered

    def _books(self, place: Place, path: str, flaws: Flaws, blank: int) -> MadeFile:
        fresh = flaws.rows.at_ms[~flaws.copy]
        return MadeFile(
            stream=place.stream,
            path=path,
            accepted=len(fresh),
            duplicates=int(flaws.copy.sum()),
            quarantined=len(flaws.dirty),
            blank=blank,
            resent=int(flaws.resent),
            late=0 if place.bulk else int(np.count_nonzero(fresh < self.day * DAY_MS)),
            unknown_fields=tuple(
                name for name in flaws.rows.frame.columns if name not in _FIELDS[place.stream]
            ),
        )

    def _part(self, place: Place) -> str:
        """What tells chunks apart: nothing where there is one."""
        return f".part{place.chunk:04d}" if self.parts > 1 and place.chunk is not None else ""

    def _format(self, place: Place) -> Format:
        """Formats take turns; flits never come as CSV, which has no way to write a list of hashtags."""
        formats = self.parameters.formats
        if place.stream == "flits":
            formats = tuple(kind for kind in formats if not kind.startswith("csv")) or ("jsonl.gz",)
        return formats[(STREAMS.index(place.stream) + place.number + (place.chunk or 0)) % len(formats)]
