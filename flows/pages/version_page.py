"""What runs show of a version, as Markdown: its verdict, its quality, how it differs from its predecessor. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.servers.served import report_address
from tasks.comparison.gate.judge import results_of
from tasks.report.read_facts import read_quality
from tasks.report.words import cause_line, causes, conclusion, held_because, in_code, in_markdown
from tasks.versions.candidate import REPORT
from warehouse.mlflow.record import compare_link, page, run_link
from warehouse.snapshots import Manifest

LONGEST = 300
"""Characters of the reasons that a line repeats; the page has all of them."""
MOVERS = 5
"""Named in a line; a table has twice as many."""


@dataclass(frozen=True, slots=True)
class MlflowLinks:
    """Addresses of MLflow's pages. `root`: None where MLflow is a database without a server, which has no pages.

    `experiments`: space → id of its experiment. `reports`: root of the pages of reports, where they are served: such
    a page links what is around its version, MLflow's copy of the file does not.
    """

    root: str | None = None
    experiments: Mapping[str, str] = field(default_factory=dict)
    reports: str | None = None

    def of(self, manifest: Manifest, predecessor: Manifest | None) -> list[tuple[str, str]]:
        """Text and address of what is shown of a version, its comparison with the predecessor last."""
        experiment, run = self.experiments.get(manifest.space), manifest.mlflow.run_id
        has_report, links = manifest.file(REPORT) is not None, []
        if has_report and self.reports is not None:
            links = [("report", report_address(self.reports, manifest.space, manifest.version))]
        if self.root is None or experiment is None or run is None:
            return links
        number, other = manifest.mlflow.model_version, predecessor.mlflow.run_id if predecessor else None
        if has_report and not links:
            file = f"experiments/{experiment}/runs/{run}/artifacts/{REPORT}"
            links = [("report", page(self.root, file))]
        links.insert(0, ("run", run_link(self.root, experiment, run)))
        if number is not None:
            links.append(("model", page(self.root, f"models/{manifest.space}/versions/{number}")))
        if other is not None:
            links.append(("beside its predecessor", compare_link(self.root, experiment, [other, run])))
        return links


@dataclass(frozen=True, slots=True)
class Shown:
    """A version and what it is compared with; `predecessor` is None where there is none, or none any more."""

    manifest: Manifest
    predecessor: Manifest | None


def drift_page(shown: Shown, links: MlflowLinks, deciding: str) -> str:
    """Why a version is held back, what a decision does, and how it differs from its predecessor."""
    manifest = shown.manifest
    head = f"# Held back: {manifest.space} of {manifest.day}"
    movers = _movers_table(manifest.drift.get("movers"))
    return "\n\n".join([head, deciding, version_section(shown, links), *movers]) + "\n"


def version_section(shown: Shown, links: MlflowLinks) -> str:
    """A version: what did not pass, quality, drift, movers, where to look."""
    manifest = shown.manifest
    lines = [
        *breaches_of(manifest),
        conclusion(read_quality(manifest.evaluation), manifest.parent_version),
        *_drift(shown),
        *_movers(manifest.drift.get("movers")),
        _where(shown, links),
    ]
    head = f"**{manifest.gate.verdict}** · {manifest.rows:,} rows · `{manifest.version}`"
    return "\n".join([head, "", *(f"- {line}" for line in lines)])


def _drift(shown: Shown) -> Iterator[str]:
    manifest = shown.manifest
    if manifest.parent_version is None:
        yield "the first version: nothing to compare with"
        return
    statistics = manifest.drift.get("statistics")
    parts = [text for text in _drift_parts(statistics) if text] if isinstance(statistics, dict) else []
    yield f"since `{manifest.parent_version}`: {', '.join(parts) or 'not comparable'}"


def _drift_parts(statistics: Mapping[str, Any]) -> Iterator[str]:
    rows, paired, near = (statistics.get(key) or {} for key in ("population", "paired", "neighbours"))
    if rows.get("row_change") is not None:
        yield f"rows {rows['row_change']:+.1%} (+{rows['added']:,} −{rows['vanished']:,})"
    if (paired.get("cosine") or {}).get("mean") is not None:
        yield f"cosine {paired['cosine']['mean']:.3f}"
    if near.get("overlap_at_50") is not None:
        yield f"{near['overlap_at_50']:.0%} of the 50 nearest kept"
    if paired.get("outlier_share"):
        yield f"{paired['outlier_share']:.1%} outliers"


def breaches_of(manifest: Manifest) -> list[str]:
    """What did not pass, a line a cause, severest first."""
    return [
        cause_line(cause, in_markdown)
        for cause in causes(results_of([rule.model_dump() for rule in manifest.gate.rules]))
    ]


def why(manifest: Manifest) -> str:
    """What holds a version back, its gravest reasons in a line, and what to do first."""
    return held_because(results_of([rule.model_dump() for rule in manifest.gate.rules]))


def shortened(text: str) -> str:
    """A line of bounded length."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _movers(movers: object) -> Iterator[str]:
    if isinstance(movers, list) and movers:
        named = [f"{in_code(mover['id'])} ({mover['change']:.2f})" for mover in movers[:MOVERS]]
        yield f"moved most (1 − cosine): {', '.join(named)}"


def _movers_table(movers: object) -> Iterator[str]:
    """Who moved most, and whose company each left and joined."""
    if isinstance(movers, list) and movers:
        rows = [
            f"| {in_code(mover['id'])} | {mover['change']:.3f} "
            f"| {_company(mover['old_neighbours'])} | {_company(mover['new_neighbours'])} |"
            for mover in movers[: 2 * MOVERS]
        ]
        yield "\n".join(
            ["| moved most | 1 − cosine | was near | is near |", "| --- | --- | --- | --- |", *rows]
        )


def _company(neighbours: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(in_code(near["id"]) for near in neighbours[:3])


def _where(shown: Shown, links: MlflowLinks) -> str:
    manifest = shown.manifest
    pages = [f"[{text}]({address})" for text, address in links.of(manifest, shown.predecessor)]
    file = "" if manifest.file(REPORT) is None else f"/{REPORT}"
    return " · ".join([*pages, f"`snapshots/{manifest.space}/{manifest.version}{file}`"])
