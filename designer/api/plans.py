"""Plans over HTTP."""

from designer.actions import plans as actions
from designer.api.declare import Routes
from designer.contract.plans import PlanRun, RunPlan
from designer.installation import Installation

routes = Routes("plans")


@routes.post("/api/plans")
def plan_run(inst: Installation, request: PlanRun) -> RunPlan:
    """Say what a run would do with every node, and why. Nothing is kept and nothing runs."""
    return actions.plan_run(inst, request)
