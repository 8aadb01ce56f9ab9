"""`nightjar calibrate …`: options and help. What is done with them is in `flows.commands.calibrate.scores`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from flows.commands.options import Day, InOrder, common_options
from flows.settings import Settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


SCORING = (
    click.option(
        "--method",
        "methods",
        multiple=True,
        metavar="M",
        help="A method or baseline; repeat it for more. All that fit, if absent.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="A parameter of the method; repeat it for more.",
    ),
    click.option(
        "--from",
        "parents",
        multiple=True,
        metavar="M",
        help="A method that it builds on, with its defaults.",
    ),
    click.option(
        "--on",
        type=click.Choice(["validation", "test", "both"]),
        default="both",
        show_default=True,
        help="Parts to score. Choose parameters on validation.",
    ),
    click.option(
        "--dimensions",
        metavar="N,N,…",
        help="Score the method at each of these lengths of a vector, and draw quality against them.",
    ),
    click.option(
        "--sweep",
        type=click.IntRange(1, 100_000),
        metavar="TRIALS",
        help="Search parameters on validation; the same command again goes on where it stood.",
    ),
    click.option(
        "--search",
        multiple=True,
        metavar="KEY=LOW..HIGH",
        help="What a sweep may try; KEY=A,B,C for a list. Repeat it for more.",
    ),
)


def scoring_options(command: Callable[..., None]) -> Callable[..., None]:
    """What to score, by which parameters, on which part; and sweeps."""
    for option in reversed(SCORING):
        command = option(command)
    return command


@click.group(cls=InOrder, short_help="Score methods on public sets or your own logs.")
def calibrate() -> None:
    """Say which method is worth its cost: quality, seconds, memory, coverage.

    Every method learns in a process of its own. Parameters are chosen on a validation part; the test part is shown
    beside it. The table is kept as HOME/calibration/SET/scorecard.json and .png, and as runs in MLflow.
    """


@calibrate.command(short_help="Which item comes next? One user a line: user item item …")
@click.argument("file", type=FILE)
@click.option(
    "--profile",
    multiple=True,
    metavar="KEY=VALUE",
    help="How a user is made of a history where a method has vectors of items only: factor, last.",
)
@scoring_options
@common_options
def sequences(chosen: Settings, as_json: bool, file: Path, profile: tuple[str, ...], **options: Any) -> int:
    """Leave the last item of each user out, and rank all items that the user has not seen."""
    from flows.commands.calibrate.scores import Options, calibrate_file, settings_of

    arguments = {"path": str(file.resolve()), "profile": settings_of(profile)}
    return calibrate_file(chosen, as_json, "sequences", arguments, Options(**options))


@calibrate.command(short_help="Which items does a user also have? Rows of user, item, weight.")
@click.argument("file", type=FILE)
@click.option("--friends", type=FILE, help="Below a line of headings, rows of two users who know each other.")
@click.option(
    "--split", type=click.IntRange(0), default=0, show_default=True, help="Which random split; each is a set."
)
@scoring_options
@common_options
def ratings(
    chosen: Settings, as_json: bool, file: Path, friends: Path | None, split: int, **options: Any
) -> int:
    """Split each user's items at random 8:1:1, and rank all items that the user does not have.

    FILE: a line of headings, and below it rows of user, item and weight with tabs between.
    """
    from flows.commands.calibrate.scores import Options, calibrate_file

    known = None if friends is None else str(friends.resolve())
    arguments = {"path": str(file.resolve()), "friends": known, "seed": split}
    return calibrate_file(chosen, as_json, "ratings", arguments, Options(**options))


@calibrate.command(short_help="Do vectors of nodes tell their labels? An edge list and labels.")
@click.argument("edges", type=FILE)
@click.argument("labels", type=FILE)
@scoring_options
@common_options
def graph(chosen: Settings, as_json: bool, edges: Path, labels: Path, **options: Any) -> int:
    """Classify nodes by logistic regression on their vectors, over ten random halves."""
    from flows.commands.calibrate.scores import Options, calibrate_file

    arguments = {"edges": str(edges.resolve()), "labels": str(labels.resolve())}
    return calibrate_file(chosen, as_json, "graph", arguments, Options(**options))


@calibrate.command(short_help="Are texts that mean the same near? Titles, and pairs of duplicates.")
@click.argument("titles", type=FILE)
@click.option("--pairs", type=FILE, help="Rows of two ids whose texts mean the same, without headings.")
@scoring_options
@common_options
def texts(chosen: Settings, as_json: bool, titles: Path, pairs: Path | None, **options: Any) -> int:
    """Look for the duplicate of each title among all titles."""
    from flows.commands.calibrate.scores import Options, calibrate_file

    arguments = {"titles": str(titles.resolve()), "pairs": None if pairs is None else str(pairs.resolve())}
    return calibrate_file(chosen, as_json, "texts", arguments, Options(**options))


@calibrate.command(short_help="What does a bird touch in the next days? Your own logs, cut in time.")
@click.option(
    "--day",
    type=Day(),
    metavar="DAY",
    help="Score the days before its end; by default the newest that landed.",
)
@click.option("--window", metavar="DURATION", help="Learn from this long before the cut, such as 28d.")
@click.option("--hold-out", metavar="DURATION", default="7d", show_default=True, help="The days to find.")
@click.option(
    "--posted-within",
    metavar="DURATION",
    help="Rank only flits posted this long before the end, as a feed of fresh ones does.",
)
@click.option(
    "--sizes",
    metavar="SHARE,…",
    help="Score at each of these shares of the birds, such as 0.1,0.3,1, and draw cost against events.",
)
@scoring_options
@common_options
def logs(
    chosen: Settings,
    as_json: bool,
    day: date | None,
    window: str | None,
    hold_out: str,
    posted_within: str | None,
    sizes: str | None,
    **options: Any,
) -> int:
    """Score the spaces of pipelines.yaml, and every method that needs no other space, on the home's own logs."""
    from flows.commands.calibrate.logs import SplitOptions, calibrate_logs
    from flows.commands.calibrate.scores import Options

    if sizes and (options["sweep"] or options["dimensions"]):
        raise click.UsageError("--sizes draws cost against events: leave out --sweep and --dimensions")
    return calibrate_logs(
        chosen, as_json, SplitOptions(day, window, hold_out, posted_within, sizes), Options(**options)
    )
