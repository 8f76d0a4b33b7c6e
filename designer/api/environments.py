"""Environments over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import environments as actions
from designer.api.declare import Digest, Limit, Offset, Place, Routes, Words
from designer.contract.environments import (
    BuildEnvironment,
    ChangeEnvironment,
    CheckedEnvironment,
    CreateEnvironment,
    EnvironmentDetail,
    EnvironmentList,
    EnvironmentLock,
    EnvironmentName,
    Wanted,
)
from designer.contract.runs import Log
from designer.installation import Installation

routes = Routes("environments")

Reference = Annotated[
    str, Field(pattern=r"^(sha256:[0-9a-f]{64}|[a-z0-9][a-z0-9._-]{0,99})$", description="A name, or an id.")
]
Window = Annotated[int, Field(ge=1, le=1_000_000, description="At most this many bytes.")]


@routes.get("/api/environments")
def list_environments(
    inst: Installation, *, q: Words = "", after: Place | None = None, limit: Limit = 100
) -> EnvironmentList:
    """List the server's own Python and all environments, the last used first."""
    return actions.list_environments(inst, q=q, after=after, limit=limit)


@routes.post("/api/environments", status=201)
def create_environment(inst: Installation, request: CreateEnvironment) -> EnvironmentDetail:
    """Name an environment, from a list of packages, a requirements file or a conda file; it is built at once."""
    return actions.create_environment(inst, request)


@routes.post("/api/environments/check")
def check_environment(inst: Installation, request: Wanted) -> CheckedEnvironment:
    """Say what a text asks for and what is wrong with it, without keeping it."""
    return actions.check_environment(inst, request)


@routes.get("/api/environments/locks/{digest}")
def get_lock(inst: Installation, digest: Digest) -> EnvironmentLock:
    """Read a lock: the exact versions that a step ran in."""
    return actions.get_lock(inst, digest)


@routes.get("/api/environments/{reference}")
def get_environment(inst: Installation, reference: Reference) -> EnvironmentDetail:
    """Read an environment with its lock and the pipelines that name it."""
    return actions.get_environment(inst, reference)


@routes.patch("/api/environments/{name}")
def change_environment(inst: Installation, name: EnvironmentName, request: ChangeEnvironment) -> EnvironmentDetail:
    """Let a name mean other packages, or describe it anew."""
    return actions.change_environment(inst, name, request)


@routes.delete("/api/environments/{reference}")
def delete_environment(inst: Installation, reference: Reference) -> None:
    """Take an environment away that nothing uses."""
    actions.delete_environment(inst, reference)


@routes.post("/api/environments/{reference}/build")
def build_environment(inst: Installation, reference: Reference, request: BuildEnvironment) -> EnvironmentDetail:
    """Build an environment anew, with `renew` from newer versions."""
    return actions.build_environment(inst, reference, request)


@routes.post("/api/environments/{reference}/cancel")
def cancel_build(inst: Installation, reference: Reference) -> EnvironmentDetail:
    """Stop the build of an environment; steps that wait for it fail."""
    return actions.cancel_build(inst, reference)


@routes.get("/api/environments/{reference}/log")
def read_build_log(inst: Installation, reference: Reference, *, offset: Offset = 0, limit: Window = 100_000) -> Log:
    """Read a window of the log of the newest build; a negative offset counts from the end."""
    return actions.read_build_log(inst, reference, offset, limit)
