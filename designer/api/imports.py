"""Sharing over HTTP: one file with modules and pipelines goes out, and comes in."""

from typing import Annotated

from pydantic import Field

from designer.actions import imports as actions
from designer.actions import sharing
from designer.api.declare import Client, Digest, Download, Limit, Place, Routes, Upload
from designer.api.modules import FileName, Reference
from designer.contract.base import Id
from designer.contract.imports import Import, ImportList
from designer.installation import Installation

routes = Routes("imports")

ZIP = "application/zip"
Seen = Annotated[Digest, Field(description="The digest of the file that was looked at.")]


@routes.get("/api/pipelines/{id}/bundle")
def bundle_pipeline(inst: Installation, id_: Id) -> Download:
    """Download a pipeline with the sources, folders and locks of its modules, as one file."""
    name, content = sharing.export_pipeline(inst, id_)
    return Download(name, ZIP, content)


@routes.get("/api/modules/{reference}/bundle")
def bundle_module(inst: Installation, reference: Reference) -> Download:
    """Download a module with its source, folder and lock, as one file."""
    name, content = sharing.export_module(inst, reference)
    return Download(name, ZIP, content)


@routes.post("/api/imports", status=201)
def import_file(inst: Installation, upload: Upload, *, file_name: FileName = "", client: Client = None) -> Import:
    """Take such a file in: its modules and pipelines can be looked at, and run once the import is accepted. Nothing of it is run."""
    name = file_name or upload.file_name or "import"
    return actions.import_file(inst, upload.path, name, upload.size, upload.digest, client=client or "")


@routes.get("/api/imports")
def list_imports(inst: Installation, *, after: Place | None = None, limit: Limit = 50) -> ImportList:
    """List what was imported, newest first."""
    return actions.list_imports(inst, after=after, limit=limit)


@routes.get("/api/imports/{id}")
def get_import(inst: Installation, id_: Id) -> Import:
    """Read what came with an import: code, packages, and what it seems to reach for."""
    return actions.get_import(inst, id_)


@routes.post("/api/imports/{id}/accept")
def accept_import(inst: Installation, id_: Id, *, digest: Seen) -> Import:
    """Accept what came with an import, after looking at it: from now on it may run."""
    return actions.accept_import(inst, id_, digest)
