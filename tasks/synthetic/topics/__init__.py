"""The topics of the synthetic Flutter, one a file. To add one: write its file, add it to `TOPICS`."""

from tasks.synthetic.topics.birdwatching import BIRDWATCHING
from tasks.synthetic.topics.cats import CATS
from tasks.synthetic.topics.chess import CHESS
from tasks.synthetic.topics.cinema import CINEMA
from tasks.synthetic.topics.coffee import COFFEE
from tasks.synthetic.topics.computing import COMPUTING
from tasks.synthetic.topics.cooking import COOKING
from tasks.synthetic.topics.cycling import CYCLING
from tasks.synthetic.topics.football import FOOTBALL
from tasks.synthetic.topics.gardening import GARDENING
from tasks.synthetic.topics.hiking import HIKING
from tasks.synthetic.topics.jazz import JAZZ
from tasks.synthetic.topics.knitting import KNITTING
from tasks.synthetic.topics.space import SPACE
from tasks.synthetic.topics.topic import Topic

TOPICS: tuple[Topic, ...] = (
    FOOTBALL, COOKING, CATS, CINEMA, SPACE, GARDENING, COMPUTING,
    HIKING, COFFEE, BIRDWATCHING, CYCLING, JAZZ, CHESS, KNITTING,
)  # fmt: skip
"""Most popular first."""

FACETS = 3

__all__ = ["FACETS", "TOPICS", "Topic"]
