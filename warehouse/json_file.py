"""JSON documents that a home keeps beside its versions, each in a file of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.files import make_folder, rename, write_file
from warehouse.sealed import seal


def save_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write `document` to `path`, whole or not at all; its folder is made. ValueError for NaN and infinity."""
    make_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    write_file(aside, json.dumps(document, sort_keys=True, allow_nan=False).encode())
    seal(path, aside)
    rename(aside, path)
