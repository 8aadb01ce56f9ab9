"""The working folder of a version under way: each finished stage leaves one file, so a killed night resumes here."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tasks.embeddings.contract import Embedding
from tasks.versions.plan import Plan
from warehouse import sealed
from warehouse.home import Home
from warehouse.parts import Parts
from warehouse.vectors import Matrix, Vectors, as_ids

TRAINED, BEFORE_CUT = "trained", "before_cut"
EVALUATION, COMPARISON, REGISTERED = "evaluation.json", "comparison.json", "registered.json"
REPORT, REPORT_FACTS = "report.html", "report.json"
ROTATION = "rotation.npy"
MEASURED = "measured"
EDITION = "edition.json"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version under way. A file is there whole or not at all; one that is damaged is not there any more."""

    folder: Path

    @classmethod
    def of(cls, home: Home, plan: Plan) -> Candidate:
        folder = home.candidates / plan.space / plan.version
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def keep_for(self, edition: str) -> None:
        """Say which edition of the code works here. What another one left goes, but for what it trained.

        The vectors are what this code would make too, since the version has the same name. How they are scored,
        compared and told of may have changed.
        """
        if self.has(EDITION) and self.load_json(EDITION)["code"] == edition:
            return
        for path in list(self.folder.glob("[!.]*")):
            if path.name not in _files_of(TRAINED):
                sealed.remove(path)
        self.save_json(EDITION, {"code": edition})

    def has(self, name: str) -> bool:
        if name == COMPARISON and (self.folder / ROTATION).exists() and not self.has(ROTATION):
            sealed.remove(self.folder / name)  # it stands for both
        return sealed.there(self.folder / name)

    def has_embedding(self, name: str) -> bool:
        """Whether all files of an embedding are there and sound; else none of them is left."""
        written = [file for file in _files_of(name) if (self.folder / file).exists()]
        if f"{name}.parquet" in written and all(self.has(file) for file in written):
            return True
        for file in written:
            sealed.remove(self.folder / file)
        return False

    def save_json(self, name: str, document: dict[str, Any]) -> None:
        self.save_text(name, json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False))

    def save_text(self, name: str, text: str) -> None:
        self._save(name, lambda path: path.write_text(text, encoding="utf-8"))

    def load_json(self, name: str) -> dict[str, Any]:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def save_embedding(self, name: str, embedding: Embedding) -> None:
        """`<name>.left_out.parquet` and `<name>.parts.parquet` first: `<name>.parquet` stands for all three."""
        reasons = [(id_, reason) for reason, ids in embedding.left_out.items() for id_ in ids]
        left_out = pl.DataFrame(reasons, schema={"id": pl.String, "reason": pl.String}, orient="row")
        self._save(f"{name}.left_out.parquet", left_out.write_parquet)
        if embedding.parts is not None:
            self._save_parts(f"{name}.parts.parquet", embedding.parts)
        columns = {
            "id": pa.array(embedding.vectors.ids, pa.string()),
            "vector": _as_fixed(embedding.vectors.matrix),
            "provenance": pa.array(embedding.provenance, pa.string()),
        }
        if embedding.output is not None:
            columns["output"] = _as_fixed(embedding.output)
        table = pa.table(columns)
        if embedding.measured:
            table = table.replace_schema_metadata(
                {MEASURED: json.dumps(dict(embedding.measured), sort_keys=True)}
            )
        self._save(f"{name}.parquet", lambda path: pq.write_table(table, path))

    def load_embedding(self, name: str) -> Embedding:
        table = pq.read_table(self.folder / f"{name}.parquet")
        left_out = pl.read_parquet(self.folder / f"{name}.left_out.parquet")
        return Embedding(
            Vectors(as_ids(table["id"].to_pylist()), _as_matrix(table["vector"])),
            as_ids(table["provenance"].to_pylist()),
            _as_matrix(table["output"]) if "output" in table.column_names else None,
            {
                str(reason): as_ids(part["id"])
                for (reason,), part in left_out.group_by("reason", maintain_order=True)
            },
            self._load_parts(f"{name}.parts.parquet") if self.has(f"{name}.parts.parquet") else None,
            json.loads((table.schema.metadata or {}).get(MEASURED.encode(), b"{}")),
        )

    def move_embedding(self, name: str, folder: Path) -> None:
        """Put an embedding, where it is here, into `folder`; the file that stands for all goes last."""
        for file in _files_of(name) if self.has_embedding(name) else ():
            if self.has(file):
                folder.mkdir(parents=True, exist_ok=True)
                sealed.move(self.folder / file, folder / file)

    def save_rotation(self, rotation: NDArray[np.floating[Any]]) -> None:
        self._save(ROTATION, lambda path: _save_array(path, rotation))

    def load_rotation(self) -> NDArray[np.float64] | None:
        return np.load(self.folder / ROTATION, allow_pickle=False) if self.has(ROTATION) else None

    def remove(self) -> None:
        """Forget the folder, once its version is published."""
        shutil.rmtree(self.folder)

    def _save_parts(self, name: str, parts: Parts) -> None:
        columns = {
            "id": pa.array(parts.ids, pa.string()),
            "part": pa.array(parts.part),
            "weight": pa.array(parts.weight),
            "vector": _as_fixed(parts.matrix),
        }
        self._save(name, lambda path: pq.write_table(pa.table(columns), path))

    def _load_parts(self, name: str) -> Parts:
        table = pq.read_table(self.folder / name)
        return Parts(
            as_ids(table["id"].to_pylist()),
            table["part"].to_numpy(),
            table["weight"].to_numpy(),
            _as_matrix(table["vector"]),
        )

    def _save(self, name: str, write: Any) -> None:
        aside = self.folder / f".{name}.{os.getpid()}"
        write(aside)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        sealed.seal(self.folder / name, aside)
        aside.replace(self.folder / name)


def _files_of(name: str) -> tuple[str, str, str]:
    """The files of an embedding; the last one stands for all."""
    return f"{name}.left_out.parquet", f"{name}.parts.parquet", f"{name}.parquet"


def _save_array(path: Path, array: NDArray[np.floating[Any]]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _as_fixed(matrix: Matrix) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])


def _as_matrix(column: pa.ChunkedArray) -> Matrix:
    values = column.combine_chunks()
    return np.ascontiguousarray(values.flatten().to_numpy(zero_copy_only=False)).reshape(
        len(values), column.type.list_size
    )
