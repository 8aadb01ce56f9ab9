"""Tests of a space in itself, declared by hand: what a person knows to be alike."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, Field

from tasks.parameters import Parameters

Pair = tuple[str, str]
Four = tuple[str, str, str, str]
List = Annotated[tuple[str, ...], Field(min_length=2)]


def _apart(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    same = [one for one, other in pairs if one == other]
    if same:
        raise ValueError(f"expected two different ids, found {same[0]!r} twice in one pair")
    return pairs


def _open(analogies: tuple[Four, ...]) -> tuple[Four, ...]:
    given = [answer for *question, answer in analogies if answer in question]
    if given:
        raise ValueError(
            f"expected an answer that is to be found, found {given[0]!r} both in the question and as its answer"
        )
    return analogies


def _disjoint(lists: tuple[List, ...]) -> tuple[List, ...]:
    twice = [id_ for id_, times in Counter(id_ for of in lists for id_ in of).items() if times > 1]
    if twice:
        raise ValueError(f"expected each id once, found {twice[0]!r} twice; take it out of one list")
    if len(lists) == 1:
        raise ValueError("expected two lists or more, found 1: there is nothing to tell it from")
    return lists


class IntrinsicParameters(Parameters):
    """What is asked of a space every night, by id: flits, birds, words, or `kind:id` in a joint space.

    `synonyms`, `duplicates`: pairs that should find each other. `analogies`: [a, b, c, d], a is to b as c is to d.
    `clusters`: lists whose members should be nearer to each other than to members of other lists. `k`: how far down
    a list of neighbours is looked.
    """

    synonyms: Annotated[tuple[Pair, ...], AfterValidator(_apart)] = ()
    analogies: Annotated[tuple[Four, ...], AfterValidator(_open)] = ()
    clusters: Annotated[tuple[List, ...], AfterValidator(_disjoint)] = ()
    duplicates: Annotated[tuple[Pair, ...], AfterValidator(_apart)] = ()
    k: int = Field(10, ge=1, le=1000)
