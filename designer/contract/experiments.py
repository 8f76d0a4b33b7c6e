"""Experiments on the wire."""

from designer.contract.base import Response, Timestamp
from designer.engine.status import RunStatus


class Experiment(Response):
    """A label that groups runs."""

    name: str
    runs: int
    last_run: Timestamp | None = None
    last_status: RunStatus | None = None


class ExperimentList(Response):
    """All experiments."""

    items: list[Experiment]
