"""What commands share: exit codes, options, and how a command is run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from flows.settings import choose, find_servers, keep_private, prepare_libraries

EARLIEST = date(1970, 1, 1)
DONE, FAILED, WRONG_USAGE, HELD_BACK = 0, 1, 2, 3


class Day(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            return self.fail(f"expected a day such as 2026-03-14, found {value!r}", param, ctx)
        if day < EARLIEST:
            return self.fail(f"expected a day from {EARLIEST} on, found {value}", param, ctx)
        return day


def _said(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A reason that says something."""
    if not value.strip():
        raise click.BadParameter("expected a few words, found none", ctx, param)
    return value


reason_option = click.option(
    "--reason",
    required=True,
    metavar="TEXT",
    callback=_said,
    help="Why; kept in decisions.jsonl with who and when.",
)


force_option = click.option(
    "--force", is_flag=True, help="Also a version without rows, in which consumers find nothing."
)


class InOrder(click.Group):
    """Commands in the order of a day's work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def common_options(command: Callable[..., int]) -> Callable[..., None]:
    """`--home`, `--landing`, `--config` and `--json`, then run and exit with the returned code."""

    @click.option(
        "--home",
        type=click.Path(path_type=Path),
        help="Where everything is kept. [NIGHTJAR_HOME, else ./home]",
    )
    @click.option(
        "--landing",
        type=click.Path(path_type=Path),
        help="Where logs arrive. [NIGHTJAR_LANDING, else HOME/landing]",
    )
    @click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="What to build. [NIGHTJAR_CONFIG, else ./pipelines.yaml]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @wraps(command)
    def run(
        home: Path | None, landing: Path | None, config: Path | None, as_json: bool, **options: Any
    ) -> None:
        chosen = find_servers(choose(home, landing, config))
        keep_private(chosen.home)
        prepare_libraries(chosen)
        sys.exit(command(chosen, as_json, **options))

    return run
