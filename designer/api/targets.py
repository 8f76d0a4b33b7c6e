"""Compute targets over HTTP."""

from designer.actions import targets as actions
from designer.api.declare import Routes
from designer.contract.targets import (
    AddTarget,
    ChangeTarget,
    Target,
    TargetList,
    TargetName,
    TestedTarget,
    TestTarget,
)
from designer.installation import Installation

routes = Routes("targets")


@routes.get("/api/targets")
def list_targets(inst: Installation) -> TargetList:
    """List all compute targets with what runs on them, and the kinds that can be added."""
    return actions.list_targets(inst)


@routes.post("/api/targets", status=201)
def add_target(inst: Installation, request: AddTarget) -> Target:
    """Add a compute target; steps can run on it at once."""
    return actions.add_target(inst, request)


@routes.post("/api/targets/test")
def test_target(inst: Installation, request: TestTarget) -> TestedTarget:
    """Try options without keeping them: say exactly what is wrong, and what to do."""
    return actions.test_target(inst, request)


@routes.get("/api/targets/{name}")
def get_target(inst: Installation, name: TargetName) -> Target:
    """Read a compute target with what runs on it."""
    return actions.get_target(inst, name)


@routes.patch("/api/targets/{name}")
def change_target(inst: Installation, name: TargetName, request: ChangeTarget) -> Target:
    """Change a compute target, or switch it off and on."""
    return actions.change_target(inst, name, request)


@routes.delete("/api/targets/{name}")
def delete_target(inst: Installation, name: TargetName) -> None:
    """Remove a compute target that nothing uses."""
    actions.delete_target(inst, name)
