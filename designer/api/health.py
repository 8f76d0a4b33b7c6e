"""How the server is, over HTTP."""

from designer.actions import health as actions
from designer.api.declare import Routes
from designer.contract.health import Health
from designer.installation import Installation

routes = Routes("health")


@routes.get("/api/health")
def get_health(inst: Installation) -> Health:
    """Say whether the server can work now: database, schema, disk, artifact store."""
    return actions.look(inst)
