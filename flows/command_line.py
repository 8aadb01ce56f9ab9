"""The command line: options, help, exit codes. What a command does is in the flow or view of its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from flows.configuration import ConfigurationError
from flows.settings import Settings, choose, last_complete_day, prepare_libraries
from flows.terminal import say
from warehouse.errors import NightjarError

DONE, FAILED, WRONG_USAGE, HELD_BACK = 0, 1, 2, 3


class Day(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            return self.fail(f"expected a day such as 2026-03-14, found {value!r}", param, ctx)


def common_options(command: Callable[..., int]) -> Callable[..., None]:
    """`--home`, `--landing`, `--config` and `--json`, then run and exit with the returned code."""

    @click.option(
        "--home", type=click.Path(path_type=Path), help="Where everything is kept. [NIGHTJAR_HOME; ./home]"
    )
    @click.option(
        "--landing",
        type=click.Path(path_type=Path),
        help="Where logs arrive. [NIGHTJAR_LANDING; HOME/landing]",
    )
    @click.option(
        "--config", type=click.Path(path_type=Path), help="What to build. [NIGHTJAR_CONFIG; ./pipelines.yaml]"
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @wraps(command)
    def run(
        home: Path | None, landing: Path | None, config: Path | None, as_json: bool, **options: Any
    ) -> None:
        chosen = choose(home, landing, config)
        prepare_libraries(chosen)
        sys.exit(command(chosen, as_json, **options))

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="nightjar")
def cli() -> None:
    """The nightly embeddings pipeline that people can trust without looking.

    Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, but the gate held a version back.
    """


@cli.command()
@click.option("--birds", default=400, show_default=True, help="How many birds the synthetic Flutter has.")
@click.option("--nights", default=3, show_default=True, help="How many nights to run.")
@click.option("--seed", default=7, show_default=True, help="Another seed, another Flutter.")
@click.option("--spam", type=float, help="Share of events made by spam bots on the last night, such as 0.05.")
@common_options
def demo(chosen: Settings, as_json: bool, birds: int, nights: int, seed: int, spam: float | None) -> int:
    """A synthetic Flutter, a few nights of it, end to end; prints where to look."""
    from flows.demo import DemoOptions, run_demo

    return run_demo(chosen, as_json, DemoOptions(birds, nights, seed, spam))


@cli.command()
@click.option("--day", type=Day(), help="The night to run; the last complete day in UTC if left out.")
@common_options
def nightly(chosen: Settings, as_json: bool, day: date | None) -> int:
    """Ingest what landed up to a day, build features, train, compare, gate, publish."""
    from flows.run import run_nightly

    return run_nightly(chosen, as_json, day or last_complete_day())


@cli.command()
@click.option("--first", type=Day(), required=True, help="First day, included.")
@click.option("--last", type=Day(), required=True, help="Last day, included.")
@click.option(
    "--known-as-of",
    type=Day(),
    help="See all logs that landed up to this day; else each day sees its own past.",
)
@common_options
def backfill(chosen: Settings, as_json: bool, first: date, last: date, known_as_of: date | None) -> int:
    """Run past nights, oldest first; days that are done already cost nothing, so it resumes."""
    from flows.run import run_backfill

    if last < first:
        raise click.UsageError(f"--last {last} is before --first {first}; swap them")
    if known_as_of is not None and known_as_of < last:
        raise click.UsageError(
            f"--known-as-of {known_as_of} is before --last {last}; give that day or a later one"
        )
    return run_backfill(chosen, as_json, first, last, known_as_of)


@cli.command()
@click.option("--space", help="Only this space.")
@common_options
def status(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Versions, verdicts, what is current, freshness, quarantine, missing days."""
    from flows.status import show_status

    return show_status(chosen, as_json, space)


@cli.command()
@click.argument("space")
@click.argument("old", required=False)
@click.argument("new", required=False)
@common_options
def drift(chosen: Settings, as_json: bool, space: str, old: str | None, new: str | None) -> int:
    """The paired report between two versions of SPACE; the current one and its parent if left out."""
    from flows.inspect import show_drift

    if old is not None and new is None:
        raise click.UsageError("give both versions, OLD and NEW, or neither")
    return show_drift(chosen, as_json, space, old, new)


@cli.command()
@click.argument("space")
@click.argument("entity_id", metavar="ID")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1), help="How many neighbours.")
@click.option("--version", help="A version by name; the current one if left out.")
@common_options
def neighbours(
    chosen: Settings, as_json: bool, space: str, entity_id: str, k: int, version: str | None
) -> int:
    """The nearest neighbours of ID in SPACE."""
    from flows.inspect import show_neighbours

    return show_neighbours(chosen, as_json, space, entity_id, k, version)


@cli.command()
@click.argument("space")
@click.argument("version")
@click.option("--reason", required=True, help="Why; kept in decisions.jsonl.")
@common_options
def release(chosen: Settings, as_json: bool, space: str, version: str, reason: str) -> int:
    """Publish VERSION of SPACE, which the gate held back."""
    from flows.decide import release_version

    return release_version(chosen, as_json, space, version, reason)


@cli.command()
@click.argument("space")
@click.option(
    "--to", help="The version to return to; the newest released one before the current if left out."
)
@click.option("--reason", required=True, help="Why; kept in decisions.jsonl.")
@common_options
def rollback(chosen: Settings, as_json: bool, space: str, to: str | None, reason: str) -> int:
    """Point SPACE back to an earlier version; later ones are withdrawn."""
    from flows.decide import roll_back

    return roll_back(chosen, as_json, space, to, reason)


@cli.command()
@click.option("--space", help="Only this space.")
@common_options
def verify(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Re-read every published byte against its manifest."""
    from flows.inspect import show_verification

    return show_verification(chosen, as_json, space)


def main() -> None:
    """Entry point: known faults are one line and an exit code, never a traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.exceptions.NoArgsIsHelpError as shown:
        say(shown.format_message())
        sys.exit(WRONG_USAGE)
    except click.ClickException as error:
        say(f"nightjar: {error.format_message()}", "red")
        sys.exit(WRONG_USAGE)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            say(line, "red")
        sys.exit(WRONG_USAGE)
    except NightjarError as error:
        say(f"nightjar: {error}", "red")
        sys.exit(FAILED)
    except (click.Abort, KeyboardInterrupt):
        say("stopped; nothing is half done, the same command goes on from here", "yellow")
        sys.exit(130)


if __name__ == "__main__":
    main()
