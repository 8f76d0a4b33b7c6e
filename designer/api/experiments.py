"""Experiments over HTTP."""

from designer.actions import experiments as actions
from designer.api.declare import Routes
from designer.contract.experiments import ExperimentList
from designer.installation import Installation

routes = Routes("experiments")


@routes.get("/api/experiments")
def list_experiments(inst: Installation) -> ExperimentList:
    """List all experiments, the one with the newest run first."""
    return actions.list_experiments(inst)
