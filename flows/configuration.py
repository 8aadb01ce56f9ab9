"""`pipelines.yaml` as frozen typed models; every fault is one line with file, line, key and remedy."""

from __future__ import annotations

import difflib
import graphlib
import json
import sys
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from flows.schedule import checked_cron, checked_timezone
from flows.yaml_lines import ConfigurationError, Location, YamlDocument, read_yaml
from tasks.comparison.gate.table import GateParameters
from tasks.ingest.parameters import IngestParameters, Source, logs_of
from tasks.parameters import Duration, Parameters
from tasks.stages.features import FeatureParameters
from tasks.versions.pipeline import AnyPipeline, Pipeline
from warehouse.snapshots import PublishParameters
from warehouse.snapshots.layout import is_space

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "docs" / "pipelines.schema.json"


class Schedule(Parameters):
    """When the nightly run starts."""

    cron: Annotated[str, AfterValidator(checked_cron)] = Field(
        "0 3 * * *", description="Five fields: minute, hour, day of month, month, day of week."
    )
    timezone: Annotated[str, AfterValidator(checked_timezone)] = Field(
        "UTC", description="An IANA name such as Europe/Berlin."
    )
    catch_up: int = Field(
        7,
        ge=0,
        le=30,
        description="How many missed nights a night makes up for, oldest first, before its own.",
    )
    prefect_starts_within: Duration = Field(
        timedelta(minutes=5),
        description="How long a command waits, twice at most, for the Prefect server that it starts for its night.",
    )


class Alerts(Parameters):
    """When somebody is called. Where to is no matter of this file: NIGHTJAR_ALERT_WEBHOOK holds the address."""

    start_within: Duration = Field(
        timedelta(minutes=30),
        description="A night that has not started this long after its time raises an alert.",
    )
    stale_after: int = Field(
        2, ge=1, le=365, description="A space is stale when what is current is this many days behind."
    )


class Approval(Parameters):
    """How long a version that the gate holds back waits for a person."""

    wait: Duration = Field(timedelta(days=3), description="After this the version stays held back, unasked.")


class Canaries(Parameters):
    """When the gate itself is tried: a space a night, after everything is published."""

    every: Duration | None = Field(
        timedelta(days=7),
        description="A space's gate is tried with damaged copies this often; never by itself where null.",
    )


class WarehouseUse(Parameters):
    """How long a night waits for a warehouse that another program has open."""

    wait: Duration = Field(timedelta(seconds=60), description="A night of the command line.")
    served_wait: Duration = Field(timedelta(hours=1), description="A night that `nightjar up` runs.")


class Configuration(Parameters):
    """Everything that a person may change."""

    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    approval: Approval = Approval()
    sources: dict[str, Source] = Field(
        default_factory=dict, description="Logs by name; a name that is a stream needs no mapping."
    )
    ingest: IngestParameters = IngestParameters()
    features: FeatureParameters = FeatureParameters()
    warehouse: WarehouseUse = WarehouseUse()
    pipelines: dict[str, AnyPipeline] = Field(description="Spaces by name; `from` makes them a graph.")
    gate: GateParameters = Field(GateParameters(), description="Defaults; a pipeline's own `gate` overrides.")
    canaries: Canaries = Canaries()
    publish: PublishParameters = PublishParameters()

    def in_order(self, only: Collection[str] | None = None) -> list[tuple[str, Pipeline]]:
        """The spaces, or those named in `only`, parents first, otherwise as in the file.

        ConfigurationError where `only` names one that is not in the file.
        """
        unknown = sorted(set(only or ()) - self.pipelines.keys())
        if unknown:
            raise ConfigurationError(
                f"no such space: {unknown[0]!r}{_suggestion(unknown[0], self.pipelines)}"
            )
        graph = {name: pipeline.from_ for name, pipeline in self.pipelines.items()}
        order = graphlib.TopologicalSorter(graph).static_order()
        return [(name, self.pipelines[name]) for name in order if only is None or name in only]


def load_configuration(path: Path) -> Configuration:
    """Read and validate `path`. ConfigurationError with one line a fault."""
    document = read_yaml(path)
    if not isinstance(document.content, dict):
        raise ConfigurationError(f"{path}:1: expected a mapping with the key `pipelines`; see the README")
    try:
        configuration = Configuration.model_validate(document.content)
    except ValidationError as error:
        faults = [_describe(document, fault) for fault in error.errors()]
        raise ConfigurationError("\n".join(dict.fromkeys(faults))) from error
    _check_sources(document, configuration)
    _check_graph(document, configuration)
    return configuration


def _check_sources(document: YamlDocument, configuration: Configuration) -> None:
    """What only all sources together show: a name that is no stream, two that read one folder."""
    try:
        logs_of(configuration.sources)
    except ValueError as error:
        name, _, problem = str(error).partition(": ")
        raise _fault(document, ("sources", name), problem) from error


def _check_graph(document: YamlDocument, configuration: Configuration) -> None:
    pipelines = configuration.pipelines
    for name, pipeline in pipelines.items():
        if not is_space(name):
            raise _fault(
                document,
                ("pipelines", name),
                "expected a name of at most 100 letters, digits, _ and -; rename the space",
            )
        for index, parent in enumerate(pipeline.from_):
            if parent not in pipelines:
                raise _fault(
                    document,
                    ("pipelines", name, "from", index),
                    f"names no pipeline: {parent!r}{_suggestion(parent, pipelines)}",
                )
    try:
        list(graphlib.TopologicalSorter({n: p.from_ for n, p in pipelines.items()}).static_order())
    except graphlib.CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        first = error.args[1][0]
        raise _fault(
            document, ("pipelines", first, "from"), f"a cycle: {cycle}; remove one of them"
        ) from error
    for name, pipeline in pipelines.items():
        _check_kinds(document, name, pipeline, pipelines)


def _check_kinds(
    document: YamlDocument, name: str, pipeline: Pipeline, pipelines: Mapping[str, Pipeline]
) -> None:
    """What the rows of the spaces below must stand for: what the method builds on, or what its own rows do."""
    expected = pipeline.how.builds_on or (pipeline.entity if pipeline.how.entity == "parent" else None)
    for index, parent in enumerate(pipeline.from_):
        found = pipelines[parent].entity
        if expected is not None and found != expected:
            raise _fault(
                document,
                ("pipelines", name, "from", index),
                f"{pipeline.method} builds here on spaces of entity {expected}, {parent!r} is one of {found}; "
                "name another space, or correct the entity",
            )


def _fault(document: YamlDocument, location: Location, message: str) -> ConfigurationError:
    key = ".".join(str(part) for part in location)
    return ConfigurationError(f"{document.path}:{document.line(location)}: {key}: {message}")


def _describe(document: YamlDocument, fault: Any) -> str:
    """One pydantic error as one line."""
    location = _in_file(document, fault["loc"])
    parent, key = location[:-1], location[-1] if location else ""
    if fault["type"] == "extra_forbidden":
        known = _known_keys(fault["loc"][:-1])
        message = f"unknown key{_suggestion(str(key), known)}"
    elif fault["type"] == "missing":
        return str(
            _fault(document, location, f"missing; add `{key}` to {'.'.join(map(str, parent)) or 'the file'}")
        )
    elif fault["type"].startswith("union_tag"):
        found = fault["input"].get("method") if isinstance(fault["input"], dict) else None
        message = f"no such method: {found!r}{_suggestion(str(found), _methods())}"
        location = (*location, "method")
    else:
        text = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        expectation = (
            text if text.startswith("expected") or fault["type"] == "value_error" else f"expected {text}"
        )
        found = "" if fault["type"] == "value_error" else f", found {_short(fault['input'])}"
        message = f"{expectation}{found}; correct the value or remove the key to use the default"
    return str(_fault(document, location, message))


def _in_file(document: YamlDocument, location: tuple[str | int, ...]) -> Location:
    """The location without what is no key of the file (the names of union members)."""
    parts: list[str | int] = []
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if (*parts, part) in document.lines or (last and part not in _methods()):
            parts.append(part)
    return tuple(parts)


def _known_keys(location: tuple[str | int, ...]) -> list[str]:
    """The keys that the schema allows at `location`."""
    schema = Configuration.model_json_schema()
    node: Mapping[str, Any] = schema
    for part in location:
        node = _descend(schema, node, part)
    return sorted(_resolve(schema, node).get("properties", {}))


def _descend(schema: Mapping[str, Any], node: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    node = _resolve(schema, node)
    if part in node.get("properties", {}):
        return node["properties"][part]  # type: ignore[no-any-return]
    mapping = node.get("discriminator", {}).get("mapping", {})
    if part in mapping:
        return {"$ref": mapping[part]}
    for choice in [*node.get("anyOf", ()), node.get("items", {}), node.get("additionalProperties", {})]:
        if isinstance(choice, dict) and choice:
            return choice
    return {}


def _resolve(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _methods() -> list[str]:
    from tasks.embeddings.registry import METHODS

    return sorted(METHODS)


def _suggestion(found: str, known: Any) -> str:
    close = difflib.get_close_matches(found, list(known), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; remove it or use one that is known"
    return f"{hint} (known: {', '.join(known) or 'none'})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def json_schema() -> str:
    """The JSON Schema of `pipelines.yaml`, for editors."""
    schema = Configuration.model_json_schema(by_alias=True)
    schema["title"] = "Nightjar pipelines.yaml"
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())


__all__ = ["Configuration", "ConfigurationError", "json_schema", "load_configuration"]
