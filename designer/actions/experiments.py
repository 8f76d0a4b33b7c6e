"""What people see of experiments."""

from designer.contract.experiments import ExperimentList
from designer.installation import Installation
from designer.store import experiments


def list_experiments(inst: Installation) -> ExperimentList:
    """All experiments, the one with the newest run first."""
    with inst.store.read() as t:
        return ExperimentList(items=experiments.find(t))
