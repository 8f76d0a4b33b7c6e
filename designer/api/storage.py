"""Space over HTTP."""

from designer.actions import storage as actions
from designer.api.declare import Routes
from designer.contract.storage import Clean, Cleaned, Storage
from designer.installation import Installation

routes = Routes("storage")


@routes.get("/api/storage")
def get_storage(inst: Installation) -> Storage:
    """Say what takes space, and what the next clean-up would delete."""
    return actions.describe(inst)


@routes.post("/api/storage/clean")
def clean_storage(inst: Installation, request: Clean) -> Cleaned:
    """Clean up now, as the server does by itself once an hour."""
    return actions.clean(inst, now=request.now)
