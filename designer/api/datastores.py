"""Datastores over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import datastores as actions
from designer.api.declare import Download, Limit, Routes, Upload, Words
from designer.contract.datastores import (
    ChangeDatastore,
    Datastore,
    DatastoreList,
    DatastoreName,
    RegisterDatastore,
    StoreEntries,
    StoreEntry,
    StorePath,
    TriedDatastore,
    TryDatastore,
)
from designer.installation import Installation

routes = Routes("datastores")

Skip = Annotated[int, Field(ge=0, le=1_000_000, description="The `next` of the page before.")]
File = Annotated[StorePath, Field(min_length=1)]


@routes.get("/api/datastores")
def list_datastores(inst: Installation) -> DatastoreList:
    """List all datastores, and the kinds there may be with the schemas of their settings."""
    return actions.list_datastores(inst)


@routes.post("/api/datastores", status=201)
def register_datastore(inst: Installation, request: RegisterDatastore) -> Datastore:
    """Register a datastore. It is not connected to: `try` says whether it can be."""
    return actions.register_datastore(inst, request)


@routes.post("/api/datastores/try")
def try_datastore(inst: Installation, request: TryDatastore) -> TriedDatastore:
    """Connect with settings, and say exactly what is wrong. It lists, and writes and removes a small file."""
    return actions.try_datastore(inst, request)


@routes.get("/api/datastores/{name}")
def get_datastore(inst: Installation, name: DatastoreName) -> Datastore:
    """Read a datastore and who uses it."""
    return actions.get_datastore(inst, name)


@routes.patch("/api/datastores/{name}")
def change_datastore(inst: Installation, name: DatastoreName, request: ChangeDatastore) -> Datastore:
    """Change a datastore's settings."""
    return actions.change_datastore(inst, name, request)


@routes.delete("/api/datastores/{name}")
def unregister_datastore(inst: Installation, name: DatastoreName) -> None:
    """Forget a datastore that nothing uses; what lies on it stays."""
    actions.unregister_datastore(inst, name)


@routes.get("/api/datastores/{name}/entries")
def browse_datastore(
    inst: Installation, name: DatastoreName, *, path: StorePath = "", q: Words = "", after: Skip = 0, limit: Limit = 200
) -> StoreEntries:
    """List a folder of a datastore, or the tables of a database."""
    return actions.browse(inst, name, path, q=q, after=after, limit=limit)


@routes.get("/api/datastores/{name}/file")
def download_from_datastore(inst: Installation, name: DatastoreName, *, path: File) -> Download:
    """Download a file of a datastore."""
    file, pieces = actions.download_file(inst, name, path)
    return Download(file, "application/octet-stream", pieces)


@routes.post("/api/datastores/{name}/file", status=201)
def upload_to_datastore(
    inst: Installation, upload: Upload, name: DatastoreName, *, path: File, overwrite: bool = False
) -> StoreEntry:
    """Put a file onto a datastore, under `path`; it is there whole or not at all."""
    return actions.upload_file(inst, name, path, upload.path, overwrite=overwrite)
