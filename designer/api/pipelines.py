"""Pipelines over HTTP."""

from designer.actions import pipelines as actions
from designer.api.declare import JSON, Client, Download, Limit, Place, Routes, Words
from designer.contract.base import Id
from designer.contract.pipelines import (
    CreatePipeline,
    KnownColumns,
    Pipeline,
    PipelineList,
    SampleList,
    SavedPipeline,
    SavePipeline,
    Validate,
    Validation,
)
from designer.installation import Installation

routes = Routes("pipelines")


@routes.get("/api/pipelines")
def list_pipelines(inst: Installation, *, q: Words = "", after: Place | None = None, limit: Limit = 50) -> PipelineList:
    """List pipelines, newest change first."""
    return actions.list_pipelines(inst, q=q, after=after, limit=limit)


@routes.post("/api/pipelines", status=201)
def create_pipeline(inst: Installation, request: CreatePipeline, *, client: Client = None) -> Pipeline:
    """Make a pipeline: empty, from a document, or from a sample."""
    return actions.create_pipeline(inst, request, client=client or "")


@routes.get("/api/pipelines/{id}")
def get_pipeline(inst: Installation, id_: Id) -> Pipeline:
    """Read a pipeline's draft."""
    return actions.get_pipeline(inst, id_)


@routes.put("/api/pipelines/{id}")
def save_pipeline(inst: Installation, id_: Id, request: SavePipeline, *, client: Client = None) -> SavedPipeline:
    """Save the whole draft; a stale version is answered with 409 and the current draft in `details`."""
    return actions.save_pipeline(inst, id_, request, client=client or "")


@routes.delete("/api/pipelines/{id}")
def delete_pipeline(inst: Installation, id_: Id, *, client: Client = None) -> None:
    """Put a pipeline away. Its runs stay, and it can be restored."""
    actions.delete_pipeline(inst, id_, client=client or "")


@routes.post("/api/pipelines/{id}/duplicate", status=201)
def duplicate_pipeline(inst: Installation, id_: Id, *, client: Client = None) -> Pipeline:
    """Make a copy of a pipeline."""
    return actions.duplicate_pipeline(inst, id_, client=client or "")


@routes.post("/api/pipelines/{id}/restore")
def restore_pipeline(inst: Installation, id_: Id, *, client: Client = None) -> Pipeline:
    """Take a deleted pipeline back."""
    return actions.restore_pipeline(inst, id_, client=client or "")


@routes.get("/api/pipelines/{id}/export")
def export_pipeline(inst: Installation, id_: Id) -> Download:
    """Download the pipeline document, fit for version control."""
    name, text = actions.export_pipeline(inst, id_)
    return Download(name, JSON, text)


@routes.get("/api/pipelines/{id}/columns")
def known_columns(inst: Installation, id_: Id) -> KnownColumns:
    """List the likely columns of each table output, for column pickers."""
    return actions.known_columns(inst, id_)


@routes.post("/api/validate")
def validate_document(inst: Installation, request: Validate) -> Validation:
    """Say all that is wrong with a document, without keeping it."""
    return actions.validate_document(inst, request)


@routes.get("/api/samples")
def list_samples(inst: Installation) -> SampleList:
    """List the pipelines that come with Designer."""
    return actions.list_samples(inst)
