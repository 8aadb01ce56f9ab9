"""What is set aside, in words: for the terminal of a night, its page, and `nightjar status`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from flows.decisions import commands_to_decide
from tasks.report.numbers import count, short
from tasks.report.words import say_set_aside
from warehouse.duckdb.set_aside import PERSON, LeftOut


def lines_of(
    found: Iterable[LeftOut], typed: Callable[[str], str], write: Callable[[str], str] = short
) -> list[str]:
    """A line for everything that is left out of the log: what, since when, what counting it in adds, and how.

    What several versions name for the same rule is one line. `typed`: a command as it works where it is shown.
    """
    same: dict[object, list[LeftOut]] = {}
    for one in found:
        same.setdefault((one.rule, one.decision, one.known_from, one.things), []).append(one)
    return [_set_aside(several, typed, write) for several in same.values()]


def _set_aside(found: Sequence[LeftOut], typed: Callable[[str], str], write: Callable[[str], str]) -> str:
    one = found[-1]  # the newest version that names them; what is decided of it holds for all
    added = f"{count(one.events)} of {count(one.whole)} events since then" if one.whole else "no event yet"
    named = [f"{what} {write(key)}" for what, key in one.things]
    ways = [typed(command) for command in commands_to_decide(one.space, one.version)]
    who = (
        one.rule
        if one.rule == PERSON
        else f"{one.rule} of {', '.join(dict.fromkeys(of.space for of in found))}"
    )
    return say_set_aside(one.decision, str(one.known_from), who, named, added, ways)
