"""Write the report of a judged candidate: why the gate says what it says, for people, and the same as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import polars as pl

from tasks.progress import step
from tasks.report import Sources, document, draw_points, page, read_facts
from tasks.report.facts import FORMAT, HistoryRow, Subject
from tasks.report.read_facts import CARDS, Earlier, FromLogs, Made, read_history
from tasks.versions.candidate import REPORT, REPORT_FACTS, Candidate
from tasks.versions.documents import JudgedCandidate
from tasks.versions.history import LONGEST, history_of
from tasks.versions.plan import Plan
from warehouse.duckdb.database import Warehouse
from warehouse.duckdb.features import AsOf, read_known_texts, read_sequences_of
from warehouse.home import Home
from warehouse.joint import Kind, joint_id
from warehouse.snapshots import Snapshot, SnapshotStore
from warehouse.vectors import Vectors

LATELY = 2
"""Flits that tell what a bird is about: those it chose last."""


def write_report(home: Home, plan: Plan) -> None:
    """Leave `report.json`, then `report.html`, in the candidate's folder; nothing is done where the page is there."""
    candidate = Candidate.of(home, plan)
    if candidate.has(REPORT) and _is_of_this_edition(candidate):
        return
    with step(f"{plan.space}: report") as progress:
        facts = read_facts(_sources(home, plan, candidate))
        candidate.save_json(REPORT_FACTS, document(facts))
        candidate.save_text(REPORT, page(facts))
        size = sum((candidate.folder / name).stat().st_size for name in (REPORT, REPORT_FACTS))
        progress.note = f"{facts.verdict}, {size / 1024:,.0f} KiB"


def _is_of_this_edition(candidate: Candidate) -> bool:
    """Facts that an earlier one left are written anew: words and pictures for MLflow are made from them."""
    return candidate.has(REPORT_FACTS) and candidate.load_json(REPORT_FACTS).get("format", FORMAT) == FORMAT


def _sources(home: Home, plan: Plan, candidate: Candidate) -> Sources:
    done = JudgedCandidate.load(home, plan)
    comparison, evaluation = done.comparison, done.evaluation
    before = None if plan.predecessor is None else Snapshot.open(home.snapshots, plan.space, plan.predecessor)
    movers = [str(mover["id"]) for mover in comparison["movers"][:CARDS]]
    rows = len(done.content.vectors)
    row = HistoryRow(
        plan.version, plan.day.isoformat(), comparison["verdict"], rows, space_id=comparison["space_id"]
    )
    known = history_of(SnapshotStore(home.snapshots), plan.space, before=plan.day)
    this = read_history(row, evaluation, comparison["statistics"], comparison["rules"])
    return Sources(
        subject=_subject(plan, rows, before),
        comparison=comparison,
        evaluation=evaluation,
        made=Made(plan.parameters, plan.inputs, plan.code_sha, getattr(plan.pipeline.params, "seed", None)),
        before=None if before is None else _earlier(before),
        from_logs=read_from_logs(home, plan, before, _named(comparison["movers"][:CARDS])),
        map=draw_points(done.content.vectors, _comparable(before, comparison["space_id"]), movers),
        history=(*known, this)[-LONGEST:],
    )


def _subject(plan: Plan, rows: int, before: Snapshot | None) -> Subject:
    has_report = before is not None and before.manifest.file(REPORT) is not None
    return Subject(
        plan.space,
        plan.version,
        plan.day.isoformat(),
        plan.known_as_of.isoformat(),
        plan.pipeline.entity,
        plan.pipeline.method,
        rows,
        plan.predecessor,
        f"../{plan.predecessor}/{REPORT}" if has_report else "",
    )


def _earlier(before: Snapshot) -> Earlier:
    manifest = before.manifest
    made = Made(manifest.parameters, manifest.inputs, manifest.code_sha, manifest.seed)
    return Earlier(manifest.version, made, {"rows": manifest.rows, **manifest.coverage})


def _comparable(before: Snapshot | None, space_id: str) -> Vectors | None:
    """The predecessor's vectors where they are in the frame of the version."""
    if before is None or before.space_id != space_id:
        return None
    return Vectors(before.ids, before.matrix)


def _named(movers: list[dict[str, Any]]) -> set[str]:
    """The movers, and everybody near them in either version."""
    near = {
        str(neighbour["id"])
        for mover in movers
        for side in ("old_neighbours", "new_neighbours")
        for neighbour in mover[side]
    }
    return near | {str(mover["id"]) for mover in movers}


def read_from_logs(home: Home, plan: Plan, before: Snapshot | None, named: set[str]) -> FromLogs:
    """What the logs tell of `named`, as known to the plan: their events, and what they say or are about."""
    entity, as_of = plan.pipeline.entity, AsOf(plan.day, plan.known_as_of)
    if entity == "word":
        return FromLogs({word: word for word in named}, Counter(), Counter())
    with Warehouse.of(home, read_only=True) as warehouse:
        if entity != "joint":
            return _of_kind(warehouse, as_of, entity, named, before)
        return _joint(
            {
                kind: _of_kind(warehouse, as_of, kind, _own_ids(named, kind), before)
                for kind in ("bird", "flit")
            }
        )


def _of_kind(
    warehouse: Warehouse, as_of: AsOf, kind: Literal["bird", "flit"], named: set[str], before: Snapshot | None
) -> FromLogs:
    column: Literal["bird_id", "flit_id"] = "bird_id" if kind == "bird" else "flit_id"
    events = read_sequences_of(warehouse, as_of, column, named)
    if kind == "flit":
        texts = read_known_texts(warehouse, as_of, named)
    else:
        texts = _lately(events, read_known_texts(warehouse, as_of, events["flit_id"].unique()))
    fresh = events if before is None else events.filter(pl.col("occurred_at") >= _end_of(before.manifest.day))
    return FromLogs(texts, Counter(events[column].to_list()), Counter(fresh[column].to_list()))


def _own_ids(named: set[str], kind: Kind) -> set[str]:
    """The ids of one kind without the kind before them."""
    return {id_.removeprefix(f"{kind}:") for id_ in named if id_.startswith(f"{kind}:")}


def _joint(from_logs: dict[Kind, FromLogs]) -> FromLogs:
    def under_joint_ids(field: str) -> dict[str, Any]:
        return {
            joint_id(kind, id_): value
            for kind, of in from_logs.items()
            for id_, value in getattr(of, field).items()
        }

    return FromLogs(*(under_joint_ids(field.name) for field in fields(FromLogs)))


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time())


def _lately(events: pl.DataFrame, texts: dict[str, str]) -> dict[str, str]:
    """What each bird chose last, of the flits that say something; `events` of a bird in their order."""
    chosen = events.filter(pl.col("flit_id").is_in(list(texts))).group_by("bird_id", maintain_order=True)
    return {
        bird: "lately chose: " + " · ".join(texts[flit] for flit in reversed(flits))
        for bird, flits in chosen.agg(pl.col("flit_id").unique(maintain_order=True).tail(LATELY)).iter_rows()
    }
