"""What workers ask for over HTTP. They show a token of their target; nothing else lets anyone in here, and it opens nothing else."""

from typing import Annotated

from pydantic import Field

from designer.actions import work as actions
from designer.api.declare import Download, Header, NodeId, Offset, OfWorker, Routes, Upload
from designer.contract.work import (
    Assignment,
    Attempt,
    Beat,
    Ended,
    Joined,
    JoinWork,
    LeaveWork,
    NewWorkerToken,
    Orders,
    Received,
    Release,
    Secret,
    TakeAttempt,
    WorkersShown,
    WorkerTokens,
)
from designer.installation import Installation

routes = Routes("work")

Claim = Annotated[Secret, Header("X-Claim")]
FilePath = Annotated[str, Field(max_length=4000, description="Relative, with slashes.")]
Whole = Annotated[bool, Field(description="Whether what is there already is thrown away.")]
TargetName = Annotated[str, Field(min_length=1, max_length=200)]
TokenId = Annotated[str, Field(max_length=100)]


@routes.post("/api/workers/join")
def join_work(inst: Installation, target: OfWorker, body: JoinWork) -> Joined:
    """Say that a worker is there."""
    return actions.join(inst, target, body)


@routes.post("/api/workers/leave", status=204)
def leave_work(inst: Installation, target: OfWorker, body: LeaveWork) -> None:
    """Say that a worker goes."""
    actions.leave(inst, target, body.worker)


@routes.post("/api/workers/beat")
def beat_work(inst: Installation, target: OfWorker, body: Beat) -> Orders:
    """Renew what a worker has, and hear what it is to do."""
    return actions.beat(inst, target, body)


@routes.post("/api/workers/attempts/{attempt}/claim")
def take_attempt(inst: Installation, target: OfWorker, attempt: Attempt, body: TakeAttempt) -> Assignment:
    """Take an attempt. Of two workers one gets it; asked again with the same secret, it is given again."""
    return actions.take(inst, target, attempt, body.worker, body.claim)


@routes.get("/api/workers/attempts/{attempt}/files")
def open_attempt_file(
    inst: Installation, target: OfWorker, attempt: Attempt, claim: Claim, *, path: FilePath
) -> Download:
    """Download a file of an attempt, such as its module."""
    found = actions.open_file(inst, target, attempt, claim, path)
    return Download(found.name, "application/octet-stream", found)


@routes.get("/api/workers/attempts/{attempt}/inputs/{port}")
def open_attempt_input(
    inst: Installation, target: OfWorker, attempt: Attempt, port: NodeId, claim: Claim, *, path: FilePath = ""
) -> Download:
    """Download what flows into a port of an attempt, or one file of it; in parts, with `Range`."""
    found = actions.open_input(inst, target, attempt, claim, port, path)
    return Download(found.name, "application/octet-stream", found)


@routes.post("/api/workers/attempts/{attempt}/files")
def receive_attempt_file(
    inst: Installation, upload: Upload, target: OfWorker, attempt: Attempt, claim: Claim, *, path: FilePath, offset: Offset,
    anew: Whole = False,
) -> Received:  # fmt: skip
    """Add bytes to a log, the events or an output of an attempt; what is there already is not added twice."""
    return actions.receive(inst, target, attempt, claim, path, max(0, offset), upload.path, anew=anew)


@routes.post("/api/workers/attempts/{attempt}/end", status=204)
def end_attempt(inst: Installation, target: OfWorker, attempt: Attempt, claim: Claim, body: Ended) -> None:
    """Say how an attempt ended, after everything it made was sent."""
    actions.end(inst, target, attempt, claim, body.result)


@routes.post("/api/workers/attempts/{attempt}/release", status=204)
def release_attempt(inst: Installation, target: OfWorker, attempt: Attempt, claim: Claim, body: Release) -> None:
    """Give an attempt up."""
    actions.release(inst, target, attempt, claim, body.why, began=body.began)


@routes.get("/api/targets/{name}/workers")
def list_workers(inst: Installation, name: TargetName) -> WorkersShown:
    """List the workers of a target that were heard lately."""
    return actions.list_workers(inst, name)


@routes.get("/api/targets/{name}/tokens")
def list_worker_tokens(inst: Installation, name: TargetName) -> WorkerTokens:
    """List the tokens that let workers of a target in."""
    return actions.list_tokens(inst, name)


@routes.post("/api/targets/{name}/tokens", status=201)
def make_worker_token(inst: Installation, name: TargetName) -> NewWorkerToken:
    """Make a token for workers of a target. It is shown this once."""
    return actions.make_token(inst, name)


@routes.delete("/api/targets/{name}/tokens/{id}")
def revoke_worker_token(inst: Installation, name: TargetName, id_: TokenId) -> None:
    """Take a token away: workers that show it are not let in any more."""
    actions.revoke_token(inst, name, id_)
