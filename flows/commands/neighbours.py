"""`nightjar neighbours`: who is near an id, or near a sum of ids, by the space's metric or another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.commands.drift import nearest_with_texts, texts_of
from flows.commands.terminal import print_json, print_table
from flows.settings import Settings
from warehouse.home import Home
from warehouse.similarity import Metric, combine, nearest
from warehouse.snapshots import Snapshot, SnapshotError, SnapshotStore
from warehouse.vectors import Vectors

DONE = 0


@dataclass(frozen=True, slots=True)
class NeighbourQuery:
    """Neighbours of `id`, or of `id` less `minus` and with `plus`: 'a is to b as c is to …' is b − a + c."""

    id: str
    k: int
    version: str | None = None
    metric: Metric | None = None
    minus: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return " ".join([self.id, *(f"− {id_}" for id_ in self.minus), *(f"+ {id_}" for id_ in self.plus)])


def show_neighbours(chosen: Settings, as_json: bool, space: str, request: NeighbourQuery) -> int:
    """Print the nearest neighbours of an id or of a sum of ids, with their texts where they have some."""
    store = SnapshotStore(chosen.home.snapshots)
    version = None if request.version is None else store.named(space, request.version)
    snapshot = Snapshot.open(chosen.home.snapshots, space, version)
    plain = request.metric is None and not request.minus and not request.plus
    found = (
        nearest_with_texts(chosen.home, snapshot, request.id, request.k)
        if plain
        else _by_measure(chosen.home, snapshot, request)
    )
    if as_json:
        wanted = {"id": request.id, "minus": request.minus, "plus": request.plus, "metric": request.metric}
        named = {key: value for key, value in wanted.items() if value}
        print_json({"space": space, "version": snapshot.version, **named, "neighbours": found["neighbours"]})
        return DONE
    print_table(
        f"{space} {snapshot.version}: nearest to {request.words}"
        + (f" — {found['text']}" if found["text"] else ""),
        ["id", request.metric or "score", "text"],
        [[near["id"], near["score"], near["text"]] for near in found["neighbours"]],
    )
    return DONE


def _by_measure(home: Home, snapshot: Snapshot, request: NeighbourQuery) -> dict[str, Any]:
    """As `nearest_with_texts`, among all rows, without an index; the ids of the question are no answers."""
    vectors, ids = Vectors(snapshot.ids, snapshot.matrix), (request.id, *request.plus)
    row = vectors.rows([request.id])
    try:
        alone = not request.plus and not request.minus and row[0] >= 0
        # A vector by itself keeps its length: distances see it.
        query = vectors.matrix[row[0]] if alone else combine(vectors, ids, request.minus)
    except KeyError as error:
        raise SnapshotError(
            f"{snapshot.version}: {error.args[0]}; `nightjar status` names the spaces"
        ) from error
    near = nearest(vectors, query, request.k, request.metric or "cosine", excluded=(*ids, *request.minus))
    texts = texts_of(home, [request.id, *(one.id for one in near)])
    listed = [{"id": one.id, "score": one.value, "text": texts.get(one.id)} for one in near]
    return {"text": texts.get(request.id) if alone else None, "neighbours": listed}
