"""Experiments: labels that group runs."""

import sqlalchemy as sa

from designer.contract.experiments import Experiment
from designer.store.database import Transaction
from designer.store.tables import experiments, runs


def find(t: Transaction, limit: int = 1_000) -> list[Experiment]:
    """Experiments, the one with the newest run first."""
    query = (
        sa.select(experiments.c.name, experiments.c.runs, runs.c.created, runs.c.status)
        .join(runs, runs.c.id == experiments.c.last_run, isouter=True)
        .order_by(experiments.c.last_run.desc())
        .limit(limit)
    )
    return [
        Experiment(name=name, runs=count, last_run=created, last_status=status)
        for name, count, created, status in t.execute(query)
    ]
