"""Steps over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import runs
from designer.actions import steps as actions
from designer.api.declare import Download, NodeId, Routes
from designer.contract.base import Id
from designer.contract.runs import Run, StepDetail, StepMetrics
from designer.installation import Installation

routes = Routes("steps")

PortName = Annotated[str, Field(min_length=1, max_length=200)]


@routes.get("/api/runs/{id}/steps/{node}")
def get_step(inst: Installation, id_: Id, node: NodeId) -> StepDetail:
    """Read a step with its parameters, inputs, attempts, figures and tables."""
    return actions.get_step(inst, id_, node)


@routes.post("/api/runs/{id}/steps/{node}/cancel")
def cancel_step(inst: Installation, id_: Id, node: NodeId) -> Run:
    """Ask one step to end; it does so soon."""
    return runs.cancel_step(inst, id_, node)


@routes.get("/api/runs/{id}/steps/{node}/metrics")
def step_metrics(inst: Installation, id_: Id, node: NodeId) -> StepMetrics:
    """Read all values of all metrics of a step."""
    return actions.step_metrics(inst, id_, node)


@routes.get("/api/runs/{id}/steps/{node}/outputs/{port}")
def step_output(inst: Installation, id_: Id, node: NodeId, port: PortName) -> Download:
    """Download what an output port gave; a folder comes as a zip file."""
    path, name, media_type = actions.open_output(inst, id_, node, port)
    return Download(name, media_type, path)
