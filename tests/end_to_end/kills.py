"""A night killed somewhere and run again must leave what an undisturbed night leaves."""

from __future__ import annotations

import shutil
import signal
from types import ModuleType
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from tests.end_to_end.place import Moment, Place

SPACES = ("words", "items", "readers")
STEPS = (
    "▸ ingest",
    "✓ ingest",
    "▸ features",
    "▸ words: encode texts",
    "✓ words: encode texts",
    *(
        f"▸ {space}: {stage}"
        for space in SPACES
        for stage in ("train", "evaluate", "compare", "report", "record in MLflow", "publish")
    ),
    *(f"✓ {space}: publish" for space in SPACES),
)
"""Every line that a night says on stderr when a stage begins, and those after which more than a stage follows."""


def kill_and_run_again(
    place: Place, undisturbed: Place, tools: ModuleType, moment: Moment, server: str | None = None
) -> None:
    """Kill the second night of `place` at a moment; expect that the same command then ends as if undisturbed.

    `server`: the address of a Prefect server that the second run may use, to save time.
    """
    process = place.start("nightly", "--day", tools.DAYS[1])
    tools.wait_for(process, moment)
    assert place.processes(), "no server of its own: to look for one afterwards shows nothing"
    tools.stop(process, signal.SIGKILL, -signal.SIGKILL)
    assert tools.all_gone(place), f"still there after the kill: {place.processes()}"
    expect_readable(place)
    again = tools.Place(place.root, place.landing, server)
    document = again.night(tools.DAYS[1])
    assert all(outcome["current"] for outcome in document["spaces"].values())
    expect_same(place, undisturbed)


def spare_encoding(place: Place, undisturbed: Place) -> None:
    """Give the home the texts of the second night encoded: loading the text model takes seconds."""
    shutil.copytree(undisturbed.home / "encodings", place.home / "encodings", dirs_exist_ok=True)


def expect_readable(place: Place) -> None:
    """Whatever was killed: consumers see whole versions."""
    finished = place.run("verify", "--json")
    assert finished.code == 0 and finished.document["sound"], finished.out
    for space in SPACES:
        assert place.current(space) in place.versions(space)


def expect_same(place: Place, undisturbed: Place) -> None:
    """The same versions, bytes, pointers, ledger, rows and entries in MLflow."""
    for space in SPACES:
        versions = undisturbed.versions(space)
        assert place.versions(space) == versions, space
        for version in versions:
            assert place.data(space, version) == undisturbed.data(space, version), (space, version)
        assert place.current(space) == undisturbed.current(space)
        assert place.pointer(space)["sequence"] == undisturbed.pointer(space)["sequence"]
        assert place.runs_of(space) == versions
        assert sorted(place.model_versions_of(space).values()) == versions
        assert place.aliases_of(space) == undisturbed.aliases_of(space)
        for version in versions:
            reference = place.manifest(space, version)["mlflow"]
            assert place.model_versions_of(space)[reference["model_version"]] == version
            numbers = "SELECT key, value, is_nan FROM latest_metrics WHERE run_uuid = ? ORDER BY key"
            before = undisturbed.manifest(space, version)["mlflow"]["run_id"]
            assert place.mlflow(numbers, reference["run_id"]) == undisturbed.mlflow(numbers, before)
    assert books_of(place) == books_of(undisturbed)
    assert not list((place.home / "candidates").glob("*/*")), "work is left lying about"
    findings = place.run("verify", "--json").document["findings"]
    assert findings == []


def books_of(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    """The ledger, the quarantine, and how many rows each raw table holds."""
    with duckdb.connect(place.home / "warehouse.duckdb", read_only=True) as warehouse:
        tables = [name for (name,) in warehouse.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        counted = sorted(name for name in tables if name.startswith(("raw_", "core_")))
        assert len(counted) >= 12, tables
        return {
            "ledger": warehouse.execute("SELECT * FROM ledger_file ORDER BY ALL").fetchall(),
            "quarantine": warehouse.execute("SELECT * FROM quarantine_line ORDER BY ALL").fetchall(),
            **{name: warehouse.execute(f"SELECT count(*) FROM {name}").fetchall() for name in counted},
            "duplicates": warehouse.execute(
                "SELECT count(*) FROM raw_interaction WHERE duplicate"
            ).fetchall(),
        }
