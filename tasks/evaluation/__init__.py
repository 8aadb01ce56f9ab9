"""Evaluation: time splits, full rankings, baselines, confidence intervals. Pure: frames in, numbers out.

`split` cuts a log in time, a `Scorer` scores every candidate for some birds, `evaluate` ranks, measures and
compares.
"""

from tasks.evaluation.evaluate import evaluate
from tasks.evaluation.intrinsic import Intrinsic, intrinsic
from tasks.evaluation.protocol import Candidates, EvaluationParameters, ProfileParameters, Scorer, Split
from tasks.evaluation.results import Evaluation, nothing_to_score
from tasks.evaluation.scorers import bird_scorer, profile_scorer
from tasks.evaluation.spaces import SpaceVectors, space_scorer
from tasks.evaluation.split import split

__all__ = [
    "Candidates",
    "Evaluation",
    "EvaluationParameters",
    "Intrinsic",
    "ProfileParameters",
    "Scorer",
    "SpaceVectors",
    "Split",
    "bird_scorer",
    "evaluate",
    "intrinsic",
    "nothing_to_score",
    "profile_scorer",
    "space_scorer",
    "split",
]
