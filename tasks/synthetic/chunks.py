"""Birds are handled some at a time: what bounds memory, and what makes a part of the world on its own possible."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.synthetic.parameters import SyntheticParameters


@dataclass(frozen=True, slots=True)
class Chunk:
    """Birds [start, stop) by their number; `number` counts chunks from 0 on."""

    number: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """Its rows in the population."""
        return slice(self.start, self.stop)


def chunks_of(parameters: SyntheticParameters, population: int) -> list[Chunk]:
    """The chunks that `population` birds are handled in."""
    size = parameters.birds_per_chunk
    starts = range(0, population, size)
    return [Chunk(number, start, min(start + size, population)) for number, start in enumerate(starts)]
