"""`nightjar drift SPACE --explain`: what a change is made of, found by training the old version anew."""

from __future__ import annotations

from collections.abc import Sequence

from flows.commands.drift import newest_and_parent, texts_of
from flows.commands.terminal import live_progress, print_json, print_table, tell
from flows.configuration import load_configuration
from flows.settings import Settings
from tasks.comparison.vectors.causes import CauseAlone
from tasks.comparison.vectors.movers import NearId
from tasks.progress import heard_by
from tasks.stages.attribute import Attribution, attribute
from warehouse.home import Home
from warehouse.lock import only_writer
from warehouse.snapshots import Snapshot, SnapshotStore

DONE = 0
TOPICS, MOVERS, NEAR = 5, 10, 3


def show_explanation(chosen: Settings, as_json: bool, space: str, old: str | None, new: str | None) -> int:
    """Attribute what changed between two versions, by default the newest one and its parent, and print it."""
    store = SnapshotStore(chosen.home.snapshots)
    if old is None or new is None:
        old, new = newest_and_parent(store, space)
    before, after = (
        Snapshot.open(chosen.home.snapshots, space, store.named(space, version)) for version in (old, new)
    )
    features = load_configuration(chosen.config).features
    with live_progress() as listener, heard_by(listener), only_writer(chosen.home.root):
        found = attribute(chosen.home, before, after, features)
    if as_json:
        print_json(found.document())
    else:
        _print(chosen.home, found)
    return DONE


def _print(home: Home, found: Attribution) -> None:
    _print_movers(home, found)
    _print_topics(found)
    if found.groups:
        _print_groups(found)
    if found.data:
        _print_parts("What of the data", found.data)
    _print_parts(f"{found.space}: {found.old} → {found.new}, what the change is made of", found.parts)
    for note in found.notes:
        tell(note, "dim")
    tell(f"{_in_all(found)}; found in {found.seconds:.0f} s")


def _print_parts(title: str, parts: Sequence[CauseAlone]) -> None:
    print_table(
        title,
        ["part", "this alone", "moves", "share", "×noise", "overlap@50", "seconds"],
        [
            [
                part.name,
                part.what,
                part.distance.change,
                _percent(part.share),
                part.times_noise,
                part.distance.overlap_at_50,
                part.seconds,
            ]
            for part in parts
        ],
    )


def _in_all(found: Attribution) -> str:
    total = found.total
    change = "no cosine" if total.change is None else f"{total.change:.4f} (1 − mean cosine)"
    line = f"In all {change} over {total.common:,} ids in common"
    if total.overlap_at_50 is not None:
        line += f", overlap@50 {total.overlap_at_50:.3f}"
    counted = ", ".join(part.name for part in found.parts if part.adds_up)
    if found.rest is None:
        return line
    if found.rest < 0:
        return f"{line}; {counted} overlap by {-found.rest:.0%}"
    return f"{line}; {counted} leave {found.rest:.0%} unexplained"


def _print_groups(found: Attribution) -> None:
    print_table(
        "Who moved most",
        ["by", "group", "ids", "cosine", "×noise"],
        [
            [group.grouping, group.label, group.cosine.count, group.cosine.mean, group.multiple]
            for group in found.groups
        ],
    )


def _print_topics(found: Attribution) -> None:
    grown = [topic for topic in found.topics if (topic.growth or 0) > 0][:TOPICS]
    if grown:
        print_table(
            "Topics that grew, by their share of the birds' attention",
            ["topic", "ids", "new", "before", "today"],
            [
                [
                    topic.name,
                    topic.ids,
                    topic.added,
                    _percent(topic.share_before),
                    _percent(topic.share_today),
                ]
                for topic in grown
            ],
        )


def _print_movers(home: Home, found: Attribution) -> None:
    movers = found.movers[:MOVERS]
    if not movers:
        return
    texts = texts_of(home, [mover.id for mover in movers])
    print_table(
        "Movers",
        ["id", "moved", "near it since", "text"],
        [[mover.id, mover.change, _near(mover.new_neighbours), texts.get(mover.id)] for mover in movers],
    )


def _near(neighbours: Sequence[NearId]) -> str:
    return ", ".join(one.id for one in neighbours[:NEAR])


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"
