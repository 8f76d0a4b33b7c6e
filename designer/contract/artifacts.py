"""Artifacts and previews on the wire."""

from enum import StrEnum

from designer.contract.base import Json, Response
from designer.contract.runs import StepError


class PreviewStatus(StrEnum):
    """Whether a preview is there."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class Preview(Response):
    """A look at an artifact, made by a job; `content` has its own "format" key."""

    digest: str
    status: PreviewStatus
    content: dict[str, Json] | None = None
    error: StepError | None = None
