"""Modules over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import module_files, trials
from designer.actions import modules as actions
from designer.api.declare import Routes, Upload
from designer.contract.modules import (
    ChangeModule,
    ComposedModule,
    ComposeModule,
    CreateModule,
    ModuleDraft,
    ModuleList,
    ModuleName,
    ModuleReading,
    ModuleSource,
    ModuleUses,
    OwnModule,
    ReadModule,
    RollBackModule,
    SaveModule,
    TryModule,
)
from designer.contract.runs import Run
from designer.installation import Installation

routes = Routes("modules")

FileName = Annotated[str, Field(max_length=400)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}(@[1-9][0-9]{0,5})?$")]


@routes.get("/api/modules")
def list_modules(inst: Installation) -> ModuleList:
    """List the newest version of every module, the table of port types, and the files that are no modules."""
    return actions.list_modules(inst)


@routes.get("/api/modules/{reference}")
def get_module(inst: Installation, reference: Reference) -> ModuleSource:
    """Read a module with its source: `split_data@1`, or `split_data` for the newest."""
    return actions.get_module(inst, reference)


@routes.post("/api/modules", status=201)
def create_module(inst: Installation, request: CreateModule) -> OwnModule:
    """Make a module of your own: its first version."""
    return actions.create_module(inst, request)


@routes.post("/api/modules/read")
def read_module(inst: Installation, request: ReadModule) -> ModuleReading:
    """Say what a source is, and all that is wrong with it, without keeping or running it."""
    return actions.read_source(inst, request)


@routes.post("/api/modules/files")
def read_module_files(
    inst: Installation, upload: Upload, *, file_name: FileName = "", entry: FileName = ""
) -> ModuleDraft:
    """Say what a file is as a module: a script, a notebook, a component, or a zip file with one and its folder.

    Nothing of it is run. What comes back may be changed, composed, and then made a module; `entry` picks the file of an archive.
    """
    return module_files.read_files(inst, upload.path, file_name or upload.file_name, upload.size, entry)


@routes.post("/api/modules/compose")
def compose_module(inst: Installation, request: ComposeModule) -> ComposedModule:
    """Write the declaration of a command as the source of a module, and say all that is wrong with it."""
    return module_files.compose(request)


@routes.post("/api/modules/try", status=201)
def try_module(inst: Installation, request: TryModule) -> Run:
    """Run a source as a real step on data there is, without keeping the module; the run is archived from the start."""
    return trials.try_module(inst, request)


@routes.get("/api/modules/{reference}/versions")
def get_own_module(inst: Installation, reference: ModuleName) -> OwnModule:
    """Read a module that was made here, with all its versions."""
    return actions.get_own(inst, reference)


@routes.post("/api/modules/{reference}/versions", status=201)
def save_module(inst: Installation, reference: ModuleName, request: SaveModule) -> OwnModule:
    """Save a new version; one that is based on an older one is answered with 409 and the newest in `details`."""
    return actions.save_module(inst, reference, request)


@routes.post("/api/modules/{reference}/roll-back", status=201)
def roll_back_module(inst: Installation, reference: ModuleName, request: RollBackModule) -> OwnModule:
    """Make an older version the newest again, as a new version."""
    return actions.roll_back(inst, reference, request)


@routes.patch("/api/modules/{reference}")
def change_module(inst: Installation, reference: ModuleName, request: ChangeModule) -> OwnModule:
    """Archive a module that was made here, or bring it back. Pipelines that name it go on."""
    return actions.change_module(inst, reference, request)


@routes.get("/api/modules/{reference}/uses")
def module_uses(inst: Installation, reference: ModuleName) -> ModuleUses:
    """List the pipelines that use a module, with the version that each node names."""
    return actions.module_uses(inst, reference)
