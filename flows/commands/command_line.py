"""The command line: options, help, exit codes. What a command does is in the flow or view of its name."""

from __future__ import annotations

import atexit
import gc
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from flows.commands.calibrate.command import calibrate
from flows.commands.interruption import Interruption
from flows.commands.options import (
    FAILED,
    WRONG_USAGE,
    Day,
    InOrder,
    common_options,
    force_option,
    reason_option,
)
from flows.commands.terminal import say
from flows.schedule import require_over
from flows.settings import Settings, last_complete_day, now, settings
from flows.yaml_lines import ConfigurationError
from warehouse.errors import NightjarError
from warehouse.similarity import METRICS


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="nightjar")
def cli() -> None:
    """The nightly embeddings pipeline that people can trust without looking.

    \b
    Exit codes: 0 done; 1 failed; 2 wrong usage or configuration;
    3 done, but the gate held at least one version back.
    """


@cli.command(short_help="Land and run some nights of a synthetic Flutter.")
@click.option(
    "--birds",
    type=click.IntRange(10, 10_000_000),
    default=400,
    show_default=True,
    metavar="COUNT",
    help="How many birds it has, 10 or more.",
)
@click.option(
    "--nights",
    type=click.IntRange(1, 365),
    default=3,
    show_default=True,
    metavar="COUNT",
    help="How many nights to run.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=7,
    show_default=True,
    metavar="NUMBER",
    help="Another seed, another Flutter.",
)
@click.option(
    "--spam",
    type=click.FloatRange(0, 0.95, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of the last night's events that spam bots make, such as 0.05.",
)
@common_options
def demo(chosen: Settings, as_json: bool, birds: int, nights: int, seed: int, spam: float | None) -> int:
    """Land some nights of a synthetic Flutter, run them end to end, and say where to look.

    Its logs go to the landing folder, which must hold no others. The same options again change nothing.
    """
    from flows.commands.demo import DemoOptions, run_demo

    return run_demo(chosen, as_json, DemoOptions(birds, nights, seed, spam))


@cli.command(short_help="Turn what landed up to a day into published versions.")
@click.option("--day", type=Day(), help="The night to run; yesterday (UTC) if left out.")
@common_options
def nightly(chosen: Settings, as_json: bool, day: date | None) -> int:
    """Ingest what landed up to a day, build features, train, compare, gate, publish.

    A night that is done starts nothing; one that was killed goes on where it was.
    """
    from flows.commands.nightly import run_nightly

    night = day or last_complete_day()
    require_over(night, None, now().date())
    return run_nightly(chosen, as_json, night)


@cli.command(short_help="Run past nights, oldest first.")
@click.option("--first", type=Day(), required=True, help="First day, included.")
@click.option("--last", type=Day(), required=True, help="Last day, included.")
@click.option(
    "--known-as-of",
    type=Day(),
    help="See all logs that landed up to this day; else each day sees its own past.",
)
@common_options
def backfill(chosen: Settings, as_json: bool, first: date, last: date, known_as_of: date | None) -> int:
    """Run past nights, oldest first.

    Days that are done cost nothing, so it resumes. It never moves what is current back in days.
    """
    from flows.commands.nightly import run_backfill

    if last < first:
        raise click.UsageError(f"--last {last} is before --first {first}; swap them")
    if known_as_of is not None and known_as_of < last:
        raise click.UsageError(
            f"--known-as-of {known_as_of} is before --last {last}; give that day or a later one"
        )
    require_over(last, known_as_of, now().date())
    return run_backfill(chosen, as_json, first, last, known_as_of)


@cli.command(short_help="Run Prefect, MLflow and the schedule until Ctrl-C.")
@click.option(
    "--prefect-port",
    default=4200,
    show_default=True,
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Where Prefect's pages and API are.",
)
@click.option(
    "--mlflow-port",
    default=5000,
    show_default=True,
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Where MLflow's pages and API are.",
)
@common_options
def up(chosen: Settings, as_json: bool, prefect_port: int, mlflow_port: int) -> int:
    """Run Prefect, MLflow and the schedule of pipelines.yaml, on this machine only, until Ctrl-C or SIGTERM.

    What an earlier crash left is repaired, and a program that dies is started again. While it runs, other
    commands on the same home use its servers.

    \b
    NIGHTJAR_AUTH=user:password   asks for a name and a password, in both servers
    NIGHTJAR_ALERT_WEBHOOK=URL    told when a night fails, is late, or held back
    """
    from flows.servers.up import keep_up

    return keep_up(chosen, as_json, prefect_port, mlflow_port)


@cli.command(short_help="What is current, held back, missing; logs and quarantine.")
@click.option("--space", metavar="SPACE", help="Only this space, with all its versions.")
@common_options
def status(chosen: Settings, as_json: bool, space: str | None) -> int:
    """What is current and how fresh it is, what the gate held back and why, missing days, logs, quarantine.

    Exit code 1 where a space is stale: what is current is `alerts.stale_after` days behind the logs, nothing has
    been current for that long, or, once `nightjar up` has served the home, the night that was due is not there.
    """
    from flows.commands.status import show_status

    return show_status(chosen, as_json, space)


@cli.command(short_help="What changed between two versions of SPACE.")
@click.argument("space")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--explain", "ask", flag_value="explain", help="Train anew to tell seed, data, parameters and code apart."
)
@click.option(
    "--canaries", "ask", flag_value="canaries", help="Try the gate on damaged copies of the current version."
)
@common_options
def drift(
    chosen: Settings, as_json: bool, space: str, old: str | None, new: str | None, ask: str | None
) -> int:
    """What changed between two versions of SPACE, and what the gate says about it.

    OLD and NEW are versions by their names or days; if left out, the newest one and its predecessor. --explain and
    --canaries take some trainings; with --canaries the exit code is 1 where the gate misses a fault.
    """
    if old is not None and new is None:
        raise click.UsageError("give both versions, OLD and NEW, or neither")
    if ask == "canaries":
        from flows.commands.canaries import show_canaries

        if old is not None:
            raise click.UsageError("--canaries damages the current version; leave OLD and NEW out")
        return show_canaries(chosen, as_json, space)
    if ask == "explain":
        from flows.commands.explain import show_explanation

        return show_explanation(chosen, as_json, space, old, new)
    from flows.commands.drift import show_drift

    return show_drift(chosen, as_json, space, old, new)


@cli.command(short_help="Who is near whom in SPACE.")
@click.argument("space")
@click.argument("entity_id", metavar="ID")
@click.option(
    "-k", default=10, show_default=True, type=click.IntRange(1), metavar="COUNT", help="How many neighbours."
)
@click.option(
    "--version", metavar="VERSION", help="A version by its name or day; the current one if left out."
)
@click.option(
    "--metric", type=click.Choice(METRICS), help="Measure by this, without an index. [the space's own]"
)
@click.option(
    "--minus", metavar="ID", multiple=True, help="Take the direction of this id away; may be repeated."
)
@click.option("--plus", metavar="ID", multiple=True, help="Add the direction of this id; may be repeated.")
@common_options
def neighbours(chosen: Settings, as_json: bool, space: str, entity_id: str, **asked: Any) -> int:
    """The nearest neighbours of ID in SPACE, best first, with the texts of flits.

    `nightjar neighbours words king --minus man --plus woman` asks what is to woman as king is to man; ids of the
    question are no answers. Jaccard and Hamming compare which numbers are not 0, as bags of words want it.
    """
    from flows.commands.neighbours import NeighbourQuery, show_neighbours

    return show_neighbours(chosen, as_json, space, NeighbourQuery(entity_id, **asked))


@cli.command(short_help="Publish a version of SPACE that the gate held back.")
@click.argument("space")
@click.argument("version")
@reason_option
@force_option
@common_options
def release(chosen: Settings, as_json: bool, space: str, version: str, reason: str, force: bool) -> int:
    """Publish VERSION of SPACE, which the gate held back or a rollback withdrew; its day is enough.

    Consumers follow it, unless they follow a version of a later day already. Spaces that are built on it are made. What
    it has set aside of the logs counts from the next night on.
    """
    from flows.decisions import release_version

    return release_version(chosen, as_json, space, version, reason, force)


@cli.command(short_help="Never publish a version of SPACE that the gate held back.")
@click.argument("space")
@click.argument("version")
@reason_option
@click.option(
    "--leave-out",
    metavar="WHAT:WHICH",
    multiple=True,
    help="Keep this out of later nights too: bird:ID, file:PATH, hour:2026-03-06T04, day:2026-03-06; repeatable.",
)
@common_options
def discard(
    chosen: Settings, as_json: bool, space: str, version: str, reason: str, leave_out: tuple[str, ...]
) -> int:
    """Decide that VERSION of SPACE, which the gate held back, is not published; it is no longer asked about.

    What it has set aside of the logs stays out of later nights, until `nightjar release` counts it in.
    """
    from flows.decisions import discard_version

    return discard_version(chosen, as_json, space, version, reason, leave_out)


@cli.command(short_help="Point SPACE back to an earlier version.")
@click.argument("space")
@click.option(
    "--to",
    metavar="VERSION",
    help="The version to return to; the newest released one of an earlier day if left out.",
)
@reason_option
@force_option
@common_options
def rollback(chosen: Settings, as_json: bool, space: str, to: str | None, reason: str, force: bool) -> int:
    """Point SPACE back to an earlier version; the later ones are withdrawn.

    Said again it changes nothing; --to goes further back. `nightjar release` brings a withdrawn version back.
    """
    from flows.decisions import roll_back

    return roll_back(chosen, as_json, space, to, reason, force)


@cli.command("copy", short_help="A copy of the warehouse to look at, while nights run.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@common_options
def copy_(chosen: Settings, as_json: bool, file: Path) -> int:
    """Put a copy of the warehouse at FILE, for DuckDB, DBeaver or a notebook; an earlier copy there is replaced.

    Whoever opens the warehouse itself keeps nights waiting as long as it is open.
    """
    from flows.commands.copy_warehouse import copy_warehouse

    return copy_warehouse(chosen, as_json, file)


@cli.command(short_help="Re-read every published byte against its manifest.")
@click.option("--space", metavar="SPACE", help="Only this space.")
@common_options
def verify(chosen: Settings, as_json: bool, space: str | None) -> int:
    """Re-read every published byte against its manifest; exit code 1 where anything differs."""
    from flows.commands.drift import show_verification

    return show_verification(chosen, as_json, space)


@cli.command(short_help="Rebuild what can be rebuilt, and say what cannot.")
@common_options
def repair(chosen: Settings, as_json: bool) -> int:
    """Rebuild what can be rebuilt, and say what cannot.

    \b
    a damaged warehouse     put aside, made anew from the landing folder
    a damaged pointer       leads to the newest released version
    MLflow's champion       the version that consumers follow
    missed by MLflow        versions published while it was away are recorded

    Nothing is deleted. Exit code 1 where something stays that only a backup or a decision can mend.
    """
    from flows.commands.repair import show_repair

    return show_repair(chosen, as_json)


cli.add_command(calibrate)


def _of_the_machine(error: Exception) -> str | None:
    """A full disk, a damaged warehouse, in a line; None where it is none of these, and the traceback is needed."""
    from flows.machine_faults import in_one_line

    return in_one_line(error, settings().home)


def main() -> None:
    """Entry point: known faults are one line and an exit code, never a traceback."""
    signal.signal(signal.SIGINT, Interruption())
    # As it ends, Python looks through all that Prefect and MLflow have built for cycles: 2 s of a night, for nothing.
    atexit.register(gc.freeze)
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
        sys.exit(WRONG_USAGE if error.wrong_usage else FAILED)
    except (click.Abort, KeyboardInterrupt):
        say("stopped; nothing is half done, the same command goes on from here", "yellow")
        sys.exit(130)
    except Exception as error:
        reason = _of_the_machine(error)
        if reason is None:
            raise
        say(f"nightjar: {reason}", "red")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
