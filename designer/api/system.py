"""The installation over HTTP."""

from designer.actions import sessions
from designer.actions import system as actions
from designer.api.declare import Routes
from designer.contract.system import OpenWith, System
from designer.installation import Installation

routes = Routes("system")


@routes.get("/api/system")
def get_system(inst: Installation) -> System:
    """Say what a client should know about the server."""
    return actions.describe(inst)


@routes.post("/api/codes", status=201)
def create_code(inst: Installation) -> OpenWith:
    """Make a one-time code: `/open?code=...` signs a browser in with it, within a minute."""
    return OpenWith(code=sessions.new_code(inst))
