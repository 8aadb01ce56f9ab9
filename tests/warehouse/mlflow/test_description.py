"""What MLflow's pages say in words, and where their links lead."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import parse_qs

from warehouse.mlflow import Registry, VersionRecord

Make = Callable[..., VersionRecord]


def links_of(markdown: str) -> dict[str, str]:
    """Words → target of every link and picture."""
    parts = markdown.split("](")
    pairs = pairwise(parts)
    return {before.rpartition("[")[2]: after.partition(")")[0] for before, after in pairs}


def test_a_version_leads_to_its_predecessor_its_prefect_run_and_its_snapshot(
    registry: Registry, record: Make
) -> None:
    client = registry.client
    first = registry.log_candidate(record(1))
    second = registry.log_candidate(
        record(
            2,
            parent_run_id=first.run_id,
            prefect_flow_run_url="http://127.0.0.1:4200/runs/flow-run/flow-run",
            snapshot="snapshots/flit_text/2015-12-02-0123456789ab",
            conclusion="pass; better than popularity",
            description="pass: no rule objects",
        )
    )
    run, version = client.get_run(second.run_id), client.get_model_version("flit_text", "2")
    text = run.data.tags["mlflow.note.content"]
    assert text == version.description and text.startswith("pass: no rule objects\n\n")
    assert "`snapshots/flit_text/2015-12-02-0123456789ab`" in text
    links = links_of(text)
    assert links["run"] == second.run_link("")
    assert links["run of 2015-12-01-0123456789ab"] == first.run_link("")
    assert links["Prefect run"] == "http://127.0.0.1:4200/runs/flow-run/flow-run"
    assert links["map"] == f"get-artifact?path=map.png&run_uuid={second.run_id}"

    compare = links["compare with 2015-12-01-0123456789ab"]
    assert compare == second.compare_link("", [first.run_id])
    asked = parse_qs(compare.partition("?")[2])
    assert json.loads(asked["runs"][0]) == [first.run_id, second.run_id]
    assert json.loads(asked["experiments"][0]) == [run.info.experiment_id]
    assert asked["workflowType"] == ["machine_learning"]

    for tags in (run.data.tags, version.tags):
        assert tags["conclusion"] == "pass; better than popularity"
        assert tags["prefect_flow_run_id"] == "flow-run" and tags["verdict"] == "pass"
        assert tags["snapshot"] == "snapshots/flit_text/2015-12-02-0123456789ab"
    assert run.data.tags["parent_run_id"] == first.run_id


def test_run_model_version_and_data_name_each_other(registry: Registry, record: Make) -> None:
    client = registry.client
    registered = registry.log_candidate(record(1))
    model = client.get_logged_model(registered.model_id)
    assert (model.name, model.source_run_id) == ("2015-12-01-0123456789ab", registered.run_id)
    assert json.loads(model.tags["mlflow.modelVersions"]) == [{"name": "flit_text", "version": "1"}]
    version = client.get_model_version("flit_text", "1")
    assert (version.run_id, version.tags["model_id"]) == (registered.run_id, registered.model_id)
    run = client.get_run(registered.run_id)
    assert [output.model_id for output in run.outputs.model_outputs] == [registered.model_id]
    sources = {i.dataset.name: json.loads(i.dataset.source)["uri"] for i in run.inputs.dataset_inputs}
    assert sources == {"sequences": "warehouse.duckdb", "hold_out": "warehouse.duckdb"}
    scored = {m.key: (m.dataset_name, m.dataset_digest) for m in model.metrics}
    assert scored["recall_at_10"] == ("hold_out", "b" * 36)


def test_a_space_says_what_its_aliases_are_and_how_to_load_it(registry: Registry, record: Make) -> None:
    registry.log_candidate(record(1))
    model = registry.client.get_registered_model("flit_text")
    experiment = registry.client.get_experiment_by_name("flit_text")
    assert experiment is not None
    assert "models:/flit_text@champion" in model.description
    assert experiment.tags["mlflow.note.content"] == model.description


def test_a_first_version_without_servers_names_only_what_there_is(registry: Registry, record: Make) -> None:
    registered = registry.log_candidate(record(1))
    text = registry.client.get_run(registered.run_id).data.tags["mlflow.note.content"]
    assert set(links_of(text)) == {"run", "map"} and "None" not in text
