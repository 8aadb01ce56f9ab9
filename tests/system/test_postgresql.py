"""Prefect's and MLflow's records in a real PostgreSQL, by configuration alone."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.place import DAYS, LIGHT, Place, make_place
from tests.system.postgres import Cluster
from tests.system.servers import up

SPACES = ("items", "readers")


def test_a_night_keeps_its_records_in_postgresql(cluster: Cluster, landing: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path, landing, LIGHT)
    cluster.create("prefect")
    cluster.create("mlflow")
    databases = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": cluster.uri("prefect", "postgresql+asyncpg"),
        "MLFLOW_BACKEND_STORE_URI": cluster.uri("mlflow"),
    }
    nights = [place.night(day, **databases) for day in DAYS[:2]]

    runs = cluster.ask("prefect", "SELECT state_type FROM flow_run WHERE parent_task_run_id IS NULL")
    assert runs == [("COMPLETED",)] * 2
    for space in SPACES:
        versions = [night["spaces"][space]["version"] for night in nights]
        assert place.versions(space) == versions
        assert versions_in(cluster, space) == versions
        assert aliases_in(cluster, space) == {"candidate": "2", "champion": "2", "previous": "1"}
        for version in versions:
            run_id = place.manifest(space, version)["mlflow"]["run_id"]
            asked = "SELECT status FROM runs WHERE run_uuid = %s"
            assert cluster.ask("mlflow", asked, run_id) == [("FINISHED",)]
    assert databases_in(place) == []

    again = place.night(DAYS[1], **databases)
    assert all(outcome["reused"] for outcome in again["spaces"].values())


def versions_in(cluster: Cluster, space: str) -> list[str]:
    """What the model versions of a space are of, in their order."""
    rows = cluster.ask(
        "mlflow",
        "SELECT t.value FROM model_versions m JOIN model_version_tags t USING (name, version) "
        "WHERE name = %s AND t.key = 'version' ORDER BY version",
        space,
    )
    return [str(version) for (version,) in rows]


def aliases_in(cluster: Cluster, space: str) -> dict[str, str]:
    """Alias → model version."""
    rows = cluster.ask("mlflow", "SELECT alias, version FROM registered_model_aliases WHERE name = %s", space)
    return {alias: str(version) for alias, version in rows}


def databases_in(place: Place) -> list[str]:
    """The SQLite files of a home; there must be none."""
    return [
        path.relative_to(place.home).as_posix()
        for path in sorted(place.home.rglob("*"))
        if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"
    ]


def test_the_servers_keep_their_records_in_postgresql(cluster: Cluster, begun: Place, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place", begun.landing, LIGHT)
    cluster.create("up-prefect")
    cluster.create("up-mlflow")
    databases = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": cluster.uri("up-prefect", "postgresql+asyncpg"),
        "MLFLOW_BACKEND_STORE_URI": cluster.uri("up-mlflow"),
    }
    for day in DAYS[:2]:  # the second on what the first `nightjar up` has left
        with up(place, **databases) as servers:
            night = servers.wait_for_end(servers.start_run("nightly", day=str(day), catch_up=False))
            assert night["state_type"] == "COMPLETED", (night["state"], servers.logs(night["id"]))
    runs = cluster.ask("up-prefect", "SELECT state_type FROM flow_run WHERE start_time IS NOT NULL")
    assert runs == [("COMPLETED",)] * 2
    for space in SPACES:
        assert [version[:10] for version in place.versions(space)] == [str(day) for day in DAYS[:2]]
        rows = cluster.ask(
            "up-mlflow", "SELECT version FROM model_versions WHERE name = %s ORDER BY version", space
        )
        assert rows == [(1,), (2,)]
    assert databases_in(place) == []
