"""What MLflow's pages say in words: about a version, its space, and where to look next."""

from __future__ import annotations

from urllib.parse import quote

from warehouse.mlflow.record import VersionRecord, compare_link, page, run_link


def describe_version(record: VersionRecord, experiment_id: str, run_id: str) -> str:
    """The record's own words, links to what the version is made of and to its report, its pictures; Markdown.

    Links within MLflow name no server, so they work wherever its pages are served.
    """
    links = [f"[run]({run_link('', experiment_id, run_id)})", *_predecessor(record, experiment_id, run_id)]
    links += [
        f"[report]({page('', f'experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(file.name)}')})"
        for file in record.files
        if file.suffix == ".html"
    ]
    if record.prefect_flow_run_url is not None:
        links.append(f"[Prefect run]({record.prefect_flow_run_url})")
    if record.snapshot is not None:
        links.append(f"snapshot `{record.snapshot}`")
    return "\n\n".join(
        [*([record.description] if record.description else []), " · ".join(links), *_pictures(record, run_id)]
    )


def describe_space(space: str) -> str:
    """What the versions and aliases of a space's model are, and how to load one; Markdown."""
    return "\n".join(
        [
            f"Versions of the embedding space `{space}`, one for each night that changed it.",
            "",
            "- `champion`: what consumers follow",
            "- `previous`: the champion before it",
            "- `candidate`: logged last, perhaps held back by the gate",
            "",
            "```python",
            f'model = mlflow.pyfunc.load_model("models:/{space}@champion")',
            'vectors = model.predict(["an id"])',
            'neighbours = model.predict(["an id"], params={"task": "neighbours", "k": 10})',
            'flits = model.predict(["a bird"], params={"task": "flits", "k": 10})  # where made from flits',
            "```",
        ]
    )


def _predecessor(record: VersionRecord, experiment_id: str, run_id: str) -> list[str]:
    if record.parent_run_id is None:
        return []
    pair = compare_link("", experiment_id, [record.parent_run_id, run_id])
    return [
        f"[compare with {record.parent_version}]({pair})",
        f"[run of {record.parent_version}]({run_link('', experiment_id, record.parent_run_id)})",
    ]


def _pictures(record: VersionRecord, run_id: str) -> list[str]:
    return [
        f"![{file.stem}](get-artifact?path={quote(file.name)}&run_uuid={run_id})"
        for file in record.files
        if file.suffix == ".png"
    ]
