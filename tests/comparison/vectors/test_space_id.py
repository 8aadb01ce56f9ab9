"""A space keeps its id as long as its vectors compare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.comparison.vectors.alignment import Alignment
from tasks.comparison.vectors.space_id import SpaceOrigin, decide_space_id

CANDIDATE = SpaceOrigin("flit_text", "sentence_transformer", 384, "2015-12-31-0123456789ab")


@pytest.mark.parametrize("status", ["aligned", "fixed_frame"])
def test_comparable_versions_share_it(status):
    assert decide_space_id("feedbeef", Alignment(status), CANDIDATE) == "feedbeef"


def test_a_refused_alignment_and_a_first_version_begin_one():
    refused = decide_space_id("feedbeef", Alignment("refused", reason="…"), CANDIDATE)
    assert refused == decide_space_id(None, None, CANDIDATE) == CANDIDATE.space_id()
    assert len(refused) == 16 and int(refused, 16) >= 0


def test_it_depends_on_each_part():
    others = [
        replace(CANDIDATE, space="flit_text2"),
        replace(CANDIDATE, method="item2vec"),
        replace(CANDIDATE, dim=385),
        replace(CANDIDATE, version="2016-01-01-0123456789ab"),
    ]
    assert len({origin.space_id() for origin in [CANDIDATE, *others]}) == 5


def test_it_is_the_same_on_every_machine():
    assert (
        SpaceOrigin("a", "b", 1, "c").space_id() == "ca6aa9f99d2d7246"
    )  # printf '["a","b",1,"c"]' | sha256sum


@pytest.mark.parametrize(("predecessor", "alignment"), [("feedbeef", None), (None, Alignment("aligned"))])
def test_half_a_predecessor_is_refused(predecessor, alignment):
    with pytest.raises(ValueError, match="come together or not at all"):
        decide_space_id(predecessor, alignment, CANDIDATE)
