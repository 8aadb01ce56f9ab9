"""The model that MLflow serves: ids in, vectors or neighbours out.

This file is copied into every logged model and runs where nothing of Nightjar is installed: it needs only
MLflow, numpy, pandas and safetensors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import mlflow.pyfunc
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from numpy.typing import NDArray
from safetensors.numpy import load_file

CHUNK = 256
TASKS = ("vectors", "neighbours", "flits")


class SpaceModel(PythonModel):
    """One version of an embedding space.

    `predict(["f1", "f2"])` → a frame with one row per id asked for, in its order: `id`, `vector`.
    `predict(["f1"], params={"task": "neighbours", "k": 10})` → `id`, `neighbours` (nearest first, without the
    id itself, ties in id order), `similarities`. An unknown id gets None in place of an answer.
    `predict(["b1"], params={"task": "flits", "k": 10})` → the flits nearest to a bird, in the same columns; their
    model, of the version that the birds were made from, is loaded from the registry when it is first asked for.
    """

    flits: SpaceModel | None = None

    def load_context(self, context: PythonModelContext) -> None:
        self.matrix: NDArray[np.float32] = load_file(context.artifacts["vectors"])["vectors"]
        self.ids: list[str] = json.loads(Path(context.artifacts["ids"]).read_text(encoding="utf-8"))
        self.row = {id_: row for row, id_ in enumerate(self.ids)}
        norms = np.linalg.norm(self.matrix, axis=1)
        norms[norms == 0] = 1
        self.scale = 1 / norms if context.model_config["metric"] == "cosine" else np.ones_like(norms)
        self.targets: str | None = context.model_config.get("targets")

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        task, k = (params or {}).get("task", "vectors"), (params or {}).get("k", 10)
        if task not in TASKS:
            raise ValueError(f"task {task!r} is unknown; ask for one of {', '.join(TASKS)}")
        if k < 1:
            raise ValueError(f"k must be at least 1, found {k}")
        ids = _ids(model_input)
        if task == "vectors":
            return self._vectors(ids)
        return self._near(ids, int(k), self if task == "neighbours" else self._flits())

    def _vectors(self, ids: list[str]) -> pd.DataFrame:
        vectors = [self.matrix[self.row[id_]].tolist() if id_ in self.row else None for id_ in ids]
        return pd.DataFrame({"id": ids, "vector": pd.Series(vectors, dtype=object)})

    def _flits(self) -> SpaceModel:
        """The model of the flits that the ids of this space are ranked against."""
        if self.targets is None:
            raise ValueError("this space is not made from flits; ask for vectors or neighbours")
        if self.flits is None:
            loaded = mlflow.pyfunc.load_model(self.targets).unwrap_python_model()
            self.flits = cast(SpaceModel, loaded)
        return self.flits

    def _near(self, ids: list[str], k: int, others: SpaceModel) -> pd.DataFrame:
        known = sorted({self.row[id_] for id_ in ids if id_ in self.row})
        found = dict(zip(known, self._nearest(np.array(known, dtype=np.int64), k, others), strict=True))
        answers = [found.get(self.row.get(id_, -1), (None, None)) for id_ in ids]
        return pd.DataFrame(
            {
                "id": ids,
                "neighbours": pd.Series([names for names, _ in answers], dtype=object),
                "similarities": pd.Series([similarities for _, similarities in answers], dtype=object),
            }
        )

    def _nearest(
        self, rows: NDArray[np.int64], k: int, others: SpaceModel
    ) -> Iterator[tuple[list[str], list[float]]]:
        """The `k` of `others` nearest to each of `rows` by exact search, a chunk of queries at a time."""
        for start in range(0, len(rows), CHUNK):
            queries = rows[start : start + CHUNK]
            similarities = (self.matrix[queries] * self.scale[queries, None]) @ others.matrix.T * others.scale
            for query, line in zip(queries, similarities, strict=True):
                if others is self:
                    line[query] = -np.inf
                best = _largest(line, min(k, len(line) - (others is self)))
                yield [others.ids[row] for row in best], line[best].astype(float).tolist()


def _ids(model_input: pd.DataFrame) -> list[str]:
    """The ids of the only column. MLflow packs `{"id": ["a", "b"]}` into one cell, so cells may be lists."""
    cells = model_input.iloc[:, 0]
    return [str(id_) for cell in cells for id_ in (cell if isinstance(cell, list | np.ndarray) else [cell])]


def _largest(line: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Indices of the `k` largest values, largest first, equal values by index."""
    if k < 1:
        return np.empty(0, dtype=np.int64)
    threshold = np.partition(line, len(line) - k)[len(line) - k]
    candidates = np.flatnonzero(line >= threshold)
    return candidates[np.argsort(-line[candidates], kind="stable")][:k]


set_model(SpaceModel())
