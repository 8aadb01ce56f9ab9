"""Train a space on everything that its plan may see."""

from __future__ import annotations

from tasks.progress import step
from tasks.stages.features import FeatureParameters
from tasks.versions.candidate import TRAINED, Candidate
from tasks.versions.code_digest import edition
from tasks.versions.inputs import read_inputs
from tasks.versions.plan import Plan
from warehouse.home import Home


def train(home: Home, plan: Plan, features: FeatureParameters) -> None:
    """Leave the embedding `trained` in the candidate's folder; nothing is done where it is there.

    What a killed night of another edition of the code left beside it is done again.
    """
    candidate = Candidate.of(home, plan)
    candidate.keep_for(edition())
    if candidate.has_embedding(TRAINED):
        return
    with step(f"{plan.space}: train") as report:
        inputs = read_inputs(home, plan, features)
        embedding = plan.pipeline.how.fit(inputs, plan.pipeline.params, report)
        candidate.save_embedding(TRAINED, embedding)
        measured = [f"{name} {value:.4f}" for name, value in embedding.measured.items()]
        rows = f"{len(embedding.vectors):,} {plan.pipeline.entity}s × {embedding.vectors.dim}"
        report.note = ", ".join([rows, *measured])
