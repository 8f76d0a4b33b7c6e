"""Modules over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import modules as actions
from designer.api.declare import Routes
from designer.contract.modules import ModuleList, ModuleSource
from designer.installation import Installation

routes = Routes("modules")

Reference = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}(@[1-9][0-9]{0,5})?$")]


@routes.get("/api/modules")
def list_modules(inst: Installation) -> ModuleList:
    """List the newest version of every module, the table of port types, and the files that are no modules."""
    return actions.list_modules(inst)


@routes.get("/api/modules/{reference}")
def get_module(inst: Installation, reference: Reference) -> ModuleSource:
    """Read a module with its source: `split_data@1`, or `split_data` for the newest."""
    return actions.get_module(inst, reference)
