"""A version's model as a folder: code, safetensors and ids, no pickle."""

from __future__ import annotations

import json
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

import mlflow.pyfunc
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import Array, ColSpec, DataType, ParamSchema, ParamSpec, Schema
from safetensors.numpy import save_file

from warehouse.mlflow.record import VersionRecord

CODE = Path(__file__).with_name("served_model.py")
REQUIREMENTS = ("mlflow", "numpy", "pandas", "safetensors")

SIGNATURE = ModelSignature(
    # A column without a name takes a list of ids, one id, a Series, and a frame with one column of any name.
    inputs=Schema([ColSpec(DataType.string)]),
    outputs=Schema(
        [
            ColSpec(DataType.string, "id"),
            ColSpec(Array(DataType.float), "vector", required=False),
            ColSpec(Array(DataType.string), "neighbours", required=False),
            ColSpec(Array(DataType.double), "similarities", required=False),
        ]
    ),
    params=ParamSchema([ParamSpec("task", DataType.string, "vectors"), ParamSpec("k", DataType.long, 10)]),
)

_one_at_a_time = threading.Lock()
"""MLflow keeps the model that a code file sets in a global variable while it saves."""


def save_model(record: VersionRecord, model_id: str, folder: Path) -> None:
    """Write the model of `record` into the new folder `folder`; it names no path of this machine."""
    with tempfile.TemporaryDirectory() as aside, _one_at_a_time:
        artifacts = _save_vectors(record, Path(aside))
        mlflow.pyfunc.save_model(
            str(folder),
            mlflow_model=Model(model_id=model_id, metadata=record.tags),
            python_model=str(CODE),
            artifacts={name: str(path) for name, path in artifacts.items()},
            model_config={
                "space": record.space,
                "version": record.version,
                "metric": record.metric,
                "targets": record.targets,
            },
            signature=SIGNATURE,
            input_example=(record.vectors.ids[:2].tolist() or ["id"], {"task": "neighbours", "k": 10}),
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
    _forget_this_machine(folder)


def _save_vectors(record: VersionRecord, folder: Path) -> dict[str, Path]:
    vectors, ids = folder / "vectors.safetensors", folder / "ids.json"
    save_file({"vectors": record.vectors.matrix}, vectors)
    ids.write_text(json.dumps(record.vectors.ids.tolist(), ensure_ascii=False), encoding="utf-8")
    return {"vectors": vectors, "ids": ids}


def _forget_this_machine(folder: Path) -> None:
    """MLflow notes where the code and the artifacts came from; loading needs only their names."""
    model = Model.load(str(folder / "MLmodel"))
    flavor = model.flavors["python_function"]
    flavor["model_code_path"] = CODE.name
    for artifact in flavor["artifacts"].values():
        artifact["uri"] = artifact["path"]
    model.save(str(folder / "MLmodel"))
