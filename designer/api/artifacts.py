"""Artifacts and previews over HTTP."""

from designer.actions import artifacts as actions
from designer.api.declare import Digest, Download, Routes
from designer.contract.artifacts import Preview
from designer.installation import Installation

routes = Routes("artifacts")


@routes.get("/api/artifacts/{digest}/preview")
def get_preview(inst: Installation, digest: Digest) -> Preview:
    """Read a look at an artifact. Where there is none yet it is being made: ask again."""
    return actions.get_preview(inst, digest)


@routes.get("/api/artifacts/{digest}/download")
def download_artifact(inst: Installation, digest: Digest) -> Download:
    """Download an artifact; a folder comes as a zip file."""
    path, name, media_type = actions.open_artifact(inst, digest)
    return Download(name, media_type, path)
