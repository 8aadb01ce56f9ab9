"""Draw `docs/map.png` from the home of a demo: `python docs/map.py home docs/map.png`.

The demo's flits are known by topic, since the synthetic Flutter planted it; the space has seen their texts only.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from tasks.report.plots import SpaceMap, draw_map
from tasks.synthetic.flutter import Flutter
from tasks.synthetic.parameters import SyntheticParameters
from warehouse import Snapshot
from warehouse.vectors import Vectors

TOPICS = 6


def draw(home: Path, picture: Path) -> None:
    """The flits of the demo's largest topics on the first two principal components of `flit_text`."""
    topics = Flutter(SyntheticParameters(nights=3)).truth().flit_topics()
    snapshot = Snapshot.open(home / "snapshots", "flit_text")
    counts = Counter(topic for topic in map(topics.get, snapshot.ids) if topic is not None)
    largest = {topic for topic, _ in counts.most_common(TOPICS)}
    rows = np.array([topics.get(id_) in largest for id_ in snapshot.ids])
    vectors = Vectors(snapshot.ids[rows], snapshot.matrix[rows])
    colour = np.array([topics[id_] for id_ in vectors.ids], dtype=object)
    draw_map(
        picture, SpaceMap("flit_text after three nights of the demo", vectors, colour, "what it is about")
    )


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
