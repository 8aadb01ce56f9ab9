"""A share of the birds: the same ones in every frame, as many as asked for, with all that they did."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.calibration.protocols.share import keep_share

BIRDS = [f"b{n}" for n in range(2000)]


def kept(share: float) -> set[str]:
    return set(keep_share(pl.DataFrame({"bird_id": BIRDS}), share)["bird_id"])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_about_so_many_are_kept(share: float) -> None:
    assert abs(len(kept(share)) / len(BIRDS) - share) < 0.05


def test_a_smaller_share_is_a_part_of_a_larger_one() -> None:
    assert kept(0.1) < kept(0.3) < kept(1.0) == set(BIRDS)


def test_edges_stay_where_both_birds_stay_and_other_kinds_do() -> None:
    some = kept(0.5)
    follows = pl.DataFrame({"bird_id": BIRDS, "followee_id": BIRDS[::-1]})
    both = [bird for bird, other in zip(BIRDS, BIRDS[::-1], strict=True) if {bird, other} <= some]
    assert keep_share(follows, 0.5)["bird_id"].to_list() == both
    relations = pl.DataFrame(
        {
            "source": [*(f"bird:{bird}" for bird in BIRDS), "advertiser:a"],
            "target": ["flit:f"] * (len(BIRDS) + 1),
        }
    )
    sources = set(keep_share(relations, 0.5)["source"])
    assert sources == {f"bird:{bird}" for bird in some} | {"advertiser:a"}


def test_what_names_no_bird_stays() -> None:
    texts = pl.DataFrame({"flit_id": ["f"], "text": ["hello"]})
    assert keep_share(texts, 0.01).equals(texts)
